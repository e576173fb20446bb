"""Papers of on-site assessment: the list of results, the cases that count, the form of one institution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from credit.grading.known import Known
from credit.grading.measure import Line, find_lines
from credit.grading.result import Cited, Step
from credit.store.known import read_known
from credit.store.queries import official
from credit.store.queries.archive import read_records_of
from credit.store.queries.official import Standing
from credit.store.queries.page import Part
from credit.store.queries.subjects import find
from schemas.papers.common import Paper
from schemas.papers.lists import OnsiteResult, OnsiteResults, PositiveCase, PositiveCases
from schemas.papers.reports import ComprehensiveForm, Finding, SheetSection
from schemas.regime.scale import Scale, SheetMeasure
from workers.papers.asked import Asked, NothingFound, Shelf
from workers.papers.results import address, find_scale, shorten, tell
from workers.papers.saying import say_fact

_A_PAGE = 500
_REACHED = {Step.MEASURE, Step.BAND}
"""The steps that the form shows as score and as grade by score."""


def make_results(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the list of a year's on-site results."""
    scale = find_scale(shelf, asked)
    by = _sheet_of(shelf, scale)
    entries = [
        entry
        for page in _pages(shelf, asked, scale)
        for each, known in _with_known(shelf, page)
        for entry in _result(each, known, scale, by, asked.need_year())
    ]
    yield OnsiteResults(
        number=asked.numbers().next(), issued_on=asked.on, year=asked.need_year(), entries=tuple(entries)
    )


def make_cases(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the list of the records that hold grades of a year down."""
    scale = find_scale(shelf, asked)
    entries = [entry for page in _pages(shelf, asked, scale) for entry in _cases(shelf, page, scale)]
    yield PositiveCases(
        number=asked.numbers().next(), issued_on=asked.on, year=asked.need_year(), entries=tuple(entries)
    )


def make_form(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the form of one institution: how its grade of a year came about."""
    scale, year = find_scale(shelf, asked), asked.need_year()
    by = _sheet_of(shelf, scale)
    members = find(shelf.connection, asked.need("subject"), shelf.view.keyring).members
    chosen = [each for page in _pages(shelf, asked, scale) for each in page if each.row.subject_id in members]
    if not chosen:
        raise NothingFound("the subject has no grade in the year", "该主体当年没有评价结果。")
    for each, known in _with_known(shelf, chosen):
        sheets, lines = find_lines(by, known, year)
        reached = next((reason.grade for reason in each.reasons if reason.step is Step.BAND), None)
        yield ComprehensiveForm(
            number=asked.numbers().next(),
            issued_on=asked.on,
            subject=address(each.name, each.identifier),
            year=year,
            inspected_on=sheets[-1].occurred_on if sheets else None,
            sections=tuple(_sections(lines)),
            marks=_sum(line.marks for line in lines),
            full_marks=_sum(line.full for line in lines),
            score=each.row.number,
            grade_by_score=scale.grades[reached] if reached is not None else None,
            findings=tuple(_findings(lines, each, scale)),
            reasons=tuple(tell(shelf, reason) for reason in each.reasons if reason.step not in _REACHED),
            grade=scale.grades[each.row.grade] if each.row.grade is not None else None,
        )


def _sheet_of(shelf: Shelf, scale: Scale) -> SheetMeasure:
    if not isinstance(scale.measure, SheetMeasure):
        raise NothingFound(f"'{scale.id}' is not measured on site", f"{shelf.regime.name}的这一标准不按现场评分。")
    return scale.measure


def _pages(shelf: Shelf, asked: Asked, scale: Scale) -> Iterator[list[Standing]]:
    """Yield current grades of the year, a page at a time."""
    after = ""
    while True:
        part = Part(after, _A_PAGE)
        page = official.find_current(shelf.connection, shelf.view, shelf.regime.code, scale.id, asked.need_year(), part)
        yield page
        if len(page) < _A_PAGE:
            return
        after = page[-1].row.subject_id


def _with_known(shelf: Shelf, page: list[Standing]) -> Iterator[tuple[Standing, Known]]:
    known = read_known(shelf.connection, {each.row.subject_id: {each.row.subject_id} for each in page})
    for each in page:
        yield each, known[each.row.subject_id]


def _result(each: Standing, known: Known, scale: Scale, by: SheetMeasure, year: int) -> Iterator[OnsiteResult]:
    sheets, lines = find_lines(by, known, year)
    row = each.row
    if not sheets or row.number is None or row.grade is None:
        return
    yield OnsiteResult(
        name=shorten(each.name),
        code=each.identifier,
        inspected_on=sheets[-1].occurred_on,
        inspectors=(f"{sheets[-1].items.get('inspectors')}人",),
        unmet_double=len(_unmet(lines, 2)),
        unmet_single=len(_unmet(lines, 1)),
        marks=_sum(line.marks for line in lines),
        full_marks=_sum(line.full for line in lines),
        score=row.number,
        grade=scale.grades[row.grade],
    )


def _unmet(lines: Iterable[Line], star: int) -> list[Line]:
    return [line for line in lines if line.said.get("star") == star and line.said.get("met") is False]


def _sections(lines: Iterable[Line]) -> Iterator[SheetSection]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(str(line.said.get("section") or "现场评价"), []).append(line)
    for name, held in groups.items():
        yield SheetSection(
            name=shorten(name), full_marks=_sum(line.full for line in held), marks=_sum(line.marks for line in held)
        )


def _findings(lines: list[Line], each: Standing, scale: Scale) -> Iterator[Finding]:
    for star, word in ((2, "双星项"), (1, "单星项")):
        unmet = _unmet(lines, star)
        names = "、".join(str(line.said.get("title") or line.code) for line in unmet)
        yield Finding(source="现场评价", matter=word, finding=f"不符合要求：{names}" if unmet else "全部符合要求")
    held = {reason.rule: len(reason.records) for reason in each.reasons if reason.step is Step.LIMIT}
    for limit in scale.limits:
        if any(when.line for when in limit.when):
            continue  # of the sheet itself
        count = held.get(limit.id)
        finding = "无" if count is None else (f"{count}项" if count else "有")
        yield Finding(source="信用档案", matter=limit.name, finding=finding)


def _cases(shelf: Shelf, page: list[Standing], scale: Scale) -> Iterator[PositiveCase]:
    rows = {row.record_id: row for row in read_records_of(shelf.connection, {each.row.subject_id for each in page})}
    for each in page:
        told: dict[Cited, list[str]] = {}
        for reason in each.reasons:
            if reason.step is Step.LIMIT and reason.grade is not None:
                for cited in reason.records:
                    told.setdefault(cited, []).append(f"最高为{scale.grades[reason.grade]}")
        for cited, effects in told.items():
            row = rows.get(cited.record_id)
            if row is None or row.sealed_clause is not None:
                continue
            yield PositiveCase(
                name=shorten(each.name),
                code=each.identifier,
                department=shorten(row.stated.organ.name),
                kind=shelf.vocabulary.titles.get(cited.family, cited.family),
                facts=say_fact(shelf, row.family, row.stated.items),
                day=cited.occurred_on,
                number=cited.document_no,
                effect="，".join(dict.fromkeys(effects)),
            )


def _sum(numbers: Iterable[Decimal]) -> str:
    return f"{sum(numbers, Decimal(0)).normalize():f}"
