"""A file as a grid of cells: what every reader yields, whatever the file is, and how large it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from schemas.errors import PermanentError
from schemas.file_reasons import FileReason

MIB = 1 << 20


class FileRefused(PermanentError):
    """A file is refused as a whole: nothing of it may be taken.

    `detail` says in Chinese, for the clerk, what was found and where; it holds no identity number.
    """

    def __init__(self, reason: FileReason, detail: str) -> None:
        """Keep the reason apart from the text, as the row of the file does."""
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read; sizes in bytes, times in seconds."""

    workbook: int = 20 * MIB
    package: int = 20 * MIB
    text: int = 1024 * MIB
    """A text streams: its size costs time, no memory."""
    parts: int = 1_000
    unpacked: int = 512 * MIB
    """100,000 rows of 30 long cells are about 250 MiB unpacked."""
    workbook_rows: int = 200_000
    columns: int = 400
    """The widest of our own templates has 340, a sheet for each point of an inspection."""
    letters: int = 32_767
    """Characters in a cell, as spreadsheets have it."""
    memory: int = 2048 * MIB
    processor: int = 60
    silence: float = 120.0
    """How long a reader may say nothing."""


LIMITS = Limits()


NOT_WORKED_OUT = "未计算"
"""The code of a formula that has no value yet, as a program wrote it and nobody has opened the file since."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a formula that failed left in its cell: `#DIV/0!`."""

    code: str


Cell = str | int | float | bool | date | datetime | time | timedelta | Fault | None
"""A cell as the file has it; a `datetime` has no time zone; None and an empty text are blank."""


class RawRow(NamedTuple):
    """A row of a sheet as it stands there; cells that are missing at its end are blank."""

    number: int
    """From 1, as spreadsheets and editors count; of a CSV file the record, its header included."""
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Area:
    """A merged cell: rows from 1, columns from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a file. `rows` can be read once, and before the next sheet is asked for."""

    number: int
    """From 1, hidden sheets included."""
    name: str
    rows: Iterator[RawRow]
    hidden: bool = False
    hidden_columns: tuple[int, ...] = ()
    hidden_rows: int = 0
    """How many rows are hidden; they are read like the others."""
    merged: tuple[Area, ...] = ()
    from_1904: bool | None = None
    """Days are counted from 1904, as on old Macintosh computers, not from 1900; None where the file cannot tell."""
    charset: str = ""
    """The encoding of a text file."""


@lru_cache(maxsize=512)
def column_letter(column: int) -> str:
    """Return the name of a column, counted from 0: 3 is D, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
