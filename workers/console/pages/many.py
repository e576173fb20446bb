"""One value set in many parked messages, some at a time and seen first; and many of them proposed to be discarded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from credit.access.refusal import AccessRefused
from credit.identity import MASKED
from credit.store import parked
from credit.store.engine import undone
from credit.store.parked import Choice, count
from credit.store.queries import parked as queries
from credit.store.queries.mends import Change
from credit.store.queries.page import Part
from credit.store.queries.parked import Parked
from schemas.errors import PermanentError
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked, Incomplete
from workers.console.choosing import said_of, word_of
from workers.console.pages.mending import desk, say_verdict
from workers.console.pages.parked import sees_sealed
from workers.console.pages.parked_one import take_up
from workers.console.pages.replaying import choose, say_choice, say_done, say_outcome
from workers.console.proposing import propose
from workers.console.screens import Cell, Page, Screen, Shown
from workers.console.telling import refuse_to_differ, telling
from workers.decisions import lots, proposed
from workers.decisions.lots import Setting
from workers.decisions.parking import UNMENDED, Mending, Verdict
from workers.decisions.retyping import Changed, mark
from workers.intake import BATCH_LIMITS, BatchLimits

_AT_ONCE, _MOST = 20, 1000
"""How many are mended in one transaction, each of them seen before; how many one proposal discards at most."""
_SEEN = re.compile("([0-9]{1,18}):([0-9a-f]{1,128})", re.ASCII)
"""A message that was seen, and the mark of the version that was."""
_NOT_DONE = "没有办理，报文保持原状。"
_DEALT_WITH = "没有修正：核对之后已由他人办理，或正由他人办理"


def _show_mend(asked: Asked) -> Page:
    return _mend_page(asked, (), {}, (), 0)


def _mend_page(
    asked: Asked,
    previewed: Sequence[tuple[Verdict, Sequence[Change], Cell]],
    versions: Mapping[int, str],
    done: Sequence[tuple[Verdict, str, Cell]],
    after: int,
) -> Page:
    said, choice = said_of(asked), choose(asked, Right.MEND)
    with asked.reading() as connection:
        total = count(connection, choice)
    item = said.get("item", "")
    return Page(
        "parked_many_mend.html",
        {
            "title": "修正多份挂起的报文",
            "said": said,
            "words": say_choice(asked, said),
            "total": total,
            "path": asked.text("path") or (f"data.{item}" if item else ""),
            "value": asked.text("value"),
            "why": asked.text("why"),
            "previewed": previewed,
            "seen": " ".join(
                f"{verdict.parked_id}:{versions[verdict.parked_id]}"
                for verdict, _, _ in previewed
                if verdict.outcome != UNMENDED
            ),
            "done": done,
            "after": after,
            "at_once": _AT_ONCE,
        },
        done=say_done([verdict for verdict, _, _ in done]) if done else "",
    )


def _read_setting(asked: Asked) -> Setting:
    path = asked.required("path", "栏目")
    try:
        return lots.read_setting(f"{path}={asked.text('value')}")
    except ValueError:
        raise Incomplete("栏目应写作 data.CF_JDRQ 这样的路径，见任一份报文的修正页。") from None


def _set(asked: Asked, setting: Setting, versions: Mapping[int, str]) -> Mending:
    """Return what sets the value in messages that are still as they were seen."""
    keyring, seen = asked.runtime.keyring, frozenset(versions.values())

    def edit(raw: bytes) -> bytes:
        if mark(raw, keyring) not in seen:
            raise Changed
        return lots.apply([setting], raw)

    return Mending(edit)


def _mend(asked: Asked) -> Shown:
    """Show what setting the value would do to the next of the messages, or with `step` do it to those then seen."""
    choice = choose(asked, Right.MEND)
    setting, why = _read_setting(asked), asked.required("why", "修正理由")
    refuse_to_differ(asked)
    if asked.text("step") == "do":
        return _do(asked, choice, setting, why)
    limits = BatchLimits(_AT_ONCE, BATCH_LIMITS.bytes)
    every = lots.each_lot(asked.runtime.engine, choice, after=asked.after() or 0, most=_AT_ONCE, limits=limits)
    lot = next(islice(every, 1), None)
    if lot is None:
        return asked.go("/parked", "选定的报文已全部看过一遍。")
    numbers = _keep_own(asked, lot)
    versions = _read_versions(asked, numbers)
    mending = _set(asked, setting, versions)
    with telling(_NOT_DONE):
        foreseen = desk(asked, why, undone).mend(numbers, mending)
    return _mend_page(asked, [_preview(asked, each, mending, why) for each in foreseen], versions, (), lot[-1])


def _read_versions(asked: Asked, numbers: Sequence[int]) -> dict[int, str]:
    """Return the marks of messages as they are now: what is shown of them afterwards is of these versions."""
    keyring = asked.runtime.keyring
    with asked.reading() as connection:
        return {number: mark(queries.read_said(connection, number, keyring).raw, keyring) for number in numbers}


def _keep_own(asked: Asked, lot: Sequence[int]) -> list[int]:
    """Return those that the account may mend: what may be sealed is left to who may see that."""
    seen = []
    for number in lot:
        with suppress(AccessRefused):
            take_up(asked, number, Right.MEND)
            seen.append(number)
    return seen


def _preview(asked: Asked, foreseen: Verdict, mending: Mending, why: str) -> tuple[Verdict, Sequence[Change], Cell]:
    changes: Sequence[Change] = ()
    with suppress(PermanentError):  # what cannot be mended so says it in its verdict
        changes = desk(asked, why).preview(foreseen.parked_id, mending, MASKED)
    return foreseen, changes, say_verdict(foreseen)


def _do(asked: Asked, choice: Choice, setting: Setting, why: str) -> Page:
    """Mend those that were seen; each that somebody has dealt with since is left as it is, and says so."""
    found = (_SEEN.fullmatch(each) for each in asked.text("seen").split()[:_AT_ONCE])
    versions = {int(each[1]): each[2] for each in found if each}
    if not versions:
        raise Incomplete("没有可以修正的报文，请重新核对。")
    numbers = frozenset(versions)
    with asked.reading() as connection:  # of those that were seen, what is meant still and is parked still
        open_still = parked.choose(connection, replace(choice, numbers=numbers), 0, _AT_ONCE)
    mending = _set(asked, setting, versions)
    with telling(_NOT_DONE):
        verdicts = desk(asked, why).mend(_keep_own(asked, [each.parked_id for each in open_still]), mending)
    told = {each.parked_id: (each, word_of(each.was), _say(asked, each)) for each in verdicts}
    with asked.reading() as connection:
        own = Choice(numbers=numbers, senders=choice.senders)
        every = queries.find_parked(connection, MASKED, own, Part(limit=_AT_ONCE), closed=True)
    return _mend_page(asked, (), {}, [told.get(row.parked_id) or _leave(row) for row in every], max(versions))


def _say(asked: Asked, verdict: Verdict) -> Cell:
    """Return what came of a message; that somebody was first says nothing of what is in it."""
    return say_verdict(verdict) if verdict.detail == str(Changed()) else say_outcome(asked, verdict)


def _leave(row: Parked) -> tuple[Verdict, str, Cell]:
    """Return the result of a message that is parked no more, or for another reason, or that somebody is about."""
    verdict = Verdict(row.parked_id, row.message_key, row.reason, UNMENDED, row.reason)
    return verdict, word_of(row.reason), Cell(_DEALT_WITH, tone=Tone.ALARM)


def _show_discard(asked: Asked) -> Page:
    said, choice = said_of(asked), choose(asked, Right.DISCARD)
    with asked.reading() as connection:
        total = count(connection, choice)
    return Page(
        "parked_many_discard.html",
        {
            "title": "作废多份挂起的报文",
            "said": said,
            "words": say_choice(asked, said),
            "total": total,
            "most": _MOST,
        },
    )


def _discard(asked: Asked) -> Shown:
    """Propose to discard what is meant now: what is parked later is not among it."""
    choice, why = choose(asked, Right.DISCARD), asked.required("why", "作废理由")
    with asked.reading() as connection:
        found = queries.find_parked(connection, MASKED, choice, Part(limit=_MOST + 1))
    if not found:
        raise Incomplete("没有符合条件、仍然挂起的报文。")
    if len(found) > _MOST:
        raise Incomplete(f"一次最多提交 {_MOST:,} 份，请缩小条件。")
    if not all(sees_sealed(asked, row) for row in found):
        for row in found:
            take_up(asked, row.parked_id, Right.DISCARD)
    propose(asked, proposed.discard([row.parked_id for row in found], {row.sender or "" for row in found}, why))
    return asked.go("/proposals", f"已提交作废 {len(found):,} 份，须由另一人复核后生效。")


SCREENS = (
    Screen("/parked/many/mend", "修正多份挂起的报文", Right.MEND, _show_mend, _mend),
    Screen("/parked/many/discard", "作废多份挂起的报文", Right.DISCARD, _show_discard, _discard),
)
