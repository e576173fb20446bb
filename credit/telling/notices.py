"""Joint-punishment notices 联合惩戒: which ones a record calls for, and how those already sent follow it.

A notice is about one record, one ground and one agency. What the record calls for is compared with what the
agency was last told; the difference is issued or lifted. Sequence numbers count re-issues, so that a number is
never reused for another content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import orjson

from credit.identity import mask_text
from credit.record import ids
from credit.record.rows import NoticeRow, RecordRow, SubjectRow
from credit.routing.routes import GroundMatch
from credit.rules import Rules
from schemas.errors import UnusableError
from schemas.outgoing import NoticeRecord
from schemas.party import Party
from schemas.reasons import Reason
from schemas.record import Cause
from schemas.statement import Fact, Receipt
from schemas.states import NoticeState, Reply


class Told(NamedTuple):
    """What one agency is told of a record, on one ground.

    `content` is the notice as `schemas.outgoing.NoticeIssued` has it, without its number, the day to reply by, and
    the party's own number, which the subject stands for. `digest` is the hash of all that and of the subject: a
    notice whose content has another one is lifted and issued anew.
    """

    ground: str
    agency: str
    content: Mapping[str, Any]
    digest: bytes


def tell(subject: SubjectRow, fact: Fact, until: date | None, matches: Sequence[GroundMatch]) -> list[Told]:
    """Return what the agencies of some grounds are told of a fact about a subject; `until` is the last day of it.

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
        **({"until": until} if until is not None else {}),
    }
    return [_tell(subject, common, match) for match in matches]


def _tell(subject: SubjectRow, common: Mapping[str, Any], match: GroundMatch) -> Told:
    content = {**common, "ground": match.ground, "agency": match.agency, "measures": match.measures}
    hashed = orjson.dumps({**content, "subject": subject.subject_id}, option=orjson.OPT_SORT_KEYS)
    return Told(match.ground, match.agency, content, hashlib.sha256(hashed).digest())


def follow(
    record: RecordRow, current: Iterable[NoticeRow], told: Sequence[Told], cause: Cause | None, rules: Rules
) -> list[NoticeRow]:
    """Return the rows to write: notices to lift and notices to issue, in that order.

    A notice whose content changed is lifted as withdrawn and issued again under the next number: what an agency
    holds is always exactly what was decided.
    """
    latest = {(row.ground, row.agency): row for row in sorted(current, key=lambda row: row.sequence)}
    kept = {(each.ground, each.agency) for each in told if _holds(latest.get((each.ground, each.agency)), each)}
    lifts = [
        lift(row, cause or Cause.WITHDRAWN, rules)
        for key, row in sorted(latest.items())
        if row.in_force and key not in kept
    ]
    issues = [
        _issue(record, each, latest.get((each.ground, each.agency)), rules)
        for each in told
        if (each.ground, each.agency) not in kept
    ]
    return lifts + issues


def _holds(row: NoticeRow | None, told: Told) -> bool:
    return row is not None and row.in_force and row.digest == told.digest


def _issue(record: RecordRow, told: Told, last: NoticeRow | None, rules: Rules) -> NoticeRow:
    sequence = last.sequence + 1 if last else 1
    return NoticeRow(
        notice_no=f"{ids.notice_stem(record.record_id, told.ground, told.agency)}-{sequence}",
        record_id=record.record_id,
        subject_id=record.subject_id,
        ground=told.ground,
        agency=told.agency,
        sequence=sequence,
        digest=told.digest,
        measures=json.dumps(told.content["measures"], ensure_ascii=False),
        from_on=told.content["from"],
        until_on=told.content.get("until"),
        issued_at=rules.at.now,
        reply_by=rules.law.due("notice_reply", rules.at.today).on,
    )


def lift(row: NoticeRow, cause: Cause, rules: Rules) -> NoticeRow:
    """Return the notice as lifted: the agency is told, and owes a receipt for that too."""
    return row._replace(
        lift_cause=cause.value,
        lifted_at=rules.at.now,
        lift_reply_by=rules.law.due("lift_reply", rules.at.today).on,
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
