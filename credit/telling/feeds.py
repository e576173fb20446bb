"""Rows for Credit China and other feeds: what a record should show there, and the operations that bring it about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from credit import identity
from credit.record import ids
from credit.record.rows import FeedRow
from credit.record.standing import Standing
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.telling import portal, sheets
from schemas.held import HeldReason
from schemas.party import PartyKind, squeeze_code
from schemas.statement import Category, Fact, FeedResult
from schemas.states import FeedState, Operation

ACCEPTED = "0000"
NOT_WRITTEN = "not_written"
"""The answer to a row that its place cannot hold: no platform has judged it, and none shows it."""

_PERSON_COLUMNS = {Category.PENALTY: "CF_XDR_ZJHM", Category.PERMIT: "XK_XDR_ZJHM"}
_ITEM_PREFIX = {Category.PENALTY: ("CF_", "BZ"), Category.PERMIT: ("XK_", "BZ")}
_NUMBER = {Category.PENALTY: "CF_WSH", Category.PERMIT: "XK_WSH"}
"""The required item that names the decision."""
_REPRESENTATIVE = {Category.PENALTY: "CF_FR_ZJLX", Category.PERMIT: "XK_FR_ZJLX"}
"""The kind of a document whose number is required beside it, and never shown."""

_WITHHELD = frozenset({"inspectors"})
"""Of an inspection, what its template requires of who hands it in and no site is shown."""

_ITEMS = TypeAdapter(dict[str, str])
"""What a connector calls national items is text, or it does not leave."""


class About(NamedTuple):
    """What a row of a feed is about: a record, its kind, and the day from which its days are counted.

    A row about a subject's place on a list, or its grade, has the place instead of a record, and names the subject; any
    other names the organ of its record.
    """

    record_id: str
    kind: str
    since: date
    subject_id: str | None = None
    organ_code: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a feed should show of a record.

    `party` is the kind of its party where the rules of portals check the row. Where its template does, `faults` are the
    marks of what that would refuse, and `opposite` is the mark of what it has no word for: what was shown before is not
    true any more, and what is true cannot be said.
    """

    items: dict[str, Any]
    digest: bytes
    party: PartyKind | None = None
    faults: tuple[str, ...] = ()
    opposite: str | None = None


def show(
    feed: Feed, fact: Fact, standing: Standing, id_no: str | None, subject_code: str | None = None
) -> Shown | None:
    """Return the national items of generation V2019 that a feed should show, or None for nothing.

    Only permits and penalties that count, may be public and are not sealed are shown; of inspections, which no law of
    the State makes public, those that the feed names with the rule for it, while they count. Numbers of persons are
    masked, that of a legal representative is never there, nor its kind, which asks for it. The end of publicity of a
    penalty is that of its window, whatever its source asked for (国家发展改革委令第36号). A fact without the number of
    the decision was not stated in national items: a row of it would be empty. `id_no` is the counterparty's number
    where it is a person, `subject_code` the unified code of its subject where it is not.
    """
    if fact.category is Category.CHECK:
        return _show_check(feed, fact, standing, id_no, subject_code)
    if not feed.takes(fact) or not standing.public:
        return None
    if not fact.items.get(_NUMBER[fact.category]):
        return None
    prefixes = _ITEM_PREFIX[fact.category]
    items = {code: value for code, value in fact.items.items() if code.startswith(prefixes)}
    items.pop(_REPRESENTATIVE[fact.category], None)
    if fact.party.kind == "person" and id_no:
        items[_PERSON_COLUMNS[fact.category]] = identity.mask_number(id_no)
    if fact.category is Category.PENALTY and standing.window.until is not None:
        items["CF_GSJZQ"] = f"{standing.window.until:%Y/%m/%d}"
    _ITEMS.validate_python(items)
    portal.repair(items, fact.category, subject_code)
    text = orjson.dumps(items, option=orjson.OPT_SORT_KEYS)
    return Shown(items, hashlib.sha256(text).digest(), fact.party.kind)


def _show_check(
    feed: Feed, fact: Fact, standing: Standing, id_no: str | None, subject_code: str | None
) -> Shown | None:
    """Return what is shown of an inspection: who, when, by whom, how and with what result. No line of its sheet."""
    if not feed.takes(fact) or not standing.state.counts or standing.sealed is not None:
        return None
    person = fact.party.kind == "person"
    party = {"kind": fact.party.kind, "name": fact.party.name}
    if person:
        party |= {"id_no": identity.mask_number(id_no)} if id_no else {}
    elif code := portal.choose_code(squeeze_code(fact.party.uscc or ""), subject_code):
        party["uscc"] = code
    items = {
        "organ": {"code": fact.organ.code, "name": fact.organ.name},
        "party": party,
        "document_no": fact.key.document_no,
        "occurred_on": f"{fact.occurred_on:%Y-%m-%d}",
        "scheme": fact.items.get("scheme"),
        "result": fact.items.get("result"),
    }
    template = feed.sheets.get((fact.category.value, "person" if person else "organisation"))
    marks: tuple[str, ...] = ()
    if template is not None:
        marks = sheets.find_marks(template, feed.write(fact.category.value, items, person=person), without=_WITHHELD)
    return Shown(items, hashlib.sha256(orjson.dumps(items, option=orjson.OPT_SORT_KEYS)).digest(), faults=marks)


