"""Tables of papers as XLSX, to sort and to filter. Every cell is text: nothing in it is ever worked out."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from schemas.errors import PermanentError
from workers.papers.parts import Fields, Line, Part, Row, Table

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_NARROWEST, _WIDEST, _LONGEST_NAME = 6, 50, 31
_MOST = 32_767
"""Characters in a cell."""


class NoTable(PermanentError):
    """A paper without a table cannot be written as XLSX."""


def write(parts: tuple[Part, ...], title: str, office: str, on: date) -> bytes:
    """Return the file: a sheet for each table, under the title of the paper; the same bytes for the same parts.

    Raises:
        NoTable: there is none.
    """
    tables = [part for part in parts if isinstance(part, Table | Fields)]
    if not tables:
        raise NoTable
    head = [part.text for part in parts if isinstance(part, Line) and part.kind in {"title", "number"}]
    out = BytesIO()
    # Strings stay strings, whatever they begin with.
    book = Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "author": office, "created": datetime(on.year, on.month, on.day)})  # noqa: DTZ001
    used: set[str] = set()
    for table in tables:
        named = table.caption if isinstance(table, Table) and table.caption else title
        _write_sheet(book, book.add_worksheet(_name(named, used)), head, table)
    book.close()
    return out.getvalue()


def _write_sheet(book: Workbook, sheet: Worksheet, head: list[str], table: Table | Fields) -> None:
    columns = table.columns if isinstance(table, Table) else ("项目", "内容")
    top = book.add_format({"bold": True, "font_size": 14, "num_format": "@"})
    named = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    text = book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True, "num_format": "@"})
    for line, words in enumerate(head):
        sheet.write_string(line, 0, words, top)
    first = len(head)
    _write_row(sheet, first, columns, named)
    for index, row in enumerate(table.rows, first + 1):
        _write_row(sheet, index, row, text)
    for index in range(len(columns)):
        width = max(_width(row[index]) for row in (columns, *table.rows[:500]))
        sheet.set_column(index, index, max(_NARROWEST, min(_WIDEST, width + 2)))
    sheet.freeze_panes(first + 1, 0)
    sheet.autofilter(first, 0, first + len(table.rows), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(first)


def _write_row(sheet: Worksheet, line: int, row: Row, shape: Format) -> None:
    for column, text in enumerate(row):
        sheet.write_string(line, column, text[:_MOST], shape)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _name(text: str, used: set[str]) -> str:
    """Return a name for a sheet that Excel takes, and that no sheet has yet."""
    plain = _FORBIDDEN.sub(" ", text).strip() or "表"
    number, name = 1, plain[:_LONGEST_NAME]
    while name.lower() in used:
        number += 1
        name = f"{plain[: _LONGEST_NAME - 4]} {number}"
    used.add(name.lower())
    return name
