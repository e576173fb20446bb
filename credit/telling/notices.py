"""Joint-punishment notices 联合惩戒: which ones a record calls for, and how those already sent follow it.

A notice is about one record, one ground and one agency. What the record calls for is compared with what the
agency was last told; the difference is issued or lifted. Sequence numbers count re-issues, so that a number is
never reused for another content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from credit.identity import mask_text
from credit.law.law import Law
from credit.record import ids
from credit.record.rows import NoticeRow
from credit.record.standing import Standing
from credit.routing.routes import GroundMatch, Routes
from credit.rules import Moment
from schemas.errors import UnusableError
from schemas.notice import NoticeState, Reply
from schemas.reasons import Reason
from schemas.record import Cause
from schemas.statement import Fact, Receipt


@dataclass(frozen=True, slots=True)
class Wanted:
    """One notice that a record calls for."""

    ground: str
    agency: str
    measures: str
    until_on: date | None
    digest: bytes


def wanted(record_id: str, subject_id: str, fact: Fact, standing: Standing, routes: Routes) -> list[Wanted]:
    """Return the notices that a record calls for as it stands; none once it no longer counts."""
    if not standing.state.counts:
        return []
    until = standing.window.until
    return [_want(record_id, subject_id, fact, until, match) for match in routes.grounds_for(fact)]


def _want(record_id: str, subject_id: str, fact: Fact, until: date | None, match: GroundMatch) -> Wanted:
    names = (fact.party.name, fact.organ.name)
    told = (record_id, subject_id, *names, match.ground, match.agency, match.text, str(fact.occurred_on), str(until))
    return Wanted(match.ground, match.agency, match.text, until, hashlib.sha256("\x1f".join(told).encode()).digest())


def follow(
    record: tuple[str, str, date],
    current: Iterable[NoticeRow],
    wants: Sequence[Wanted],
    cause: Cause | None,
    at: tuple[Moment, Law],
) -> list[NoticeRow]:
    """Return the rows to write: notices to lift and notices to issue, in that order.

    `record` is (record id, subject id, day of the fact). A notice whose content changed is lifted as withdrawn
    and issued again under the next number: what an agency holds is always exactly what was decided.
    """
    latest = {(row.ground, row.agency): row for row in sorted(current, key=lambda row: row.sequence)}
    kept = {(w.ground, w.agency) for w in wants if _same(latest.get((w.ground, w.agency)), w)}
    moment, law = at
    lifts = [
        lift(row, cause or Cause.WITHDRAWN, moment, law)
        for key, row in sorted(latest.items())
        if row.in_force and key not in kept
    ]
    issues = [
        _issue(record, want, latest.get((want.ground, want.agency)), moment, law)
        for want in wants
        if (want.ground, want.agency) not in kept
    ]
    return lifts + issues


def _same(row: NoticeRow | None, want: Wanted) -> bool:
    return row is not None and row.in_force and row.digest == want.digest


def _issue(record: tuple[str, str, date], want: Wanted, last: NoticeRow | None, at: Moment, law: Law) -> NoticeRow:
    record_id, subject_id, occurred_on = record
    sequence = last.sequence + 1 if last else 1
    return NoticeRow(
        notice_no=f"{ids.notice_stem(record_id, want.ground, want.agency)}-{sequence}",
        record_id=record_id,
        subject_id=subject_id,
        ground=want.ground,
        agency=want.agency,
        sequence=sequence,
        digest=want.digest,
        measures=want.measures,
        from_on=occurred_on,
        until_on=want.until_on,
        issued_at=at.now,
        reply_by=law.due("notice_reply", at.today).on,
    )


def lift(row: NoticeRow, cause: Cause, at: Moment, law: Law) -> NoticeRow:
    """Return the notice as lifted: the agency is told, and owes a receipt for that too."""
    return row._replace(
        lift_cause=cause.value,
        lifted_at=at.now,
        lift_reply_by=law.due("lift_reply", at.today).on,
    )


def receive(row: NoticeRow, receipt: Receipt, source: str) -> NoticeRow:
    """Return the notice after a receipt. Receipts may come in any order: the latest `at` shows.

    Raises:
        UnusableError: the receipt is not from the agency of the notice, or says "lifted" of a notice in force.
    """
    if receipt.agency != row.agency or source != f"/partner/{row.agency}":
        raise UnusableError(
            Reason.RECEIPT_AGENCY,
            f"{row.notice_no} was sent to {row.agency}; the receipt is from {receipt.agency} by {source}",
        )
    if receipt.state.reply is Reply.ENDED:
        if row.in_force:
            raise UnusableError(Reason.RECEIPT_NOT_LIFTED, f"{row.notice_no} is in force at {row.agency}")
        return row._replace(lift_confirmed_at=min(receipt.at, row.lift_confirmed_at or receipt.at))
    said = (receipt.at, receipt.state, reply_detail(receipt))
    if row.replied_at is not None and (row.replied_at, row.reply_state or "", row.reply_detail or "") >= said:
        return row
    return row._replace(
        replied_at=receipt.at,
        reply_state=receipt.state.value,
        reply_detail=reply_detail(receipt),
        answered=receipt.state.reply is Reply.FINAL,
    )


def reply_detail(receipt: Receipt) -> str:
    """Return what an agency says of the measures and its reason, as JSON text; ID numbers in it are masked."""
    measures = [{"code": m.code, "done": m.done, "remark": _masked(m.remark)} for m in receipt.measures]
    return json.dumps({"measures": measures, "reason": _masked(receipt.reason)}, ensure_ascii=False)


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else text


def status(row: NoticeRow, today: date) -> NoticeState:
    """Tell where a notice stands on a day."""
    if not row.in_force:
        return NoticeState.LIFTED if row.lift_confirmed_at else NoticeState.LIFTING
    if row.answered or row.reply_by >= today:
        return NoticeState(row.reply_state) if row.reply_state else NoticeState.ISSUED
    return NoticeState.OVERDUE


def fall_due(row: NoticeRow, today: date) -> NoticeRow | None:
    """Return the notice marked as overdue if a reply has become overdue and nobody was told yet."""
    if row.in_force and not row.answered:
        if row.reply_by < today and row.overdue_since is None:
            return row._replace(overdue_since=row.reply_by + timedelta(days=1))
    elif not row.in_force and row.lift_confirmed_at is None and row.lift_overdue_since is None:
        assert row.lift_reply_by is not None
        if row.lift_reply_by < today:
            return row._replace(lift_overdue_since=row.lift_reply_by + timedelta(days=1))
    return None
