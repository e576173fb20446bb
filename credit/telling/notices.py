"""Joint-punishment notices 联合惩戒: which ones a record calls for, and how those already sent follow it.

A notice is about one deed, one ground and one agency. What the deed calls for is compared with what the
agency was last told; the difference is issued or lifted. Sequence numbers count re-issues, so that a number is
never reused for another content. Each measure of a notice has its own end: the notice is in force while any of them
is, and those that end before the others are lifted by themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from credit.identity import mask_text
from credit.record import ids
from credit.record.rows import NoticeRow, RecordRow
from credit.rules import Rules
from credit.telling.told import Told
from schemas.record import Cause
from schemas.statement import Receipt
from schemas.states import NoticeState


class Change(NamedTuple):
    """A notice to write, and what its agency is told of it; with `measures`, of these alone."""

    row: NoticeRow
    says: Literal["issued", "lifted"] | None
    measures: tuple[str, ...] = ()


def follow(
    record: RecordRow, current: Iterable[NoticeRow], told: Sequence[Told], cause: Cause | None, rules: Rules
) -> list[Change]:
    """Return the changes: notices to lift, in part or whole, and after them notices to issue or prepare.

    `current` are the notices of the deed, by whichever of its records they were issued. A notice whose content changed
    is lifted as withdrawn and issued again under the next number: what an agency holds is always exactly what was
    decided. One that was only prepared is prepared anew under its number. `cause` is why the record ended, where it
    calls for nothing any more.
    """
    held: dict[tuple[str, str], list[NoticeRow]] = {}
    for row in sorted(current, key=lambda row: (row.record_id, row.sequence)):
        held.setdefault((row.ground, row.agency), []).append(row)
    wanted = {(each.ground, each.agency): each for each in told}
    ends: list[Change] = []
    begins: list[Change] = []
    for key in sorted(held.keys() | wanted.keys()):
        rows, want = held.get(key, []), wanted.get(key)
        kept = [] if want is None or want.over else _find_kept(rows, want)
        begun = None
        if want is not None and not want.over and not want.own and not kept:
            begun = _begin(record, want, rows, rules)
            begins.append(begun)
        for row in rows:
            if row.lifted_at is not None or (begun is not None and row.notice_no == begun.row.notice_no):
                continue
            if want is not None and row in kept:
                ends += _go_on(row, want, rules)
            else:
                ends.append(_end(row, _why(row, want, cause), rules))
    return ends + begins


def _find_kept(rows: Iterable[NoticeRow], told: Told) -> list[NoticeRow]:
    """Return the notices that go on: one.

    But those of former times, when each record had its own, all go on, each while its own record stands.
    """
    going = [row for row in rows if row.lifted_at is None and _carries_on(row, told)]
    upright = [row for row in going if row.record_id not in told.fallen]
    return [row for row in upright if row.digest in told.former] or upright[:1] or going[:1]


def _carries_on(row: NoticeRow, told: Told) -> bool:
    if row.prepared and row.record_id in told.fallen:
        return False
    may_stand = told.ready or told.own or row.prepared
    return may_stand and row.digest in told.digests and ended_measures(row).keys() <= told.ended.keys()


def _go_on(row: NoticeRow, told: Told, rules: Rules) -> list[Change]:
    """Issue what was prepared, once it is ready; lift what ended of what was issued.

    The row keeps the days of the deed as they are known now; no agency is told of another end than it was.
    """
    if row.prepared:
        ready = _issue(row, told, rules)
        return [Change(ready, "issued" if told.ready else None)] if ready != row else []
    after = row._replace(from_on=told.content["from"], until_on=told.content.get("until"))
    before = ended_measures(row)
    named = {measure["code"] for measure in json.loads(row.measures)}
    fresh = {code: each for code, each in told.ended.items() if code in named and code not in before}
    if not fresh:
        return [Change(after, None)] if after != row else []
    at = rules.at.now.isoformat()
    ended = before | {code: {"cause": each.value, "at": at} for code, each in fresh.items()}
    due = row.part_reply_by or rules.law.due("lift_reply", rules.at.today).on
    after = after._replace(ended=json.dumps(ended), part_reply_by=due)
    causes = sorted(set(fresh.values()), key=list(Cause).index)
    return [Change(after, "lifted", tuple(sorted(c for c in fresh if fresh[c] is each))) for each in causes]


def _why(row: NoticeRow, told: Told | None, cause: Cause | None) -> Cause:
    if told is None:
        return cause or Cause.WITHDRAWN
    if not told.over:
        return told.fallen.get(row.record_id, Cause.WITHDRAWN)
    before = ended_measures(row)
    fresh = [each for code, each in told.ended.items() if code not in before]
    return fresh[0] if fresh else Cause.WITHDRAWN


def _end(row: NoticeRow, cause: Cause, rules: Rules) -> Change:
    if row.prepared:
        at = rules.at.now
        return Change(row._replace(lift_cause=cause.value, lifted_at=at, lift_confirmed_at=at), None)
    return Change(lift(row, cause, rules), "lifted")


def _begin(record: RecordRow, told: Told, before: Iterable[NoticeRow], rules: Rules) -> Change:
    last = max((row for row in before if row.record_id == told.record_id), key=lambda row: row.sequence, default=None)
    sequence = 1 if last is None else last.sequence if last.prepared else last.sequence + 1
    row = NoticeRow(
        notice_no=f"{ids.notice_stem(told.record_id, told.ground, told.agency)}-{sequence}",
        record_id=told.record_id,
        subject_id=record.subject_id,
        organ_code=told.organ_code,
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
    """Return the notice with what is told today, as issued if it is ready."""
    row = row._replace(
        digest=told.digest,
        measures=json.dumps(told.content["measures"], ensure_ascii=False),
        from_on=told.content["from"],
        until_on=told.content.get("until"),
    )
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
