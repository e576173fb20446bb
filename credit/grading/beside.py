"""The sheet that a subject fills in itself 自评, beside the official one: its number, and where the two differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credit.grading.known import Known
from credit.grading.measure import choose, find_lines, score
from credit.grading.when import find
from schemas.regime.scale import Measure, SheetMeasure


@dataclass(frozen=True, slots=True)
class Differing:
    """An item that the two sheets score differently; None: the item does not apply, or is not on the sheet."""

    code: str
    own: Decimal | None
    official: Decimal | None


@dataclass(frozen=True, slots=True)
class Beside:
    """The last self-assessment of a year, its number, and the items that differ from the official sheets."""

    record_id: str
    occurred_on: date
    number: Decimal | None
    differing: tuple[Differing, ...]


def compare(by: Measure, known: Known, year: int) -> Beside | None:
    """Return the self-assessment of a subject in a year beside the official sheets; None where it has none.

    Without an official sheet yet nothing differs.
    """
    if not isinstance(by, SheetMeasure) or by.self_assessed is None:
        return None
    handed_in = find((by.self_assessed,), known, year)
    if not handed_in:
        return None
    last = handed_in[-1]
    own = {line.code: line for line in choose("latest", [last])}
    sheets, official = find_lines(by, known, year)
    marks = {line.code: line.marks for line in official}
    codes = sorted({*own, *marks}) if sheets else ()
    differing = tuple(
        Differing(code, own[code].marks if code in own else None, marks.get(code))
        for code in codes
        if code not in own or own[code].marks != marks.get(code)
    )
    return Beside(last.record_id, last.occurred_on, score(by, own.values()), differing)
