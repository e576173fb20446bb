"""How often a subject is to be inspected, and how often it was: the plan of supervision against what was done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from credit.grading.known import Counted, Known
from credit.grading.when import covers, find
from schemas.policy import Provision
from schemas.regime.scale import Edition, Visits
from schemas.regime.supervision import Frequency, SupervisionEdition


class Standing(NamedTuple):
    """What decides how often a subject is inspected: its grades by scale, and the lists it is on with their tiers."""

    grades: Mapping[str, str]
    lists: Mapping[str, str | None]


class Plan(NamedTuple):
    """How often a subject is to be inspected, by which rule (of a grade: `SCALE-GRADE`) and which clause."""

    visits: Visits
    rule: str
    name: str
    clause: str


class Inspected(NamedTuple):
    """The plan of a subject against the visits that count; `plan` is None where no rule speaks of it."""

    plan: Plan | None
    done: tuple[Counted, ...]

    @property
    def missing(self) -> int:
        """How many visits are still to be made."""
        return max(self.plan.visits.at_least - len(self.done), 0) if self.plan else 0

    @property
    def beyond(self) -> int:
        """How many visits there were more than there may be."""
        most = self.plan.visits.at_most if self.plan else None
        return 0 if most is None else max(len(self.done) - most, 0)


def plan(edition: SupervisionEdition, scales: Edition | None, known: Known, standing: Standing) -> Plan | None:
    """Return how often a subject is to be inspected: of several rules that hold, the one with the most visits.

    Rules are frequencies, and what a grade brings by its scale.
    """
    found = [*_by_frequency(edition, known, standing), *_by_grade(scales, known, standing)]
    # Of equals the first, as the files have them.
    return max(found, key=lambda each: _weight(each.visits), default=None)


def inspect(
    edition: SupervisionEdition, scales: Edition | None, known: Known, standing: Standing, year: int
) -> Inspected:
    """Hold the plan of a subject against the visits of a year; of the years before too, where the plan covers several.

    Visits for complaints and for special checks, and whatever else `left_out` names, do not count.
    """
    planned = plan(edition, scales, known, standing)
    years = planned.visits.years if planned else 1
    first = year - years + 1
    left_out = {fact.record_id for fact in find(edition.left_out, known, None)}
    done = [
        fact
        for fact in find(edition.visits, known, None)
        if first <= fact.occurred_on.year <= year and fact.record_id not in left_out
    ]
    return Inspected(planned, tuple(done))


def _by_frequency(edition: SupervisionEdition, known: Known, standing: Standing) -> Iterator[Plan]:
    for rule in edition.frequencies:
        if covers(rule.subjects, known.who) and _is_met(rule, standing):
            yield _say(rule.visits, rule.id, rule.name, rule)


def _is_met(rule: Frequency, standing: Standing) -> bool:
    if rule.scale is not None:
        grade = standing.grades.get(rule.scale)
        if grade is None or (rule.grades and grade not in rule.grades):
            return False
    if not rule.lists:
        return not rule.tiers
    tiers: Collection[str | None] = [standing.lists[each] for each in rule.lists if each in standing.lists]
    return any(not rule.tiers or tier in rule.tiers for tier in tiers)


def _by_grade(scales: Edition | None, known: Known, standing: Standing) -> Iterator[Plan]:
    for scale in scales.scales if scales else ():
        grade = standing.grades.get(scale.id)
        follows = scale.follows.get(grade) if grade is not None else None
        if grade is not None and follows is not None and follows.visits and covers(scale.subjects, known.who):
            yield _say(follows.visits, f"{scale.id}-{grade}", follows.supervision, follows)


def _say(visits: Visits, rule: str, name: str, by: Provision) -> Plan:
    return Plan(visits, rule, name, str(by.source))


def _weight(visits: Visits) -> tuple[float, float]:
    most = visits.at_most if visits.at_most is not None else float("inf")
    return visits.at_least / visits.years, most / visits.years
