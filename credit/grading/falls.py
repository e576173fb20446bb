"""Falls during a year: facts that put a subject below its official grade, and what a person decided about them.

A rise waits for the close. A fall is a matter of facts: that something is lacking so far, as an honour or this year's
inspection, is none before the year is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from credit.grading.known import Counted, Known
from credit.grading.measure import measure
from credit.grading.regime import Regime
from credit.grading.result import Cited, Reason, Step, because
from credit.grading.scale import find_band, find_limits
from credit.grading.when import covers
from credit.law.calendar import Calendar
from schemas.regime.scale import DuringYear, Edition, Scale
from schemas.states import ReviewState

REVIEWS = "credit.office.review"
"""The family of the records by which persons decide about falls."""


class Found(NamedTuple):
    """Why facts put a subject at a grade or below: the day on which they were enough, and the days of all of them."""

    reasons: tuple[Reason, ...]
    since: date
    days: tuple[date, ...]


class Decision(NamedTuple):
    """What a person decided about a fall to a grade."""

    record: Cited
    scale: str
    year: int
    grade: str
    decision: ReviewState
    decided_grade: str | None
    reviewer: str
    known_at: datetime

    def covers(self, found: Found) -> bool:
        """Tell whether it was taken with these facts known; who kept the grade did not speak of later ones."""
        last = found.since if self.decision is ReviewState.CONFIRMED else found.days[-1]
        return last <= self.record.occurred_on

    def reopened_on(self, found: Found) -> date:
        """Return the day of the first fact that a decision which does not cover all of them did not know."""
        return max(found.since, min(day for day in found.days if day > self.record.occurred_on))


class Review(NamedTuple):
    """A fall to a grade in a year, and where its review stands. `grade` is what the official grade becomes by it."""

    scale: str
    year: int
    from_grade: str
    to_grade: str
    since: date
    report_by: date
    state: ReviewState
    reasons: tuple[Reason, ...]
    decision: Decision | None
    grade: str


def find_reviews(
    known: Known, regime: Regime, scale_id: str, year: int, official: str, calendar: Calendar
) -> Iterator[Review]:
    """Return the falls of a subject in a year below its official grade, the lightest first, each with its decision.

    What is open is the lowest grade that the facts of the year lead to, unless a person has decided about it.
    """
    edition, scale = regime.edition(year), regime.scale(scale_id, year)
    if edition is None or scale is None or scale.during_year is None or official not in scale.grades:
        return
    if not covers(scale.subjects, known.at_end_of(year).who):
        return
    lower = [each for each in _reached(known, edition, scale, year) if _is_below(scale, each.reason, official)]
    if not lower:
        return
    lowest = max(scale.rank(each.reason.grade or official) for each in lower)
    decided = _decided(read_decisions(known, regime.code), scale, year)
    for rank, to_grade in enumerate(scale.grades):
        if not scale.rank(official) < rank <= lowest:
            continue
        found = _gather(each for each in lower if scale.rank(each.reason.grade or official) >= rank)
        decision, since = decided.get(to_grade), found.since
        if decision is not None and not decision.covers(found):
            since = decision.reopened_on(found)
            decision = None
        if decision is None and rank < lowest:
            continue
        grade = _becomes(scale, official, to_grade, decision)
        yield Review(
            scale=scale.id,
            year=year,
            from_grade=official,
            to_grade=to_grade,
            since=since,
            report_by=report_by(scale.during_year, since, calendar),
            state=decision.decision if decision else ReviewState.OPEN,
            reasons=found.reasons,
            decision=decision,
            grade=grade,
        )
        official = grade


def read_decisions(known: Known, regime: str) -> list[Decision]:
    """Return what persons decided about falls of a subject under a regime, in the order of their days."""
    return [_read(fact) for fact in known.facts.get(REVIEWS, ()) if fact.items.get("regime") == regime]


def _read(fact: Counted) -> Decision:
    items = fact.items
    return Decision(
        record=Cited(fact.record_id, fact.family, fact.organ_code, fact.document_no, fact.occurred_on),
        scale=items["scale"],
        year=int(items["year"]),
        grade=items["grade"],
        decision=ReviewState(items["decision"]),
        decided_grade=items.get("decided_grade"),
        reviewer=items["reviewer"],
        known_at=fact.known_at,
    )


def _decided(decisions: Iterable[Decision], scale: Scale, year: int) -> dict[str, Decision]:
    """Return by grade the last decision about a fall to it; what decides on no grade of the scale decides nothing."""
    return {
        each.grade: each
        for each in decisions
        if (each.scale, each.year) == (scale.id, year)
        and (each.decision is not ReviewState.ADJUSTED or each.decided_grade in scale.grades)
    }


class _Reached(NamedTuple):
    reason: Reason
    times: int


def _reached(known: Known, edition: Edition, scale: Scale, year: int) -> Iterator[_Reached]:
    """Return the reasons by which facts of the year lead to a grade, each with how many facts it takes."""
    times = {limit.id: limit.times for limit in scale.limits}
    for limit in find_limits(scale, known, year):
        if limit.records:
            yield _Reached(limit, times[limit.rule])
    found = measure(scale.measure, known, year)
    if found is None or found.number is None:
        return
    records = tuple(dict.fromkeys(record for reason in found.reasons for record in reason.records))
    if records:
        band = find_band(scale, found.number, edition)._replace(records=records)
        yield _Reached(band, len(records))


def _is_below(scale: Scale, reason: Reason, official: str) -> bool:
    return reason.grade is not None and scale.rank(reason.grade) > scale.rank(official)


def _gather(lower: Iterable[_Reached]) -> Found:
    lower = list(lower)
    days = [sorted(record.occurred_on for record in each.reason.records) for each in lower]
    enough = (found[min(each.times, len(found)) - 1] for each, found in zip(lower, days, strict=True))
    return Found(tuple(each.reason for each in lower), min(enough), tuple(sorted(chain.from_iterable(days))))


def _becomes(scale: Scale, official: str, to_grade: str, decision: Decision | None) -> str:
    """Return the official grade after a decision; it lowers it or leaves it."""
    if decision is None or decision.decision is ReviewState.REJECTED:
        return official
    return max(official, decision.decided_grade or to_grade, key=scale.rank)


def report_by(during: DuringYear, since: date, calendar: Calendar) -> date:
    """Return the day by which a fall has to be reported; the day of its fact is not counted."""
    if during.counted == "working":
        return calendar.add_working_days(since, during.report_within_days).on
    return since + timedelta(days=during.report_within_days)


def reviewed(during: DuringYear, scale: Scale, review: Review) -> Reason:
    """Return the reason by which an official grade changed: what a named person decided, about which records."""
    assert review.decision is not None
    decided = review.decision
    effect = (
        f"{review.since:%Y-%m-%d} 的事实使等级降至 {scale.grades[review.to_grade]}，"
        f"经 {decided.reviewer} 复核{decided.decision.word}，定为 {scale.grades[review.grade]}"
    )
    cited: Sequence[Cited] = tuple(
        dict.fromkeys((*(record for reason in review.reasons for record in reason.records), decided.record))
    )
    return because(Step.REVIEW, "during-year", effect, during, review.grade, cited)
