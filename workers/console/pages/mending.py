"""One parked message mended, replayed or discarded: looked at first, done then."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.vocabulary import Item
from credit.access import foureyes
from credit.access.refusal import AccessRefused
from credit.identity import MASKED
from credit.record.merging import Outcome
from credit.store.engine import undone, writing
from credit.store.queries.content import mask_leaves
from credit.store.queries.mends import Change
from schemas import leaves
from schemas.errors import PermanentError
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked, Incomplete
from workers.console.choosing import word_of
from workers.console.leading import lead, name_screens
from workers.console.pages.parked import items_of
from workers.console.pages.parked_one import find_lacking, number_of, take_up, why_not_alone
from workers.console.proposing import propose
from workers.console.screens import Cell, Page, Screen, Shown
from workers.console.telling import refuse_to_differ, telling
from workers.decisions import proposed
from workers.decisions.parking import DISCARDED, UNMENDED, Desk, Mending, Transaction, Verdict
from workers.decisions.retyping import Changed, Retyped, find_settings, mark, read_leaves, retype
from workers.show.detail import NO_ITEMS, say_detail
from workers.show.faults import find_wrong, is_wrong

_NOT_DONE = "没有办理，报文保持原状。"
_GONE = "这份报文已不在挂起之列，或正由他人办理；没有办理。"
_PLACE = re.compile(r"at\.([0-9]{1,6})")
_LONG = 60


def say_verdict(verdict: Verdict, items: Mapping[str, Item] = NO_ITEMS) -> Cell:
    """Return what came of a message, and where it stays parked, why."""
    if verdict.outcome == DISCARDED:
        return Cell("已作废", tone=Tone.PAST)
    if verdict.outcome == UNMENDED:
        return Cell(f"没有修正：{say_detail(verdict.detail, items)}", tone=Tone.ALARM)
    outcome = Outcome(verdict.outcome)
    if outcome is Outcome.PARKED:
        told = f"仍然挂起：{word_of(verdict.reason)}。{name_screens(say_detail(verdict.detail, items))}"
        return Cell(told, tone=Tone.WAITING)
    return Cell(outcome.word, tone=outcome.tone)


def desk(asked: Asked, why: str, transaction: Transaction = writing) -> Desk:
    """Return where this account works parked messages off."""
    runtime = asked.runtime
    return Desk(runtime.engine, runtime.reader, runtime.rules, asked.decision(why), transaction, of_two=foureyes.OF_TWO)


@dataclass(frozen=True, slots=True)
class Line:
    """A value in the form: its field, what leads to it, what stands there, and whether it was found wrong."""

    name: str
    title: str
    text: str
    wrong: bool
    long: bool


@dataclass(frozen=True, slots=True)
class _Open:
    """A message as it was opened to be mended."""

    number: int
    raw: bytes
    version: str
    items: Mapping[str, Item]
    lacking: list[str]
    detail: str
    wrong: tuple[str, ...]


def _open(asked: Asked) -> _Open:
    number = number_of(asked)
    story = take_up(asked, number, Right.MEND)
    told = why_not_alone(asked, number)
    if told is not None:
        raise AccessRefused(f"parked message {number} takes two persons", told)
    with telling(_GONE):
        raw = desk(asked, "").read(number)
    content = leaves.read(raw)
    data = content.get("data") if isinstance(content, dict) else None
    lacking = find_lacking(asked, story.row, data) if isinstance(data, dict) else []
    version, row, items = mark(raw, asked.runtime.keyring), story.row, items_of(asked, story.row.type)
    wrong = find_wrong(row.reason, row.detail, items)
    return _Open(number, raw, version, items, lacking, row.detail, wrong)


def _show(asked: Asked) -> Page:
    return _form(asked, _open(asked), {})


def _form(asked: Asked, opened: _Open, typed: Mapping[str, str], error: str = "", status: int = 200) -> Page:
    found = read_leaves(opened.raw)
    as_text = found is None or "whole" in typed or asked.query("whole") == "yes"
    shown = [] if as_text or found is None else found
    lines = [_line(number, leaf.path, leaf.text, opened, typed) for number, leaf in enumerate(shown)]
    story = take_up(asked, opened.number, Right.MEND)
    return Page(
        "parked_mend.html",
        {
            "title": f"修正挂起 {opened.number} 号",
            "number": opened.number,
            "version": opened.version,
            "lines": lines,
            "added": [_added(name, opened, typed) for name in opened.lacking] if not as_text else [],
            "whole": typed.get("whole", _lay_out(opened, story.message)) if as_text else None,
            "is_json": found is not None,
            "why": typed.get("why", ""),
            "other_party": typed.get("other_party", ""),
            "detail": lead(say_detail(opened.detail, opened.items), asked.may),
            "error": error,
        },
        status,
    )


def _lay_out(opened: _Open, shown: str) -> str:
    """Return the whole text, masked; what is no JSON as it is shown elsewhere."""
    content = leaves.read(opened.raw)
    return shown if content is None else json.dumps(mask_leaves(content, MASKED), ensure_ascii=False, indent=2)


def _line(number: int, path: tuple[str, ...], text: str, opened: _Open, typed: Mapping[str, str]) -> Line:
    said, place = typed.get(f"at.{number}", text), ".".join(path[1:] if path[:1] == ("data",) else path)
    return Line(f"at.{number}", _name(path, opened.items), said, is_wrong(place, opened.wrong), len(said) > _LONG)


def _added(name: str, opened: _Open, typed: Mapping[str, str]) -> Line:
    return Line(
        f"new.{name}", _name(("data", name), opened.items), typed.get(f"new.{name}", ""), wrong=True, long=False
    )


def _name(path: tuple[str, ...], items: Mapping[str, Item]) -> str:
    """Return what a value is called: its title where the model has one, and its place in the message."""
    titles, known = [], items
    for name in path[1:] if path[:1] == ("data",) else ():
        if name.isdecimal():
            titles.append(f"第 {int(name) + 1} 项")
        elif name in known:
            titles.append(known[name].title)
            known = known[name].parts
    place = ".".join(path)
    return f"{'的'.join(titles)}（{place}）" if titles else place


def _do(asked: Asked) -> Shown:
    """Show what would come of it, or with `step` do it."""
    number = number_of(asked)
    refuse_to_differ(asked)
    take_up(asked, number, Right.MEND)
    typed = _typed(asked)
    opened = _open(asked)
    version = asked.required("version", "版本")
    if version != opened.version:
        return _say_changed(asked, opened, typed)
    why = asked.required("why", "修正理由")
    mending = Mending(
        lambda before: retype(before, _read(asked, opened), version, asked.runtime.keyring),
        typed.get("other_party") or None,
    )
    if asked.text("step") == "do":
        return _mend(asked, opened, mending, why)
    try:
        changes = desk(asked, why).preview(number, mending, MASKED)
        foreseen = desk(asked, why, undone).mend([number], mending)
    except PermanentError as error:
        told = say_detail(str(error), opened.items)
        return _form(asked, opened, typed, told, 400)
    if not changes:
        return _form(asked, opened, typed, "没有任何改动。", 400)
    if not foreseen:
        raise Incomplete(_GONE)
    return _preview(opened, changes, foreseen[0], typed)


def _preview(opened: _Open, changes: tuple[Change, ...], foreseen: Verdict, typed: Mapping[str, str]) -> Page:
    return Page(
        "parked_preview.html",
        {
            "title": f"修正挂起 {opened.number} 号：核对",
            "number": opened.number,
            "changes": [(_name(tuple(change.path.split(".")), opened.items), change) for change in changes],
            "verdict": say_verdict(foreseen, opened.items),
            "refused": foreseen.outcome == UNMENDED,
            "typed": dict(typed) | {"version": opened.version},
        },
    )


def _mend(asked: Asked, opened: _Open, mending: Mending, why: str) -> Shown:
    verdicts = desk(asked, why).mend([opened.number], mending)
    if not verdicts:
        raise Incomplete(_GONE)
    if verdicts[0].outcome == UNMENDED and verdicts[0].detail == str(Changed()):
        return _say_changed(asked, _open(asked), _typed(asked))
    if verdicts[0].outcome == UNMENDED:
        told = say_verdict(verdicts[0], opened.items).text
        return _form(asked, opened, _typed(asked), told, 400)
    return asked.go(f"/parked/{opened.number}", f"已修正。结果：{say_verdict(verdicts[0], opened.items).text}")


def _say_changed(asked: Asked, opened: _Open, typed: Mapping[str, str]) -> Page:
    """Say that somebody was first: what was typed is shown beside the message as it is now, and nothing is done."""
    found = {leaf_name: text for leaf_name, text in typed.items() if leaf_name not in {"step", "version"}}
    return Page(
        "parked_changed.html",
        {
            "title": f"挂起 {opened.number} 号已被他人修正",
            "number": opened.number,
            "typed": [(name, text) for name, text in found.items() if text],
            "message": take_up(asked, opened.number, Right.MEND).message,
        },
        409,
    )


def _typed(asked: Asked) -> dict[str, str]:
    """Return the fields of the form; spaces at the ends of a value are the clerk's own."""
    return {name: value for name, value in asked.form.items() if isinstance(value, str) and name != "step"}


