"""Official results: what the close of a year decides for a subject, and how facts that come or go later correct it.

A closed year is never opened again. What it rests on is asked again as it would have been on the day of the close: by
the facts of until then, but for those that were undone since. That a record expires later undoes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from credit.grading.falls import Review, find_reviews, reviewed
from credit.grading.known import Known
from credit.grading.quota import Cut, Rank, stand_later
from credit.grading.regime import Regime
from credit.grading.result import Cited, Reason, Result, Step, because, dump, load
from credit.grading.rows import OfficialRow
from credit.grading.scale import assess_by
from credit.law.calendar import Calendar
from schemas.record import Cause, State
from schemas.regime.scale import Edition, Scale
from schemas.states import Decided, ReviewState


class Closed(NamedTuple):
    """A year that was closed: on which day, by which edition as it was then, and how each scale's quota was filled."""

    year: int
    closed_on: date
    edition: Edition
    cuts: Mapping[str, Cut]


def dump_cuts(cuts: Mapping[str, Cut]) -> str:
    """Return how quotas were filled as JSON text, by scale."""
    kept = {
        scale: {
            "places": cut.places,
            "last": cut.last._asdict() | {"number": _spell(cut.last.number)} if cut.last is not None else None,
        }
        for scale, cut in cuts.items()
    }
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()


def load_cuts(text: str) -> dict[str, Cut]:
    """Return how quotas were filled, of their JSON text."""
    return {scale: Cut(kept["places"], _load_rank(kept["last"])) for scale, kept in orjson.loads(text).items()}


def _load_rank(kept: dict[str, Any] | None) -> Rank | None:
    if kept is None:
        return None
    number, licensed_on = kept["number"], kept["licensed_on"]
    return Rank(
        Decimal(number) if number is not None else None,
        kept["records"],
        date.fromisoformat(licensed_on) if licensed_on is not None else None,
        kept["code"],
    )


