"""Templates for people to fill in, and rows in them, as XLSX and CSV; whatever a cell begins with, it stays text.

The same template or rows give the same bytes: no moment and no name of a machine is in a file.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from schemas.sheets import EXAMPLE_MARK, REQUIRED_MARK, Column, Kind, Template, heading
from workers.files.names import GUIDE_SHEET, sheet_name

Form = Literal["xlsx", "csv"]

ROWS_FOR_PEOPLE = 20_000
"""How many rows of a template have its drop-downs and formats; a spreadsheet with more is not typed."""

_FONT = {"font_name": "等线", "font_size": 11}
_AS_TEXT = 49
"""The built-in format of cells that hold text whatever is typed, which is shown as @."""
_LISTED = 255
"""Characters of a drop-down that a sheet takes in itself; a longer list stands on a sheet of its own."""
_MOST_TEXT = 32_767
_NARROWEST, _WIDEST = 10, 40
_GUIDE_WIDTHS, _LINE = (6, 36, 22, 6, 60, 60), 16
"""Of the sheet that explains the columns: how wide its own are, and how high a line of text."""
_LOOKED_AT = 200
"""How many rows decide how wide the columns are."""
_HARMFUL = ("=", "+", "-", "@", "\t", "\r")
"""What a cell of a CSV file begins with where spreadsheets would work it out."""
_LISTS = "选项"

_HINTS = {
    Kind.TEXT: "文字",
    Kind.CODE: "文本格式的代码或编号，不要让表格软件改成数字",
    Kind.DAY: "日期，如 2026-01-05",
    Kind.END: "日期，如 2026-01-05；长期的填 长期",
    Kind.INSTANT: "日期和时间，如 2026-01-05 08:30",
    Kind.AMOUNT: "数字，不带单位",
    Kind.NUMBER: "数字",
    Kind.FLAG: "填 是 或 否",
    Kind.CHOICE: "从下拉列表中选",
    Kind.CHOICES: "可填一项或几项，几项用；分开",
    Kind.TEXTS: "可填几项，用；分开",
}


def write_template(template: Template, path: Path) -> None:
    """Write an empty template: headings, drop-downs, notes, an example row, and a sheet that explains each column."""
    with _open(path, template.title) as book:
        whole = _without_lists(template)
        every = (whole, *(detail.template for detail in template.details))
        sheets = [book.add_worksheet(sheet_name(each.title)) for each in every]
        guide = book.add_worksheet(GUIDE_SHEET)
        lists = _Lists(book)
        looks = _Looks(book)
        for sheet, each in zip(sheets, every, strict=True):
            _lay_out(sheet, each, looks, lists)
        _explain(guide, looks, every)
        sheets[0].activate()


def _without_lists(template: Template) -> Template:
    """Return a template without the columns of what stands in sheets of its own."""
    lists = tuple(f"{detail.item}." for detail in template.details)
    return replace(template, columns=tuple(each for each in template.columns if not each.code.startswith(lists)))


def _lay_out(sheet: Worksheet, template: Template, looks: _Looks, lists: _Lists) -> None:
    example = _example(template)
    for index, column in enumerate(template.columns):
        _shape(sheet, looks, index, column, [example.get(column.code, "")])
        sheet.write_string(0, index, heading(column), looks.demanded if column.required else looks.head)
        sheet.write_comment(0, index, _note(column), {"x_scale": 1.6, "y_scale": 1.2, "font_size": 9})
        sheet.write_string(1, index, example.get(column.code, ""), looks.example)
        _offer(sheet, lists, index, column)
    sheet.set_row(0, 36)
    sheet.freeze_panes(1, 0)
    _print_wide(sheet)
    lists.next_sheet(len(template.columns))


def write_rows(template: Template, rows: Iterable[Mapping[str, str]], path: Path, form: Form) -> int:
    """Write rows, texts by column code, under the headings of the template without those of our own; return how many.

    Memory does not grow with the rows.
    """
    columns = tuple(column for column in template.columns if not column.ours)
    return _write_csv(columns, rows, path) if form == "csv" else _write_xlsx(template, columns, rows, path)


def safe(text: str) -> str:
    """Return a cell of a CSV file that no spreadsheet works out: behind an apostrophe, which readers leave out."""
    return f"'{text}" if text.startswith(_HARMFUL) else text


class _Looks:
    """The formats of a workbook."""

    def __init__(self, book: Workbook) -> None:
        plain = {**_FONT, "valign": "vcenter"}
        head = plain | {"bold": True, "border": 1, "align": "center", "text_wrap": True, "num_format": _AS_TEXT}
        self.head: Format = book.add_format(head | {"bg_color": "#DDEBF7"})
        self.demanded: Format = book.add_format(head | {"bg_color": "#FCE4D6", "font_color": "#C00000"})
        self.text: Format = book.add_format(plain | {"num_format": _AS_TEXT})
        self.open: Format = book.add_format(plain)
        self.example: Format = book.add_format(
            plain | {"italic": True, "font_color": "#7F7F7F", "bg_color": "#F2F2F2", "num_format": _AS_TEXT}
        )
        self.title: Format = book.add_format(plain | {"bold": True, "font_size": 14})
        self.wrapped: Format = book.add_format(plain | {"border": 1, "text_wrap": True, "num_format": _AS_TEXT})


class _Lists:
    """The sheet of drop-downs that are too long for their cells: hidden, a column for each."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._sheet = book.add_worksheet(_LISTS)
        self._sheet.very_hidden()
        self._first = 0

    def add(self, index: int, words: list[str]) -> str:
        """Add the drop-down of a column of the sheet at hand, and return the name under which it is found."""
        at = self._first + index
        for row, word in enumerate(words):
            self._sheet.write_string(row, at, word)
        name, letter = f"_options_{at}", xl_col_to_name(at)
        self._book.define_name(name, f"='{_LISTS}'!${letter}$1:${letter}${len(words)}")
        return f"={name}"

    def next_sheet(self, columns: int) -> None:
        """Go on with the next sheet; the one at hand has so many columns."""
        self._first += columns


