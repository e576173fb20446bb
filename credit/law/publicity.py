"""Publicity 公示: whether and until when a record is public, by the version of the rules that governs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from credit.law.timeline import Timeline
from schemas.policy import Governs, OpenCategories, Period, PublicityVersion
from schemas.record import Severity, Window
from schemas.statement import Category, Fact

LEAST_BY = "；最短公示期依照 "
"""What stands between the clause of the maximum and that of the minimum, where another version gives it."""

_ONE_DAY = timedelta(days=1)


class Bounds(NamedTuple):
    """The periods that say how long a record is public at least, and whether and how long at most.

    `clause` is that of the maximum, and that of the minimum where another version gives it.
    """

    least: Period
    most: Period
    clause: str


@dataclass(frozen=True, slots=True)
class Publicity:
    """The versions of the periods of publicity, and which day decides the version."""

    governs: Governs
    versions: Timeline[PublicityVersion]
    not_adverse: tuple[OpenCategories, ...]
    _bounds: dict[tuple[date, int, Severity], Bounds] = field(default_factory=dict, init=False, compare=False)
    """What was worked out before: each message asks, and what the answer rests on does not change."""

    def governing(self, decided: date, as_of: date) -> tuple[PublicityVersion, ...]:
        """Return the versions that govern what was decided on a day, looked at on another, the newest first."""
        if self.governs.date == "mildest":
            return self.versions.between(decided, as_of)
        return (self.versions.on(as_of if self.governs.date == "evaluation_date" else decided),)

    def bounds(self, severity: Severity, decided: date, as_of: date) -> Bounds:
        """Return the periods of a degree that bound the publicity of what was decided on a day, looked at on another.

        Of several versions the milder governs, of equals the newer (立法法 art. 104).
        """
        governing = self.governing(decided, as_of)
        # Versions follow each other, so the first, how many they are and the degree say everything: few come together.
        key = governing[0].effective_from, len(governing), severity
        known = self._bounds.get(key)
        if known is None:
            known = self._bounds[key] = _bound([version.periods.of(severity) for version in governing])
        return known

    def window(self, fact: Fact, severity: Severity | None, as_of: date) -> Window:
        """Return the time in which a fact is public and counts, as the law stands on a day.

        What is not adverse holds until its own end. An adverse fact is public from the decision on for the
        maximum of its degree, or up to the day that the source asks for, where that is neither before the end of the
        minimum nor after the maximum. A minor one is not public, so no
        publicity ends: it stays in the archive until it is repaired or withdrawn, and rules of their own
        decide which years it counts in.
        """
        if severity is None:
            return self._own_window(fact)
        bounds = self.bounds(severity, fact.occurred_on, as_of)
        until = None
        if bounds.most.max_months is not None:
            until = last_day_of(fact.occurred_on, bounds.most.max_months)
            asked = fact.publicity_until
            if asked is not None and last_day_of(fact.occurred_on, bounds.least.min_months) <= asked < until:
                until = asked
        return Window(
            public=bounds.most.public,
            repairable_from=first_day_after(fact.occurred_on, bounds.least.min_months),
            until=until,
            clause=bounds.clause,
        )

    def opening(self, category: Category) -> OpenCategories | None:
        """Return the clause by which a kind of record is public without being adverse; None where there is none."""
        return next((each for each in self.not_adverse if category in each.categories), None)

    def _own_window(self, fact: Fact) -> Window:
        opened = self.opening(fact.category)
        return Window(
            public=opened is not None,
            repairable_from=None,
            until=fact.valid_until,
            clause=str(opened.source) if opened is not None else "",
        )


def _bound(periods: Sequence[Period]) -> Bounds:
    # What is not public has no maximum, and is the mildest.
    least = min(periods, key=lambda each: each.min_months)
    most = min(periods, key=lambda each: each.max_months or 0)
    by, least_by = str(most.source), str(least.source)
    return Bounds(least, most, by if by == least_by else f"{by}{LEAST_BY}{least_by}")


@lru_cache(maxsize=65536)
def last_day_of(start: date, months: int) -> date:
    """Return the last day of a period of months: the same day of its last month, or that month's end."""
    return start + relativedelta(months=months)


def first_day_after(start: date, months: int) -> date:
    """Return the day after a period of months, which begins the day after its start."""
    return last_day_of(start, months) + _ONE_DAY if months else start
