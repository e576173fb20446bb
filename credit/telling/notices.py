"""Joint-punishment notices 联合惩戒: which ones a record calls for, and how those already sent follow it.

A notice is about one record, one ground and one agency. What the record calls for is compared with what the
agency was last told; the difference is issued or lifted. Sequence numbers count re-issues, so that a number is
never reused for another content. Each measure of a notice has its own end: the notice is in force while any of them
is, and those that end before the others are lifted by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import orjson

from credit.identity import mask_text
from credit.record import ids
from credit.record.rows import NoticeRow, RecordRow, SubjectRow
from credit.record.standing import Standing
from credit.routing.grounds import Ask, GroundMatch
from credit.rules import Rules
from schemas.outgoing import NoticeRecord
from schemas.party import Party
from schemas.record import Cause, State
from schemas.statement import Fact, Receipt
from schemas.states import NoticeState

_ONE_DAY = timedelta(days=1)


class Told(NamedTuple):
    """What one agency is told of a record, on one ground.

    `content` is the notice as `schemas.outgoing.NoticeIssued` has it, without its number, the day to reply by, and
    the party's own number, which the subject stands for; its measures are those that have not ended. `digest` is the
    hash of all that, of the ended measures too, and of the subject: a notice whose content has another one is lifted
    and issued anew. `ended` are the measures that are over, with the cause; `next_end` is the last day of the first of
    the others to end by itself. It is `ready` to be sent unless the party has to be told first and was not. What is of
    the agency's `own` decision is not begun; a notice of former times that says so goes on to its end.
    """

    ground: str
    agency: str
    content: Mapping[str, Any]
    digest: bytes
    ended: Mapping[str, Cause]
    next_end: date | None
    ready: bool
    own: bool

    @property
    def over(self) -> bool:
        """Whether no measure is left."""
        return not self.content["measures"]


class Change(NamedTuple):
    """A notice to write, and what its agency is told of it; with `measures`, of these alone."""

    row: NoticeRow
    says: Literal["issued", "lifted"] | None
    measures: tuple[str, ...] = ()


def tell(
    subject: SubjectRow,
    fact: Fact,
    standing: Standing,
    matches: Sequence[GroundMatch],
    *,
    today: date,
    party_told: bool,
) -> list[Told]:
    """Return what the agencies of some grounds are told of a fact about a subject as it stands today.

    What the notice says of party and record comes from messages, and is checked against the contract once a record.
    """
    if not matches:
        return []
    party = Party(kind=subject.kind, name=fact.party.name, id_type=subject.id_type)
    record = NoticeRecord(
        family=fact.key.family,
        organ=fact.organ.name,
        document_no=fact.key.document_no,
        occurred_on=fact.occurred_on,
    )
    common = {
        "party": party.model_dump(exclude_none=True),
        "records": [record.model_dump()],
        "from": fact.occurred_on,
    }
    return [
        _tell(subject, common, match, [_weigh(ask, fact, standing, today) for ask in match.measures])._replace(
            ready=party_told or not match.told_first
        )
        for match in matches
    ]


class _Weighed(NamedTuple):
    """A measure with its last day (None: no end by itself), and why it is over where it is."""

    ask: Ask
    until: date | None
    over: Cause | None


_RUN_ON = {State.REPAIRED, State.EXPIRED}
"""Where a record that no longer counts stands while measures may still hold by their own terms."""


def _weigh(ask: Ask, fact: Fact, standing: Standing, today: date) -> _Weighed:
    until = ask.last_day(fact, standing.window.until)
    over = None
    if not standing.state.counts and standing.state not in _RUN_ON:
        over = standing.cause or Cause.WITHDRAWN
    elif standing.state is State.REPAIRED and ask.order.lifted_by == "repair":
        over = Cause.REPAIRED
    elif until is not None and until < today:
        over = Cause.EXPIRED
    return _Weighed(ask, until, over)


def _tell(subject: SubjectRow, common: Mapping[str, Any], match: GroundMatch, weighed: Sequence[_Weighed]) -> Told:
    untils = [each.until for each in weighed]
    ends = [until for until in untils if until is not None]
    until = max(ends) if len(ends) == len(untils) else None
    common = {**common, **({"until": until} if until is not None else {})}
    content = {**common, "ground": match.ground, "agency": match.agency}
    measures = {each.ask.order.code: _measure(each, until) for each in weighed}
    decided = {**content, "measures": list(measures.values()), "subject": subject.subject_id}
    hashed = orjson.dumps(decided, option=orjson.OPT_SORT_KEYS)
    ended = {each.ask.order.code: each.over for each in weighed if each.over is not None}
    left = [measure for code, measure in measures.items() if code not in ended]
    return Told(
        match.ground,
        match.agency,
        {**content, "measures": left},
        hashlib.sha256(hashed).digest(),
        ended,
        min((each.until for each in weighed if each.until is not None and each.over is None), default=None),
        ready=True,
        own=match.own,
    )


def _measure(weighed: _Weighed, until: date | None) -> dict[str, str]:
    """Return a measure as `schemas.outgoing.NoticeMeasure`: what is so of most measures is not said."""
    order = weighed.ask.order
    measure = {"code": order.code, "name": weighed.ask.name, "basis": order.basis}
    if weighed.until is not None and weighed.until != until:
        measure["until"] = weighed.until.isoformat()
    if order.lifted_by != "repair":
        measure["lifted_by"] = order.lifted_by
    return measure


def follow(
    record: RecordRow, current: Iterable[NoticeRow], told: Sequence[Told], cause: Cause | None, rules: Rules
) -> list[Change]:
    """Return the changes: notices to lift, in part or whole, and after them notices to issue or prepare.

    A notice whose content changed is lifted as withdrawn and issued again under the next number: what an agency
    holds is always exactly what was decided. One that was only prepared is prepared anew under its number.
    """
    latest = {(row.ground, row.agency): row for row in sorted(current, key=lambda row: row.sequence)}
    wanted = {(each.ground, each.agency): each for each in told}
    ends: list[Change] = []
    begins: list[Change] = []
    for key in sorted(latest.keys() | wanted.keys()):
        row, want = latest.get(key), wanted.get(key)
        going = row if row is not None and row.lifted_at is None else None
        if going is not None and want is not None and not want.over and _carries_on(going, want):
            ends += _go_on(going, want, rules)
            continue
        if going is not None and not (going.prepared and want is not None and not want.over):
            ends.append(_end(going, _why(going, want, cause), rules))
        if want is not None and not want.over and not want.own:
            begins.append(_begin(record, want, row, rules))
    return ends + begins


def _carries_on(row: NoticeRow, told: Told) -> bool:
    return (
        row.digest == told.digest and ended_measures(row).keys() <= told.ended.keys() and (told.ready or row.prepared)
    )


def _go_on(row: NoticeRow, told: Told, rules: Rules) -> list[Change]:
    """Issue what was prepared, once it is ready; lift what ended of what was issued."""
    if row.prepared:
        ready = _issue(row, told, rules)
        return [Change(ready, "issued" if told.ready else None)] if ready != row else []
    before = ended_measures(row)
    named = {measure["code"] for measure in json.loads(row.measures)}
    fresh = {code: each for code, each in told.ended.items() if code in named and code not in before}
    if not fresh:
        return []
    at = rules.at.now.isoformat()
    ended = before | {code: {"cause": each.value, "at": at} for code, each in fresh.items()}
    due = row.part_reply_by or rules.law.due("lift_reply", rules.at.today).on
    after = row._replace(ended=json.dumps(ended), part_reply_by=due)
    causes = sorted(set(fresh.values()), key=list(Cause).index)
    return [Change(after, "lifted", tuple(sorted(c for c in fresh if fresh[c] is each))) for each in causes]


def _why(row: NoticeRow, told: Told | None, cause: Cause | None) -> Cause:
    if told is None:
        return cause or Cause.WITHDRAWN
    before = ended_measures(row)
    fresh = [each for code, each in told.ended.items() if code not in before] if told.over else []
    return fresh[0] if fresh else Cause.WITHDRAWN


def _end(row: NoticeRow, cause: Cause, rules: Rules) -> Change:
    if row.prepared:
        at = rules.at.now
        return Change(row._replace(lift_cause=cause.value, lifted_at=at, lift_confirmed_at=at), None)
    return Change(lift(row, cause, rules), "lifted")


def _begin(record: RecordRow, told: Told, last: NoticeRow | None, rules: Rules) -> Change:
    sequence = 1 if last is None else last.sequence if last.prepared else last.sequence + 1
    row = NoticeRow(
        notice_no=f"{ids.notice_stem(record.record_id, told.ground, told.agency)}-{sequence}",
        record_id=record.record_id,
        subject_id=record.subject_id,
        ground=told.ground,
        agency=told.agency,
        sequence=sequence,
        digest=told.digest,
        measures="",
        from_on=told.content["from"],
        until_on=told.content.get("until"),
        issued_at=None,
        reply_by=None,
    )
    return Change(_issue(row, told, rules), "issued" if told.ready else None)


def _issue(row: NoticeRow, told: Told, rules: Rules) -> NoticeRow:
    """Return the notice with its measures of today, as issued if it is ready."""
    row = row._replace(measures=json.dumps(told.content["measures"], ensure_ascii=False))
    if not told.ready:
        return row
    return row._replace(issued_at=rules.at.now, reply_by=rules.law.due("notice_reply", rules.at.today).on)


def lift(row: NoticeRow, cause: Cause, rules: Rules) -> NoticeRow:
    """Return the notice as lifted: the agency is told, and owes a receipt for that too."""
    return row._replace(
        lift_cause=cause.value,
        lifted_at=rules.at.now,
        lift_reply_by=rules.law.due("lift_reply", rules.at.today).on,
        part_reply_by=None,
    )


def ended_measures(row: NoticeRow) -> dict[str, dict[str, str]]:
    """Return the measures that ended before the others, by code, with `cause`, `at` and, once said, `confirmed_at`."""
    ended: dict[str, dict[str, str]] = json.loads(row.ended)
    return ended


def reply_detail(receipt: Receipt) -> str:
    """Return what an agency says of the measures and its reason, as JSON text; ID numbers in it are masked."""
    measures = [{"code": m.code, "done": m.done, "remark": _masked(m.remark)} for m in receipt.measures]
    return json.dumps({"measures": measures, "reason": _masked(receipt.reason)}, ensure_ascii=False)


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else text


def status(row: NoticeRow, today: date, *, unsent: bool = False) -> NoticeState:
    """Tell where a notice stands on a day; `unsent` says that its message has not left yet."""
    if row.lifted_at is not None:
        if row.issued_at is None:
            return NoticeState.DROPPED
        return NoticeState.LIFTED if row.lift_confirmed_at else NoticeState.LIFTING
    if row.reply_by is None:
        return NoticeState.PREPARED
    if unsent and row.reply_state is None:
        return NoticeState.QUEUED
    if row.answered or row.reply_by >= today:
        return NoticeState(row.reply_state) if row.reply_state else NoticeState.ISSUED
    return NoticeState.OVERDUE


class Late(NamedTuple):
    """A notice whose reply, or confirmation of an end, has become late: the row to write, and the day missed."""

    row: NoticeRow
    what: Literal["notice", "lift", "part"]
    due: date


def fall_due(row: NoticeRow, today: date) -> Late | None:
    """Return the notice marked as overdue if a reply has become overdue and nobody was told yet.

    Of one that is late in two ways, the next call tells of the other.
    """
    if row.lifted_at is None:
        if not row.answered and row.overdue_since is None and (due := _missed(row.reply_by, today)):
            return Late(row._replace(overdue_since=due + _ONE_DAY), "notice", due)
        if row.part_overdue_since is None and (due := _missed(row.part_reply_by, today)):
            return Late(row._replace(part_overdue_since=due + _ONE_DAY), "part", due)
        return None
    unconfirmed = row.lift_confirmed_at is None and row.lift_overdue_since is None
    due = _missed(row.lift_reply_by, today) if unconfirmed else None
    return Late(row._replace(lift_overdue_since=due + _ONE_DAY), "lift", due) if due else None


def _missed(due: date | None, today: date) -> date | None:
    return due if due is not None and due < today else None