def _open(path: Path, title: str, *, constant_memory: bool = False) -> Workbook:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(str(path), options | {"constant_memory": constant_memory})
    # Always the same day, so that the same content is the same file.
    book.set_properties({"title": title, "author": "杏林", "created": datetime(2026, 1, 1)})  # noqa: DTZ001
    return book


def _example(template: Template) -> dict[str, str]:
    """Return the cells of the example row: its first one and its numbers say that it is one."""
    cells = {column.code: column.example for column in template.columns if column.example}
    marked = [column.code for column in template.columns if column.kind is Kind.CODE and column.required]
    for code in dict.fromkeys((template.columns[0].code, *marked)):
        cells[code] = EXAMPLE_MARK + cells.get(code, "")
    return cells


def _shape(sheet: Worksheet, looks: _Looks, index: int, column: Column, texts: Iterable[str]) -> None:
    # A heading takes two lines.
    width = max(-(-_width(column.title) // 2) + 4, *map(_width, texts)) + 2
    # Text for all but amounts and numbers: a day typed as text stays as it was typed.
    shape = looks.open if column.kind in {Kind.AMOUNT, Kind.NUMBER} else looks.text
    sheet.set_column(index, index, max(_NARROWEST, min(_WIDEST, width)), shape)


def _width(text: str) -> int:
    """Return how many columns of a screen the longest line of a text takes."""
    return max(
        sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line) for line in text.split("\n")
    )


def _note(column: Column) -> str:
    """Return what stands at a heading for who fills the column in."""
    options = _options(column) if column.kind is Kind.CHOICES else ""
    said = ("必填" if column.required else "选填", _hint(column), f"可选：{options}" if options else "")
    return "；".join(filter(None, said))


def _hint(column: Column) -> str:
    most = "" if column.most is None else f"最多 {column.most} 字"
    return "；".join(filter(None, (_HINTS[column.kind], most, column.help)))


def _options(column: Column) -> str:
    return "、".join(_words(column) or (choice.word for choice in column.choices))


def _offer(sheet: Worksheet, lists: _Lists, index: int, column: Column) -> None:
    """Give a column its drop-down; one that has 其他- among its choices may be typed over."""
    words = _words(column)
    if not words:
        return
    source: Any = words
    if len(",".join(words)) > _LISTED:
        source = lists.add(index, words)
    free = any(word.endswith("-") for word in words)
    sheet.data_validation(
        1,
        index,
        ROWS_FOR_PEOPLE,
        index,
        {
            "validate": "list",
            "source": source,
            "error_type": "information" if free else "stop",
            "error_title": "请核对",
            "error_message": f"请从下拉列表中选{column.title[:20]}" + ("，或写明“其他-……”" if free else ""),
        },
    )


def _words(column: Column) -> list[str]:
    if column.kind is Kind.FLAG:
        return ["是", "否"]
    return [choice.word for choice in column.choices] if column.kind is Kind.CHOICE else []


def _explain(guide: Worksheet, looks: _Looks, every: tuple[Template, ...]) -> None:
    guide.write_string(0, 0, f"{every[0].title}：填写说明", looks.title)
    details = "、".join(f"“{sheet_name(each.title)}”" for each in every[1:])
    joined = f"{details}一行填一项，第一列填主表中同一件的编号；主表的每一行都要有明细，明细的每一行都要有主表。"
    lines = (
        f"一行填一条。列名后有“{REQUIRED_MARK}”的必填。列可以增减、换位置，列名不要改。",
        f"表中第 2 行是示例，请删去或整行改写：任何一格仍以“{EXAMPLE_MARK}”开头的行不读入。",
        "代码、文号、证件号码的列是文本格式，请不要改成数字，否则末几位会丢失。",
        *((joined,) if details else ()),
    )
    for row, line in enumerate(lines, start=1):
        guide.write_string(row, 0, line, looks.open)
    first = len(lines) + 2
    titles = ("序号", "列名", "项目代码", "必填", "怎样填写", "可选内容")
    for index, (title, width) in enumerate(zip(titles, _GUIDE_WIDTHS, strict=True)):
        guide.write_string(first, index, title, looks.head)
        guide.set_column(index, index, width)
    for number, column in enumerate(_explained(every), start=1):
        demanded = "是" if column.required else ""
        cells = (str(number), column.title, column.code, demanded, _hint(column), _options(column))
        for index, text in enumerate(cells):
            guide.write_string(first + number, index, text, looks.wrapped)
        lines_needed = max(-(-_width(text) // (width - 2)) for text, width in zip(cells, _GUIDE_WIDTHS, strict=True))
        guide.set_row(first + number, _LINE * max(1, lines_needed) + 4)
    guide.freeze_panes(first + 1, 0)
    _print_wide(guide)


def _explained(every: tuple[Template, ...]) -> Iterator[Column]:
    """Yield the columns of all sheets, those of lists with the name of their sheet."""
    yield from every[0].columns
    for each in every[1:]:
        for column in each.columns:
            yield replace(column, title=f"{each.title}：{column.title}")


def _print_wide(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)


def _write_xlsx(template: Template, columns: tuple[Column, ...], rows: Iterable[Mapping[str, str]], path: Path) -> int:
    waiting = iter(rows)
    seen = list(islice(waiting, _LOOKED_AT))
    with _open(path, template.title, constant_memory=True) as book:
        sheet = book.add_worksheet(sheet_name(template.title))
        looks = _Looks(book)
        for index, column in enumerate(columns):
            _shape(sheet, looks, index, column, ["", *(row.get(column.code, "") for row in seen)])
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 36)
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.title, looks.head)
        number = 0
        for number, row in enumerate(chain(seen, waiting), start=1):
            for index, column in enumerate(columns):
                text = row.get(column.code)
                if text:
                    sheet.write_string(number, index, text[:_MOST_TEXT], looks.text)
    return number


def _write_csv(columns: tuple[Column, ...], rows: Iterable[Mapping[str, str]], path: Path) -> int:
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow([column.title for column in columns])
        for row in rows:
            out.writerow([safe(row.get(column.code, "")) for column in columns])
            written += 1
    return written
