"""The national rules as of a day: degrees of dishonesty, publicity, deadlines, measures, plausibility.

The rules are data (`policies/national/`, read by `credit/law/loading.py`); here they are applied. Days are calendar
days in Asia/Shanghai.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from dateutil.relativedelta import relativedelta

from credit.law.amounts import find_wrong_unit
from credit.law.calendar import Calendar, Deadline
from credit.law.conditions import holds, mentions
from schemas.errors import UnusableError
from schemas.layers import Confirmation, RegionFile
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
    Period,
    PlausibilityFile,
    Provision,
    PublicityVersion,
    SealingRule,
    SeverityRule,
    SummaryLimit,
)
from schemas.reasons import Reason
from schemas.record import Ruling, Severity, Window
from schemas.statement import Category, Fact

_T = TypeVar("_T")
_SURENESS = list(Confidence)

_SHANGHAI = timezone(timedelta(hours=8))
_OTHER_PREFIXES = ("其他-", "其他－", "其他—")
_WEIGHTS: Mapping[Severity | None, int] = {None: -1, **{severity: severity.weight for severity in Severity}}
_ONE_DAY = timedelta(days=1)
_LEAST_BY = "；最短公示期依照 "


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
        return self.entries[self._index(day)]

    def between(self, first: date, last: date) -> tuple[_T, ...]:
        """Return what is in force on any day from the first to the last, the newest first."""
        return self.entries[self._index(first) : self._index(max(first, last)) + 1][::-1]

    def _index(self, day: date) -> int:
        # What lies before the first entry is judged by it: nothing older was ever collected under other rules.
        return max(0, bisect_right(self.days, day) - 1)


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


class Bounds(NamedTuple):
    """The periods that say how long a record is public at least, and whether and how long at most."""

    least: Period
    most: Period

    @property
    def clause(self) -> str:
        """The clause of the maximum, and that of the minimum where another version gives it."""
        most, least = str(self.most.source), str(self.least.source)
        return most if most == least else f"{most}{_LEAST_BY}{least}"


@dataclass(frozen=True, slots=True)
class Publicity:
    """The versions of the periods of publicity, and which day decides the version."""

    governs: Governs
    versions: Timeline[PublicityVersion]
    not_adverse: OpenCategories

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


@dataclass(frozen=True, slots=True)
class Law:
    """The law in force, for any day; see `loading.load`.

    `changes` are the days on which degrees, publicity or sealing change, `sources` the sources of all provisions as
    they are cited, with the least confidence of those that cite them. `region` are
    the rules of a province laid over the national ones, `confirmed` the sources that the authority answers for; see
    `layers.complete`.
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
    region: RegionFile | None = None
    confirmed: Mapping[str, Confirmation] = field(default_factory=dict)

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

    def may_seal(self, family: str | None, text: str) -> bool:
        """Tell whether a message that was not read may be about a sealed record: its text holds a word of a rule.

        A message whose family is not known may be of any. Rather too many than too few: what is shown stays shown.
        """
        rules = self.sealing.get(family, ()) if family else [rule for each in self.sealing.values() for rule in each]
        groups = (words for rule in rules for words in (*rule.when.items.values(), *rule.when.contains.values()))
        return any(str(word) in text for words in groups for word in words)

    def untold(self, fact: Fact) -> Provision | None:
        """Return the province's rule by which a fact is neither reported nor a ground; None where it may be."""
        if self.region is None or fact.items.get("summary_procedure") is not True or fact.party.kind != "person":
            return None
        switch = self.region.summary_penalties_of_persons
        return switch if switch is not None and not switch.on else None

    def window(self, fact: Fact, severity: Severity | None, as_of: date) -> Window:
        """Return the time in which a fact is public and counts, as the law stands on a day.

        What is not adverse holds until its own end. An adverse fact is public from the decision on for the
        maximum of its degree, or up to the day that the source asks for, where that is neither before the end of the
        minimum nor after the maximum. A minor one is not public, so no
        publicity ends: it stays in the archive until it is repaired or withdrawn, and rules of their own
        decide which years it counts in.
        """
        if severity is None:
            return self._own_window(fact, as_of)
        bounds = self.publicity.bounds(severity, fact.occurred_on, as_of)
        until = None
        if bounds.most.max_months is not None:
            until = _last_day(fact.occurred_on, bounds.most.max_months)
            asked = fact.publicity_until
            if asked is not None and _last_day(fact.occurred_on, bounds.least.min_months) <= asked < until:
                until = asked
        return Window(
            public=bounds.most.public,
            repairable_from=_first_day_after(fact.occurred_on, bounds.least.min_months),
            until=until,
            clause=bounds.clause,
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
            UnusableError: the fact lies in the future, its fine is implausible, or it was too heavy for the summary
                procedure that it names.
        """
        if fact.occurred_on > today:
            raise UnusableError(Reason.DATE_FUTURE, f"{fact.occurred_on} is after today, {today}")
        fine, limit = _amount(fact.items.get("CF_NR_FK")), self.plausibility.fine.above_wan
        if fact.items.get("summary_procedure") is True:
            _check_summary(self.plausibility.summary_procedure, fact, fine)
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
        """Tell how sure the provision is that a kept clause names; None when no provision now cites its source.

        Of a clause that names two it is the less sure.
        """
        most, found, least = clause.partition(_LEAST_BY)
        if found:
            both = [self.confidence(most), self.confidence(least)]
            return None if None in both else max(filter(None, both), key=list(Confidence).index)
        # A clause is a source, or a name and a source; a name may hold a colon itself.
        source, found = clause, ":"
        while found and source not in self.sources:
            _, found, source = source.partition("：")
        return Confidence.HIGH if source in self.confirmed else self.sources.get(source)

    def unconfirmed(self) -> Mapping[str, Confidence]:
        """Return the sources that are defaults or were not read again, and that nobody of the authority confirmed."""
        return {
            source: confidence
            for source, confidence in sorted(self.sources.items())
            if confidence is not Confidence.HIGH and source not in self.confirmed
        }


def weaker(one: Confidence | None, other: Confidence) -> Confidence:
    """Return the less sure of two; None is no word at all."""
    return other if one is None else max(one, other, key=_SURENESS.index)


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
    kind = _plain(kind)
    degree = table.kinds.get(kind)
    if degree is None:
        return Applied(name, table.other_kinds)
    if degree.heavier is not None and mentions(degree.heavier.contains, items):
        return Applied(name, degree, degree.heavier)
    return Applied(name, degree)


def _plain(kind: str) -> str:
    """Return a kind of penalty that was written as another, such as 其他-警告, by its own name."""
    for prefix in _OTHER_PREFIXES:
        kind = kind.removeprefix(prefix)
    return kind


def _check_summary(limit: SummaryLimit, fact: Fact, fine: Decimal) -> None:
    """Hold what the summary procedure cannot have decided, by its kinds, its sums or the licence that it takes."""
    items = fact.items
    most = limit.person_up_to_wan if fact.party.kind == "person" else limit.organisation_up_to_wan
    if fine > most:
        raise UnusableError(
            Reason.SUMMARY_IMPLAUSIBLE, f"CF_NR_FK is {fine:f} 万元, above {most:f}: no summary procedure"
        )
    for kind in items.get("penalty_kinds") or ():
        if _plain(kind) not in limit.kinds:
            raise UnusableError(Reason.SUMMARY_IMPLAUSIBLE, f"CF_CFLB is {kind}: no summary procedure")
    for item in ("CF_NR_WFFF", "CF_NR_ZKDX"):
        if str(items.get(item) or "").strip("0. "):
            raise UnusableError(Reason.SUMMARY_IMPLAUSIBLE, f"{item} is filled in: no summary procedure")


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
