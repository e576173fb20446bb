"""The first step: one number for a subject, or none, with what it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple

from credit.grading.known import Counted, Known
from credit.grading.result import Cited, Reason, Step, because
from credit.grading.when import find, meets, to_number
from schemas.regime.scale import (
    Change,
    CountMeasure,
    Measure,
    NewSubjects,
    NoMeasure,
    SheetMeasure,
    StartMeasure,
    SumMeasure,
)


class Measured(NamedTuple):
    """A number and how it came about; `number` is None where it cannot be had, and the reasons say why."""

    number: Decimal | None
    reasons: tuple[Reason, ...]


def measure(by: Measure, known: Known, year: int) -> Measured | None:
    """Return the number of a subject in a year; None where the scale measures nothing."""
    match by:
        case NoMeasure():
            return None
        case SheetMeasure():
            return _sheet(by, known, year)
        case CountMeasure():
            facts = find(by.when, known, year)
            return _say(by, Decimal(len(facts)), f"{by.name}：{len(facts)} 项", facts)
        case SumMeasure():
            return _sum(by, known, year)
        case StartMeasure():
            return _start(by, known, year)


def cite(facts: Iterable[Counted]) -> tuple[Cited, ...]:
    """Return facts as a reason cites them."""
    return tuple(
        [
            Cited(record_id, family, organ_code, document_no, occurred_on)
            for record_id, family, organ_code, document_no, occurred_on, *_ in facts
        ]
    )


def _say(
    by: SheetMeasure | CountMeasure | SumMeasure, number: Decimal | None, effect: str, facts: Iterable[Counted]
) -> Measured:
    return Measured(number, (because(Step.MEASURE, by.id, effect, by, records=cite(facts)),))


class Line(NamedTuple):
    """A line of a check list as it counts; `said` is the line as the sheet has it."""

    code: str
    marks: Decimal
    full: Decimal
    said: Mapping[str, Any]


def find_lines(by: SheetMeasure, known: Known, year: int) -> tuple[list[Counted], list[Line]]:
    """Return the sheets that count for a year, and of these one line for each applicable item."""
    sheets, _ = _find_sheets(by, known, year)
    return sheets, choose(by.of_each_line, sheets)


def _find_sheets(by: SheetMeasure, known: Known, year: int) -> tuple[list[Counted], list[Counted]]:
    """Return the sheets that count for a year, and those that are held."""
    sheets = [sheet for sheet in find((by.when,), known, None) if year - by.years < sheet.occurred_on.year <= year]
    held = [sheet for sheet in sheets if (sheet.items.get("inspectors") or 0) < by.inspectors]
    return [sheet for sheet in sheets if sheet not in held], held


def as_measured(by: Measure, known: Known, year: int) -> Known:
    """Return what is known with its check lists as they were measured, for the limits that ask for their lines.

    Where the latest marks of a line count: without lines of which a later sheet speaks again, without sheets that are
    held, and with those of all years that are measured.
    """
    if not isinstance(by, SheetMeasure) or by.of_each_line != "latest":
        return known
    sheets, _ = _find_sheets(by, known, year)
    others = [fact for fact in known.facts.get(by.when.family, ()) if not meets(by.when, fact)]
    return known._replace(facts={**known.facts, by.when.family: [*others, *_without_older(sheets)]})


def _without_older(sheets: Sequence[Counted]) -> list[Counted]:
    """Return sheets, in order, without the lines of which a later one speaks, be it that they do not apply any more."""
    seen: set[str] = set()
    found = []
    for sheet in reversed(sheets):
        lines = [line for line in sheet.items.get("items") or () if str(line.get("code")) not in seen]
        seen.update(str(line.get("code")) for line in lines)
        found.append(sheet._replace(items={**sheet.items, "items": lines}))
    return found[::-1]


def score(by: SheetMeasure, lines: Iterable[Line]) -> Decimal | None:
    """Return the number that lines come to; None where no item applies."""
    lines = list(lines)
    full = sum((line.full for line in lines), Decimal(0))
    if full <= 0:
        return None
    marks = sum((line.marks for line in lines), Decimal(0))
    return (marks / full * by.full).quantize(Decimal(1).scaleb(-by.decimals), ROUND_HALF_UP)


def _sheet(by: SheetMeasure, known: Known, year: int) -> Measured:
    sheets, held = _find_sheets(by, known, year)
    lacks = _lacks(by, sheets, held, known, year)
    if lacks is not None:
        return _say(by, None, f"{by.name}：{lacks}", held or sheets)
    chosen = choose(by.of_each_line, sheets)
    number = score(by, chosen)
    if number is None:
        return _say(by, None, f"{by.name}：没有适用的检查项目", sheets)
    full = sum((line.full for line in chosen), Decimal(0))
    marks = sum((line.marks for line in chosen), Decimal(0))
    of = f"适用项目满分 {full.normalize():f}，得 {marks.normalize():f}"
    return _say(by, number, f"{by.name} {number} 分（{of}）", sheets)


def _lacks(by: SheetMeasure, sheets: Sequence[Counted], held: Sequence[Counted], known: Known, year: int) -> str | None:
    """Return in Chinese what keeps the sheets from being counted; None: nothing."""
    new = by.new_subjects
    if not sheets and held:
        return f"检查人数少于 {by.inspectors} 人，检查表暂不计入"
    if not sheets:
        return f"{year} 年没有评分的检查"
    licensed_on = known.who.licensed_on
    if new is None or licensed_on is None or licensed_on.year != year:
        return None
    if len(sheets) < new.sheets or not _spread(sheets, new):
        return f"当年新办，应有间隔 {new.apart_months} 个月以上的 {new.sheets} 次检查"
    return None


def _spread(sheets: Sequence[Counted], new: NewSubjects) -> bool:
    """Tell whether so many of the sheets, which are in order, are as far apart as they have to be."""
    taken: list[date] = []
    for sheet in sheets:
        if not taken or months_later(taken[-1], new.apart_months) <= sheet.occurred_on:
            taken.append(sheet.occurred_on)
    return len(taken) >= new.sheets


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later; the last of the month where that month is shorter."""
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def choose(of_each_line: Literal["lowest", "latest"], sheets: Sequence[Counted]) -> list[Line]:
    """Return one line for each applicable item of some sheets, which are in the order of their days."""
    chosen: dict[str, Line] = {}
    for sheet in _without_older(sheets) if of_each_line == "latest" else sheets:
        for line in _lines(sheet):
            known = chosen.get(line.code)
            if known is None or line.marks * known.full <= known.marks * line.full:
                chosen[line.code] = line
    return list(chosen.values())


