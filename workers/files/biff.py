"""Looks through an XLS file before it is read: what it may not hold, and what its reader drops.

Runs in the child process alone. The file is a small file system (OLE); its stream `Workbook` is a list of records
([MS-XLS] 2.4), of which only those are looked at that calamine does not tell.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import olefile

from schemas.file_reasons import FileReason
from workers.files.formats import find_unit
from workers.files.grid import FileRefused
from workers.files.hints import Examined, Hints

_FORMULA, _EOF, _DATE_1904, _FILEPASS, _COLUMNS = 0x0006, 0x000A, 0x0022, 0x002F, 0x007D
_BOUND_SHEET, _SUP_BOOK, _ERROR, _ROW, _BOF = 0x0085, 0x01AE, 0x0205, 0x0208, 0x0809
_XF, _FORMAT, _NUMBER, _RK, _MUL_RK = 0x00E0, 0x041E, 0x0203, 0x027E, 0x00BD
_OWN_SHEETS, _ADD_INS = 0x0401, 0x3A01
_MACRO_SHEET, _MODULE = 1, 6
_CODES = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class _Record(NamedTuple):
    kind: int
    data: bytes


def examine(data: bytes) -> Examined:
    """Return what was found in the records.

    Raises:
        FileRefused: it is no workbook, is encrypted, or holds what it may not hold.
    """
    stream = _open(data)
    try:
        return _walk(stream)
    except (struct.error, IndexError):
        raise FileRefused(FileReason.BROKEN, "工作簿的记录损坏") from None


def _open(data: bytes) -> bytes:
    try:
        with olefile.OleFileIO(BytesIO(data)) as opened:
            names = [name.lower() for path in opened.listdir(streams=True, storages=True) for name in path]
            _check_names(names)
            stream: bytes = opened.openstream("Workbook" if "workbook" in names else "Book").read()
    except FileRefused:
        raise
    except Exception:  # noqa: BLE001 - whatever the library stumbles over, the file is broken
        raise FileRefused(FileReason.BROKEN, "工作簿的目录损坏") from None
    return stream


def _check_names(names: list[str]) -> None:
    if "encryptedpackage" in names:
        raise FileRefused(FileReason.PASSWORD, "工作簿设有打开密码")
    if any(name.startswith("_vba_project") for name in names):
        raise FileRefused(FileReason.MACROS, "工作簿含有宏")
    if "workbook" not in names and "book" not in names:
        raise FileRefused(
            FileReason.KIND_UNKNOWN, "文件不是工作簿" + ("，是 Word 文档" if "worddocument" in names else "")
        )
    if any(name.startswith(("mbd", "lnk", "\x01ole10native")) for name in names):
        raise FileRefused(FileReason.EMBEDDED, "工作簿含有嵌入对象")


def _walk(stream: bytes) -> Examined:
    starts, from_1904 = list[int](), False
    forms, styles = dict[int, str](), list[int]()
    for record in _records(stream, 0):
        if record.kind == _FILEPASS:
            raise FileRefused(FileReason.PASSWORD, "工作簿设有打开密码")
        if record.kind == _DATE_1904:
            from_1904 = bool(record.data[0])
        elif record.kind == _BOUND_SHEET:
            if record.data[5] in {_MACRO_SHEET, _MODULE}:
                raise FileRefused(FileReason.MACROS, "工作簿含有宏表")
            starts.append(struct.unpack_from("<I", record.data)[0])
        elif record.kind == _FORMAT:
            forms[struct.unpack_from("<H", record.data)[0]] = _read_text(record.data[2:])
        elif record.kind == _XF:
            styles.append(struct.unpack_from("<H", record.data, 2)[0])
        elif record.kind == _SUP_BOOK and not _is_own(record.data):
            raise FileRefused(FileReason.LINKS, "工作簿含有外部链接")
    found = {style: find_unit(forms.get(form, "")) for style, form in enumerate(styles)}
    units = {style: unit for style, unit in found.items() if unit}
    return Examined([_look(stream, start, units) for start in starts], from_1904)


def _read_text(data: bytes) -> str:
    """Read a text with its length before it, as files of Excel 97 and later have it; an older one's is no unit's."""
    if len(data) < 3:
        return ""
    wide = data[2] & 1
    return data[3:].decode("utf-16-le" if wide else "latin-1", "replace")


def _is_own(data: bytes) -> bool:
    return len(data) == 4 and struct.unpack_from("<H", data, 2)[0] in {_OWN_SHEETS, _ADD_INS}


def _records(stream: bytes, start: int) -> Iterator[_Record]:
    """Yield the records of one part of the stream, those of charts within it left out."""
    depth, unpack, end = 0, struct.Struct("<HH").unpack_from, len(stream)
    while start + 4 <= end:
        kind, size = unpack(stream, start)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield _Record(kind, stream[start + 4 : start + 4 + size])
        start += 4 + size


def _look(stream: bytes, start: int, units: dict[int, str]) -> Hints:
    hints = Hints()
    for kind, data in _records(stream, start):
        if kind == _ERROR and data[7]:
            _fail(hints, data, data[6])
        elif kind == _FORMULA and data[6] == 2 and data[12:14] == b"\xff\xff":
            _fail(hints, data, data[8])
        elif kind == _ROW and data[12] & 0x20:
            hints.hidden_rows += 1
        elif kind == _COLUMNS and data[8] & 1:
            first, last = struct.unpack_from("<HH", data)
            hints.hidden_columns.update(range(first, last + 1))
        if units and kind in {_FORMULA, _NUMBER, _RK, _MUL_RK}:
            _show(hints, data, kind, units)
    return hints


def _show(hints: Hints, data: bytes, kind: int, units: dict[int, str]) -> None:
    row, first = struct.unpack_from("<HH", data)
    count = (len(data) - 6) // 6 if kind == _MUL_RK else 1
    for at in range(count):
        (style,) = struct.unpack_from("<H", data, 4 + 6 * at)
        if style in units:
            hints.units[row, first + at] = units[style]


def _fail(hints: Hints, data: bytes, code: int) -> None:
    row, column = struct.unpack_from("<HH", data)
    hints.failed[row, column] = _CODES.get(code, "错误值")
