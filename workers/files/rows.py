"""The rows of a file, each as texts by the codes of its template's columns, with what is to be said of its cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from schemas.file_reasons import CellReason
from schemas.sheets import Template
from workers.files.grid import LIMITS, Limits
from workers.files.headings import Layout


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
    """What is to be said of the sheet, in Chinese: hidden columns that were read, headings that are not known."""


@dataclass(frozen=True, slots=True)
class SheetLeftOut:
    """A sheet of which nothing is read: hidden, blank, or without any known heading."""

    number: int
    name: str
    says: str
    """Why, in Chinese."""


def read_sheets(
    path: Path, templates: Collection[Template], limits: Limits = LIMITS
) -> Iterator[SheetRows | SheetLeftOut]:
    """Yield the sheets of a file, each with its rows; the file is open until the iterator ends or is closed.

    Raises:
        FileRefused: the file cannot be read as a whole, at any point of the reading: nothing that was yielded holds.
    """
    raise NotImplementedError
