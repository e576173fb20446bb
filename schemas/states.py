"""Where notices 通知 to agencies and rows at feeds can stand, and what an agency's receipt 回执 may say.

A state is added here, with its word and its tone; whatever reads, lists or shows it follows.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.words import Tone, Worded, new_member


class Reply(Enum):
    """What it means for a notice when its agency's receipt names a state."""

    OPEN = auto()
    """Seen; the agency still owes an answer."""
    FINAL = auto()
    """Answered: the clock stops."""
    ENDED = auto()
    """The agency has ended its measures, as a lifted notice asks."""


class NoticeState(Worded):
    """Where a notice stands. Those with a `reply` can be said by a receipt, the others follow from days and lifts."""

    reply: Reply | None

    def __new__(cls, code: str, word: str = "", tone: Tone = Tone.PLAIN, reply: Reply | None = None) -> Self:
        """Make a member."""
        member = new_member(cls, code, word, tone)
        member.reply = reply
        return member

    PREPARED = "prepared", "待告知当事人", Tone.WAITING
    DROPPED = "dropped", "已取消", Tone.PAST
    QUEUED = "queued", "待送出", Tone.WAITING
    ISSUED = "issued", "已发出", Tone.BUSY
    RECEIVED = "received", "已签收", Tone.BUSY, Reply.OPEN
    EXECUTED = "executed", "已执行", Tone.GOOD, Reply.FINAL
    PARTLY_EXECUTED = "partly_executed", "部分执行", Tone.WAITING, Reply.FINAL
    DECLINED = "declined", "不予执行", Tone.WAITING, Reply.FINAL
    OVERDUE = "overdue", "逾期未复", Tone.ALARM
    LIFTING = "lifting", "待确认解除", Tone.LEAVING
    LIFTED = "lifted", "已解除", Tone.PAST, Reply.ENDED


class DisputeStep(Worded):
    """What a person decided of a record whose source contradicts itself."""

    TAKEN = "taken", "采信", Tone.GOOD
    ASKED = "asked", "询问来源单位", Tone.WAITING


class Decided(Worded):
    """By what an official grade came about."""

    CLOSE = "close", "年度评定", Tone.PLAIN
    REVIEW = "review", "复核", Tone.GRAVE
    CORRECTION = "correction", "更正", Tone.WAITING


class ReviewState(Worded):
    """Where the review of a fall below the official grade stands."""

    OPEN = "open", "待复核", Tone.ALARM
    CONFIRMED = "confirmed", "已确认", Tone.PAST
    ADJUSTED = "adjusted", "已调整", Tone.PAST
    REJECTED = "rejected", "不予采纳", Tone.PAST
    MOOT = "moot", "已无须复核", Tone.PAST


class EntryState(Worded):
    """Where a subject stands on a list of a regime."""

    PREPARED = "prepared", "待告知", Tone.WAITING
    LISTED = "listed", "在列", Tone.BUSY
    LEFT = "left", "已移出", Tone.PAST


class ListingChange(Worded):
    """What consumers are told of a subject and a list."""

    ENTERED = "entered", "列入", Tone.GRAVE
    MOVED = "moved", "分级变动", Tone.WAITING
    LEFT = "left", "移出", Tone.PAST


class SourceState(Worded):
    """Whether a source of messages is heard as usual. A member says its word and how it wants to be looked at."""

    HEARD = "heard", "正常", Tone.GOOD
    SILENT = "silent", "静默", Tone.ALARM
    IDLE = "idle", "无欠复", Tone.PAST
    LEARNING = "learning", "间隔未明", Tone.PLAIN
    NEVER = "never", "从未来报", Tone.PAST


_REPLIES = {state.value: state for state in NoticeState if state.reply is not None}


def _read_reply(value: Any) -> Any:
    state = _REPLIES.get(value) if isinstance(value, str) else None
    if state is None:
        expected = ", ".join(f"'{code}'" for code in _REPLIES)
        raise PydanticCustomError("literal_error", "Input should be one of {expected}", {"expected": expected})
    return state


ReplyState = Annotated[
    NoticeState,
    BeforeValidator(_read_reply),
    WithJsonSchema(
        {"type": "string", "enum": list(_REPLIES), "x-words": {code: state.word for code, state in _REPLIES.items()}}
    ),
]
"""A state as a receipt may say it."""


class Splitting(Worded):
    """What a person decided about a record whose document number is of several parties."""

    PARTED = "parted", "同号拆分", Tone.PLAIN
    """Acts of other parties under this number are records of their own."""
    JOINED = "joined", "已并回原文号", Tone.PAST
    """This was such a record; the split was undone, and its messages are those of the number again."""


class Operation(Worded):
    """What a feed is asked to do with a row."""

    PUBLISH = "publish", "公示"
    UPDATE = "update", "更新"
    WITHDRAW = "withdraw", "撤下"


class FeedKind(Worded):
    """What the rows of a feed are of."""

    PERMIT = "permit", "行政许可"
    PENALTY = "penalty", "行政处罚"
    CHECK = "check", "行政检查"
    LIST = "list", "名单"
    GRADE = "grade", "信用等级"


class FeedState(Worded):
    """Where the last operation of a row stands."""

    PENDING = "pending", "待报送", Tone.WAITING
    SENT = "sent", "已报送", Tone.BUSY
    ACCEPTED = "accepted", "已接收", Tone.GOOD
    REFUSED = "refused", "被退回", Tone.ALARM
    HELD = "held", "待补正", Tone.ALARM


class DutyState(Worded):
    """Where a duty of a unit stands on a day."""

    DUE = "due", "未到期", Tone.BUSY
    NEAR = "near", "临近", Tone.WAITING
    MISSED = "missed", "逾期", Tone.ALARM
    DONE = "done", "已完成", Tone.GOOD


class FileState(Worded):
    """Where a file of rows that was handed in stands."""

    TAKEN = "taken", "处理中", Tone.BUSY
    HALF = "half", "未送完", Tone.ALARM
    """It was taken, and whoever sent its rows has ended on the way. Never kept: how far they were sent tells it."""
    ANSWERED = "answered", "已办结", Tone.GOOD
    REFUSED = "refused", "未接收", Tone.ALARM


class RowState(Worded):
    """What became of a row of a file."""

    WAITING = "waiting", "待处理", Tone.BUSY
    REFUSED = "refused", "未读入", Tone.ALARM
    PARKED = "parked", "未受理", Tone.ALARM
    DISCARDED = "discarded", "已作废", Tone.PAST
    """It was parked, and a person decided not to apply it."""
    APPLIED = "applied", "已受理", Tone.GOOD
    REPEATED = "repeated", "重复", Tone.PAST
    """It was known before, and is still what is shown."""
    SUPERSEDED = "superseded", "已有新版", Tone.PAST
    DISMISSED = "dismissed", "未采信", Tone.PAST
    """A later row or message about the same is shown, or was handed in in its place."""
    CONFLICT = "conflict", "冲突", Tone.WAITING
