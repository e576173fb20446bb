"""Workbooks, read by a child process: the lines it writes, checked and made sheets and rows.

The child works on bytes of others and may be in their hands: whatever it writes is held against limits and forms here.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, cast

import orjson

from schemas.file_reasons import FileReason
from workers.files import child
from workers.files.grid import MIB, Area, Cell, Fault, FileRefused, Limits, RawRow, Sheet

_PIECE = 256 * 1024
_LONGEST_LINE = 64 * MIB
_ROWS, _COLUMNS = 1 << 20, 1 << 14
"""Of a sheet, as spreadsheets have them."""
_KEPT = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
"""Of the environment, so that the child is the code of its parent; nothing else is any of its business."""
_MAKE: dict[str, Callable[[Any], Cell]] = {
    "fault": lambda code: Fault(str(code)[:80]),
    "day": date.fromisoformat,
    "moment": datetime.fromisoformat,
    "time": time.fromisoformat,
    "duration": lambda seconds: timedelta(seconds=seconds),
}


@contextmanager
def open_workbook(opened: BinaryIO, limits: Limits) -> Iterator[Iterator[Sheet]]:
    """Start the child on an open file and yield the sheets as it reads them; leaving ends the child.

    Raises:
        FileRefused: the child says so, dies, or falls silent.
    """
    command = [sys.executable, "-s", "-P", "-m", "workers.files.child", child.write_limits(limits)]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - our own module, and nothing of the file among its words
        command, stdin=opened, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            yield read_lines(_receive(process, limits), limits)
        finally:
            process.kill()


def _receive(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[bytes]:
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    rest = b""
    while True:
        if not waiting.poll(limits.silence * 1000):
            raise FileRefused(FileReason.UNREADABLE, f"读取在 {limits.silence:.0f} 秒内没有进展")
        piece = os.read(pipe, _PIECE)
        if not piece:
            raise FileRefused(FileReason.UNREADABLE, "读取意外终止，文件可能声明了过大的区域，或读取超出内存、时间限制")
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise FileRefused(FileReason.CELL_TOO_LONG, "一行的内容过长")
        yield from lines


def read_lines(lines: Iterator[bytes], limits: Limits) -> Iterator[Sheet]:
    """Yield the sheets that the lines of a child tell of.

    Raises:
        FileRefused: the child refuses, or a line is none that it may write.
    """
    reading = _Lines(lines, limits)
    while (sheet := reading.next_sheet()) is not None:
        yield sheet


class _Lines:
    """The lines of a child; a sheet's rows are taken off them until another thing is said."""

    def __init__(self, lines: Iterator[bytes], limits: Limits) -> None:
        self._lines = lines
        self._limits = limits
        self._said: dict[str, Any] | None = None

    def next_sheet(self) -> Sheet | None:
        """Return the next sheet, whatever was read of the one before; None at the end."""
        while self._said is None:
            self._take()
        said, self._said = self._said, None
        if said.get("end") is True:
            return None
        try:
            return self._make_sheet(said)
        except (KeyError, TypeError, ValueError):
            raise _no_line() from None

    def _make_sheet(self, said: dict[str, Any]) -> Sheet:
        return Sheet(
            number=int(said["sheet"]),
            name=str(said["name"])[:100],
            rows=self._rows(),
            hidden=bool(said["hidden"]),
            hidden_columns=tuple(int(column) for column in said["hidden_columns"]),
            hidden_rows=int(said["hidden_rows"]),
            merged=tuple(_make_area(*area) for area in said["merged"]),
            from_1904=bool(said["from_1904"]),
        )

    def _rows(self) -> Iterator[RawRow]:
        before = 0
        while (row := self._take()) is not None:
            if row.number <= before or len(row.cells) > self._limits.columns:
                raise _no_line()
            before = row.number
            yield row

    def _take(self) -> RawRow | None:
        """Return a row; what else is said is put aside, and None returned."""
        if self._said is not None:
            return None
        line = next(self._lines, b"")
        try:
            match orjson.loads(line):
                case [int() as number, list() as cells]:
                    if b'{"' in line:
                        cells = [_make_cell(cell) for cell in cells]
                    if len(line) > self._limits.letters:
                        self._measure(number, cells)
                    return RawRow(number, cells)
                case {"refused": str() as reason, "detail": str() as detail}:
                    raise FileRefused(FileReason(reason), detail[:500])
                case dict() as said:
                    self._said = cast("dict[str, Any]", said)
                    return None
        except (ValueError, TypeError, OverflowError):  # no JSON, no reason, no day
            pass
        raise _no_line()

    def _measure(self, number: int, cells: list[Cell]) -> None:
        for cell in cells:
            if isinstance(cell, str) and len(cell) > self._limits.letters:
                raise FileRefused(
                    FileReason.CELL_TOO_LONG, f"第 {number} 行有单元格超过 {self._limits.letters:,} 个字符"
                )


def _make_cell(cell: Any) -> Cell:
    if isinstance(cell, dict):
        [(kind, value)] = cell.items()
        return _MAKE[kind](value) if kind in _MAKE else None
    return cast("Cell", cell)


def _make_area(first_row: int, first_column: int, last_row: int, last_column: int) -> Area:
    if not (0 <= first_row <= last_row < _ROWS and 0 <= first_column <= last_column < _COLUMNS):
        raise ValueError
    return Area(first_row + 1, first_column, last_row + 1, last_column)


def _no_line() -> FileRefused:
    return FileRefused(FileReason.UNREADABLE, "读取意外终止")
