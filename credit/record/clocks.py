"""The clocks of what waits for the authority's answer: an objection, a step of a credit repair, a complaint.

No message says whether a case is complex or its source has to check: the shorter day is kept, the longer one told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.policy import DeadlineName
from schemas.statement import ActKind


@dataclass(frozen=True, slots=True)
class Clock:
    """What waits, what is to be done by which deadline, and by which where the case needs longer (`longer_word`)."""

    waits: str
    word: str
    deadline: DeadlineName
    longer_word: str = ""
    longer: DeadlineName | None = None

    def deadlines(self) -> Mapping[DeadlineName, str]:
        """Return its deadlines, the shorter first, with what they are called."""
        return {self.deadline: self.word} | ({self.longer: self.longer_word} if self.longer is not None else {})


COMPLAINT = ("complaint", "received")
"""The one step of a complaint that waits."""
CLOCKS: Mapping[tuple[str, str], Clock] = {
    (ActKind.OBJECTION.value, "filed"): Clock(
        ActKind.OBJECTION.word, "异议答复限期", "objection_answer", "需来源单位核查的", "objection_answer_checked"
    ),
    (ActKind.REPAIR.value, "applied"): Clock(ActKind.REPAIR.word, "答复是否受理限期", "repair_acceptance"),
    (ActKind.REPAIR.value, "accepted"): Clock(
        ActKind.REPAIR.word, "决定限期", "repair_decision", "情况复杂的", "repair_decision_complex"
    ),
    COMPLAINT: Clock("投诉举报", "投诉办结限期", "complaint_answer"),
}
"""By kind and state of what waits for the authority; the day of the act or of the complaint starts the clock."""
