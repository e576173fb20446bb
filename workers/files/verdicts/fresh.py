"""A new workbook of the values of a file, with the verdict: for XLS, XML, and workbooks that cannot be marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from schemas.states import RowState
from workers.files.grid import Cell, Fault, Limits, RawRow, Sheet
from workers.files.names import LONGEST_SHEET, sheet_name
from workers.files.opening import open_book
from workers.files.verdicts.naming import HEADINGS, SUMMARY_SHEET, WIDTHS
from workers.files.verdicts.rows import RowVerdict, SheetVerdict
from workers.files.verdicts.styles import FAULT, colour_of
from workers.files.verdicts.summary import Line

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_WIDTH = 16
_LONGEST = 32_767


def write(
    path: Path,
    out: Path,
    sheets: Callable[[], Iterator[SheetVerdict]],
    summarise: Callable[[], Sequence[Line]],
    limits: Limits,
) -> None:
    """Write the values of the file at `path` to a new workbook, with verdicts on its rows.

    Raises:
        FileRefused: it cannot be read any more.
    """
    widths = _measure(path, limits)
    with Workbook(str(out), {**_OPTIONS, "constant_memory": True}) as book, open_book(path, limits) as found:
        looks = _Looks(book)
        verdicts = sheets()
        verdict = next(verdicts, None)
        for sheet in found:
            if sheet.name == SUMMARY_SHEET:
                continue
            written = book.add_worksheet(_name_of(sheet, book))
            if sheet.hidden:
                written.hide()
            if verdict is not None and verdict.number == sheet.number:
                _write_judged(written, sheet, verdict, verdict.columns(widths[sheet.number] - 1), looks)
                verdict = next(verdicts, None)
            else:
                for row in sheet.rows:
                    _write_row(written, row, looks, frozenset())
        _write_lines(book.add_worksheet(SUMMARY_SHEET), summarise(), looks)


def _name_of(sheet: Sheet, book: Workbook) -> str:
    """Return the name of a sheet, or one like it: a package is called as its file, which may be no name of a sheet."""
    name = sheet_name(sheet.name)
    there = {each.name.casefold() for each in book.worksheets()} | {SUMMARY_SHEET}
    return name if name.casefold() not in there else f"{name[: LONGEST_SHEET - 5]} {sheet.number}"


def write_summary(out: Path, lines: Sequence[Line]) -> None:
    """Write the summary alone, to stand beside a verdict that has no sheets."""
    with Workbook(str(out), _OPTIONS) as book:
        _write_lines(book.add_worksheet(SUMMARY_SHEET), lines, _Looks(book))


def _measure(path: Path, limits: Limits) -> dict[int, int]:
    with open_book(path, limits) as found:
        return {sheet.number: max((_filled(row) for row in sheet.rows), default=0) for sheet in found}


def _filled(row: RawRow) -> int:
    return max((place + 1 for place, cell in enumerate(row.cells) if cell not in (None, "")), default=0)


class _Looks:
    """The formats of a workbook."""

    def __init__(self, book: Workbook) -> None:
        wrapped = {"valign": "vcenter", "text_wrap": True, "num_format": "@"}
        self.head: Format = book.add_format(wrapped | {"bold": True})
        self.text: Format = book.add_format(wrapped)
        self.faulty: Format = book.add_format({"bg_color": f"#{FAULT[2:]}"})
        self.faulty_day: Format = book.add_format({"bg_color": f"#{FAULT[2:]}", "num_format": "yyyy-mm-dd"})
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.states: dict[RowState, Format] = {
            state: book.add_format(wrapped | {"bg_color": f"#{colour_of(state)[2:]}"}) for state in RowState
        }


def _write_judged(
    written: Worksheet, sheet: Sheet, verdict: SheetVerdict, places: tuple[int, ...], looks: _Looks
) -> None:
    written.set_column(0, max(places), _WIDTH)
    for place, width in zip(places, WIDTHS, strict=True):
        written.set_column(place, place, width)
    written.freeze_panes(verdict.header_row, 0)
    waiting = next(verdict.rows, None)
    for row in sheet.rows:
        said: RowVerdict | None = None
        if waiting is not None and waiting.row == row.number:
            said, waiting = waiting, next(verdict.rows, None)
        if said is not None and said.height:
            written.set_row(row.number - 1, said.height)
        _write_row(written, RawRow(row.number, _without(row, places)), looks, said.faulty if said else frozenset())
        if row.number == verdict.header_row:
            _write_ours(written, row.number, places, HEADINGS, (looks.head,) * len(HEADINGS))
        elif said is not None:
            coloured = looks.states[said.state]
            _write_ours(written, row.number, places, said.texts, (coloured, coloured, looks.text))


def _without(row: RawRow, places: tuple[int, ...]) -> list[Cell]:
    return [None if place in places else cell for place, cell in enumerate(row.cells)]


def _write_ours(
    written: Worksheet, number: int, places: tuple[int, ...], texts: Sequence[str], shapes: Sequence[Format]
) -> None:
    for place, text, shape in zip(places, texts, shapes, strict=True):
        written.write_string(number - 1, place, text, shape)


def _write_row(written: Worksheet, row: RawRow, looks: _Looks, faulty: frozenset[int]) -> None:
    for place, cell in enumerate(row.cells):
        _write_cell(written, row.number - 1, place, cell, looks, looks.faulty if place in faulty else None)
    for place in faulty:
        if place >= len(row.cells):
            written.write_blank(row.number - 1, place, None, looks.faulty)


def _write_cell(written: Worksheet, row: int, place: int, cell: Cell, looks: _Looks, shape: Format | None) -> None:
    match cell:
        case None | "":
            if shape is not None:
                written.write_blank(row, place, None, shape)
        case str():
            written.write_string(row, place, cell[:_LONGEST], shape)
        case bool():
            written.write_boolean(row, place, cell, shape)
        case int() | float():
            written.write_number(row, place, cell, shape)
        case datetime():
            written.write_datetime(row, place, cell, looks.faulty_day if shape else looks.moment)
        case date():
            written.write_datetime(row, place, cell, looks.faulty_day if shape else looks.day)
        case time() | timedelta():
            written.write_string(row, place, str(cell), shape)
        case Fault():
            written.write_string(row, place, cell.code, shape)


def _write_lines(written: Worksheet, lines: Sequence[Line], looks: _Looks) -> None:
    for column, width in enumerate((16, 12, 80)):
        written.set_column(column, column, width)
    for number, line in enumerate(lines):
        for column, text in enumerate(line.texts):
            shape = looks.states[line.state] if line.state is not None and column == 0 else looks.text
            written.write_string(number, column, text, shape)
