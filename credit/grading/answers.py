"""What a regime says to a case beside it: item by item, and by which rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from credit.grading.addresses import Address
from credit.grading.beside import compare
from credit.grading.clock import span_of
from credit.grading.consumers import find_consumers, find_readers
from credit.grading.draws import Entrant, enter, fill, hold
from credit.grading.duties import Case as Happenings
from credit.grading.duties import Happened, begin, of_subject, of_units
from credit.grading.known import Counted, Known, gather
from credit.grading.lists import NO_YEAR, Found, Told, want
from credit.grading.quota import Candidate
from credit.grading.quota import fill as fill_quota
from credit.grading.regime import Regime, in_force
from credit.grading.reports import show
from credit.grading.result import Result
from credit.grading.rows import DutyRow, EntryRow, OfficialRow
from credit.grading.scale import assess, is_hidden
from credit.grading.visits import Standing, inspect
from credit.law.law import Law
from schemas.party import squeeze_document_no
from schemas.regime.cases import (
    ConsumersCase,
    DrawCase,
    DutyCase,
    GradeCase,
    ListCase,
    StatedFact,
    StatedSubject,
    SubjectCase,
    VisitsCase,
)
from schemas.regime.duties import AfterDuty, AfterListing, AfterResult, Duty, Monthly, Yearly
from schemas.regime.scale import Scale
from schemas.states import Decided

UNGRADED = "ungraded"
"""What a case calls those without a grade."""
_SUBJECT = "subject"


@dataclass(slots=True)
class Answer:
    """What was said, item by item, and the rules that said so; `others` are the grades of other subjects."""

    said: dict[str, Any] = field(default_factory=dict)
    by: set[Address] = field(default_factory=set)
    others: dict[str, str | None] = field(default_factory=dict)


def answer(case: Any, regime: Regime, law: Law) -> Answer:
    """Return what a regime says to a case, working days and deadlines by the law."""
    match case:
        case GradeCase():
            return _grade(case, regime)
        case ListCase():
            return _entry(case, regime)
        case DrawCase():
            return _draw(case, regime)
        case DutyCase():
            return _duty(case, regime, law)
        case VisitsCase():
            return _visits(case, regime)
        case ConsumersCase():
            return _consumers(case, regime)
        case _:
            raise AssertionError(case)


def _know(subject_id: str, subject: StatedSubject, stated: Iterable[StatedFact]) -> Known:
    """Return what is known of a subject of a case: the facts that count."""
    numbered = enumerate(stated, 1)
    counted = (_count(subject_id, number, fact) for number, fact in numbered if fact.state.counts and not fact.sealed)
    return gather(subject_id, subject.code, subject, counted, _Past(subject))


class _Past(NamedTuple):
    """The subject of a case before its licence ended."""

    subject: StatedSubject

    def on(self, day: date) -> StatedSubject:
        """Return who it was at the end of a day."""
        until = self.subject.licensed_until
        return (
            self.subject.model_copy(update={"licensed": True}) if until is not None and day <= until else self.subject
        )


def _count(subject_id: str, number: int, fact: StatedFact) -> Counted:
    return Counted(
        record_id=f"{subject_id}-{number:03}",
        family=fact.family,
        organ_code=fact.organ_code,
        document_no=squeeze_document_no(fact.document_no or f"{number}号"),
        occurred_on=fact.occurred_on,
        known_at=datetime.combine(fact.known_on or fact.occurred_on, time(4), UTC),  # noon in Shanghai
        severity=fact.severity.value if fact.severity else None,
        items={name: _plain(value) for name, value in fact.items.items()},
    )


def _plain(value: Any) -> Any:
    """Return an item as it stands in a record, where days are text."""
    return value.isoformat() if isinstance(value, date) else value


def _year(case: SubjectCase) -> int:
    return case.year or case.day.year


def know(case: SubjectCase) -> Known:
    """Return what is known of the subject of a case."""
    return _know(_SUBJECT, case.subject, case.facts)


# Grades.


def _grade(case: GradeCase, regime: Regime) -> Answer:
    scale = regime.scale(case.expect.scale, _year(case))
    if scale is None:
        return Answer({"scale": None})
    known = know(case)
    everybody = {"": known} | {
        other.name: _know(f"other-{number:03}", other.subject, other.facts)
        for number, other in enumerate(case.others, 1)
    }
    results = _close(case, scale, regime, everybody)
    result = results.get("")
    said = {reason.rule for reason in result.reasons} if result else set()
    beside = compare(scale.measure, known, _year(case))
    return Answer(
        {
            "grade": result.grade if result else None,
            "number": result.number if result else None,
            "because": tuple(rule for rule in case.expect.because if rule in said),
            "not_because": tuple(rule for rule in case.expect.not_because if rule not in said),
            "hidden": is_hidden(scale, known),
            "own": beside.number if beside else None,
            "differing": tuple(line.code for line in beside.differing) if beside else (),
        },
        {
            Address("regime", each.edition, scale.id, reason.rule)
            for each in results.values()
            for reason in each.reasons
        },
        {name: result.grade for name, result in results.items() if name},
    )


def _close(case: GradeCase, scale: Scale, regime: Regime, everybody: Mapping[str, Known]) -> dict[str, Result]:
    """Return the results of the subjects of a case by their names, after the quota where the case is about it."""
    results: dict[str, Result] = {}
    for name, known in everybody.items():
        result = next((each for each in assess(known, regime, _year(case)) if each.scale == scale.id), None)
        if result is not None:
            results[name] = result
    if scale.quota is None or not (case.others or case.assessed):
        return results
    names = {known.subject_id: name for name, known in everybody.items()}
    rivals = [
        Candidate(result, everybody[name].at_end_of(result.year).who.licensed_on, everybody[name].code)
        for name, result in results.items()
        if result.grade == scale.quota.grade
    ]
    assessed = case.assessed or sum(result.grade is not None for result in results.values())
    return results | {names[each.subject_id]: each for each in fill_quota(scale.quota, scale, rivals, assessed)}


# Lists.


def _entry(case: ListCase, regime: Regime) -> Answer:
    edition = in_force(regime.lists.editions, case.day) if regime.lists else None
    listed = next((each for each in edition.lists if each.id == case.expect.list), None) if edition else None
    if edition is None or listed is None:
        return Answer({"list": None})
    year = _year(case) if listed.yearly else NO_YEAR
    known = know(case)
    heard = {fact.record_id: case.told_on for facts in known.facts.values() for fact in facts if case.told_on}
    told = Told({each.year for each in case.results}, [*_official(case, regime)], heard)
    found = Found(case.day, datetime.combine(case.day, time(4), UTC))
    rows = [row for row in want(known, regime, told, found) if (row.list_id, row.year) == (listed.id, year)]
    rules = {row.rule for row in rows}
    return Answer(
        {
            "on": bool(rows),
            "tier": _first(listed.tiers, rows),
            "since": min((row.since for row in rows), default=None),
            "until": max((row.until for row in rows if row.until is not None), default=None),
            "state": max((row.state for row in rows), default=None, key=lambda state: state == "listed"),
            "because": tuple(rule for rule in case.expect.because if rule in rules),
            "not_because": tuple(rule for rule in case.expect.not_because if rule not in rules),
        },
        {
            Address("lists", edition.effective_from, listed.id, rule)
            for row in rows
            for rule in (listed.id, row.rule, row.tier or listed.id)
        },
    )


def _first(tiers: Iterable[Any], rows: Iterable[EntryRow]) -> str | None:
    """Return the strictest tier of some entries."""
    reached = {row.tier for row in rows}
    return next((tier.id for tier in tiers if tier.id in reached), None)


def _official(case: ListCase, regime: Regime) -> Iterator[OfficialRow]:
    for each in case.results:
        edition = regime.edition(each.year)
        yield OfficialRow(
            regime=regime.code,
            scale=each.scale,
            year=each.year,
            subject_id=_SUBJECT,
            version=1,
            edition=edition.effective_from if edition else each.closed_on,
            number=None,
            grade=each.grade,
            previous=None,
            reasons="[]",
            cause=Decided.CLOSE.value,
            decided_on=each.closed_on,
            decided_at=datetime.combine(each.closed_on, time(4), UTC),
        )


# Supervision.


def _draw(case: DrawCase, regime: Regime) -> Answer:
    edition = in_force(regime.supervision.editions, case.day) if regime.supervision else None
    draw = next((each for each in edition.draws if each.id == case.expect.draw), None) if edition else None
    if edition is None or draw is None:
        return Answer({"draw": None})
    entrants = [
        Entrant(f"{grade}-{number:06}", "", None if grade == UNGRADED else grade)
        for grade, count in case.population.items()
        for number in range(count)
    ]
    ballot = fill(draw, "case", entrants, ())._replace(together=0)  # who goes there is no question of the policy
    drawn = {lot.grade or UNGRADED: lot.drawn for lot in hold(ballot, "case").lots}
    entrant = enter(draw, know(case), None, case.listed, _year(case))
    rules = entrant.rules if entrant is not None else ()
    touched = {draw.id} if any(drawn.values()) or entrant is not None else set()
    return Answer(
        {"drawn": drawn, "always": rules, "lists": entrant.lists if entrant is not None else ()},
        {Address("supervision", edition.effective_from, draw.id, rule) for rule in {*touched, *rules}},
    )


def _visits(case: VisitsCase, regime: Regime) -> Answer:
    edition = in_force(regime.supervision.editions, case.day) if regime.supervision else None
    if edition is None:
        return Answer()
    scales = regime.edition(_year(case))
    found = inspect(edition, scales, know(case), Standing(case.grades, case.listed), _year(case))
    planned = found.plan
    return Answer(
        {
            "visits": planned.visits if planned else None,
            "by": planned.rule if planned else None,
            "done": len(found.done),
        },
        {Address("supervision", edition.effective_from, planned.rule, planned.rule)} if planned else set(),
    )


# Duties.


def _duty(case: DutyCase, regime: Regime, law: Law) -> Answer:
    span = span_of(regime, case.begun or case.day)
    duty = next((each for each in span.edition.duties if each.id == case.expect.duty), None) if span else None
    if span is None or duty is None:
        return Answer({"duty": None})
    row = next((row for row in _rows(duty, case, regime, law) if row.duty == duty.id), None)
    touched = {Address("duties", span.first, duty.id, duty.id)} if row is not None else set()
    return Answer({"due": row.due_on if row else None, "done": row.done_on if row else None}, touched)


def _rows(duty: Duty, case: DutyCase, regime: Regime, law: Law) -> Iterator[DutyRow]:
    known = know(case)
    if isinstance(duty.start, Yearly | Monthly):
        period = f"{_year(case):04}" + (f"-{case.month:02}" if case.month else "")
        until = max(case.day, date(_year(case) + 1, 12, 31))  # what is due in the year after is looked at too
        rows = of_units(regime, law, until, [*show(regime, known)])
        yield from (row for row in rows if row.period == period)
    elif isinstance(duty.start, AfterDuty) and case.begun is not None:
        yield from begin(regime, law, duty, case.begun, Happenings(known))
    else:
        yield from of_subject(regime, law, Happenings(known, [*_happened(duty, case)]))


def _happened(duty: Duty, case: DutyCase) -> Iterator[Happened]:
    match duty.start:
        case AfterResult(scale=scale) if case.begun is not None:
            yield Happened("result", scale, case.begun, str(_year(case)), case.grade)
        case AfterListing(list=listed, exit=left) if case.begun is not None:
            yield Happened("exit" if left else "entry", listed, case.begun, str(_year(case)))
        case _:
            pass


# Consumers.


def _consumers(case: ConsumersCase, regime: Regime) -> Answer:
    edition = in_force(regime.consumers.editions, case.day) if regime.consumers else None
    if edition is None:
        return Answer({"consumers": ()})
    found = (
        find_readers(regime, case.day, case.list)
        if case.list is not None
        else find_consumers(regime, case.day, case.scale or "", [case.grade] if case.grade is not None else [])
    )
    return Answer({"consumers": found}, {Address("consumers", edition.effective_from, each, each) for each in found})
