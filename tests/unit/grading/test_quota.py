"""At most a share of the assessed is in a grade: how many places, who stays, and what the others are told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from credit.grading.quota import Candidate, fill, places
from schemas.regime.scale import Quota
from tests.unit.grading.builders import HONOUR, assess, fact, rule, scale

KEYS = ["score", "fewest_records", "earliest_licence", "code"]


def quota(**more: Any) -> dict[str, Any]:
    return rule("quota", grade="good", share="0.10", keep=KEYS, others="fair") | more


START = rule(
    "points", kind="start", start="90", least="0", most="200", more=[rule("more", when=[{"family": HONOUR}], item="by")]
)
BANDS = [{"grade": "good", "at_least": "90"}, {"grade": "fair", "at_least": "60"}, {"grade": "bad"}]
SCALE = scale(measure=START, bands=BANDS, quota=quota())
QUOTA = Quota.model_validate(quota())


def candidate(name: str, *by: int, on: date | None = None, code: str = "c") -> Candidate:
    facts = [fact(HONOUR, f"2026-01-{day:02}", by=points) for day, points in enumerate(by, 1)]
    return Candidate(assess(SCALE, facts, subject_id=name), on, code)


def stay(*candidates: Candidate, assessed: int = 10) -> set[str]:
    results = fill(QUOTA, SCALE, candidates, assessed)
    return {result.subject_id for result in results if result.grade == "good"}


@pytest.mark.parametrize(("assessed", "room"), [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (327, 32), (330, 33)])
def test_places_are_rounded_down(assessed: int, room: int) -> None:
    assert places(QUOTA, assessed) == room


def test_the_best_number_stays() -> None:
    assert stay(candidate("a", 1), candidate("b", 2)) == {"b"}


def test_of_equal_numbers_the_one_with_fewer_records() -> None:
    assert stay(candidate("a", 1, 1), candidate("b", 2)) == {"b"}


def test_then_the_older_licence_and_the_unknown_one_last() -> None:
    old, young = date(2015, 3, 1), date(2015, 3, 2)
    assert stay(candidate("a", 1, on=young), candidate("b", 1, on=old)) == {"b"}
    assert stay(candidate("a", 1), candidate("b", 1, on=young)) == {"b"}


def test_then_the_code() -> None:
    assert stay(candidate("a", 1, code="2"), candidate("b", 1, code="1")) == {"b"}


def test_who_has_no_place_gets_the_other_grade_and_is_told_its_rank() -> None:
    results = fill(QUOTA, SCALE, [candidate("a", 1), candidate("b", 2)], 10)
    [moved] = [result for result in results if result.grade == "fair"]
    last = moved.reasons[-1]
    assert (last.rule, last.grade) == ("quota", "fair")
    assert "10%" in last.effect
    assert "名额 1 个，排第 2 位" in last.effect


@settings(max_examples=40, deadline=None)
@given(scores=st.lists(st.integers(0, 3), max_size=12), assessed=st.integers(0, 200), order=st.randoms())
def test_the_share_is_never_exceeded_and_order_never_matters(scores: list[int], assessed: int, order: Any) -> None:
    candidates = [candidate(f"s{n}", score, code=f"{n:02}") for n, score in enumerate(scores)]
    kept = stay(*candidates, assessed=assessed)
    assert len(kept) <= assessed * Decimal("0.10")
    order.shuffle(candidates)
    assert stay(*candidates, assessed=assessed) == kept


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"keep": ["score"]}, "ends in code"),
        ({"keep": ["score", "score", "code"]}, "each key once"),
        ({"keep": ["code", "score"]}, "ends in code"),
        ({"keep": []}, "keep"),
        ({"share": "0"}, "share"),
        ({"share": "1.01"}, "share"),
        ({"share": 0.1}, "decimal in quotes"),
        ({"others": "good"}, "worse grade"),
        ({"grade": "fair", "others": "good"}, "worse grade"),
    ],
)
def test_a_quota_that_leaves_ties_or_raises_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        scale(measure=START, bands=BANDS, quota=quota(**more))
