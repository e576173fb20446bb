"""The clocks that a step of an objection or of a credit repair starts: by when the authority has to answer it.

No message says whether a case is complex or its source has to check: the shorter day is kept, the longer one told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.policy import DeadlineName
from schemas.statement import ActKind


@dataclass(frozen=True, slots=True)
class Clock:
    """What is to be answered, by which deadline, and by which one where the case needs longer (`longer_word`)."""

    word: str
    deadline: DeadlineName
    longer_word: str = ""
    longer: DeadlineName | None = None

    def deadlines(self) -> Mapping[DeadlineName, str]:
        """Return its deadlines, the shorter first, with what they are called."""
        return {self.deadline: self.word} | ({self.longer: self.longer_word} if self.longer is not None else {})


CLOCKS: Mapping[tuple[str, str], Clock] = {
    (ActKind.OBJECTION.value, "filed"): Clock(
        "异议答复限期", "objection_answer", "需来源单位核查的", "objection_answer_checked"
    ),
    (ActKind.REPAIR.value, "applied"): Clock("答复是否受理限期", "repair_acceptance"),
    (ActKind.REPAIR.value, "accepted"): Clock("决定限期", "repair_decision", "情况复杂的", "repair_decision_complex"),
}
"""By kind and state of an act that waits for the authority; the day of the act starts the clock."""
