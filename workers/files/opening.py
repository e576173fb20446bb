"""Opening a file of any kind that is taken: what it is is told by its bytes, and its sheets are yielded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.files import guard
from workers.files.grid import LIMITS, Limits, Sheet
from workers.files.guard import FileKind
from workers.files.names import readable
from workers.files.packages import open_package
from workers.files.tables import open_table
from workers.files.workbook import open_workbook


@contextmanager
def open_book(path: Path, limits: Limits = LIMITS) -> Iterator[Iterator[Sheet]]:
    """Open a file and yield its sheets, hidden ones included, as an iterator; leaving ends what reads it.

    Raises:
        FileRefused: here, or while sheets and rows are read.
    """
    name = readable(path.name)
    with path.open("rb") as opened:
        kind = guard.recognise(opened, name, limits)
        if kind is FileKind.CSV:
            book = open_table(opened, name, limits)
        elif kind is FileKind.XML:
            book = open_package(opened, name, limits)
        else:
            book = open_workbook(opened, limits)
        with book as sheets:
            yield sheets
