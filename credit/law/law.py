"""The national rules as of a day: degrees of dishonesty, publicity, deadlines, measures, plausibility.

The rules are data (`policies/national/`); here they are applied. Days are calendar days in Asia/Shanghai.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Generic, TypeVar

from dateutil.relativedelta import relativedelta

from credit.law import files
from credit.law.amounts import fines_in
from credit.law.calendar import Calendar, Deadline
from credit.law.conditions import holds, mentions, mistakes
from schemas import documents
from schemas.documents import Document, Place, Problem
from schemas.errors import UnusableError
from schemas.policy import (
    Condition,
    DeadlineName,
    DeadlineRule,
    Deadlines,
    DeadlinesFile,
    Degree,
    Measure,
    MeasuresFile,
    OpenCategories,
    PenaltyTable,
    Period,
    PlausibilityFile,
    PublicityFile,
    PublicityVersion,
    SeverityEdition,
    SeverityFile,
)
from schemas.reasons import Reason
from schemas.record import Ruling, Severity, Window
from schemas.statement import Category, Fact, Model

_Dated = SeverityEdition | PublicityVersion
_D = TypeVar("_D", SeverityEdition, PublicityVersion)
_T = TypeVar("_T")

_OTHER_PREFIXES = ("其他-", "其他－", "其他—")
_WEIGHTS: Mapping[Severity | None, int] = {None: -1, **{severity: severity.weight for severity in Severity}}
_ONE_DAY = timedelta(days=1)


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
    rules: Mapping[str, tuple[tuple[Condition, Ruling], ...]]
    otherwise: Ruling


@dataclass(frozen=True, slots=True)
class Publicity:
    """Periods of publicity with their clauses; `evaluated`: by the version of the day of looking at a fact."""

    evaluated: bool
    periods: Timeline[Mapping[Severity, tuple[Period, str]]]
    not_adverse: OpenCategories


@dataclass(frozen=True, slots=True)
class Law:
    """The law in force, for any day; see `load`. `changes` are the days on which degrees or publicity change."""

    degrees: Timeline[Degrees]
    publicity: Publicity
    changes: tuple[date, ...]
    deadlines: Deadlines
    measures: Mapping[str, tuple[Measure, ...]]
    plausibility: PlausibilityFile
    calendar: Calendar

    def severity(self, fact: Fact, on: date) -> Ruling:
        """Return the degree of dishonesty of a fact by the edition in force on a day, with its clause."""
        edition = self.degrees.on(on)
        if fact.category is Category.PENALTY:
            return _penalty(edition.penalties, fact.items)
        for condition, ruling in edition.rules.get(fact.key.family, ()):
            if holds(condition, fact):
                return ruling
        return edition.otherwise

    def window(self, fact: Fact, severity: Severity | None, as_of: date) -> Window:
        """Return the time in which a fact is public and counts, as the law stands on a day.

        What is not adverse holds until its own end. An adverse fact is public from the decision on for the
        maximum of its degree, or for less where the source asks for less. A minor one is not public, so no
        publicity ends: it stays in the archive until it is repaired or withdrawn, and rules of their own
        decide which years it counts in.
        """
        if severity is None:
            return self._own_window(fact, as_of)
        versions = self.publicity.periods.on(as_of if self.publicity.evaluated else fact.occurred_on)
        period, clause = versions[severity]
        until = None
        if period.max_months is not None:
            until = _last_day(fact.occurred_on, period.max_months)
            if fact.publicity_until is not None:
                until = min(until, fact.publicity_until)
        return Window(
            public=period.public,
            repairable_from=_first_day_after(fact.occurred_on, period.min_months),
            until=until,
            clause=clause,
            changes_on=_next(self.changes, as_of),
        )

    def _own_window(self, fact: Fact, as_of: date) -> Window:
        open_to_all = self.publicity.not_adverse
        return Window(
            public=fact.category in open_to_all.categories,
            repairable_from=None,
            until=fact.valid_until,
            clause=str(open_to_all.source),
            changes_on=_next(self.degrees.days, as_of),
        )

    def check(self, fact: Fact, today: date) -> None:
        """Refuse what cannot be, and hold what is too unlikely to follow from without a person's look.

        Raises:
            UnusableError: the fact lies in the future, or its fine is implausible.
        """
        if fact.occurred_on > today:
            raise UnusableError(Reason.DATE_FUTURE, f"{fact.occurred_on} is after today, {today}")
        fine = _amount(fact.items.get("CF_NR_FK"))
        if fine == 0:
            return
        limit = self.plausibility.fine.above_wan
        if fine > limit:
            raise UnusableError(Reason.FINE_IMPLAUSIBLE, f"CF_NR_FK is {fine:f} 万元, above {limit:f}")
        if fine in fines_in(str(fact.items.get("CF_NR") or "")):
            raise UnusableError(
                Reason.FINE_IMPLAUSIBLE, f"CF_NR_FK is {fine:f} 万元, but CF_NR names a fine of {fine:f} yuan"
            )

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

    def changes_after(self, day: date) -> date | None:
        """Return the next day on which any of this law changes; None when nothing is foreseen."""
        listed = [measure for entries in self.measures.values() for measure in entries]
        changes = {*self.changes, *(measure.effective_from for measure in listed)}
        changes |= {m.effective_to + _ONE_DAY for m in listed if m.effective_to is not None}
        return _next(sorted(changes), day)


def load(folder: Path | Traversable, calendar: Calendar, models: Mapping[str, Model]) -> Law:
    """Read the policy files of a folder such as `policies/national`; rules may speak of the types of `models`.

    Raises:
        ConfigurationError: names every mistake of a file with its line.
    """
    severity = files.read(folder / "severity.yaml", SeverityFile)
    publicity = files.read(folder / "publicity.yaml", PublicityFile)
    measures = files.read(folder / "measures.yaml", MeasuresFile)
    documents.refuse(severity.path, _severity_problems(severity, models))
    documents.refuse(publicity.path, _order_problems(publicity, "versions", publicity.value.versions))
    documents.refuse(measures.path, _measure_problems(measures))
    degrees = _timeline(severity.value.editions, _degrees)
    periods = _timeline(publicity.value.versions, _periods)
    evaluated = publicity.value.governs.date == "evaluation_date"
    listed = measures.value.measures
    return Law(
        degrees=degrees,
        publicity=Publicity(evaluated, periods, publicity.value.not_adverse),
        changes=tuple(sorted({*degrees.days, *periods.days})),
        deadlines=files.read(folder / "deadlines.yaml", DeadlinesFile).value.deadlines,
        measures={code: tuple(m for m in listed if m.code == code) for code in {m.code for m in listed}},
        plausibility=files.read(folder / "plausibility.yaml", PlausibilityFile).value,
        calendar=calendar,
    )


def _severity_problems(document: Document[SeverityFile], models: Mapping[str, Model]) -> Iterable[Problem]:
    editions = document.value.editions
    yield from _order_problems(document, "editions", editions)
    for number, edition in enumerate(editions):
        for index, rule in enumerate(edition.rules):
            for place, text in mistakes(rule.when, models):
                yield document.problem(("editions", number, "rules", index, "when", *place), text)


def _order_problems(document: Document[Any], name: str, entries: Sequence[_Dated]) -> Iterable[Problem]:
    days = [entry.effective_from for entry in entries]
    for index in range(1, len(days)):
        if days[index] <= days[index - 1]:
            place: Place = (name, index, "effective_from")
            yield document.problem(place, f"must be after the {days[index - 1]} of the entry before it")


def _measure_problems(document: Document[MeasuresFile]) -> Iterable[Problem]:
    ends: dict[str, date] = {}
    for index, measure in enumerate(document.value.measures):
        if measure.effective_from <= ends.get(measure.code, date.min):
            text = f"{measure.code} is in force from {measure.effective_from}, when an entry before still is"
            yield document.problem(("measures", index, "code"), text)
        ends[measure.code] = measure.effective_to or date.max


def _timeline(entries: Sequence[_D], read: Callable[[_D], _T]) -> Timeline[_T]:
    return Timeline(tuple(entry.effective_from for entry in entries), tuple(map(read, entries)))


def _degrees(edition: SeverityEdition) -> Degrees:
    # The sort is stable: of equals the first in the file names the clause.
    heaviest_first = sorted(edition.rules, key=lambda rule: -_WEIGHTS[rule.severity])
    rules: dict[str, tuple[tuple[Condition, Ruling], ...]] = {}
    for rule in heaviest_first:
        of_family = rules.get(rule.when.family, ())
        rules[rule.when.family] = (*of_family, (rule.when, _ruling(rule.name, rule)))
    return Degrees(edition.penalties, rules, _ruling("未列入失信认定规则", edition.otherwise))


def _periods(version: PublicityVersion) -> Mapping[Severity, tuple[Period, str]]:
    periods = {severity: getattr(version.periods, severity.value) for severity in Severity}
    return {severity: (period, str(period.source)) for severity, period in periods.items()}


def _next(days: Sequence[date], day: date) -> date | None:
    """Return the first of some days, which are in order, that is after another."""
    index = bisect_right(days, day)
    return days[index] if index < len(days) else None


def _penalty(table: PenaltyTable, items: Mapping[str, Any]) -> Ruling:
    if items.get("summary_procedure") is True:
        return _ruling("简易程序", table.summary_procedure)
    found = [(kind, _kind(table, kind, items)) for kind in items.get("penalty_kinds") or ("其他",)]
    # `max` keeps the first of equals: the order in the decision names the clause, and a fine comes last.
    kind, degree = max(found, key=lambda pair: _WEIGHTS[pair[1].severity])
    huge = table.huge_fine
    if _WEIGHTS[huge.severity] > _WEIGHTS[degree.severity] and _amount(items.get("CF_NR_FK")) > huge.above_wan:
        return _ruling(f"罚款超过{huge.above_wan:f}万元", huge)
    return _ruling(f"处罚类别“{kind}”", degree)


def _kind(table: PenaltyTable, kind: str, items: Mapping[str, Any]) -> Degree:
    for prefix in _OTHER_PREFIXES:
        kind = kind.removeprefix(prefix)
    degree = table.kinds.get(kind)
    if degree is None:
        return table.other_kinds
    if degree.heavier is not None and mentions(degree.heavier.contains, items):
        return degree.model_copy(update={"severity": degree.heavier.severity})
    return degree


def _ruling(name: str, degree: Degree) -> Ruling:
    return Ruling(degree.severity, f"{name}：{degree.source}")


def _amount(value: Any) -> Decimal:
    return Decimal(str(value)) if value not in {None, ""} else Decimal(0)


@lru_cache(maxsize=65536)
def _last_day(start: date, months: int) -> date:
    """Return the last day of a period of months: the same day of its last month, or that month's end."""
    return start + relativedelta(months=months)


def _first_day_after(start: date, months: int) -> date:
    return _last_day(start, months) + _ONE_DAY if months else start
