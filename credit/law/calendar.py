"""Working days of mainland China (Asia/Shanghai), and the deadlines counted in them.

Past and current years come from `chinesecalendar`; a year it does not know yet comes from a table that an
operator fills in from the State Council's notice (policies/national/calendar.yaml). Until that notice is out, the days
that are holidays by law in any year are counted as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from typing import Annotated, NamedTuple, Self
from zoneinfo import ZoneInfo

from chinese_calendar import constants
from pydantic import Field, model_validator

from schemas.base import Closed, Day, Name
from schemas.policy import Provision

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5
_LAST_YEAR = 2100


class Deadline(NamedTuple):
    """The day something is due. `covered` is False when holidays not yet announced may still move it."""

    on: date
    covered: bool


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Public holidays, the days worked all the same, and the years whose days are known.

    Of a year that is not known `holidays` has the days that are off by law.
    """

    holidays: frozenset[date]
    working: frozenset[date]
    years: frozenset[int]

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices are open; in a year that is not known, Monday to Friday but for holidays by law."""
        return day in self.working or (day.weekday() < _SATURDAY and day not in self.holidays)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Give how much of the time between two moments lies on working days, each of which has 24 hours.

        Nothing where the end is not after the start.
        """
        begin, until = start.astimezone(_SHANGHAI).replace(tzinfo=None), end.astimezone(_SHANGHAI).replace(tzinfo=None)
        worked = timedelta()
        while begin < until:
            midnight = datetime.combine(begin.date() + _ONE_DAY, time())
            if self.is_working_day(begin.date()):
                worked += min(midnight, until) - begin
            begin = midnight
        return worked

    def working_days_to(self, start: date, end: date) -> int:
        """Count the working days after a day up to another one, which counts; below zero where it has passed."""
        if end < start:
            return -self.working_days_to(end, start)
        days = (start + _ONE_DAY * n for n in range(1, (end - start).days + 1))
        return sum(map(self.is_working_day, days))

    def covered_until(self) -> date:
        """Give the last day up to which, without a gap, holidays are known."""
        first_unknown = next(year for year in count(min(self.years)) if year not in self.years)
        return date(first_unknown - 1, 12, 31)

    def add_working_days(self, start: date, days: int) -> Deadline:
        """Give the last of `days` working days; the day after `start` is the first that can count.

        No days at all end on `start` itself. Where the days are counted into a year that is not known, the working
        day before is given, if one lies after `start`: a weekend worked instead of a holiday can only bring a
        deadline forward. Raises ValueError for a negative number and OverflowError past
        the year 9999.
        """
        if days < 0:
            raise ValueError("working days are counted forward")
        return _count(self, start, days)


@lru_cache(maxsize=65536)
def _count(calendar: Calendar, start: date, days: int) -> Deadline:
    before, day, left, covered = start, start, days, True
    last = start
    while left:
        day += _ONE_DAY
        covered = covered and day.year in calendar.years
        if calendar.is_working_day(day):
            before, last, left = last, day, left - 1
    return Deadline(last if covered or days == 1 else before, covered)


class Holiday(Closed):
    """One holiday: its days off, first and last."""

    name: Name
    first: Day
    last: Day

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not 0 <= (self.last - self.first).days < 31:
            raise ValueError("last lies before first, or the holiday is longer than a month")
        return self

    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


class Year(Closed):
    """What the State Council's notice says about one year."""

    year: Annotated[int, Field(ge=2004, le=2100)]
    source: Name
    published: Day
    holidays: Annotated[tuple[Holiday, ...], Field(min_length=1)]
    working: tuple[Day, ...] = ()

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        off, working = self.days_off(), set(self.working)
        if off & working:
            raise ValueError("a day is named both as holiday and as working day")
        # The notice for a year may begin in the last days of the year before (New Year's Day on a Sunday).
        earliest = date(self.year - 1, 12, 24)
        if any(day < earliest or day.year > self.year for day in off | working):
            raise ValueError(f"a day does not belong to {self.year}")
        return self

    def days_off(self) -> set[date]:
        """Every day off."""
        return {day for holiday in self.holidays for day in holiday.days()}


class Yearly(Closed):
    """A holiday on the same days of every year, beginning with a day of a month."""

    name: Name
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=28)]
    days: Annotated[int, Field(ge=1, le=7)]


class ByLaw(Provision):
    """The days that are holidays by law, notice or no notice; `lunar` has those that move, for as far as worked out."""

    every_year: tuple[Yearly, ...]
    lunar: tuple[Holiday, ...]

    def days_off(self, year: int) -> set[date]:
        """Every day off in a year."""
        fixed = {date(year, each.month, each.day) + timedelta(n) for each in self.every_year for n in range(each.days)}
        return fixed | {day for holiday in self.lunar for day in holiday.days() if day.year == year}


class Table(Closed):
    """policies/national/calendar.yaml."""

    by_law: ByLaw | None = None
    years: tuple[Year, ...]

    @model_validator(mode="after")
    def _check_years(self) -> Self:
        if len({entry.year for entry in self.years}) < len(self.years):
            raise ValueError("a year is given twice")
        return self


def join(table: Table) -> Calendar:
    """Join the library's years with those of a table; where both know a day, the table is right."""
    off = {day for entry in table.years for day in entry.days_off()}
    working = {day for entry in table.years for day in entry.working}
    known = {day.year for day in constants.holidays} | {entry.year for entry in table.years}
    unknown = [year for year in range(min(known), _LAST_YEAR + 1) if year not in known]
    by_law = {day for year in unknown for day in table.by_law.days_off(year)} if table.by_law else set[date]()
    return Calendar(
        holidays=frozenset(off.union(constants.holidays) | (by_law - working)),
        working=frozenset((set(constants.workdays) - off) | working),
        years=frozenset(known),
    )
