"""XML packages: a head (包头) about the package and a body (包体) of rows, after the file exchange of GB/T 39443-2020.

The standard's own names are not published openly, so this form is ours, and takes Chinese and English names:

    <?xml version="1.0" encoding="UTF-8"?>
    <数据包>                                         or <package>
      <包头>                                         or <head>; single items, which are not read
        <时间戳>2026-01-05T10:00:00</时间戳>
      </包头>
      <包体>                                         or <body>
        <行>                                         any name; each is a row
          <CF_WSH>豫舞卫医罚〔2026〕12号</CF_WSH>          a column by its code,
          <处罚决定日期>2026/1/5</处罚决定日期>             by its heading,
          <项 名称="罚款金额（万元）">0.2</项>              or by an attribute, as headings with brackets are no names
        </行>                                        (<项 名称="…"> or <item name="…">)
      </包体>
    </数据包>

The first row of the sheet that it makes are the names of the columns, so row 1 of the body is row 2. Encodings are
those of XML itself (UTF-8 and UTF-16), and GB18030 with its other names where the file says so. There is no DOCTYPE,
so there are no entities, and nothing outside the file is ever read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, BinaryIO
from xml.parsers import expat

from schemas.file_reasons import FileReason
from workers.files.grid import FileRefused, Limits, RawRow, Sheet

_PACKAGE, _HEAD, _BODY = {"数据包", "package"}, {"包头", "head"}, {"包体", "body"}
_ITEM, _NAME = {"项", "数据项", "item"}, ("名称", "name")
_PIECE = 64 * 1024
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9_.-]+)["']""")
_CHINESE = {"gb2312", "gbk", "gb18030", "cp936"}


@contextmanager
def open_package(opened: BinaryIO, name: str, limits: Limits) -> Iterator[Iterator[Sheet]]:
    """Yield the one sheet of a package. The file is read twice: for the names of its columns, and for its rows.

    Raises:
        FileRefused: here; the whole package is held against its form before a row is yielded.
    """
    names: dict[str, int] = {}
    for row in _parse(opened, limits):
        for column in row:
            names.setdefault(column, len(names))
        if len(names) > limits.columns:
            raise FileRefused(FileReason.COLUMNS, f"数据包中有超过 {limits.columns} 种数据项")
    yield iter([Sheet(number=1, name=PurePath(name).stem, rows=_rows(opened, names, limits))])


def _rows(opened: BinaryIO, names: dict[str, int], limits: Limits) -> Iterator[RawRow]:
    yield RawRow(1, list(names))
    for number, row in enumerate(_parse(opened, limits), 2):
        yield RawRow(number, [row.get(name) for name in names])


def _parse(opened: BinaryIO, limits: Limits) -> Iterator[dict[str, str]]:
    opened.seek(0)
    head = opened.read(1024)
    opened.seek(0)
    found = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
    declared = found[1].decode().lower() if found else ""
    # expat does not know GB18030: its bytes are made UTF-8, whatever the declaration says.
    decoder = codecs.getincrementaldecoder("gb18030")() if declared in _CHINESE else None
    reading = _Reading(limits, "utf-8" if decoder else None)
    while piece := opened.read(_PIECE):
        yield from reading.take(_decode(decoder, piece, final=False), final=False)
    yield from reading.take(_decode(decoder, b"", final=True), final=True)


def _decode(decoder: codecs.IncrementalDecoder | None, piece: bytes, *, final: bool) -> bytes:
    if decoder is None:
        return piece
    try:
        return decoder.decode(piece, final).encode()
    except UnicodeError:
        raise FileRefused(FileReason.CHARSET, "数据包的内容与声明的 GB18030 编码不符") from None


class _Reading:
    """A parser, and the rows it has come upon."""

    def __init__(self, limits: Limits, charset: str | None) -> None:
        self._limits = limits
        self._way: list[str] = []
        self._rows: list[dict[str, str]] = []
        self._row: dict[str, str] = {}
        self._column = ""
        self._text: list[str] = []
        self._letters = 0
        self._parser = expat.ParserCreate(charset)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def take(self, piece: bytes, *, final: bool) -> list[dict[str, str]]:
        """Return the rows that end in this piece."""
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            says = f"第 {error.lineno:,} 行第 {error.offset + 1:,} 列不是合法的 XML"
            raise FileRefused(FileReason.XML, says) from None
        except (LookupError, ValueError):
            raise FileRefused(FileReason.CHARSET, "数据包声明的编码不受支持") from None
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._text.clear()
        self._letters = 0
        match self._way:
            case []:
                self._demand(name in _PACKAGE, f"最外层应为 <数据包>，而不是 <{name[:50]}>")
            case [_]:
                self._demand(name in _HEAD | _BODY, f"<数据包> 内应为 <包头> 和 <包体>，而不是 <{name[:50]}>")
            case [_, part] if part in _BODY:
                self._row = {}
            case [_, part, _] if part in _BODY:
                self._column = self._name_of(name, attributes)
                self._demand(self._column not in self._row, f"同一行内「{self._column[:50]}」出现两次")
            case [_, part] if part in _HEAD:
                pass
            case _:
                self._demand(False, f"<{name[:50]}> 嵌套过深")  # noqa: FBT003 - never here
        self._way.append(name)

    @staticmethod
    def _name_of(name: str, attributes: dict[str, str]) -> str:
        if name in _ITEM:
            for attribute in _NAME:
                if attribute in attributes:
                    return attributes[attribute]
        return name

    def _end(self, _: str) -> None:
        self._way.pop()
        match self._way:
            case [_, part, _] if part in _BODY:
                self._row[self._column] = "".join(self._text)
            case [_, part] if part in _BODY:
                self._rows.append(self._row)

    def _add(self, text: str) -> None:
        if len(self._way) < 4:
            self._demand((len(self._way) == 3 and self._way[1] in _HEAD) or not text.strip(), "行与行之间有多余的文字")
            return
        self._letters += len(text)
        if self._letters > self._limits.letters:
            says = f"第 {self._parser.CurrentLineNumber:,} 行的数据项超过 {self._limits.letters:,} 个字符"
            raise FileRefused(FileReason.CELL_TOO_LONG, says)
        self._text.append(text)

    def _demand(self, fits: bool, says: str) -> None:  # noqa: FBT001 - a condition, as of assert
        if not fits:
            raise FileRefused(FileReason.XML, f"第 {self._parser.CurrentLineNumber:,} 行：{says}")

    @staticmethod
    def _refuse_doctype(*_: Any) -> None:
        raise FileRefused(FileReason.XML_ENTITIES, "数据包含有 DOCTYPE")
