"""The process that opens workbooks, and nothing else: `python -m workers.files.child LIMITS < FILE`.

A workbook of a few kilobytes can make its reader ask for half a terabyte, and then the reader aborts. So it reads in a
process of its own with limits of memory, processor and files, which no socket and no further process can be opened
from. It writes lines of JSON, one for each thing it has to say: a sheet, a row, an end, or why it refuses. Whoever
reads them takes nothing on trust (`workers/files/workbook.py`).
"""

from __future__ import annotations

import codecs
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import orjson
import python_calamine as calamine

from schemas.file_reasons import FileReason
from workers.files import archive
from workers.files.formats import OTHERWISE
from workers.files.grid import Fault, FileRefused, Limits
from workers.files.hints import Examined, Hints
from workers.files.numbers import is_too_long, plain

_LOT = 256 * 1024
_ZIP = b"PK"
_MOST_AREAS = 100_000
_WRITE = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_APPEND_NEWLINE


def read(data: bytes, limits: Limits) -> Iterator[bytes]:
    """Yield the lines about a workbook: its sheets, each followed by its rows that are not blank, then an end.

    The last line says why it is refused, where it is; no damage of the file raises.
    """
    try:
        yield from _read(data, limits)
    except FileRefused as refused:
        yield _refuse(refused.reason, refused.detail)
    except calamine.PasswordError:
        yield _refuse(FileReason.PASSWORD, "工作簿设有打开密码")
    except (GeneratorExit, KeyboardInterrupt):
        raise
    except MemoryError:
        yield _refuse(FileReason.UNREADABLE, "读取超出内存限制")
    except BaseException:  # noqa: BLE001 - a panic of calamine is none of `Exception`
        yield _refuse(FileReason.BROKEN, "工作簿的内部结构损坏")
    else:
        yield orjson.dumps({"end": True}, option=_WRITE)


def _read(data: bytes, limits: Limits) -> Iterator[bytes]:
    examined = _examine(data, limits)
    with calamine.CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        for index, about in enumerate(book.sheets_metadata):
            if about.typ is calamine.SheetTypeEnum.WorkSheet:
                hints = examined.sheets[index] if index < len(examined.sheets) else Hints()
                yield from _read_sheet(book.get_sheet_by_index(index), about, index, hints, examined, limits)


def _examine(data: bytes, limits: Limits) -> Examined:
    if data.startswith(_ZIP):
        return archive.examine(data, limits)
    from workers.files import biff  # noqa: PLC0415 - its library takes a tenth of a second, and XLS is rare

    return biff.examine(data)


def _read_sheet(
    sheet: calamine.CalamineSheet,
    about: calamine.SheetMetadata,
    index: int,
    hints: Hints,
    examined: Examined,
    limits: Limits,
) -> Iterator[bytes]:
    merged = sheet.merged_cell_ranges or []
    if len(merged) > _MOST_AREAS:
        raise FileRefused(FileReason.UNREADABLE, f"工作表「{about.name}」的合并单元格过多")
    said = {
        "sheet": index + 1,
        "name": about.name,
        "hidden": about.visible is not calamine.SheetVisibleEnum.Visible,
        "hidden_columns": sorted(hints.hidden_columns),
        "hidden_rows": hints.hidden_rows,
        "merged": [[*first, *last] for first, last in merged],
        "from_1904": examined.from_1904,
    }
    yield orjson.dumps(said, option=_WRITE)
    yield from _read_rows(sheet, about.name, hints, limits)


def _read_rows(sheet: calamine.CalamineSheet, name: str, hints: Hints, limits: Limits) -> Iterator[bytes]:
    faults, units = _by_row(hints.failed), _by_row(hints.units)
    last = max(faults, default=0)
    count = number = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number in faults:
            _put(cells, faults.pop(number))
        elif cells.count("") == len(cells):
            continue
        if number in units:
            _show(cells, units[number])
        count += 1
        if count > limits.workbook_rows:
            raise FileRefused(FileReason.ROWS, f"工作表「{name}」超过 {limits.workbook_rows:,} 行")
        if len(cells) > limits.columns:
            cells = _cut(cells, name, number, limits)  # noqa: PLW2901 - the cells of the row, as far as it has any
        yield orjson.dumps([number, cells], default=_tag, option=_WRITE)
    for beyond in range(number + 1, last + 1):  # rows that hold nothing but failed formulas
        if beyond in faults:
            cells = []
            _put(cells, faults[beyond])
            yield orjson.dumps([beyond, cells], default=_tag, option=_WRITE)


def _by_row(failed: dict[tuple[int, int], str]) -> dict[int, dict[int, str]]:
    rows: dict[int, dict[int, str]] = {}
    for (row, column), code in failed.items():
        rows.setdefault(row + 1, {})[column] = code
    return rows


def _put(cells: list[Any], faults: dict[int, str]) -> None:
    for column, code in faults.items():
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = Fault(code)


def _show(cells: list[Any], units: dict[int, str]) -> None:
    """Make numbers that are shown with a unit the texts that people see; those shown as others are none."""
    for column, unit in units.items():
        cell = cells[column] if column < len(cells) else None
        if isinstance(cell, int | float) and not isinstance(cell, bool) and not is_too_long(cell):
            shown = f"{plain(cell)}{unit}"
            cells[column] = Fault(shown) if unit.startswith(OTHERWISE) else shown


def _cut(cells: list[Any], name: str, number: int, limits: Limits) -> list[Any]:
    if any(cell != "" for cell in cells[limits.columns :]):
        raise FileRefused(FileReason.COLUMNS, f"工作表「{name}」第 {number} 行超过 {limits.columns} 列")
    return cells[: limits.columns]


def _tag(value: object) -> dict[str, Any]:
    """Write what JSON has no word for."""
    match value:
        case Fault():
            return {"fault": value.code}
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case timedelta():
            return {"duration": value.total_seconds()}
    raise TypeError


def _refuse(reason: FileReason, detail: str) -> bytes:
    return orjson.dumps({"refused": reason.value, "detail": detail}, option=_WRITE)


def limit(limits: Limits) -> None:
    """Bind this process for good: what it has open stays open, nothing further can be opened."""
    codecs.lookup("cp437"), codecs.lookup("utf-16-le")  # what is imported later can open no file
    for which, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.processor),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(which, (most, most))


def main(words: list[str]) -> None:
    """Read the workbook on standard input by the limits of the first argument, and write its lines."""
    limits = Limits(**orjson.loads(words[0]))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    data = source.read(limits.workbook + 1)
    if not data.startswith(_ZIP):
        from workers.files import biff  # noqa: F401, PLC0415 - while files can be opened
    limit(limits)
    lot = bytearray()
    for line in read(data, limits):
        lot += line
        if len(lot) >= _LOT:
            sink.write(lot)
            lot.clear()
    sink.write(lot)
    sink.flush()


def write_limits(limits: Limits) -> str:
    """Return the limits as `main` takes them."""
    return orjson.dumps(asdict(limits)).decode()


if __name__ == "__main__":
    main(sys.argv[1:])
