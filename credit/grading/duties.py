"""Duties of a regime: which there are, when each is due, and what shows that it was done. Pure.

Duties of a period (yearly, monthly) are those of a unit; all others are about a subject. What they are does not depend
on the day of looking: they follow from facts, official results, entries on lists and the reports of units. A duty that
begins as another is missed is there beforehand, and begins on the day after. Only where a duty stands (`find_state`)
depends on the day. So it does not matter when, how often or by how many processes duties are worked out.

The edition that governs is the one in force on the day on which a duty begins; for one of a period, on which it is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from credit.grading.clock import Span, find_due, periods, span_of, spans
from credit.grading.known import Counted, Known
from credit.grading.regime import Regime
from credit.grading.reports import is_of
from credit.grading.rows import DutyRow, ShownRow
from credit.grading.when import find
from credit.law.calendar import Deadline
from credit.law.law import Law
from schemas.forms import read_day
from schemas.party import squeeze_document_no
from schemas.regime.duties import AfterDuty, AfterFact, AfterListing, AfterResult, Duty, Entered, Monthly, Yearly
from schemas.states import DutyState

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_A_YEAR = timedelta(days=366)
_KEY = 5
"""The fields of a row that tell duties apart come first."""


class Happened(NamedTuple):
    """An official result of a scale, or that a subject came on a list or left it; `period` tells several apart."""

    kind: Literal["result", "entry", "exit"]
    word: str
    on: date
    period: str
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What duties follow from; `shown` is what units reported, and for duties of periods what shows them done.

    `known` is None for the duties of units.
    """

    known: Known | None
    happened: Sequence[Happened] = ()
    shown: Sequence[ShownRow] = ()

    @property
    def subject_id(self) -> str:
        """The subject; an empty text where there is none."""
        return self.known.subject_id if self.known else ""


class _Begun(NamedTuple):
    """That a duty began: by which edition, about what, for which period, on which day, and when it is due."""

    duty: Duty
    span: Span
    about: str
    period: str
    on: date
    due: Deadline
    from_facts: bool
    made_up_on: date | None = None
    """Of what follows a missed duty: the day on which that one was done after all."""


class _Sign(NamedTuple):
    """What shows a duty done, in the order of days."""

    on: date
    record_id: str


def find_state(row: DutyRow, today: date) -> DutyState:
    """Return where a duty stands on a day; one that was done late is done."""
    if row.done_on is not None:
        return DutyState.DONE
    if row.due_on < today:
        return DutyState.MISSED
    return DutyState.NEAR if row.warn_on <= today else DutyState.DUE


def is_late(row: DutyRow) -> bool:
    """Tell whether a duty was done after its day."""
    return row.done_on is not None and row.done_on > row.due_on


def of_subject(regime: Regime, law: Law, case: Case) -> list[DutyRow]:
    """Return the duties about a subject and its records, in the order of their keys."""
    begun = []
    for span in spans(regime):
        for duty in span.edition.duties:
            for about, period, day in _find_starts(duty, case) if case.known else ():
                due = _find_due(duty, day, law) if day in span else None
                if due is not None:
                    from_facts = isinstance(duty.start, AfterFact) or _is_entry(duty)
                    begun.append(_Begun(duty, span, about, period, day, due, from_facts))
    return _work_out(regime, law, begun, case)


def of_units(regime: Regime, law: Law, until: date, shown: Iterable[ShownRow]) -> list[DutyRow]:
    """Return the duties of units for the periods that have begun, or are near, on a day, in the order of their keys."""
    begun = []
    for span in spans(regime):
        for duty in span.edition.duties:
            if isinstance(duty.start, Yearly | Monthly):
                warned = timedelta(days=duty.warn_days)
                for period in periods(duty.start, span.first, min(span.last, until + _A_YEAR + warned)):
                    if min(period.first, period.due_on - warned) <= until:
                        due = Deadline(period.due_on, covered=True)
                        begun.append(_Begun(duty, span, "", period.name, period.first, due, from_facts=True))
    return _work_out(regime, law, begun, Case(None, shown=tuple(shown)))


def begin(regime: Regime, law: Law, duty: Duty, on: date, case: Case) -> list[DutyRow]:
    """Return the rows of a duty about a subject that began on a day, and of what follows it, in the order of keys.

    Of one that begins as another was missed, the day is that on which the other one was due.
    """
    span, due = span_of(regime, on), _find_due(duty, on, law)
    if span is None or due is None:
        return []
    return _work_out(regime, law, [_Begun(duty, span, case.subject_id, "", on, due, from_facts=False)], case)


def _find_starts(duty: Duty, case: Case) -> Iterator[tuple[str, str, date]]:
    """Return what a duty begins with: what it is about, the period, and the day."""
    assert case.known is not None
    start = duty.start
    if isinstance(start, AfterFact | Entered):
        since = start.since if isinstance(start, AfterFact) else None
        for fact in find(start.when, case.known, None):
            day = fact.occurred_on if since is None else _read_day(fact.items.get(since))
            if day is not None:
                yield fact.record_id, "", day
    for each in case.happened:
        if _begins_with(duty, each):
            yield case.subject_id, each.period, each.on


def _is_entry(duty: Duty) -> bool:
    return isinstance(duty.start, AfterListing) and not duty.start.exit


def _begins_with(duty: Duty, happened: Happened) -> bool:
    match duty.start:
        case AfterResult(scale=scale, grades=grades):
            named = not grades or happened.grade in grades
            return (happened.kind, happened.word) == ("result", scale) and named
        case AfterListing(list=listed, exit=left):
            return (happened.kind, happened.word) == ("exit" if left else "entry", listed)
        case _:
            return False


