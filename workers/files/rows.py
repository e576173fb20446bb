"""The rows of a file, each as texts by the codes of its template's columns, with what is to be said of its cells."""

from __future__ import annotations

import sys
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import methodcaller
from pathlib import Path
from typing import NamedTuple

from schemas.file_reasons import CellReason, FileReason
from schemas.sheets import EXAMPLE_MARK, Template
from workers.files.cells.converters import make_converter
from workers.files.cells.told import Convert, Setting, Told
from workers.files.footings import Footings
from workers.files.grid import LIMITS, Cell, FileRefused, Limits, RawRow, Sheet, column_letter
from workers.files.headings import FIRST_ROWS, Heading, Layout, find_layout, find_nearest
from workers.files.merges import Filled, Merges
from workers.files.names import GUIDE_SHEET
from workers.files.opening import open_book
from workers.files.titles import Titles
from workers.files.verdicts.naming import SUMMARY_SHEET

_NAMED = 5
"""So many sheets are named where none is read."""
_is_of_example = methodcaller("startswith", EXAMPLE_MARK)


class CellNote(NamedTuple):
    """What is to be said of one cell; `says` is for the clerk, in Chinese."""

    column: int
    """From 0; `workers.files.grid.column_letter` names it."""
    code: str
    """The code of the template's column."""
    reason: CellReason
    says: str


class Row(NamedTuple):
    """A row that states something: no blank one, no example."""

    number: int
    """From 1, as the spreadsheet counts."""
    values: Mapping[str, str]
    """Texts by column code; blank ones are left out."""
    notes: tuple[CellNote, ...] = ()
    """What was read in another form than it was written."""
    refusals: tuple[CellNote, ...] = ()
    """Cells that cannot be read without guessing: with any, the row is refused, and `values` lacks them."""
    ticket: str | None = None
    """Its 办理编号, where the sheet is a verdict that is handed in again."""


@dataclass(frozen=True, slots=True)
class SheetRows:
    """A sheet whose headings are known. `rows` can be read once, and before the next sheet is asked for."""

    number: int
    name: str
    layout: Layout
    rows: Iterator[Row]
    notes: tuple[str, ...] = ()
    """What is to be said of the sheet, in Chinese: hidden columns that were read, headings that are not known.

    A column of ours that every row needs is asked for once, besides the rows that lack it.
    """


@dataclass(frozen=True, slots=True)
class SheetLeftOut:
    """A sheet of which nothing is read: hidden, blank, or without any known heading."""

    number: int
    name: str
    says: str
    """Why, in Chinese."""


def read_sheets(
    path: Path, templates: Collection[Template], limits: Limits = LIMITS
) -> Generator[SheetRows | SheetLeftOut, None, None]:
    """Yield the sheets of a file, each with its rows; the file is open until the iterator ends or is closed.

    Raises:
        FileRefused: the file cannot be read as a whole, at any point of the reading: nothing that was yielded holds.
    """
    known = [Titles(template) for template in templates]
    with open_book(path, limits) as sheets:
        yield from read_book(sheets, known)


def read_book(sheets: Iterator[Sheet], templates: Collection[Titles]) -> Iterator[SheetRows | SheetLeftOut]:
    """Yield the sheets of a file that is open, as `read_sheets` does."""
    found, left_out = False, list[str]()
    details: dict[str, Titles] = {}
    for sheet in sheets:
        read = _read_sheet(sheet, [*templates, *details.values()])
        if isinstance(read, SheetRows):
            found = True
            details |= {one.template.name: Titles(one.template) for one in read.layout.template.details}
        else:
            left_out.append(f"工作表「{read.name}」：{read.says}")
        yield read
    if not found:
        raise FileRefused(FileReason.HEADER_UNKNOWN, "；".join(left_out[:_NAMED]) or "没有工作表")


def _read_sheet(sheet: Sheet, templates: Collection[Titles]) -> SheetRows | SheetLeftOut:
    if sheet.hidden:
        return SheetLeftOut(sheet.number, sheet.name, "隐藏的工作表，未读入")
    if sheet.name == SUMMARY_SHEET:
        return SheetLeftOut(sheet.number, sheet.name, "办理结果的汇总，不是数据")
    first = list(islice(sheet.rows, FIRST_ROWS))
    if not first:
        return SheetLeftOut(sheet.number, sheet.name, "空白的工作表")
    try:
        layout = find_layout(first, sheet.merged, templates)
    except FileRefused as refused:
        raise FileRefused(refused.reason, f"工作表「{sheet.name}」：{refused.detail}") from None
    if layout is None or (layout.unknown and "/" not in layout.template.name):
        _refuse_detail(sheet, first, templates, len(layout.unknown) if layout is not None else sys.maxsize)
    if layout is None and sheet.name == GUIDE_SHEET:
        return SheetLeftOut(sheet.number, sheet.name, "模板的填写说明，不是数据")
    if layout is None:
        near = find_nearest(first, sheet.merged, templates)
        says = f"前 {FIRST_ROWS} 行内没有任何模板的表头，未读入"
        return SheetLeftOut(sheet.number, sheet.name, f"{says}（{near}）" if near else says)
    rows = chain((row for row in first if row.number > layout.header_row), sheet.rows)
    header = next(row.cells for row in first if row.number == layout.header_row)
    headings = {at: header[at] for at in layout.columns if at < len(header)}
    read = _read_rows(rows, sheet, layout, Footings(layout.template, headings))
    return SheetRows(sheet.number, sheet.name, layout, read, _notes(sheet, layout))


