"""What an operator promises of the whole: the objectives that `xinglin slo` measures."""

from __future__ import annotations

from typing import Self

from schemas.words import Tone, Worded, new_member


class Objective(Worded):
    """One objective: a code, what officials read for it, and the share of cases that has to be good."""

    target: float

    def __new__(cls, code: str, word: str = "", tone: Tone = Tone.PLAIN, target: float = 1.0) -> Self:
        """Make a member."""
        member = new_member(cls, code, word, tone)
        member.target = target
        return member

    COMMITTED = "committed_within_a_minute", "报文出具后一分钟内入库", Tone.PLAIN, 0.99
    CONFIRMED = "notices_confirmed_within_five_minutes", "通知入库后五分钟内送达消息中间件", Tone.PLAIN, 0.999
    ROWS = "rows_in_their_legal_days", "报送行在法定期限内被采信", Tone.PLAIN, 1.0
    LIFTS = "lifts_in_their_legal_days", "解除在期限内经部门确认", Tone.PLAIN, 1.0
    LEDGER = "ledger_balanced", "台账账实相符", Tone.PLAIN, 1.0
