"""Alerts to the operators, as messages for the outbox. Each is about one thing, and is said once of it."""

from __future__ import annotations

from datetime import date

from credit.record.ids import record_id
from credit.record.merging import Head
from credit.record.rows import DispatchRow, FeedRow, RecordRow
from credit.rules import Rules
from credit.telling.messages import compose, feed_message_id
from credit.telling.notices import Late
from schemas.outgoing import AlertRaised
from schemas.party import RecordKey

_LATE = {"notice": ("notice-overdue", "送达"), "lift": ("lift-overdue", "解除"), "part": ("lift-overdue", "部分解除")}


def notice_overdue(late: Late, rules: Rules) -> DispatchRow:
    """Alert the operators that an agency owes a reply."""
    notice, (kind, of) = late.row, _LATE[late.what]
    detail = f"{notice.agency} 尚未就通知 {notice.notice_no} 的{of}作出回执"
    # Measures may end at several times: each is a thing of its own.
    about = f"{notice.notice_no}:{late.due}" if late.what == "part" else notice.notice_no
    return _alert(kind, about, late.due, detail, rules)


def transfer_overdue(penalty: RecordRow, rules: Rules) -> DispatchRow:
    """Alert the operators that a penalty suspects a crime, and its case was not handed to the police in time."""
    detail = f"{penalty.document_no} 涉嫌犯罪，限期内未见同一机关就同一当事人移送案件，请核实是否已移送公安机关"
    return _alert("transfer-overdue", penalty.record_id, penalty.transfer_by, detail, rules)


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


def party_disputed(key: RecordKey, head: Head, rules: Rules) -> DispatchRow:
    """Alert the operators that one document number names two parties: only one of them has the record."""
    detail = (
        f"{key.document_no} 先后所称当事人不同（至第 {head.revision} 版），只归入其中之一，"
        "请来源单位以“之二”等后缀区分文号，或由人工拆分（xinglin record parties）"
    )
    return _alert("record-disputed", f"{record_id(key)}:{head.revision}:party", None, detail, rules)


def split_target(key: RecordKey, document_no: str, rules: Rules) -> DispatchRow:
    """Alert the operators that an act names a document number that several parties have: it is about one record."""
    detail = (
        f"{key.document_no} 针对的文号 {document_no} 已按当事人拆分，该处理只作用于原文号下的记录，"
        "请核实是否还应作用于“之二”等记录"
    )
    return _alert("split-target", record_id(key), None, detail, rules)


def withdrawn_revised(key: RecordKey, head: Head, rules: Rules) -> DispatchRow:
    """Alert the operators that a source revises a record that was withdrawn as entered in error."""
    detail = (
        f"{key.document_no} 已作为录入错误撤回，来源单位又发来第 {head.revision} 版；撤回仍然有效，请向来源单位核实"
    )
    return _alert("withdrawn-revised", f"{record_id(key)}:{head.revision}", None, detail, rules)


def number_unsound(subject_id: str, rules: Rules) -> DispatchRow:
    """Alert the operators that nobody is told of a subject, because the number on file is not its own."""
    detail = f"主体 {subject_id} 在档号码无法打开或属于他人，已停止就其发出通知和报送，请运行 xinglin verify 核查"
    return _alert("number-unsound", subject_id, None, detail, rules)


def dispatch_unsound(message_id: str, rules: Rules) -> DispatchRow:
    """Alert the operators that a message of the outbox cannot be opened, and does not leave."""
    detail = f"发件箱中的 {message_id} 无法打开，已留存未发，请运行 xinglin verify 核查"
    return _alert("dispatch-unsound", message_id, None, detail, rules)


def calendar_uncovered(due: date, rules: Rules) -> DispatchRow:
    """Alert the operators that deadlines were computed beyond the known holiday calendar."""
    detail = f"节假日安排未覆盖 {due.year} 年，期限按法定节假日推算并提前一个工作日，请补录节假日表"
    return _alert("calendar-uncovered", str(due.year), due, detail, rules)


def outbox_forgotten(first: str, found: int, void: int, rules: Rules) -> DispatchRow:
    """Alert the operators that messages in the outbox would never have been sent; `first` is the first one's id."""
    detail = (
        f"发件箱中有 {found} 份消息此前无人发送，其中 {found - void} 份现已补发，{void} 份已被其后的消息取代，不再发送"
    )
    return _alert("outbox-forgotten", first, None, detail, rules)


def queue_missing(routing_key: str, waiting: int, first: str, rules: Rules) -> DispatchRow:
    """Alert the operators that no queue takes a routing key; `first` is the id of the oldest message that waits."""
    detail = (
        f"没有队列接收 {routing_key}，已有 {waiting} 份消息未能发出："
        "请重新启动任一 worker 补齐队列和绑定；该单位若已从 routing.yaml 删去，请先恢复"
    )
    return _alert("queue-missing", f"{routing_key}:{first}", None, detail, rules)


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
