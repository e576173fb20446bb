"""Small scales of the tests' own, and subjects with the facts that a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from credit.grading.known import Counted, Known, gather
from credit.grading.result import Result
from credit.grading.scale import grade
from credit.grading.who import Attributes
from schemas.policy import Provision
from schemas.regime.scale import Edition, Scale

BY = {"source": {"document": "试验法", "clause": "第一条"}, "confidence": "high"}
PENALTY = "credit.inspection.penalty"
CHECK = "credit.inspection.check"
HONOUR = "credit.office.honour"
YEAR = 2026


def rule(rule_id: str, **more: Any) -> dict[str, Any]:
    """What a rule says besides what it is about."""
    return {"id": rule_id, "name": f"规则 {rule_id}", **BY, **more}


def scale(**more: Any) -> Scale:
    """A scale of three grades; without a measure, unless the test gives one."""
    said = {
        "id": "trial",
        "name": "试验",
        "subjects": {},
        "grades": {"good": "好", "fair": "中", "bad": "坏"},
        "measure": {"kind": "none"},
    }
    return Scale.model_validate(said | more)


def fact(family: str = PENALTY, day: str = "2026-05-04", severity: str | None = None, **items: Any) -> Counted:
    """A fact that counts; its record's id says what it is."""
    record_id = f"{day}-{family}-{severity}-{sorted(map(str, items.items()))}"
    on = date.fromisoformat(day)
    return Counted(record_id, family, "organ", "1号", on, datetime(2026, 1, 1, tzinfo=UTC), severity, items)


def sheet(day: str, *marks: tuple[str, float, float], inspectors: int = 2, **more: Any) -> Counted:
    """A check list: code, marks and full marks of each line, all of them applicable and met but for `more`."""
    lines = [
        {"code": code, "marks": got, "full_marks": full, "applicable": True, "star": 0, "met": True} | more
        for code, got, full in marks
    ]
    return fact(CHECK, day, inspectors=inspectors, items=lines)


def known(*facts: Counted, subject_id: str = "s", licensed_on: date | None = None) -> Known:
    """A subject with its facts."""
    return gather(subject_id, "c", Attributes(licensed_on=licensed_on), facts)


def assess(by: Scale, facts: Sequence[Counted], **more: Any) -> Result:
    """The result of a subject before the quota."""
    edition = Edition.model_construct(effective_from=date(2020, 1, 1), scales=(by,), **dict(_ANY))
    return grade(known(*facts, **more), "trial", edition, by, YEAR)


_ANY = Provision.model_validate(BY)
"""What an edition of the tests rests on."""