def follow(
    about: About,
    feed: Feed,
    current: FeedRow | None,
    shown: Shown | None,
    rules: Rules,
    ended_on: date | None = None,
) -> FeedRow | None:
    """Return the row to write: the feed must be told something new, or it begins or ceases to be held; else None.

    The feed is told where the version is another, or was not written where it was delivered. What its portal would
    refuse is held, and what the feed shows stays as it is until then: to take it away would say that nothing was
    decided. What would say the opposite in the feed's generation, a void permit where there is no state, is withdrawn
    if it is shown, and held else. A withdrawal names the row alone, so nothing holds it. A row is due by the
    publication deadline after the decision (standards: 7 working days), a withdrawal by its own after `ended_on`, the
    day of the act that ended the record, or after today where no act did (行政处罚法 art. 48).
    """
    law, today = rules.law, rules.at.today
    opposite = _find_opposite(shown, about, feed)
    stands = current is not None and (current.in_force or _is_unwritten(current))
    if shown is None or (opposite is not None and stands):
        if current is not None and stands:
            due = law.due("feed_withdraw", ended_on or today).on
            return _next(current, Operation.WITHDRAW, current.digest, due, rules)
        return _release(current) if current is not None and current.held is not None else None
    if current is not None and current.in_force and current.digest == shown.digest and not _is_unwritten(current):
        return _release(current) if current.held is not None else None
    held = portal.hold(shown.faults if opposite is None else (opposite,))
    if held is None and shown.party is not None:
        held = portal.check(shown.items, about.kind, shown.party, rules)
    if current is None or (current.version == 0 and current.held is None):
        current = FeedRow(
            row_id=ids.row_id(feed.code, about.record_id),
            feed=feed.code,
            record_id=about.record_id,
            kind=about.kind,
            version=0,
            operation=Operation.PUBLISH.value,
            digest=b"",
            decided_on=about.since,
            due_on=law.due("feed_publish", about.since).on,
            changed_at=rules.at.now,
            subject_id=about.subject_id,
            organ_code=about.organ_code,
        )
        due = current.due_on
    else:
        due = _due_again(current, rules)
    current = current._replace(decided_on=about.since)
    if held is not None:
        return _hold(current, held, due)
    operation = Operation.UPDATE if current.in_force else Operation.PUBLISH
    return _next(current, operation, shown.digest, due, rules)


def _is_unwritten(row: FeedRow) -> bool:
    """Tell whether the place could not hold the row: whenever it is looked at again, it is told anew."""
    return row.result_code == NOT_WRITTEN


def _find_opposite(shown: Shown | None, about: About, feed: Feed) -> str | None:
    """Return the mark of what cannot be said and without which a row says the opposite."""
    if shown is None or shown.party is None:
        return shown.opposite if shown is not None else None
    item = feed.find_opposite(about.kind, shown.items, person=shown.party == "person")
    return f"{HeldReason.GENERATION.value}:{item}" if item is not None else None


def _due_again(row: FeedRow, rules: Rules) -> date:
    """Return by when a row that was told something has to be told the next: what was held stays due on its day."""
    return row.due_on if row.held is not None else rules.law.due("feed_publish", rules.at.today).on


def _hold(row: FeedRow, held: str, due: date) -> FeedRow:
    """Hold a row back; what the feed was asked before and has not answered is due no later than it was."""
    unanswered = row.in_force and row.result_code is None
    return row._replace(held=held, due_on=min(row.due_on, due) if unanswered else due)


def _release(row: FeedRow) -> FeedRow:
    """Hold a row no longer, and tell the feed nothing: it shows what it should, or nothing is to be shown."""
    return row._replace(held=None, operation=row.operation if row.in_force else Operation.WITHDRAW.value)


def _next(row: FeedRow, operation: Operation, digest: bytes, due: date, rules: Rules) -> FeedRow:
    return row._replace(
        version=row.version + 1,
        operation=operation.value,
        digest=digest,
        due_on=due,
        changed_at=rules.at.now,
        held=None,
        result_code=None,
        result_message=None,
        result_at=None,
        answered_by=None,
    )


def answer(row: FeedRow, result: FeedResult, sent_at: datetime, key: str) -> FeedRow:
    """Return the row with the feed's answer, which the message of that key and time brought; `0000` means accepted.

    An older answer changes nothing, and none is later than its message. All versions of a row have one id: what was
    said before the present one was decided is about another.
    """
    at = sent_at if result.at is None else min(result.at, sent_at)
    if at < row.changed_at:
        return row
    said = (at, result.code, result.message or "")
    if row.result_at is not None and (row.result_at, row.result_code or "", row.result_message or "") >= said:
        return row
    return row._replace(result_code=result.code, result_message=result.message, result_at=at, answered_by=key)


def status(row: FeedRow, *, sent: bool) -> FeedState:
    """Tell where a row stands."""
    if row.held is not None:
        return FeedState.HELD
    if row.result_code is not None:
        return FeedState.ACCEPTED if row.result_code == ACCEPTED else FeedState.REFUSED
    return FeedState.SENT if sent else FeedState.PENDING
