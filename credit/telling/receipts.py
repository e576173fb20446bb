"""Receipts 回执 of agencies: what they change of a notice, and which of them a person has to look at first."""

from __future__ import annotations

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from credit.record.rows import NoticeRow
from credit.rules import Rules
from credit.telling.notices import ended_measures, reply_detail
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import Receipt
from schemas.states import NoticeState, Reply

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_DONE = {NoticeState.EXECUTED: True, NoticeState.DECLINED: False, NoticeState.LIFTED: True}
"""What these states say of each measure; a receipt that says otherwise of one contradicts itself."""


def receive(row: NoticeRow, receipt: Receipt, source: str, rules: Rules) -> NoticeRow:
    """Return the notice after a receipt. Receipts may come in any order.

    A final answer shows before one that leaves the answer open, whatever their times; of the others the latest shows.
    Of a notice in force, "lifted" confirms the end of measures that ended before the others, and names them.

    Raises:
        UnusableError: the receipt is not from the agency of the notice, or of a notice that was never sent; its time
            is before what it answers or beyond what clocks excuse; it names a measure that is not in the notice,
            contradicts itself, or says "lifted" of what is in force.
    """
    if receipt.agency != row.agency or source != f"/partner/{row.agency}":
        raise UnusableError(
            Reason.RECEIPT_AGENCY,
            f"{row.notice_no} was sent to {row.agency}; the receipt is from {receipt.agency} by {source}",
        )
    if row.issued_at is None:
        raise UnusableError(Reason.RECEIPT_UNKNOWN, f"{row.notice_no} was never sent")
    _check_time(receipt, row.issued_at, rules)
    _check_measures(row, receipt)
    if receipt.state.reply is Reply.ENDED:
        return _end(row, receipt, rules)
    final, detail = receipt.state.reply is Reply.FINAL, reply_detail(receipt)
    said = (final, receipt.at, receipt.state, detail)
    if row.replied_at is not None and _shown(row, row.replied_at) >= said:
        return row
    return row._replace(replied_at=receipt.at, reply_state=receipt.state.value, reply_detail=detail, answered=final)


def _shown(row: NoticeRow, replied_at: datetime) -> tuple[bool, datetime, str, str]:
    return (row.answered, replied_at, row.reply_state or "", row.reply_detail or "")


def _check_time(receipt: Receipt, since: datetime, rules: Rules) -> None:
    """Compare days: some agencies write the day alone, and clocks differ."""
    at, first, last = _day(receipt.at), _day(since), rules.law.due("receipt_ahead", rules.at.today).on
    if not first <= at <= last:
        raise UnusableError(Reason.RECEIPT_TIME, f"at: {at} is not from {first} to {last}")


def _check_measures(row: NoticeRow, receipt: Receipt) -> None:
    named = {measure["code"] for measure in json.loads(row.measures)}
    unknown = [each for each in receipt.measures if each.code not in named]
    if unknown:
        # What is not a code of ours might be anything, and is not repeated.
        detail = f"measures: {len(unknown)} of {len(receipt.measures)} are none of {', '.join(sorted(named))}"
        raise UnusableError(Reason.RECEIPT_MEASURE, detail)
    done = _DONE.get(receipt.state)
    wrong = sorted(each.code for each in receipt.measures if done is not None and each.done is not done)
    if wrong:
        detail = f"state is {receipt.state.value}, but done is {str(not done).lower()} of {', '.join(wrong)}"
        raise UnusableError(Reason.RECEIPT_CONTRADICTION, detail)


def _end(row: NoticeRow, receipt: Receipt, rules: Rules) -> NoticeRow:
    if row.lifted_at is not None:
        _check_time(receipt, row.lifted_at, rules)
        return row._replace(lift_confirmed_at=min(receipt.at, row.lift_confirmed_at or receipt.at))
    ended, named = ended_measures(row), {each.code for each in receipt.measures}
    if not named or not named <= ended.keys():
        text = f"{row.notice_no} is in force at {row.agency}"
        over = ", ".join(sorted(ended))
        raise UnusableError(Reason.RECEIPT_NOT_LIFTED, f"{text} but for {over}: name these alone" if over else text)
    for code in named:
        _check_time(receipt, datetime.fromisoformat(ended[code]["at"]), rules)
        first = min(receipt.at, datetime.fromisoformat(ended[code].get("confirmed_at") or receipt.at.isoformat()))
        ended[code]["confirmed_at"] = first.isoformat()
    waits = any("confirmed_at" not in each for each in ended.values())
    return row._replace(ended=json.dumps(ended), part_reply_by=row.part_reply_by if waits else None)


def _day(at: datetime) -> date:
    return at.astimezone(_SHANGHAI).date()