def _refuse_detail(sheet: Sheet, first: Sequence[RawRow], templates: Collection[Titles], unknown: int) -> None:
    """Refuse a sheet that is rather one of a list whose rows were not met yet: without it they would say less.

    `unknown` are the headings that it has as what it was taken for.
    """
    for detail in (Titles(detail.template) for titles in templates for detail in titles.template.details):
        try:
            layout = find_layout(first, sheet.merged, [detail])
        except FileRefused:
            continue
        if layout is not None and len(layout.unknown) < unknown:
            raise FileRefused(FileReason.DETAIL_FIRST, f"工作表「{sheet.name}」是明细，它前面没有主表")


def _notes(sheet: Sheet, layout: Layout) -> tuple[str, ...]:
    there = {column.code for column in layout.columns.values()}
    needed = [one for one in layout.template.columns if one.ours and one.required and one.code not in there]
    notes = [f"缺少必填列「{one.title}」：请在表中加上这一列，逐行填写。{one.help}" for one in needed]
    if hidden := [column for column in sheet.hidden_columns if column in layout.columns]:
        notes.append(f"隐藏的列也已读入：{'、'.join(map(column_letter, hidden))}")
    if sheet.hidden_rows:
        notes.append(f"隐藏或被筛选掉的 {sheet.hidden_rows} 行也已读入")
    if layout.unknown:
        notes.append(f"模板中没有的列未读入：{'、'.join(map(_name, layout.unknown))}")
    if layout.in_yuan:
        notes.append(f"金额以元填写、换算为万元的列：{'、'.join(map(column_letter, sorted(layout.in_yuan)))}")
    if sheet.charset and sheet.charset != "UTF-8":
        notes.append(f"按 {sheet.charset} 编码读入")
    return tuple(notes)


def _name(heading: Heading) -> str:
    asks = f"，是否为「{heading.like}」？" if heading.like else ""
    return f"{column_letter(heading.column)} 列「{heading.text}」{asks}"


class _Place(NamedTuple):
    """Where a column stands, and what reads its cells."""

    at: int
    code: str
    convert: Convert


def _read_rows(rows: Iterator[RawRow], sheet: Sheet, layout: Layout, footings: Footings) -> Iterator[Row]:
    places = [
        _Place(at, column.code, make_converter(column, Setting(sheet.from_1904, at in layout.in_yuan)))
        for at, column in layout.columns.items()
    ]
    width = max(layout.columns) + 1
    merges = Merges(sheet.merged, layout.header_row, layout.columns.keys())
    for number, cells in rows:
        if len(cells) < width:
            cells.extend([None] * (width - len(cells)))
        filled = merges.fill(number, cells) if merges else []
        values: dict[str, str] = {}
        notes: list[CellNote] = []
        refusals: list[CellNote] = []
        for at, code, convert in places:
            cell = cells[at]
            if cell is None or cell == "":
                continue
            text = convert(cell)
            if isinstance(text, Told):
                told, text = text, text.text or ""
                (refusals if told.text is None else notes).append(CellNote(at, code, told.reason, told.says))
            if text:
                values[code] = text
        for one in filled:
            cells[one.column] = one.value
            _tell_merged(one, layout, notes, refusals)
        if not (values or refusals) or any(map(_is_of_example, values.values())):
            continue
        if (footing := footings.find(values, cells)) is not None:
            at, like = footing
            values, notes, refusals = {}, [], [CellNote(at, "", CellReason.FOOTING, f"{like}，不是一件")]
        yield Row(number, values, tuple(notes), tuple(refusals), _find_ticket(cells, layout.ticket))


def _tell_merged(one: Filled, layout: Layout, notes: list[CellNote], refusals: list[CellNote]) -> None:
    code = layout.columns[one.column].code
    if one.across:
        says = f"第 {one.from_row} 行的合并单元格跨越多列，不知属于哪一列"
        refusals.append(CellNote(one.column, code, CellReason.MERGED_ACROSS, says))
        return
    says = f"取自第 {one.from_row} 行的合并单元格"
    for at, note in enumerate(notes):
        if note.column == one.column:
            reason = note.reason if note.reason is CellReason.WORKED_OUT else CellReason.MERGED
            notes[at] = note._replace(reason=reason, says=f"{note.says}；{says}")
            return
    notes.append(CellNote(one.column, code, CellReason.MERGED, says))


def _find_ticket(cells: list[Cell], at: int | None) -> str | None:
    if at is None or at >= len(cells) or not isinstance(cell := cells[at], str):
        return None
    return cell.strip() or None
