"""Text files of rows (CSV), as a stream: their encoding, what parts their cells, and the rows.

The encoding is that of the mark at the beginning; else UTF-8 where the whole file is, else GB18030: whatever is not
strictly one of them is refused, never read with letters put in place of what nobody knows.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO, cast

from schemas.file_reasons import FileReason
from workers.files.grid import MIB, Cell, FileRefused, Limits, RawRow, Sheet

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TRIED = ("utf-8", "gb18030")
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}
_SEPARATORS = ",;\t"
_FIRST_LINES = 20
_LONGEST_LINE = 4 * MIB
_FORMULA = "=+-@\t\r"


@contextmanager
def open_table(opened: BinaryIO, name: str, limits: Limits) -> Iterator[Iterator[Sheet]]:
    """Yield the one sheet of a text file; its rows are read as they are asked for.

    Raises:
        FileRefused: here, or while rows are read.
    """
    charset = find_charset(opened)
    text = io.TextIOWrapper(opened, encoding=charset, newline="")
    try:
        separator = find_separator(text)
        rows = _read_rows(text, separator, limits)
        yield iter([Sheet(number=1, name=PurePath(name).stem, rows=rows, charset=_NAMES[charset])])
    finally:
        text.detach()


def find_charset(opened: BinaryIO) -> str:
    """Return the encoding of a text, after reading all of it; it is left at its beginning.

    Raises:
        FileRefused: it is in none that is read, or has a NUL.
    """
    head = opened.read(4)
    charsets = next(((charset,) for mark, charset in _MARKS if head.startswith(mark)), _TRIED)
    furthest = 0
    for charset in charsets:
        opened.seek(0)
        failed = _try(opened, charset)
        if failed is None:
            opened.seek(0)
            return charset
        furthest = max(furthest, failed)
    words = "、".join(_NAMES[charset] for charset in charsets)
    raise FileRefused(FileReason.CHARSET, f"文件不是 {words} 编码的文本：第 {furthest:,} 行有不合编码的字节")


def _try(opened: BinaryIO, charset: str) -> int | None:
    """Return the line with the first bytes that are not of the encoding; None where there are none."""
    decoder = codecs.getincrementaldecoder(charset)("strict")
    lines = 1
    try:
        while piece := opened.read(MIB):
            lines += _check(decoder.decode(piece), lines)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return lines + error.object[: error.start].count(b"\n")
    return None


def _check(text: str, lines: int) -> int:
    """Return the number of line ends."""
    if "\0" in text:
        raise FileRefused(
            FileReason.LETTER, f"第 {lines + text[: text.index(chr(0))].count(chr(10)):,} 行含有空字符（NUL）"
        )
    return text.count("\n")


def find_separator(text: io.TextIOWrapper) -> str:
    """Return what parts most cells in one of the first lines: headings have no commas of their own."""
    lines = list(islice(iter(lambda: text.readline(_LONGEST_LINE), ""), _FIRST_LINES))
    text.seek(0)
    return max(_SEPARATORS, key=lambda separator: max((line.count(separator) for line in lines), default=0))


def _read_rows(text: io.TextIOWrapper, separator: str, limits: Limits) -> Iterator[RawRow]:
    # What stands in the cells is never worked out, so a number stays the text that it is.
    rows = csv.reader(lines(text), delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(rows, 1):
            if any(cells):
                yield RawRow(number, _check_cells(cells, number, limits))
    except csv.Error as error:
        number += 1
        if "field larger" in str(error):
            raise FileRefused(FileReason.CELL_TOO_LONG, f"第 {number:,} 行的单元格过长，可能缺少右引号") from None
        raise FileRefused(FileReason.QUOTES, f"第 {number:,} 行（文件第 {rows.line_num:,} 行）的引号不配对") from None
    except UnicodeError:
        raise FileRefused(FileReason.CHARSET, f"第 {number + 1:,} 行附近有不合编码的字节") from None


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a text, none of them without end.

    Raises:
        FileRefused: a line is too long.
    """
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise FileRefused(FileReason.CELL_TOO_LONG, "有一行超过 4 MiB")
        yield line


def _check_cells(cells: list[str], number: int, limits: Limits) -> list[Cell]:
    if len(cells) > limits.columns:
        while len(cells) > limits.columns and not cells[-1]:
            cells.pop()
        if len(cells) > limits.columns:
            raise FileRefused(FileReason.COLUMNS, f"第 {number:,} 行超过 {limits.columns} 列")
    whole = "\n".join(cells)
    if len(whole) > limits.letters and any(len(cell) > limits.letters for cell in cells):
        raise FileRefused(FileReason.CELL_TOO_LONG, f"第 {number:,} 行有单元格超过 {limits.letters:,} 个字符")
    if whole.startswith("'") or "\n'" in whole:
        return [_without_apostrophe(cell) for cell in cells]
    return cast("list[Cell]", cells)


def _without_apostrophe(cell: str) -> str:
    """Return a cell as it was before we wrote it so that no spreadsheet takes it for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA and len(cell) > 1 else cell
