"""What waits for a person, as the work list names it. A kind is added here, with its word; lists and screens follow."""

from __future__ import annotations

from schemas.words import Tone, Worded


class WorkKind(Worded):
    """The kinds of work; which day theirs are ordered by, `credit.store.queries.work` says."""

    LIFTS = "lifts", "逾期未确认的解除", Tone.ALARM
    REPLIES = "replies", "逾期未复的通知", Tone.ALARM
    REVIEWS = "reviews", "等级下降待复核", Tone.ALARM
    PROPOSALS = "proposals", "待第二人复核的事项", Tone.WAITING
    COMPLAINTS = "complaints", "待办结的投诉举报", Tone.WAITING
    OBJECTIONS = "objections", "待核实的异议", Tone.WAITING
    REPAIRS = "repairs", "待办的信用修复", Tone.WAITING
    DISPUTED = "disputed", "待认定的争议记录", Tone.WAITING
    ASKED = "asked", "待来源单位答复的争议记录", Tone.WAITING
    REFUSED = "refused", "被平台退回的数据行", Tone.ALARM
    HELD = "held", "待补正或逾期的数据行", Tone.WAITING
    DUTIES = "duties", "职责", Tone.BUSY
    PARKED = "parked", "挂起的报文", Tone.WAITING
