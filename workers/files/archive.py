"""Looks through an XLSX file before it is read: its size unpacked, what it may not hold, and what its reader drops.

Runs in the child process alone. calamine tells neither failed formulas nor hidden columns and rows nor formats, so the
sheets are searched for them while everything is unpacked once to be counted.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import chain
from typing import Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from schemas.file_reasons import FileReason
from workers.files.formats import find_unit
from workers.files.grid import MIB, NOT_WORKED_OUT, FileRefused, Limits
from workers.files.hints import Examined, Hints

_STORED, _DEFLATED, _ENCRYPTED = 0, 8, 1
_CHUNK = MIB
_SMALL = 32 * MIB
"""Parts that say how the others belong together are no larger."""

_STYLES = "xl/styles.xml"
"""As calamine has it, whatever the relations say."""
_BAD_PARTS = (
    (re.compile(r"vbaproject|/macrosheets/|/vbadata"), FileReason.MACROS, "含有宏"),
    (re.compile(r"/externallinks/|/connections\.xml$|/querytables/"), FileReason.LINKS, "含有外部链接或数据连接"),
    (re.compile(r"/embeddings/|/activex/"), FileReason.EMBEDDED, "含有嵌入对象"),
)
_NAME = rb"(?:[A-Za-z][\w.-]*:)?"
_FAILED = re.compile(rb"<" + _NAME + rb"c\s[^<>]*?\bt\s*=\s*[\"']e[\"'][^<>]*>")
_STYLE = rb"(?:[^<>]*?\bs\s*=\s*[\"']([0-9]{1,6})[\"'])?"
_FILLED = re.compile(rb"<" + _NAME + rb"c(?=\s)" + _STYLE + rb"[^<>]*(?<!/)>")
"""A cell that is not blank, and its style: the first where it names none."""
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_VALUE = re.compile(rb"<" + _NAME + rb"v>([^<]{1,20})</")
_NO_VALUE = rb"\s*(?:<" + _NAME + rb"v\s*/>\s*|<" + _NAME + rb"v>\s*</" + _NAME + rb"v>\s*)?</" + _NAME + rb"c\s*>"
_UNWORKED = tuple(re.compile(end + _NO_VALUE) for end in (rb"</f>", rb"<f\s[^<>]*/>", rb":f>", rb":f\s[^<>]*/>"))
"""A formula that nobody has worked out: programs write such, and a reader of values takes the cell for blank.

