"""From what subjects hand in to facts."""

from __future__ import annotations

from connectors.desk.messages import Answer, SelfAssessment, SelfInspection, Submission
from connectors.reading import read_common
from schemas.statement import Category, Fact


def read_self_assessment(message: SelfAssessment, family: str) -> Fact:
    """Read a sheet that an institution filled in about itself."""
    return read_common(message, family, Category.DECLARATION)


def read_submission(message: Submission, family: str) -> Fact:
    """Read what a subject declares of itself."""
    return read_common(message, family, Category.DECLARATION)


def read_self_inspection(message: SelfInspection, family: str) -> Fact:
    """Read a self-inspection."""
    return read_common(message, family, Category.DECLARATION)


def read_answer(message: Answer, family: str) -> Fact:
    """Read an answer to what is shown to the public."""
    return read_common(message, family, Category.DECLARATION)