def _spell(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


class Place(NamedTuple):
    """Of which scale and year a result is."""

    scale: str
    year: int


class Followed(NamedTuple):
    """What follows for a subject: new versions of official results, and the reviews of falls as they stand now."""

    results: tuple[OfficialRow, ...]
    reviews: tuple[Review, ...]


def counted_on(closed_on: date, occurred_on: date, state: State, public_until: date | None) -> bool:
    """Tell whether a record, as it stands now, counts for what was decided on a day.

    What was withdrawn, repaired or taken back on objection does not, however late; what expired after that day does.
    """
    if occurred_on > closed_on:
        return False
    return state.counts or (state is State.EXPIRED and public_until is not None and public_until >= closed_on)


def rank_of(result: Result, known: Known) -> Rank:
    """Return what decides whether a subject stays in the grade of a quota."""
    return Rank(result.number, result.records, known.at_end_of(result.year).who.licensed_on, known.code)


def is_candidate(scale: Scale, result: Result) -> bool:
    """Tell whether the quota of a scale has to decide about a result."""
    return scale.quota is not None and result.grade == scale.quota.grade


def decide(result: Result, previous: str | None, now: datetime, today: date) -> OfficialRow:
    """Return the first version of an official result, as the close of its year decides it."""
    return _row(result, 1, previous, Decided.CLOSE, now, today)


class Case(NamedTuple):
    """A subject under a regime whose closed years may have to follow: what is known of it, and what was decided.

    `closed` are the regime's closed years in order; `at_close` is, by each of them, what is known now of what counted
    on the day of its close. `last` are the last versions of the official results. `undone` says of records that count
    no longer why.
    """

    regime: Regime
    closed: Sequence[Closed]
    at_close: Mapping[int, Known]
    now: Known
    last: Mapping[Place, OfficialRow]
    undone: Mapping[str, Cause]


def follow_official(case: Case, calendar: Calendar, now: datetime, today: date) -> Followed:
    """Return what follows for a subject from what is known now; nothing where all stands as it was decided.

    Pure: the same facts lead to the same grades, in whatever order they came.
    """
    rows: list[OfficialRow] = []
    reviews: list[Review] = []
    for number, closed in enumerate(case.closed):
        after = case.closed[number + 1] if number + 1 < len(case.closed) else None
        for result, scale in _again(case, closed):
            standing = list(_reviews(case, result, closed, after, calendar, today))
            reviews += standing
            final = _review(result, case.regime, standing)
            row = _correct(final, scale, closed.edition, case, now, today)
            if row is not None:
                rows.append(row)
    return Followed(tuple(rows), tuple(reviews))


class _Again(NamedTuple):
    result: Result
    scale: Scale


def _again(case: Case, closed: Closed) -> Iterator[_Again]:
    """Return the results of a closed year as they would be by what is known now, and by the rules of then."""
    known, edition = case.at_close[closed.year], closed.edition
    results = {result.scale: result for result in assess_by(edition, known, case.regime.code, closed.year)}
    for scale in edition.scales:
        result = results.get(scale.id)
        if result is None:
            if Place(scale.id, closed.year) in case.last:
                yield _Again(_leave(known, case.regime, closed.year, edition, scale), scale)
            continue
        cut = closed.cuts.get(scale.id)
        if scale.quota is not None and cut is not None and is_candidate(scale, result):
            result = stand_later(scale.quota, cut, scale, result, rank_of(result, known))
        yield _Again(result, scale)


def _leave(known: Known, regime: Regime, year: int, edition: Edition, scale: Scale) -> Result:
    """Return the result of a subject that, as it turned out, was not to be assessed."""
    reason = because(Step.LIMIT, "subjects", f"不属于{scale.name}的评定对象", edition)
    return Result(regime.code, scale.id, year, known.subject_id, edition.effective_from, None, None, (reason,))


def _reviews(
    case: Case, result: Result, closed: Closed, after: Closed | None, calendar: Calendar, today: date
) -> Iterator[Review]:
    """Return the falls below an official grade until the next close, which decides about what is still open."""
    if result.grade is None:
        return
    official = result.grade
    until = after.year if after is not None else today.year
    known = case.at_close[after.year] if after is not None else case.now
    for year in range(closed.year + 1, until + 1):
        for review in find_reviews(known, case.regime, result.scale, year, official, calendar):
            if after is None or review.state is not ReviewState.OPEN:
                yield review
            official = review.grade


def _review(result: Result, regime: Regime, reviews: Iterable[Review]) -> Result:
    """Return a result as persons decided about falls below it."""
    for review in reviews:
        scale = regime.scale(review.scale, review.year)
        if review.decision is not None and review.grade != review.from_grade and scale and scale.during_year:
            reason = reviewed(scale.during_year, scale, review)
            result = result._replace(grade=review.grade, reasons=(*result.reasons, reason))
    return result


def _correct(
    result: Result, scale: Scale, edition: Edition, case: Case, now: datetime, today: date
) -> OfficialRow | None:
    """Return the next version of an official result; None where it says the same as the last one."""
    last = case.last.get(Place(result.scale, result.year))
    if last is None:
        if result.grade is None:
            return None
        effect = f"{result.year} 年度评定后才收到认定依据，补充评定为 {scale.grades[result.grade]}"
        reason = because(Step.CORRECTION, "correction", effect, edition, result.grade)
        added = result._replace(reasons=(*result.reasons, reason))
        return _row(added, 1, _previous(case.last, result), Decided.CORRECTION, now, today)
    before = load(last.reasons)
    if _essence(last.number, last.grade, before) == _essence(_spell(result.number), result.grade, result.reasons):
        return None
    if _of(Step.REVIEW, result.reasons) - _of(Step.REVIEW, before):
        return _row(result, last.version + 1, last.grade, Decided.REVIEW, now, today)
    reason = _explain(result, before, scale, edition, case.undone)
    corrected = result._replace(reasons=(*result.reasons, reason))
    return _row(corrected, last.version + 1, last.grade, Decided.CORRECTION, now, today)


def _explain(
    result: Result, before: Iterable[Reason], scale: Scale, edition: Edition, undone: Mapping[str, Cause]
) -> Reason:
    """Return the reason of a correction: which records left, why, and which came."""
    old, new = _cited(before), _cited(result.reasons)
    left = [cited for key, cited in old.items() if key not in new]
    came = [cited for key, cited in new.items() if key not in old]
    parts = [
        f"{cited.document_no} 因{undone[cited.record_id].word}不再计入"
        if cited.record_id in undone
        else f"{cited.document_no} 不再计入"
        for cited in left
    ]
    parts += [f"{cited.document_no} 在评定后收到，计入" for cited in came]
    grade = "不予评定" if result.grade is None else scale.grades.get(result.grade, result.grade)
    effect = f"更正：{'；'.join(parts) or '认定依据有变动'}，等级为 {grade}"
    return because(Step.CORRECTION, "correction", effect, edition, result.grade, (*left, *came))


class _Essence(NamedTuple):
    """What a result says, whatever the words of the rules are by now."""

    number: str | None
    grade: str | None
    reasons: frozenset[tuple[Step, str, str | None, frozenset[str]]]


def _essence(number: str | None, grade: str | None, reasons: Iterable[Reason]) -> _Essence:
    told = (reason for reason in reasons if reason.step is not Step.CORRECTION)
    return _Essence(number, grade, frozenset(map(_core, told)))


def _core(reason: Reason) -> tuple[Step, str, str | None, frozenset[str]]:
    return reason.step, reason.rule, reason.grade, frozenset(cited.record_id for cited in reason.records)


def _of(step: Step, reasons: Iterable[Reason]) -> frozenset[tuple[Step, str, str | None, frozenset[str]]]:
    return frozenset(_core(reason) for reason in reasons if reason.step is step)


def _cited(reasons: Iterable[Reason]) -> dict[str, Cited]:
    told = (reason for reason in reasons if reason.step is not Step.CORRECTION)
    return {cited.record_id: cited for reason in told for cited in reason.records}


def _previous(last: Mapping[Place, OfficialRow], result: Result) -> str | None:
    earlier = [row for place, row in last.items() if place.scale == result.scale and place.year < result.year]
    return max(earlier, key=lambda row: row.year).grade if earlier else None


def _row(result: Result, version: int, previous: str | None, cause: Decided, now: datetime, today: date) -> OfficialRow:
    return OfficialRow(
        regime=result.regime,
        scale=result.scale,
        year=result.year,
        subject_id=result.subject_id,
        version=version,
        edition=result.edition,
        number=_spell(result.number),
        grade=result.grade,
        previous=previous,
        reasons=dump(result.reasons),
        cause=cause.value,
        decided_on=today,
        decided_at=now,
    )
