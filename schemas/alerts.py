"""The kinds of alert 提醒 to operators, and how urgent each is.

A kind is added here with its title; `credit.telling.conditions` says when it holds, `docs/operate.md` what to do.
"""

from __future__ import annotations

from typing import Self

from schemas.words import Tone, Worded, new_member


class Urgency(Worded):
    """How urgent an alert is: a page wakes somebody up, a ticket waits for office hours."""

    PAGE = "page", "紧急", Tone.ALARM
    TICKET = "ticket", "待办", Tone.WAITING


class AlertKind(Worded):
    """What an alert is about. Those that are `closable` rest on cases, which a person may close by acknowledging."""

    severity: Urgency
    closable: bool

    def __new__(
        cls,
        code: str,
        word: str = "",
        severity: Urgency = Urgency.TICKET,
        closable: bool = False,  # noqa: FBT001, FBT002 - a column of the table below
    ) -> Self:
        """Make a member."""
        member = new_member(cls, code, word, severity.tone)
        member.severity = severity
        member.closable = closable
        return member

    @property
    def runbook(self) -> str:
        """Where it is said what to do."""
        return f"docs/operate.md#alert-{self.value}"

    LEDGER_UNBALANCED = "ledger-unbalanced", "收件总账不平", Urgency.PAGE
    INTERNAL_ERROR = "internal-error", "程序无法处理的报文", Urgency.PAGE
    INTAKE_STOPPED = "intake-stopped", "报文无人接收", Urgency.PAGE
    WORKER_MISSING = "worker-missing", "后台进程缺位", Urgency.PAGE
    OUTBOX_OLD = "outbox-old", "待发消息积压", Urgency.PAGE
    TOUCHED_OLD = "touched-old", "当前等级和名单未能更新"
    CONFIRM_LAG = "confirm-lag", "已发消息迟迟未获确认", Urgency.PAGE
    CONFIRMED_UNSENT = "confirmed-unsent", "已同意的事项未能执行"
    QUEUE_MISSING = "queue-missing", "没有队列接收", Urgency.PAGE
    DISPATCH_UNSOUND = "dispatch-unsound", "待发消息无法打开", Urgency.PAGE
    BROKER_ALARM = "broker-alarm", "消息中间件告警", Urgency.PAGE
    DEAD_LETTERS = "dead-letters", "有死信"
    LIFT_OVERDUE = "lift-overdue", "解除逾期未确认", Urgency.PAGE
    NOTICE_OVERDUE = "notice-overdue", "通知逾期未反馈"
    FEED_LATE = "feed-late", "报送即将逾期或已逾期"
    FEED_REFUSED = "feed-refused", "报送被退回"
    TRANSFER_OVERDUE = "transfer-overdue", "涉嫌犯罪案件逾期未移送", Urgency.PAGE
    DUTY_MISSED = "duty-missed", "职责逾期未完成"
    ANSWER_NEAR = "answer-near", "异议、修复和投诉临近限期"
    ANSWER_OVERDUE = "answer-overdue", "异议、修复和投诉逾期未答复"
    REVIEW_OVERDUE = "review-overdue", "降级逾期未核实"
    RECORDS_DUE = "records-due", "到期记录未能更新", Urgency.PAGE
    PARKED_GROWING = "parked-growing", "挂起报文激增"
    PARKED_OLD = "parked-old", "挂起报文久未处理"
    FILE_HALF = "file-half", "表格未送完"
    SOURCE_SILENT = "source-silent", "来源单位久无报文"
    NUMBER_UNSOUND = "number-unsound", "主体在档号码有误", Urgency.PAGE, True
    RECORD_DISPUTED = "record-disputed", "来源前后不一", Urgency.TICKET, True
    PARTY_DISPUTED = "party-disputed", "一号多主体", Urgency.TICKET, True
    SPLIT_TARGET = "split-target", "处理针对已拆分文号", Urgency.TICKET, True
    WITHDRAWN_REVISED = "withdrawn-revised", "已撤回记录又有新版", Urgency.TICKET, True
    OUTBOX_FORGOTTEN = "outbox-forgotten", "曾有消息无人发送", Urgency.TICKET, True
    LOGIN_FAILURES = "login-failures", "登录多次失败", Urgency.TICKET, True
    RIGHTS_CHANGED = "rights-changed", "账号或授权变更", Urgency.TICKET, True
    CALENDAR_UNCOVERED = "calendar-uncovered", "节假日表未覆盖"
    CLOCK_OFF = "clock-off", "主机时钟偏差"
    OLD_SNAPSHOT = "old-snapshot", "数据库事务久未结束"
