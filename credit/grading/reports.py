"""What shows duties done that are not about the subject of the fact: reports of units, and facts of a period.

It is kept in rows of its own (`ShownRow`), by subject, so that whoever works out a duty need not read the records of
every unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from credit.grading.clock import Span, period_of, span_of, spans
from credit.grading.known import Counted, Known
from credit.grading.regime import Regime
from credit.grading.rows import ShownRow
from credit.grading.when import find
from credit.record.ids import record_id
from schemas.party import record_key
from schemas.regime.duties import Duty, Monthly, Unit, Yearly

REPORT: Final = "credit.office.duty"
"""The family of the reports."""


def show(regime: Regime, known: Known) -> Iterator[ShownRow]:
    """Return what the facts of a subject show done: duties of periods, and those that it reports as a unit."""
    for span in spans(regime):
        for duty in span.edition.duties:
            yield from _show_period(regime, span, duty, known)
    for fact in known.facts.get(REPORT, ()):
        if fact.items.get("regime") == regime.code and fact.items.get("state") == "done":
            yield from _read_report(regime, fact, known)


def is_of(unit: Unit, fact: Counted, code: str) -> bool:
    """Tell whether a fact about the party of a code is of a unit: decided by it, or about it.

    Of a unit without a code anything may be.
    """
    return unit.organ_code is None or unit.organ_code in {fact.organ_code, code}


def _show_period(regime: Regime, span: Span, duty: Duty, known: Known) -> Iterator[ShownRow]:
    if not isinstance(duty.start, Yearly | Monthly):
        return
    for fact in find(duty.done_by, known, None):
        period = period_of(duty.start, fact.occurred_on)
        if period.due_on in span:
            yield from _of_units(regime, span, duty, ("", period.name), fact, known)


def _read_report(regime: Regime, fact: Counted, known: Known) -> Iterator[ShownRow]:
    span = span_of(regime, fact.occurred_on)
    duty = next((each for each in span.edition.duties if each.id == fact.items.get("duty")), None) if span else None
    if span is None or duty is None:
        return
    about, period = _find_about(fact), str(fact.items.get("period") or "")
    if isinstance(duty.start, Yearly | Monthly):
        about, period = "", period or period_of(duty.start, fact.occurred_on).name
    if about or period:
        yield from _of_units(regime, span, duty, (about, period), fact, known)


def _of_units(
    regime: Regime, span: Span, duty: Duty, what: tuple[str, str], fact: Counted, known: Known
) -> Iterator[ShownRow]:
    for unit in duty.units:
        if is_of(span.edition.units[unit], fact, known.code):
            yield ShownRow(regime.code, duty.id, unit, *what, fact.record_id, known.subject_id, fact.occurred_on)


def _find_about(report: Counted) -> str:
    """Return what a report is about: the id of a record or of a subject; an empty text where of neither."""
    target = report.items.get("target")
    if isinstance(target, Mapping):
        family, organ_code, number = (str(target.get(name)) for name in ("family", "organ_code", "document_no"))
        return record_id(record_key(family, organ_code, number))
    return str(report.items.get("about") or "")
