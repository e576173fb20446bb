"""When a duty is due: days of a year or month, and so long after something, by the calendar of the law."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from credit.grading.measure import months_later
from credit.grading.regime import Regime
from credit.law.calendar import Deadline
from credit.law.law import Law
from schemas.forms import LONG_TERM
from schemas.regime.duties import After, DutiesEdition, Monthly, Yearly

_MONTHS = 12
_END_OF_TIME = date(9900, 1, 1)
"""Later days are no days of duties: they are how exports write that something has no end."""


class Period(NamedTuple):
    """A year or month of a duty: `YYYY` or `YYYY-MM`, its last day to do it, and the days on which facts show it done.

    Those are the days of the year or month in which it is due, so that each fact is of one period alone.
    """

    name: str
    due_on: date
    first: date
    last: date


def find_due(start: After, day: date, law: Law) -> Deadline | None:
    """Return when a duty is due that began on a day, which is not counted; None: the day is no day of a duty.

    So many months end on the day of the same number, or on the last of a shorter month (29 February → 28 February).
    """
    if day >= min(LONG_TERM, _END_OF_TIME):
        return None
    if start.deadline is not None:
        return law.due(start.deadline, day)
    within = start.within or 0
    match start.counted:
        case "working":
            return law.calendar.add_working_days(day, within)
        case "months":
            return Deadline(months_later(day, within), covered=True)
        case _:
            return Deadline(day + timedelta(days=within), covered=True)


def periods(start: Yearly | Monthly, first: date, last: date) -> Iterator[Period]:
    """Return the periods of a duty that are due on a day from `first` to `last`, in their order."""
    for year in range(first.year, last.year + 1):
        for month in range(1, _MONTHS + 1) if isinstance(start, Monthly) else (start.month,):
            found = _period(start, year, month)
            if first <= found.due_on <= last:
                yield found


def period_of(start: Yearly | Monthly, day: date) -> Period:
    """Return the period that a fact of a day shows done."""
    return _period(start, day.year, day.month if isinstance(start, Monthly) else start.month)


def _period(start: Yearly | Monthly, year: int, month: int) -> Period:
    """Return the period that is due in a month of a year."""
    due_on = last_of(year, month, start.day)
    if isinstance(start, Yearly):
        return Period(f"{year - start.next_year:04}", due_on, date(year, 1, 1), date(year, _MONTHS, 31))
    whole = year * _MONTHS + month - 1 - start.next_month
    name = f"{whole // _MONTHS:04}-{whole % _MONTHS + 1:02}"
    return Period(name, due_on, date(year, month, 1), last_of(year, month, 31))


def last_of(year: int, month: int, day: int) -> date:
    """Return a day of a month; the last of it where it is shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))


class Span(NamedTuple):
    """An edition of a regime's duties, and the first and the last day on which it is in force."""

    edition: DutiesEdition
    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        """Tell whether the edition is in force on a day."""
        return isinstance(day, date) and self.first <= day <= self.last


def spans(regime: Regime) -> Iterator[Span]:
    """Return the editions of a regime's duties in their order, from the year on for which it is followed."""
    editions, begin = regime.duties.editions if regime.duties else (), date(regime.from_year, 1, 1)
    for edition, after in pairwise((*editions, None)):
        assert edition is not None
        last = after.effective_from - timedelta(days=1) if after else date.max
        if last >= begin:
            yield Span(edition, max(edition.effective_from, begin), last)


def span_of(regime: Regime, day: date) -> Span | None:
    """Return the edition that is in force on a day; None before the first."""
    return next((span for span in spans(regime) if day in span), None)