def _lines(sheet: Counted) -> Iterator[Line]:
    lines: Iterable[dict[str, Any]] = sheet.items.get("items") or ()
    for line in lines:
        marks, full = to_number(line.get("marks")), to_number(line.get("full_marks"))
        if line.get("applicable") and marks is not None and full is not None:
            yield Line(str(line.get("code")), marks, full, line)


def _sum(by: SumMeasure, known: Known, year: int) -> Measured:
    facts = find(by.when, known, year if by.cycle is None else None)
    if by.cycle is not None:
        facts = [fact for fact in facts if to_number(fact.items.get(by.cycle)) == year]
    total = sum((to_number(fact.items.get(by.item)) or Decimal(0) for fact in facts), Decimal(0))
    return _say(by, total, f"{by.name} {total:f} 分（{len(facts)} 次）", facts)


def _start(by: StartMeasure, known: Known, year: int) -> Measured:
    total, reasons = by.start, []
    for changes, sign in ((by.less, -1), (by.more, 1)):
        for change in changes:
            for fact in find(change.when, known, year):
                by_how_much = _worth(change, fact) * sign
                total += by_how_much
                effect = f"{change.name}：{by_how_much:+f} 分"
                reasons.append(because(Step.MEASURE, change.id, effect, change, records=cite([fact])))
    number = min(by.most, max(by.least, total))
    whole = because(Step.MEASURE, by.id, f"{by.name}：起始 {by.start:f} 分，结果 {number:f} 分", by)
    return Measured(number, (*reasons, whole))


def _worth(change: Change, fact: Counted) -> Decimal:
    if change.points is not None:
        return change.points
    assert change.item is not None
    return to_number(fact.items.get(change.item)) or Decimal(0)
