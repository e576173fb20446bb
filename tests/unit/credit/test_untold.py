"""What a province's rule keeps back is no ground and no row, and what was told of it is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from credit.law import layers
from credit.rules import Rules
from tests.builders import Archive, arrive, penalty, person, rules

POLICIES = Path(__file__).parents[3] / "policies"
ITEMS = {"conduct": "unlicensed_practice", "summary_procedure": True}


DECIDED = date(2025, 9, 1)
"""Long enough before the day of the test that the penalty cannot be appealed against any more: in Henan others wait."""


def in_henan() -> Rules:
    base = rules()
    return replace(base, law=layers.enact(base.law, layers.read(POLICIES, "henan").value))


def test_a_persons_summary_penalty_is_no_ground_in_henan_and_is_one_elsewhere() -> None:
    of_person = penalty(party=person(), items=ITEMS, occurred_on=DECIDED)
    nation, henan = Archive(), Archive()
    nation.take(arrive(of_person))
    henan.take(arrive(of_person), at=in_henan())
    assert nation.in_force() != set()
    assert henan.in_force() == set()


def test_that_of_an_organisation_is_a_ground_in_henan_too() -> None:
    henan = Archive()
    henan.take(arrive(penalty(items=ITEMS, occurred_on=DECIDED)), at=in_henan())
    assert henan.in_force() != set()


def test_what_was_told_before_the_rule_is_lifted() -> None:
    archive = Archive()
    of_person = penalty(party=person(), items=ITEMS, occurred_on=DECIDED)
    archive.take(arrive(of_person))
    assert archive.in_force() != set()
    archive.take(arrive(of_person, "2", revision=2), at=in_henan())
    assert archive.in_force() == set()
