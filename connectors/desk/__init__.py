"""The desk where subjects hand in what they say of themselves: self-assessments, submissions, self-inspections …"""

from __future__ import annotations

from connectors.desk.mapping import read_answer, read_self_assessment, read_self_inspection, read_submission
from connectors.desk.messages import Answer, SelfAssessment, SelfInspection, Submission
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="desk",
    source="/desk",
    types=(
        MessageType("credit.desk.self_assessment.v1", SelfAssessment, read_self_assessment),
        MessageType("credit.desk.submission.v1", Submission, read_submission),
        MessageType("credit.desk.self_inspection.v1", SelfInspection, read_self_inspection),
        MessageType("credit.desk.answer.v1", Answer, read_answer),
    ),
)