def _read(asked: Asked, opened: _Open) -> Retyped:
    typed = _typed(asked)
    if "whole" in typed:
        return Retyped(whole=typed["whole"])
    places = {int(found[1]): text for name, text in typed.items() if (found := _PLACE.fullmatch(name))}
    added: dict[tuple[str, ...], str] = {
        ("data", name): typed.get(f"new.{name}", "").strip() for name in opened.lacking
    }
    return Retyped(settings=find_settings(opened.raw, places, added))


def _replay(asked: Asked) -> Shown:
    number = number_of(asked)
    story = take_up(asked, number, Right.REPLAY)
    refuse_to_differ(asked)
    with telling(_NOT_DONE):
        verdicts = desk(asked, asked.text("why")).replay([number])
    if not verdicts:
        raise Incomplete(_GONE)
    told = say_verdict(verdicts[0], items_of(asked, story.row.type)).text
    return asked.go(f"/parked/{number}", f"已重放。结果：{told}")


def _discard(asked: Asked) -> Shown:
    """Propose to discard: it takes a second person."""
    number, why = number_of(asked), asked.required("why", "作废理由")
    story = take_up(asked, number, Right.DISCARD)
    if story.row.closed_as is not None:
        raise Incomplete("这份报文已经处理，没有办理。")
    propose(asked, proposed.discard([number], [story.row.sender or ""], why))
    return asked.go(f"/parked/{number}", "已提交作废，须由另一人复核后生效。")


def _back(asked: Asked) -> Shown:
    return asked.go(f"/parked/{number_of(asked)}")


SCREENS = (
    Screen("/parked/{number:int}/mend", "修正报文", Right.MEND, _show, _do),
    Screen("/parked/{number:int}/replay", "重放报文", Right.REPLAY, _back, _replay),
    Screen("/parked/{number:int}/discard", "作废报文", Right.DISCARD, _back, _discard),
)
