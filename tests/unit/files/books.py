"""Files as clerks hand them in, made in a few words: workbooks of both kinds, text, packages, and damaged ones."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
import xlwt

from workers.files.grid import Fault


@dataclass(frozen=True)
class Shown:
    """A number with a number format: of ours, or the number of a built-in one."""

    value: float
    form: str | int


@dataclass(frozen=True)
class Formula:
    """A formula, and the value that was worked out last."""

    text: str
    value: Any = 0


@dataclass(frozen=True)
class Page:
    rows: Sequence[Sequence[Any]]
    name: str = "表1"
    merged: tuple[str, ...] = ()
    """Ranges as A1:B2; what stands in the first cell of each is its value."""
    hidden_columns: str = ""
    hidden_rows: tuple[int, ...] = ()
    hidden: bool = False
    very_hidden: bool = False


def xlsx(*pages: Page | Sequence[Sequence[Any]], from_1904: bool = False) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False, "date_1904": from_1904})
    for at, page in enumerate(pages, 1):
        page = page if isinstance(page, Page) else Page(page, f"表{at}")  # noqa: PLW2901
        _write_page(book, page)
    book.close()
    return out.getvalue()


def _write_page(book: xlsxwriter.Workbook, page: Page) -> None:
    sheet = book.add_worksheet(page.name)
    for area in page.merged:
        sheet.merge_range(area, "")
    for row, cells in enumerate(page.rows):
        for column, cell in enumerate(cells):
            _write_cell(book, sheet, row, column, cell)
    for letter in page.hidden_columns:
        sheet.set_column(f"{letter}:{letter}", None, None, {"hidden": True})
    for number in page.hidden_rows:
        sheet.set_row(number - 1, None, None, {"hidden": True})
    if page.hidden:
        sheet.hide()
    if page.very_hidden:
        sheet.very_hidden()


def _write_cell(book: xlsxwriter.Workbook, sheet: Any, row: int, column: int, cell: Any) -> None:
    match cell:
        case None | "":
            pass
        case str():
            sheet.write_string(row, column, cell)
        case datetime():
            sheet.write_datetime(row, column, cell, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        case date():
            sheet.write_datetime(row, column, cell, book.add_format({"num_format": "yyyy-mm-dd"}))
        case Shown(value, form):
            shape = book.add_format()
            shape.set_num_format(form)
            sheet.write_number(row, column, value, shape)
        case Formula(text, value):
            sheet.write_formula(row, column, text, None, value)
        case Fault(code):
            sheet.write_formula(row, column, "=1/0", None, code)
        case _:
            sheet.write(row, column, cell)


def xls(*pages: Page | Sequence[Sequence[Any]], from_1904: bool = False) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = from_1904
    for at, page in enumerate(pages, 1):
        page = page if isinstance(page, Page) else Page(page, f"表{at}")  # noqa: PLW2901
        sheet = book.add_sheet(page.name)
        for row, cells in enumerate(page.rows):
            for column, cell in enumerate(cells):
                _write_old_cell(sheet, row, column, cell)
        for area in page.merged:
            first, _, last = area.partition(":")
            sheet.merge(int(first[1:]) - 1, int(last[1:]) - 1, ord(first[0]) - 65, ord(last[0]) - 65)
        for letter in page.hidden_columns:
            sheet.col(ord(letter) - 65).hidden = True
        for number in page.hidden_rows:
            sheet.row(number - 1).hidden = True
        sheet.visibility = 1 if page.hidden else 0
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_old_cell(sheet: Any, row: int, column: int, cell: Any) -> None:
    match cell:
        case None | "":
            pass
        case date():
            sheet.write(row, column, cell, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
        case Shown(value, form):
            sheet.write(row, column, value, xlwt.easyxf(num_format_str=str(form)))
        case Formula(text):
            sheet.write(row, column, xlwt.Formula(text.removeprefix("=")))
        case Fault(code):
            sheet.row(row).set_cell_error(column, code)
        case _:
            sheet.write(row, column, cell)


def text(rows: Sequence[Sequence[str]], charset: str = "utf-8-sig", separator: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode(charset)


def package(rows: Sequence[Mapping[str, str]], declared: str = "UTF-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{declared}"?>\n<数据包><包头><时间戳>2026</时间戳></包头><包体>'
    body = "".join(f"<行>{_items(row)}</行>" for row in rows)
    return f"{head}{body}</包体></数据包>".encode(declared)


def _items(row: Mapping[str, str]) -> str:
    return "".join(f'<项 名称="{name}">{value}</项>' for name, value in row.items())


def parts(book: bytes) -> dict[str, bytes]:
    """The parts of an XLSX file by their names."""
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(contents: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as opened:
        for name, content in contents.items():
            opened.writestr(name, content)
    return out.getvalue()


def changed(book: bytes, changes: Mapping[str, bytes]) -> bytes:
    """An XLSX file with other parts, or with further ones."""
    return packed(parts(book) | dict(changes))


def replaced(book: bytes, name: str, before: bytes, after: bytes) -> bytes:
    """An XLSX file with something else in one part."""
    content = parts(book)[name]
    assert before in content
    return changed(book, {name: content.replace(before, after)})