def _read_day(value: Any) -> date | None:
    try:
        return read_day(value) if value else None
    except PydanticCustomError:
        return None


def _find_due(duty: Duty, day: date, law: Law) -> Deadline | None:
    assert not isinstance(duty.start, Yearly | Monthly)
    return find_due(duty.start, day, law)


def _work_out(regime: Regime, law: Law, begun: Iterable[_Begun], case: Case) -> list[DutyRow]:
    """Return the rows of duties that began, and of those that follow them, each once: as it began first."""
    rows: dict[tuple[Any, ...], DutyRow] = {}
    for each in begun:
        for row in _grow(regime, law, each, case):
            key = row[:_KEY]
            if key not in rows or row.began_on < rows[key].began_on:
                rows[key] = row
    return [rows[key] for key in sorted(rows)]


def _grow(regime: Regime, law: Law, begun: _Begun, case: Case) -> Iterator[DutyRow]:
    """Return the row of each unit for a duty that began, and of what follows: one edition has no circles."""
    for unit in begun.duty.units:
        row = _make(regime, begun, unit, case)
        if _is_wanted(row, begun):
            yield row
            for following in _follow(regime, law, row):
                yield from _grow(regime, law, following, case)


def _is_wanted(row: DutyRow, begun: _Begun) -> bool:
    """Tell whether a duty is asked for: not where the missed one before it was done after all, and in time for it."""
    made_up = begun.made_up_on
    return made_up is None or made_up > row.due_on or (row.done_on is not None and row.done_on <= made_up)


def _make(regime: Regime, begun: _Begun, unit: str, case: Case) -> DutyRow:
    duty = begun.duty
    signs = sorted(set(_find_signs(regime, begun, unit, case)))[: duty.times]
    done = signs[-1] if len(signs) == duty.times else None
    warn_on = begun.due.on - timedelta(days=duty.warn_days)
    return DutyRow(
        regime=regime.code,
        duty=duty.id,
        unit=unit,
        about=begun.about,
        period=begun.period,
        subject_id=case.subject_id,
        began_on=begun.on,
        # Of a period one is warned before it begins; of all else there is nothing to say before.
        warn_on=warn_on if isinstance(duty.start, Yearly | Monthly) else max(warn_on, begun.on),
        due_on=begun.due.on,
        covered=begun.due.covered,
        alert=duty.alert,
        from_facts=begun.from_facts,
        asked=duty.times,
        times=len(signs),
        done_on=done.on if done else None,
        done_by=done.record_id if done else None,
    )


def _find_signs(regime: Regime, begun: _Begun, unit: str, case: Case) -> Iterator[_Sign]:
    """Return what shows a duty of a unit done."""
    duty, known = begun.duty, case.known
    if isinstance(duty.start, Entered) and known is not None:
        fact = next(each for each in find(duty.start.when, known, None) if each.record_id == begun.about)
        yield _Sign(max(fact.known_at.astimezone(_SHANGHAI).date(), fact.occurred_on), fact.record_id)
        return
    for fact in find(duty.done_by, known, None) if known is not None else ():
        shows = _names(fact, duty.about, begun, known) if duty.about and known else _is_after(fact, begun)
        if shows and is_of(begun.span.edition.units[unit], fact, known.code if known else ""):
            yield _Sign(fact.occurred_on, fact.record_id)
    for each in case.shown:
        if _speaks_of(each, regime, begun, unit, case.subject_id):
            yield _Sign(each.shown_on, each.record_id)


def _is_after(fact: Counted, begun: _Begun) -> bool:
    return fact.occurred_on >= begun.on and fact.record_id != begun.about


def _names(fact: Counted, item: str, begun: _Begun, known: Known) -> bool:
    """Tell whether a fact names the record that a duty is about, by its document number."""
    number = squeeze_document_no(str(fact.items.get(item) or ""))
    return any(each.record_id == begun.about and each.document_no == number for each in _all(known))


def _all(known: Known) -> Iterator[Counted]:
    return (fact for facts in known.facts.values() for fact in facts)


def _speaks_of(shown: ShownRow, regime: Regime, begun: _Begun, unit: str, subject_id: str) -> bool:
    """Tell whether what a unit reported is about a duty: by its record or its subject, and its period if it says one.

    What came before the duty began shows nothing of it; for a period, the one that is named says which it is.
    """
    if (shown.regime, shown.duty, shown.unit) != (regime.code, begun.duty.id, unit):
        return False
    if not begun.about:
        return shown.period == begun.period
    return (
        shown.about in {begun.about, subject_id}
        and begun.period.startswith(shown.period)
        and shown.shown_on >= begun.on
    )


def _follow(regime: Regime, law: Law, row: DutyRow) -> Iterator[_Begun]:
    """Return the duties that begin as one was done, or was missed."""
    events = [(row.done_on, False)] if row.done_on is not None else []
    if row.done_on is None or is_late(row):
        events.append((row.due_on + timedelta(days=1), True))
    for on, missed in events:
        assert on is not None
        span = span_of(regime, on)
        for duty in span.edition.duties if span else ():
            start = duty.start
            if span and isinstance(start, AfterDuty) and (start.duty, start.missed) == (row.duty, missed):
                # The day that was missed is the one after which the next step is counted.
                due = find_due(start, row.due_on if missed else on, law)
                if due is not None:
                    made_up_on = row.done_on if missed else None
                    yield _Begun(duty, span, row.about, row.period, on, due, row.from_facts, made_up_on)
