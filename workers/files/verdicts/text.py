"""CSV with the verdict in it: as it came, in its encoding and with its delimiter, and three columns more."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from workers.files.sheetwriter import safe
from workers.files.tables import find_charset, find_separator, lines
from workers.files.verdicts.naming import HEADINGS
from workers.files.verdicts.rows import SheetVerdict


def mark(path: Path, out: Path, sheets: Callable[[], Iterator[SheetVerdict]]) -> None:
    """Write the rows of the text at `path` to `out`, each with its verdict; memory does not grow with them.

    What begins like a formula stands behind an apostrophe, which readers leave out. UTF-8 gets its mark, without which
    spreadsheets take it for something else.

    Raises:
        FileRefused: it cannot be read any more.
    """
    with path.open("rb") as source, out.open("wb") as target:
        found = sheets()
        sheet = next(found)
        charset = find_charset(source)
        separator = _find_separator(source, charset)
        width = max((len(_stripped(cells)) for cells in _records(source, charset, separator)), default=0)
        written = io.TextIOWrapper(target, encoding="utf-8-sig" if charset == "utf-8" else charset, newline="")
        writer = csv.writer(written, delimiter=separator, lineterminator="\r\n")
        for cells in _marked(_records(source, charset, separator), sheet, sheet.columns(width - 1)):
            writer.writerow([safe(cell) for cell in cells])
        written.flush()
        written.detach()
        next(found, None)


def _stripped(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _open(source: BinaryIO, charset: str) -> io.TextIOWrapper:
    source.seek(0)
    return io.TextIOWrapper(source, encoding=charset, newline="")


def _find_separator(source: BinaryIO, charset: str) -> str:
    text = _open(source, charset)
    separator = find_separator(text)
    text.detach()
    return separator


def _records(source: BinaryIO, charset: str, separator: str) -> Iterator[list[str]]:
    text = _open(source, charset)
    yield from csv.reader(lines(text), delimiter=separator, strict=True)
    text.detach()


def _marked(records: Iterator[list[str]], sheet: SheetVerdict, places: tuple[int, ...]) -> Iterator[list[str]]:
    waiting = next(sheet.rows, None)
    for number, cells in enumerate(records, 1):
        if number < sheet.header_row or not any(cells):
            yield cells
        elif number == sheet.header_row:
            yield _with(cells, places, HEADINGS)
        elif waiting is not None and waiting.row == number:
            yield _with(cells, places, waiting.texts)
            waiting = next(sheet.rows, None)
        else:
            yield _with(cells, places, ("",) * len(HEADINGS))


def _with(cells: list[str], places: tuple[int, ...], texts: tuple[str, ...]) -> list[str]:
    cells += [""] * (max(places) + 1 - len(cells))
    for place, text in zip(places, texts, strict=True):
        cells[place] = text
    return cells
