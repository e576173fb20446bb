"""The plan of supervision against visits: the most wins, and what the plan leaves out does not count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from credit.grading import visits
from credit.grading.known import Counted, Known, gather
from credit.grading.visits import Standing
from credit.grading.who import Attributes
from schemas.regime.scale import Edition
from schemas.regime.supervision import SupervisionEdition

SOURCE = {"source": {"document": "试验办法", "clause": "第二条"}, "confidence": "high"}
CHECK = "credit.inspection.check"


def frequency(name: str, least: int, most: int | None = None, years: int = 1, **more: Any) -> dict[str, Any]:
    often = {"at_least": least, "at_most": most, "years": years}
    return {"id": name, "name": "试验频次", "visits": often, **SOURCE} | more


def supervision(*frequencies: dict[str, Any]) -> SupervisionEdition:
    left_out = [{"family": CHECK, "items": {"kind": ["complaint"]}}]
    return SupervisionEdition.model_validate(
        {"effective_from": "2020-01-01", "visits": [{"family": CHECK}], "left_out": left_out, **SOURCE}
        | {"frequencies": frequencies}
    )


SCALES = Edition.model_validate(
    {
        "effective_from": "2020-01-01",
        **SOURCE,
        "scales": [
            {
                "id": "rating",
                "name": "评价",
                "grades": {"good": "好", "poor": "差"},
                "measure": {"kind": "none"},
                "subjects": {"roles": ["institution"]},
                "follows": {"poor": {"supervision": "重点监管", "visits": {"at_least": 4}, **SOURCE}},
            }
        ],
    }
)


def check(day: str, kind: str = "routine") -> Counted:
    return Counted(
        day + kind, CHECK, "1", day, date.fromisoformat(day), datetime(2027, 1, 1, tzinfo=UTC), None, {"kind": kind}
    )


def hospital(*facts: Counted, **who: Any) -> Known:
    attributes = Attributes(roles=frozenset({"institution"}), **who)
    return gather("H1", "H1", attributes, facts)


EVERYBODY = frequency("all", 1, 2)
PRIMARY = frequency("primary", 1, 1, subjects={"levels": ["primary"]})
LISTED = frequency("listed", 2, lists=["abnormal"], tiers=["second"])
RARE = frequency("rare", 1, 1, 2)


@pytest.mark.parametrize(
    ("standing", "level", "rule"),
    [
        (Standing({}, {}), None, "all"),
        (Standing({}, {}), "primary", "all"),
        (Standing({"rating": "good"}, {}), None, "all"),
        (Standing({"rating": "poor"}, {"abnormal": "second"}), None, "rating-poor"),
        (Standing({}, {"abnormal": "first"}), None, "all"),
        (Standing({}, {"abnormal": "second"}), None, "listed"),
    ],
)
def test_of_several_rules_the_one_with_the_most_visits_is_followed(standing: Standing, level: str, rule: str) -> None:
    planned = visits.plan(supervision(EVERYBODY, PRIMARY, LISTED, RARE), SCALES, hospital(level=level), standing)
    assert planned is not None
    assert planned.rule == rule
    assert planned.clause == "试验办法 第二条"


def test_no_rule_no_plan() -> None:
    found = visits.inspect(supervision(LISTED), SCALES, hospital(check("2026-01-01")), Standing({}, {}), 2026)
    assert (found.plan, len(found.done), found.missing, found.beyond) == (None, 1, 0, 0)


@pytest.mark.parametrize(
    ("days", "missing", "beyond"),
    [
        ([], 1, 0),
        (["2026-12-31"], 0, 0),
        (["2025-12-31", "2027-01-01"], 1, 0),
        (["2026-01-01"] * 1 + ["2026-05-01", "2026-06-01"], 0, 1),
    ],
)
def test_visits_are_those_of_the_year(days: list[str], missing: int, beyond: int) -> None:
    known = hospital(*map(check, days), check("2026-03-03", "complaint"))
    found = visits.inspect(supervision(EVERYBODY), SCALES, known, Standing({}, {}), 2026)
    assert (found.missing, found.beyond) == (missing, beyond)
    assert all(fact.items["kind"] == "routine" for fact in found.done)


@pytest.mark.parametrize(("day", "missing"), [("2024-12-31", 1), ("2025-01-01", 0), ("2026-12-31", 0)])
def test_one_in_two_years_looks_at_the_year_before(day: str, missing: int) -> None:
    found = visits.inspect(supervision(RARE), SCALES, hospital(check(day)), Standing({}, {}), 2026)
    assert found.missing == missing


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ([frequency("a", 1, grades=["good"])], "grades need the scale"),
        ([frequency("a", 1, tiers=["first"])], "tiers need the lists"),
        ([frequency("a", 1), frequency("a", 2)], "same id"),
    ],
)
def test_frequencies_that_make_no_sense_are_refused(rules: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        supervision(*rules)