Each begins with letters of its own, by which it is searched for quickly.
"""
_AS_TEXT = re.compile(rb"\bt\s*=\s*[\"']str[\"']")
"""A formula whose value is a text, which may be empty."""
_COLUMN = re.compile(rb"<" + _NAME + rb"col\s[^<>]*>")
_HIDDEN_ROW = re.compile(rb"<" + _NAME + rb"row\s[^<>]*\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_FIRST = re.compile(rb"\bmin\s*=\s*[\"']([0-9]{1,7})[\"']")
_LAST = re.compile(rb"\bmax\s*=\s*[\"']([0-9]{1,7})[\"']")
_DDE = re.compile(rb"<" + _NAME + rb"f(?:\s[^<>]*)?>\s*[=+@-]?\s*\w{1,32}\|")
_LONGEST_CELL = 64 * 1024


def examine(data: bytes, limits: Limits) -> Examined:
    """Unpack everything once, in pieces, and return what was found.

    Raises:
        FileRefused: it is no workbook, holds what it may not hold, or is too large.
    """
    parts = sorted(_list_parts(data, limits), key=lambda part: part.filename.lower() != _STYLES)
    texts, hints, left = dict[str, bytes](), dict[str, Hints](), limits.unpacked
    units = dict[bytes, str]()
    for part in parts:
        name = part.filename.lower()
        pieces = _unpack(data, part, left)
        if name.endswith(".rels") or name in {"xl/workbook.xml", "[content_types].xml"}:
            texts[name] = _gather(pieces)
            left -= len(texts[name])
        elif name == _STYLES:
            styles = _gather(pieces)
            left -= len(styles)
            units = _find_units(styles)
        else:
            scan = _Scan(units) if "/worksheets/" in name else None
            for piece in pieces:
                left -= len(piece)
                if scan:
                    scan.take(piece)
            if scan:
                hints[name] = scan.end()
    _check_relations(texts)
    return _put_together(texts, hints)


def _list_parts(data: bytes, limits: Limits) -> list[ZipInfo]:
    try:
        with ZipFile(BytesIO(data)) as opened:
            parts = opened.infolist()
    except (BadZipFile, ValueError, EOFError, struct.error, OSError, NotImplementedError, UnicodeError):
        raise FileRefused(FileReason.BROKEN, "压缩包目录损坏") from None
    if len(parts) > limits.parts:
        raise FileRefused(FileReason.PARTS, f"压缩包内有 {len(parts):,} 个文件，上限为 {limits.parts:,} 个")
    names = [part.filename.lower() for part in parts]
    if len(set(names)) < len(names):
        raise FileRefused(FileReason.BROKEN, "压缩包内有重名的文件")
    for bad, reason, says in _BAD_PARTS:
        if any(bad.search(name) for name in names):
            raise FileRefused(reason, f"工作簿{says}")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise FileRefused(FileReason.PASSWORD, "压缩包已加密")
    if "xl/workbook.xml" not in names:
        raise FileRefused(FileReason.KIND_UNKNOWN, f"压缩包内没有工作簿{_guess(names)}")
    return parts


def _guess(names: list[str]) -> str:
    if any(name.startswith("word/") for name in names):
        return "，是 Word 文档"
    if "xl/workbook.bin" in names:
        return "，是 xlsb 二进制工作簿，请“另存为”xlsx"
    return "，是 ODS 表格，请“另存为”xlsx" if "content.xml" in names else ""


def _unpack(data: bytes, part: ZipInfo, most: int) -> Iterator[bytes]:
    """Yield the bytes of a part in pieces, not trusting what the directory says of their number."""
    start = part.header_offset
    header = data[start : start + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise FileRefused(FileReason.BROKEN, "压缩包目录损坏")
    named, extra = struct.unpack_from("<HH", header, 26)
    start += 30 + named + extra
    packed = data[start : start + part.compress_size]
    count = 0
    for piece in _inflate(packed, part):
        count += len(piece)
        if count > most:
            raise FileRefused(FileReason.UNPACKED, "解压后超过上限，疑为压缩炸弹")
        yield piece
    if count != part.file_size:
        raise FileRefused(FileReason.BROKEN, "压缩包内文件的实际大小与目录不符")


def _inflate(packed: bytes, part: ZipInfo) -> Iterator[bytes]:
    if part.compress_type == _STORED:
        yield packed
        return
    if part.compress_type != _DEFLATED:
        raise FileRefused(FileReason.BROKEN, "压缩包使用了不支持的压缩方法")
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        piece = machine.decompress(packed, _CHUNK)
        while piece or (machine.unconsumed_tail and not machine.eof):
            yield piece
            piece = machine.decompress(machine.unconsumed_tail, _CHUNK)
    except zlib.error:
        raise FileRefused(FileReason.BROKEN, "压缩数据损坏") from None
    if not machine.eof:
        raise FileRefused(FileReason.BROKEN, "压缩数据不完整")


def _gather(pieces: Iterator[bytes]) -> bytes:
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) > _SMALL:
            raise FileRefused(FileReason.UNPACKED, "工作簿的目录过大")
    return bytes(gathered)


class _Scan:
    """A sheet, piece by piece: what is searched for never lies across two windows."""

    def __init__(self, units: dict[bytes, str]) -> None:
        self._hints = Hints()
        self._units = units
        self._rest = b""
        self._in_head = True

    def take(self, piece: bytes) -> None:
        window = self._rest + piece
        cut = self._find_cut(window)
        if cut <= 0:
            if len(window) < _LONGEST_CELL + _CHUNK:
                self._rest = window
                return
            cut = len(window)
        self._search(window[:cut])
        self._rest = window[cut:]

    def end(self) -> Hints:
        self._search(self._rest)
        return self._hints

    @staticmethod
    def _find_cut(window: bytes) -> int:
        """Return where the last cell begins, or the last tag where no cell is so long."""
        prefixed = window.rfind(b"<", 0, max(window.rfind(b":c "), 0))
        cell = max(window.rfind(b"<c "), prefixed)
        return cell if len(window) - cell <= _LONGEST_CELL else window.rfind(b"<")

    def _search(self, window: bytes) -> None:
        if self._in_head:
            self._search_head(window)
        if b"hidden" in window:
            self._hints.hidden_rows += len(_HIDDEN_ROW.findall(window))
        if b'"e"' in window or b"'e'" in window:
            for failed in _FAILED.finditer(window):
                self._fail(failed.group(), window[failed.end() : failed.end() + _LONGEST_CELL])
        if b"<f" in window or b":f" in window:
            for unworked in chain.from_iterable(pattern.finditer(window) for pattern in _UNWORKED):
                self._find_unworked(window, unworked.start())
        if self._units:
            self._find_shown(window)
        if b"|" in window and _DDE.search(window):
            raise FileRefused(FileReason.LINKS, "公式含有动态数据交换（DDE）")

    def _find_shown(self, window: bytes) -> None:
        for cell in _FILLED.finditer(window):
            if (unit := self._units.get(cell[1] or b"0")) is not None:
                self._hints.units[_place_of(cell.group())] = unit

    def _search_head(self, window: bytes) -> None:
        head, found, _ = window.partition(b"sheetData")
        self._in_head = not found
        for column in _COLUMN.findall(head):
            self._hide(column)

    def _hide(self, column: bytes) -> None:
        first, last = _FIRST.search(column), _LAST.search(column)
        if first and last and _HIDDEN.search(column):
            # A sheet narrowed by hiding all columns to the right of its own names thousands.
            self._hints.hidden_columns.update(range(int(first[1]) - 1, min(int(last[1]), 1000)))

    def _fail(self, tag: bytes, after: bytes) -> None:
        value = _VALUE.search(after)
        self._note(tag, value[1].decode("utf-8", "replace") if value else "错误值")

    def _find_unworked(self, window: bytes, end: int) -> None:
        before = window[max(0, end - _LONGEST_CELL) : end]
        start = max(before.rfind(b"<c "), before.rfind(b":c "))
        tag = before[start : before.find(b">", start)] if start >= 0 else b""
        if tag and not _AS_TEXT.search(tag):
            self._note(tag, NOT_WORKED_OUT)

    def _note(self, tag: bytes, code: str) -> None:
        self._hints.failed[_place_of(tag)] = code


def _place_of(tag: bytes) -> tuple[int, int]:
    place = _PLACE.search(tag)
    if place is None:
        raise FileRefused(FileReason.BROKEN, "单元格没有写明位置")
    return int(place[2]) - 1, column_number(place[1].decode())


def column_number(letters: str) -> int:
    """Return the number of a column, from 0, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _find_units(styles: bytes) -> dict[bytes, str]:
    """Return what is shown behind a number, by the number of a cell's style."""
    forms, units, of_cells = dict[str, str](), dict[bytes, str](), list[str]()
    within = ""

    def take(name: str, attributes: dict[str, str]) -> None:
        nonlocal within
        if name in {"numFmts", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}:
            within = name
        elif name == "numFmt" and within == "numFmts":
            forms[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and within == "cellXfs":
            of_cells.append(attributes.get("numFmtId", ""))

    _elements(styles, take)
    for style, form in enumerate(of_cells):
        unit = find_unit(forms.get(form, ""))
        if unit:
            units[b"%d" % style] = unit
    return units


def _elements(text: bytes, take: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        take(name.rpartition(":")[2], {key.rpartition(":")[2]: value for key, value in attributes.items()})

    def refuse(*_: Any) -> None:
        raise FileRefused(FileReason.XML_ENTITIES, "工作簿内的 XML 含有 DOCTYPE")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat knows no names
    except expat.ExpatError:
        raise FileRefused(FileReason.BROKEN, "工作簿的目录不是合法的 XML") from None


def _check_relations(texts: dict[str, bytes]) -> None:
    """Let a workbook point outside by links for people to click alone."""

    def take(name: str, attributes: dict[str, str]) -> None:
        outside = name == "Relationship" and attributes.get("TargetMode", "").lower() == "external"
        if outside and not attributes.get("Type", "").lower().endswith("/hyperlink"):
            raise FileRefused(FileReason.LINKS, "工作簿引用了外部文件")

    def take_type(_: str, attributes: dict[str, str]) -> None:
        if "macroenabled" in attributes.get("ContentType", "").lower():
            raise FileRefused(FileReason.MACROS, "工作簿启用了宏")

    for name, text in texts.items():
        if name.endswith(".rels"):
            _elements(text, take)
    _elements(texts.get("[content_types].xml", b"<x/>"), take_type)


def _put_together(texts: dict[str, bytes], hints: dict[str, Hints]) -> Examined:
    targets, sheets, days = dict[str, str](), list[str](), list[bool]()

    def take_relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            targets[attributes.get("Id", "")] = posixpath.normpath(path).lower()

    def take_sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            sheets.append(attributes.get("id", ""))
        elif name == "workbookPr":
            days.append(attributes.get("date1904", "").lower() in {"1", "true"})

    _elements(texts.get("xl/_rels/workbook.xml.rels", b"<x/>"), take_relation)
    _elements(texts["xl/workbook.xml"], take_sheet)
    return Examined([hints.get(targets.get(sheet, ""), Hints()) for sheet in sheets], any(days))
