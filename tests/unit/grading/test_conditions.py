"""What a fact must be for a rule of a regime, and whom a rule is about."""

from __future__ import annotations

from typing import Any

import pytest

from credit.grading.when import covers, find, meets, to_number
from credit.grading.who import Attributes
from schemas.regime.when import Scope, When
from tests.unit.grading.builders import CHECK, PENALTY, fact, known


def when(**said: Any) -> When:
    return When.model_validate({"family": PENALTY, **said})


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ({}, True),
        ({"items": {"penalty_kinds": ["罚款"]}}, True),  # one of a list is enough
        ({"items": {"penalty_kinds": ["吊销许可证件"]}}, False),
        ({"items": {"absent": ["罚款"]}}, False),
        ({"contains": {"CF_NR": ["吊销"]}}, True),
        ({"contains": {"CF_NR": ["暂扣"]}}, False),
        ({"severity": ["general", "serious"]}, True),
        ({"severity": ["minor"]}, False),
        ({"below": {"value": "60"}}, True),
        ({"below": {"value": "59.99"}}, False),
        ({"at_least": {"value": "59.99"}}, True),
        ({"at_least": {"value": "60"}}, False),
        ({"below": {"absent": "60"}}, False),
        ({"below": {"penalty_kinds": "60"}}, False),
        ({"items": {"penalty_kinds": ["罚款"]}, "below": {"value": "1"}}, False),  # all of it, not some of it
    ],
)
def test_a_fact_meets_all_of_a_condition_or_none(said: dict[str, Any], *, holds: bool) -> None:
    penalty = fact(severity="general", penalty_kinds=["警告", "罚款"], CF_NR="吊销执业许可证", value=59.99)
    assert meets(when(**said), penalty) is holds


def test_one_line_must_have_all_of_the_values() -> None:
    two = fact(CHECK, items=[{"star": 2, "met": True}, {"star": 0, "met": False}])
    asked = When.model_validate({"family": CHECK, "line": {"star": [2], "met": [False]}})
    assert not meets(asked, two)
    assert meets(asked, fact(CHECK, items=[{"star": 2, "met": False}]))
    assert not meets(asked, fact(CHECK))


@pytest.mark.parametrize("value", [None, True, False, "", "x", "NaN", "Infinity", [], {}])
def test_what_says_no_number_is_none(value: Any) -> None:
    assert to_number(value) is None


def test_a_number_is_the_one_that_was_written() -> None:
    assert [str(to_number(value)) for value in ("59.99", 59.99, 60)] == ["59.99", "59.99", "60"]


def test_a_year_is_that_of_the_facts_own_day_and_a_fact_is_found_once() -> None:
    first, last = fact(day="2026-01-01", a=1), fact(day="2026-12-31", a=1)
    of = known(last, first, fact(day="2025-12-31", a=1), fact(day="2027-01-01", a=1))
    both = [when(), when(items={"a": [1]})]
    assert find(both, of, 2026) == [first, last]
    assert len(find(both, of, None)) == 4


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ({}, True),
        ({"roles": ["institution", "public_place"]}, True),
        ({"roles": ["practitioner"]}, False),
        ({"levels": ["secondary"]}, True),
        ({"levels": ["tertiary"]}, False),
        ({"districts": ["410481"]}, True),
        ({"districts": ["410400"]}, False),
        ({"specialties": ["内科", "儿科"]}, True),
        ({"specialties": ["外科"]}, False),
        ({"licensed": True}, True),
        ({"licensed": False}, False),
        ({"roles": ["institution"], "levels": ["tertiary"]}, False),
    ],
)
def test_a_scope_asks_all_that_it_names(said: dict[str, Any], *, holds: bool) -> None:
    hospital = Attributes(frozenset({"institution"}), "secondary", "410481", frozenset({"儿科"}), licensed=True)
    assert covers(Scope.model_validate(said), hospital) is holds


@pytest.mark.parametrize("said", [{"levels": ["secondary"]}, {"districts": ["410481"]}, {"specialties": ["儿科"]}])
def test_what_is_not_known_is_not_met(said: dict[str, Any]) -> None:
    assert not covers(Scope.model_validate(said), Attributes(frozenset({"institution"})))
