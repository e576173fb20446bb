"""Publicity 公示: whether and until when a record is public, by the version of the rules that governs."""

from __future__ import annotations

from dataclasses import dataclass
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
    """The periods that say how long a record is public at least, and whether and how long at most."""

    least: Period
    most: Period

    @property
    def clause(self) -> str:
        """The clause of the maximum, and that of the minimum where another version gives it."""
        most, least = str(self.most.source), str(self.least.source)
        return most if most == least else f"{most}{LEAST_BY}{least}"


@dataclass(frozen=True, slots=True)
class Publicity:
    """The versions of the periods of publicity, and which day decides the version."""

    governs: Governs
    versions: Timeline[PublicityVersion]
    not_adverse: tuple[OpenCategories, ...]

    def governing(self, decided: date, as_of: date) -> tuple[PublicityVersion, ...]:
        """Return the versions that govern what was decided on a day, looked at on another, the newest first."""
        if self.governs.date == "mildest":
            return self.versions.between(decided, as_of)
        return (self.versions.on(as_of if self.governs.date == "evaluation_date" else decided),)

    def bounds(self, severity: Severity, decided: date, as_of: date) -> Bounds:
        """Return the periods of a degree that bound the publicity of what was decided on a day, looked at on another.

        Of several versions the milder governs, of equals the newer (立法法 art. 104).
        """
        periods = [version.periods.of(severity) for version in self.governing(decided, as_of)]
        # What is not public has no maximum, and is the mildest.
        return Bounds(
            min(periods, key=lambda each: each.min_months), min(periods, key=lambda each: each.max_months or 0)
        )

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
            until = _last_day(fact.occurred_on, bounds.most.max_months)
            asked = fact.publicity_until
            if asked is not None and _last_day(fact.occurred_on, bounds.least.min_months) <= asked < until:
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


@lru_cache(maxsize=65536)
def _last_day(start: date, months: int) -> date:
    """Return the last day of a period of months: the same day of its last month, or that month's end."""
    return start + relativedelta(months=months)


def first_day_after(start: date, months: int) -> date:
    """Return the day after a period of months, which begins the day after its start."""
    return _last_day(start, months) + _ONE_DAY if months else start
