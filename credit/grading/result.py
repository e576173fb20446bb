"""What an assessment comes to: a grade with every rule that led to it, as it is stored, sent and printed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from schemas.policy import Confidence, Provision
from schemas.words import Tone, Worded


class Step(Worded):
    """The steps by which a grade is found, in their order; a listing; and a later correction of a closed grade.

    `ended` says that the subject's licence ended after the year, and lowers nothing.
    """

    MEASURE = "measure", "评分"
    BAND = "band", "分档"
    LIMIT = "limit", "限级"
    ENDED = "ended", "登记终止"
    LIST = "list", "列入名单"
    QUOTA = "quota", "名额"
    REVIEW = "review", "复核"
    CORRECTION = "correction", "更正", Tone.WAITING


class Cited(NamedTuple):
    """A record that a reason rests on: its id, and what a person finds it by."""

    record_id: str
    family: str
    organ_code: str
    document_no: str
    occurred_on: date


class Reason(NamedTuple):
    """One rule that shaped a result: what it did, in Chinese, by which clause, and by which records.

    `grade` is the grade after it, the same as before where the rule held and another one was stricter.
    """

    step: Step
    rule: str
    effect: str
    clause: str
    confidence: Confidence
    grade: str | None = None
    records: tuple[Cited, ...] = ()


class Result(NamedTuple):
    """The grade of a subject on a scale in a year; None, with the reason, where it could not be assessed."""

    regime: str
    scale: str
    year: int
    subject_id: str
    edition: date
    number: Decimal | None
    grade: str | None
    reasons: tuple[Reason, ...]

    @property
    def records(self) -> int:
        """How many records the result rests on, each counted once."""
        by = [reason for reason in self.reasons if reason.step is not Step.ENDED]
        return len({cited.record_id for reason in by for cited in reason.records})


def because(
    step: Step,
    rule: str,
    effect: str,
    by: Provision,
    grade: str | None = None,
    records: Iterable[Cited] = (),
) -> Reason:
    """Return a reason that rests on a provision."""
    return Reason(step, rule, effect, str(by.source), by.confidence, grade, tuple(records))


def dump(reasons: Iterable[Reason]) -> str:
    """Return reasons as JSON text, the same text for the same reasons: its keys are in the order of the alphabet."""
    return orjson.dumps([_plain(reason) for reason in reasons]).decode()


def _plain(reason: Reason) -> dict[str, Any]:
    # Written out, and in order: a close makes many thousands, and `_asdict` takes several times as long.
    step, rule, effect, clause, confidence, grade, records = reason
    cited = [
        {"document_no": number, "family": family, "occurred_on": day, "organ_code": organ, "record_id": record_id}
        for record_id, family, organ, number, day in records
    ]
    return {
        "clause": clause,
        "confidence": confidence,
        "effect": effect,
        "grade": grade,
        "records": cited,
        "rule": rule,
        "step": step,
    }


def load(text: str) -> tuple[Reason, ...]:
    """Return the reasons of their JSON text."""
    return tuple(_reason(each) for each in orjson.loads(text))


def says_of_end(text: str) -> bool:
    """Tell of reasons as JSON text whether they say that the subject's licence ended after the year."""
    return any(kept["step"] == Step.ENDED for kept in orjson.loads(text))


def _reason(kept: dict[str, Any]) -> Reason:
    cited = (Cited(**each | {"occurred_on": date.fromisoformat(each["occurred_on"])}) for each in kept["records"])
    return Reason(
        Step(kept["step"]),
        kept["rule"],
        kept["effect"],
        kept["clause"],
        Confidence(kept["confidence"]),
        kept["grade"],
        tuple(cited),
    )
