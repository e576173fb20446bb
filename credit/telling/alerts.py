"""Alerts to the operators, as messages for the outbox. Each is about one thing, and is said once of it."""

from __future__ import annotations

from datetime import date

from credit.record.ids import record_id
from credit.record.merging import Head
from credit.record.rows import DispatchRow, FeedRow, NoticeRow
from credit.rules import Rules
from credit.telling.messages import compose, feed_message_id
from schemas.outgoing import AlertRaised
from schemas.party import RecordKey


def notice_overdue(notice: NoticeRow, rules: Rules) -> DispatchRow:
    """Alert the operators that an agency owes a reply."""
    what, due = ("notice", notice.reply_by) if notice.in_force else ("lift", notice.lift_reply_by)
    detail = f"{notice.agency} 尚未就通知 {notice.notice_no} 的{'送达' if what == 'notice' else '解除'}作出回执"
    return _alert(f"{what}-overdue", notice.notice_no, due, detail, rules)


def feed_late(row: FeedRow, rules: Rules) -> DispatchRow:
    """Alert the operators that a feed has not taken a row by its deadline."""
    detail = f"{row.feed} 的数据行 {row.row_id}（第 {row.version} 版，{row.operation}）已过期限"
    return _alert("feed-late", feed_message_id(row), row.due_on, detail, rules)


def feed_refused(row: FeedRow, rules: Rules) -> DispatchRow:
    """Alert the operators that a feed refused a row."""
    detail = f"{row.feed} 退回数据行 {row.row_id}：{row.result_code} {row.result_message or ''}".rstrip()
    return _alert("feed-refused", f"{feed_message_id(row)}:{row.result_code}", row.due_on, detail, rules)


def disputed(key: RecordKey, head: Head, rules: Rules) -> DispatchRow:
    """Alert the operators that a source contradicts itself about a record."""
    detail = f"{key.document_no} 第 {head.revision} 版先后内容不同，请向来源单位核实"
    return _alert("record-disputed", f"{record_id(key)}:{head.revision}", None, detail, rules)


def calendar_uncovered(due: date, rules: Rules) -> DispatchRow:
    """Alert the operators that deadlines were computed beyond the known holiday calendar."""
    detail = f"节假日安排未覆盖 {due.year} 年，期限按法定节假日推算并提前一个工作日，请补录节假日表"
    return _alert("calendar-uncovered", str(due.year), due, detail, rules)


def _alert(kind: str, about: str, due: date | None, detail: str, rules: Rules) -> DispatchRow:
    message = AlertRaised(alert=kind, subject=about, due=due, detail=detail)
    return compose(
        message.model_dump(exclude_none=True),
        rules,
        message_type="credit.alert.raised.v1",
        message_id=f"{kind}:{about}",
        routing_key=f"alert.{kind}",
        stream=f"alert:{kind}:{about}",
    )
