"""Words of the reports that a subject asks for about itself 本人信用报告."""

from __future__ import annotations

from schemas.words import Tone, Worded


class Asker(Worded):
    """Who stands at the desk and asks for the report of a subject."""

    SELF = "self", "本人", Tone.PLAIN
    HEAD = "head", "法定代表人（负责人）", Tone.PLAIN
    AGENT = "agent", "受托人", Tone.PLAIN


class OwnReportState(Worded):
    """Where a report stands that lies ready to be fetched with its code."""

    WAITING = "waiting", "待领取", Tone.WAITING
    GIVEN = "given", "已领取", Tone.GOOD
    EXPIRED = "expired", "逾期未领", Tone.PAST
    REVOKED = "revoked", "已作废", Tone.PAST
