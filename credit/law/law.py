"""The national rules as of a day: degrees of dishonesty, publicity, deadlines, measures, plausibility.

The rules are data (`policies/national/`, read by `credit/law/loading.py`); here they are applied. Days are calendar
days in Asia/Shanghai.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from dateutil.relativedelta import relativedelta

from credit.law.amounts import find_wrong_unit
from credit.law.calendar import Calendar, Deadline
from credit.law.conditions import holds, mentions
from schemas.errors import UnusableError
from schemas.policy import (
    Confidence,
    DeadlineName,
    DeadlineRule,
    Deadlines,
    Degree,
    Escalation,
    Governs,
    Measure,
    OpenCategories,
    PenaltyTable,
    PlausibilityFile,
    PublicityVersion,
    SealingRule,
    SeverityRule,
)
from schemas.reasons import Reason
from schemas.record import Ruling, Severity, Window
from schemas.statement import Category, Fact

_T = TypeVar("_T")

_SHANGHAI = timezone(timedelta(hours=8))
_OTHER_PREFIXES = ("其他-", "其他－", "其他—")
_WEIGHTS: Mapping[Severity | None, int] = {None: -1, **{severity: severity.weight for severity in Severity}}
_ONE_DAY = timedelta(days=1)


class _Money(NamedTuple):
    """An item that is an amount of money in units of so many yuan, and the text that names it by a word."""

    name: str
    unit: Decimal
    text: str
    word: str


_MONEY = (
    _Money("CF_NR_FK", Decimal(10000), "CF_NR", "罚款"),
    _Money("CF_NR_WFFF", Decimal(10000), "CF_NR", "没收"),
    _Money("amount_yuan", Decimal(1), "content", "骗"),
)


@dataclass(frozen=True, slots=True)
class Timeline(Generic[_T]):
    """What is in force from each of some days on, until the next of them."""

    days: tuple[date, ...]
    entries: tuple[_T, ...]

    def on(self, day: date) -> _T:
        """Return what is in force on a day."""
        # What lies before the first entry is judged by it: nothing older was ever collected under other rules.
        return self.entries[max(0, bisect_right(self.days, day) - 1)]


@dataclass(frozen=True, slots=True)
class Degrees:
    """An edition of the degrees of dishonesty; of the rules of a family the first that holds decides."""

    penalties: PenaltyTable
    rules: Mapping[str, tuple[SeverityRule, ...]]
    otherwise: Degree


class Applied(NamedTuple):
    """The provision that gives a fact its degree, by the name that the clause calls it.

    `heavier` is the part of it that the text of the decision calls for, where it does.
    """

    name: str
    degree: Degree
    heavier: Escalation | None = None

    @property
    def severity(self) -> Severity | None:
        """The degree."""
        return self.heavier.severity if self.heavier else self.degree.severity

    @property
    def ruling(self) -> Ruling:
        """The degree with its clause."""
        return Ruling(self.severity, f"{self.name}：{self.degree.source}")


@dataclass(frozen=True, slots=True)
class Publicity:
    """The versions of the periods of publicity, and which day decides the version."""

    governs: Governs
    versions: Timeline[PublicityVersion]
    not_adverse: OpenCategories

    def version(self, decided: date, as_of: date) -> PublicityVersion:
        """Return the version that governs what was decided on a day, looked at on another."""
        return self.versions.on(as_of if self.governs.date == "evaluation_date" else decided)


@dataclass(frozen=True, slots=True)
class Law:
    """The law in force, for any day; see `loading.load`.

    `changes` are the days on which degrees, publicity or sealing change, `sources` the sources of all provisions as
    they are cited, with the least confidence of those that cite them.
    """

    degrees: Timeline[Degrees]
    publicity: Publicity
    sealing: Mapping[str, tuple[SealingRule, ...]]
    changes: tuple[date, ...]
    deadlines: Deadlines
    measures: Mapping[str, tuple[Measure, ...]]
    plausibility: PlausibilityFile
    sources: Mapping[str, Confidence]
    calendar: Calendar

    def severity(self, fact: Fact, on: date) -> Ruling:
        """Return the degree of dishonesty of a fact by the edition in force on a day, with its clause."""
        return self.apply(fact, on).ruling

    def apply(self, fact: Fact, on: date) -> Applied:
        """Return the provision that gives a fact its degree of dishonesty on a day."""
        edition = self.degrees.on(on)
        if fact.category is Category.PENALTY:
            return _penalty(edition.penalties, fact.items)
        for rule in edition.rules.get(fact.key.family, ()):
            if holds(rule.when, fact):
                return Applied(rule.name, rule)
        return Applied("未列入失信认定规则", edition.otherwise)

    def sealing_of(self, fact: Fact, on: date) -> SealingRule | None:
        """Return the rule by which the record of a fact is sealed on a day; None where it is open."""
        for rule in self.sealing.get(fact.key.family, ()):
            if rule.effective_from <= on and holds(rule.when, fact):
                return rule
        return None

    def window(self, fact: Fact, severity: Severity | None, as_of: date) -> Window:
        """Return the time in which a fact is public and counts, as the law stands on a day.

        What is not adverse holds until its own end. An adverse fact is public from the decision on for the
        maximum of its degree, or for less where the source asks for less. A minor one is not public, so no
        publicity ends: it stays in the archive until it is repaired or withdrawn, and rules of their own
        decide which years it counts in.
        """
        if severity is None:
            return self._own_window(fact, as_of)
        period = self.publicity.version(fact.occurred_on, as_of).periods.of(severity)
        until = None
        if period.max_months is not None:
            until = _last_day(fact.occurred_on, period.max_months)
            if fact.publicity_until is not None:
                until = min(until, fact.publicity_until)
        return Window(
            public=period.public,
            repairable_from=_first_day_after(fact.occurred_on, period.min_months),
            until=until,
            clause=str(period.source),
            changes_on=_next(self.changes, as_of),
        )

    def _own_window(self, fact: Fact, as_of: date) -> Window:
        open_to_all = self.publicity.not_adverse
        return Window(
            public=fact.category in open_to_all.categories,
            repairable_from=None,
            until=fact.valid_until,
            clause=str(open_to_all.source),
            changes_on=_next(self.changes, as_of),
        )

    def check_order(self, revision: int, sent_at: datetime, today: date) -> None:
        """Hold a message that would outrank every later one of its record: bounds, whatever came before it.

        Raises:
            UnusableError: the revision is implausible, or the time lies too many days after today.
        """
        most, days = self.plausibility.revision.above, self.plausibility.time.days_ahead
        if revision > most:
            raise UnusableError(Reason.REVISION_IMPLAUSIBLE, f"revision is {revision}, above {most}")
        if sent_at >= _midnight_after(today, days):
            raise UnusableError(Reason.TIME_IMPLAUSIBLE, f"time is more than {days} days after today, {today}")

    def check(self, fact: Fact, today: date) -> None:
        """Refuse what cannot be, and hold what is too unlikely to follow from without a person's look.

        Raises:
            UnusableError: the fact lies in the future, or its fine is implausible.
        """
        if fact.occurred_on > today:
            raise UnusableError(Reason.DATE_FUTURE, f"{fact.occurred_on} is after today, {today}")
        fine, limit = _amount(fact.items.get("CF_NR_FK")), self.plausibility.fine.above_wan
        if fine > limit:
            raise UnusableError(Reason.FINE_IMPLAUSIBLE, f"CF_NR_FK is {fine:f} 万元, above {limit:f}")
        for item in _MONEY:
            amount = _amount(fact.items.get(item.name))
            text = str(fact.items.get(item.text) or "") if amount else ""
            yuan = find_wrong_unit(amount, item.unit, text, item.word) if text else None
            if yuan is not None:
                told = f"{item.name} is {amount * item.unit:f} yuan, but {item.text} names {yuan:f} yuan"
                raise UnusableError(Reason.FINE_IMPLAUSIBLE, f"{told}: is the unit wrong?")

    def measure(self, code: str, on: date) -> Measure | None:
        """Return a measure as the list in force on a day words it; None when it is not on that list."""
        for measure in self.measures.get(code, ()):
            if measure.effective_from <= on and (measure.effective_to is None or on <= measure.effective_to):
                return measure
        return None

    def deadline(self, name: DeadlineName) -> DeadlineRule:
        """Return the rule of a deadline."""
        rule: DeadlineRule = getattr(self.deadlines, name)
        return rule

    def due(self, name: DeadlineName, start: date) -> Deadline:
        """Return the last day of a deadline; the day that starts the clock is not counted."""
        rule = self.deadline(name)
        if rule.counted == "working":
            return self.calendar.add_working_days(start, rule.days)
        return Deadline(on=start + timedelta(days=rule.days), covered=True)

    def confidence(self, clause: str) -> Confidence | None:
        """Tell how sure the provision is that a kept clause names; None when no provision now cites its source."""
        # A clause is a source, or a name and a source; a name may hold a colon itself.
        source, found = clause, ":"
        while found and source not in self.sources:
            _, found, source = source.partition("：")
        return self.sources.get(source)


def _next(days: Sequence[date], day: date) -> date | None:
    """Return the first of some days, which are in order, that is after another."""
    index = bisect_right(days, day)
    return days[index] if index < len(days) else None


def _penalty(table: PenaltyTable, items: Mapping[str, Any]) -> Applied:
    if items.get("summary_procedure") is True:
        return Applied("简易程序", table.summary_procedure)
    found = [_kind(table, kind, items) for kind in items.get("penalty_kinds") or ("其他",)]
    # `max` keeps the first of equals: the order in the decision names the clause, and a fine comes last.
    applied = max(found, key=lambda each: _WEIGHTS[each.severity])
    huge = table.huge_fine
    heavier = _WEIGHTS[huge.severity] > _WEIGHTS[applied.severity]
    if heavier and _amount(items.get("CF_NR_FK")) > huge.above_wan:
        return Applied(f"罚款超过{huge.above_wan:f}万元", huge)
    return applied


def _kind(table: PenaltyTable, kind: str, items: Mapping[str, Any]) -> Applied:
    name = f"处罚类别“{kind}”"
    for prefix in _OTHER_PREFIXES:
        kind = kind.removeprefix(prefix)
    degree = table.kinds.get(kind)
    if degree is None:
        return Applied(name, table.other_kinds)
    if degree.heavier is not None and mentions(degree.heavier.contains, items):
        return Applied(name, degree, degree.heavier)
    return Applied(name, degree)


def _amount(value: Any) -> Decimal:
    return Decimal(str(value)) if value not in {None, ""} else Decimal(0)


@lru_cache(maxsize=65536)
def _last_day(start: date, months: int) -> date:
    """Return the last day of a period of months: the same day of its last month, or that month's end."""
    return start + relativedelta(months=months)


def _first_day_after(start: date, months: int) -> date:
    return _last_day(start, months) + _ONE_DAY if months else start


@lru_cache(maxsize=8)
def _midnight_after(day: date, days: int) -> datetime:
    """Return when the day so many days after another one has ended in Asia/Shanghai."""
    return datetime.combine(day + timedelta(days=days + 1), time(), _SHANGHAI)
