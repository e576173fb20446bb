"""The national rules as of a day: degrees, publicity, deadlines, measures, plausibility, checks of portals.

The rules are data (`policies/national/`, read by `credit/law/loading.py`); here they are applied. Days are calendar
days in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from credit.law import plausibility
from credit.law.calendar import Calendar, Deadline
from credit.law.conditions import holds
from credit.law.degrees import Applied, Degrees
from credit.law.portal import Portal
from credit.law.publicity import LEAST_BY, Publicity, first_day_after
from credit.law.timeline import Timeline, next_of
from schemas.layers import Confirmation, RegionFile
from schemas.policy import (
    Confidence,
    DeadlineName,
    DeadlineRule,
    Deadlines,
    FreeReports,
    Measure,
    PlausibilityFile,
    Provision,
    SealingRule,
)
from schemas.record import Ruling, Severity, Window
from schemas.statement import Category, Fact

_SURENESS = list(Confidence)


class Counting(NamedTuple):
    """The first day on which a fact is a ground, and the clause that says so."""

    on: date
    clause: str


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
    portal: Portal
    sources: Mapping[str, Confidence]
    calendar: Calendar
    own_reports: Timeline[FreeReports]
    region: RegionFile | None = None
    confirmed: Mapping[str, Confirmation] = field(default_factory=dict)

    def severity(self, fact: Fact, on: date) -> Ruling:
        """Return the degree of dishonesty of a fact by the edition in force on a day, with its clause."""
        return self.apply(fact, on).ruling

    def apply(self, fact: Fact, on: date) -> Applied:
        """Return the provision that gives a fact its degree of dishonesty on a day."""
        return self.degrees.on(on).apply(fact)

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

    def counting(self, fact: Fact) -> Counting | None:
        """Return from when on a penalty is a ground by the rules of the province; None: from its decision on.

        A revocation that comes as an event of registration is a penalty as well.
        """
        period = self.region.penalties_count_after if self.region is not None else None
        if period is None or not (fact.category is Category.PENALTY or fact.items.get("event") == "revoked"):
            return None
        served = self.calendar.add_working_days(fact.occurred_on, period.served_within_working_days).on
        return Counting(first_day_after(served, period.months), str(period.source))

    def window(self, fact: Fact, severity: Severity | None, as_of: date) -> Window:
        """Return the time in which a fact is public and counts, as the law stands on a day; see `Publicity.window`."""
        return self.publicity.window(fact, severity, as_of)._replace(changes_on=next_of(self.changes, as_of))

    def check_order(self, revision: int, sent_at: datetime, today: date) -> None:
        """Hold a message that would outrank every later one of its record: bounds, whatever came before it.

        Raises:
            UnusableError: the revision is implausible, or the time lies too many days after today.
        """
        plausibility.check_order(self.plausibility, revision, sent_at, today)

    def check(self, fact: Fact, today: date) -> None:
        """Refuse what cannot be, and hold what is too unlikely to follow from without a person's look.

        Raises:
            UnusableError: the fact lies in the future, its fine is implausible, or it was too heavy for the summary
                procedure that it names.
        """
        plausibility.check(self.plausibility, fact, today)

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

    def free_reports(self, on: date) -> FreeReports:
        """Return how many reports about itself a subject gets free of charge in the year of a day."""
        own = self.region.own_reports if self.region is not None else None
        return own or self.own_reports.on(on)

    def confidence(self, clause: str) -> Confidence | None:
        """Tell how sure the provision is that a kept clause names; None when no provision now cites its source.

        Of a clause that names two it is the less sure.
        """
        most, found, least = clause.partition(LEAST_BY)
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
