"""The parts of an XLSX file: read as UTF-8 whatever their encoding, and copied from one package into another.

Only bytes are moved here: no part is built up as a tree, and no size that a file claims is believed.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from workers.files.grid import MIB, Limits

WORKBOOK, RELATIONS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[content_types].xml"
_CHUNK = MIB
_SMALL = 32 * MIB
"""Parts that are read whole are no larger."""
_LEVEL = 1
"""Deflate's fastest level: the others take several times as long for a tenth less."""
_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([\w.-]+)[\"']")
_AS_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_NEW_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


class CannotMark(Exception):
    """A workbook cannot be marked where it is, as it is written in another way; a new one is made of its values."""


class Element(NamedTuple):
    """An element as it stands in a part: its local name, its attributes by local name, and the bytes it takes."""

    name: str
    attributes: dict[str, str]
    start: int
    """Where its start tag begins."""
    inside: int
    """Where its start tag has ended."""
    close: int
    """Where its end tag begins; of an empty one as `inside`."""
    end: int


class Package:
    """A workbook that is open: its parts by their names, which no case tells apart."""

    def __init__(self, opened: ZipFile, limits: Limits) -> None:
        """Take an archive that was found harmless."""
        self._opened = opened
        self._left = limits.unpacked * 2  # sheets are read twice
        self.parts = {part.filename.lower().replace("\\", "/"): part for part in opened.infolist()}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part as it is, in pieces."""
        try:
            with self._opened.open(self.parts[name]) as part:
                while chunk := part.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise CannotMark("unpacked it is larger than allowed")
                    yield chunk
        except KeyError:
            raise CannotMark(f"{name} is missing") from None

    def text(self, name: str) -> Iterator[bytes]:
        """Yield a part of XML in pieces of UTF-8; one that is written in another way is declared anew."""
        chunks = self.chunks(name)
        first = next(chunks, b"")
        declared = _DECLARATION.match(first[:1024])
        encoding = _encoding_of(first, declared)
        if encoding is None:
            yield first
            yield from chunks
            return
        try:
            decoder = codecs.getincrementaldecoder(encoding)()
            text = decoder.decode(first)
            yield _NEW_DECLARATION + re.sub(r"^\ufeff?\s*<\?xml\s[^>]*?\?>", "", text.removeprefix("\ufeff")).encode()
            for chunk in chunks:
                yield decoder.decode(chunk).encode()
            yield decoder.decode(b"", final=True).encode()
        except (LookupError, UnicodeError):
            raise CannotMark(f"{name} is not written in its encoding") from None

    def whole(self, name: str) -> bytes:
        """Return a small part of XML as UTF-8."""
        gathered = bytearray()
        for chunk in self.text(name):
            gathered += chunk
            if len(gathered) > _SMALL:
                raise CannotMark(f"{name} is too large")
        return bytes(gathered)


class NewPackage:
    """The workbook that is being written; every part is written once."""

    def __init__(self, source: Package, target: ZipFile) -> None:
        """Write into an empty archive what is like the source."""
        self._source, self._target = source, target
        self._written: set[str] = set()

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a part, under the very name that it has in the source where it is there."""
        before = self._source.parts.get(name)
        part = ZipInfo(before.filename if before else name, before.date_time if before else (1980, 1, 1, 0, 0, 0))
        part.compress_type = ZIP_DEFLATED
        part._compresslevel = _LEVEL  # type: ignore[attr-defined] # noqa: SLF001 - it has no other name before Python 3.13
        with self._target.open(part, "w") as out:
            gathered = bytearray()
            for chunk in chunks:
                gathered += chunk
                if len(gathered) >= _CHUNK:
                    out.write(gathered)
                    gathered.clear()
            out.write(gathered)
        self._written.add(name)

    def copy_rest(self) -> None:
        """Copy what was not written anew."""
        for name in self._source.parts:
            if name not in self._written and not name.endswith("/"):
                self.write(name, self._source.chunks(name))


def _encoding_of(first: bytes, declared: re.Match[bytes] | None) -> str | None:
    """Return from which encoding a part has to be turned into UTF-8; None where it is that."""
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if first.startswith(b"<\0"):
        return "utf-16-le"
    if first.startswith(b"\0<"):
        return "utf-16-be"
    named = _ENCODING.search(declared[0]) if declared else None
    encoding = named[1].decode().lower() if named else "utf-8"
    return None if encoding in _AS_UTF_8 else encoding


def elements(xml: bytes) -> list[Element]:
    """Return the elements of a small part in the order of their beginning.

    Raises:
        CannotMark: it is not well-formed, or declares entities.
    """
    parser = expat.ParserCreate()
    found: list[Element] = []
    waiting: list[int] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        inside = _end_of_tag(xml, at)
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        waiting.append(len(found))
        found.append(Element(name.rpartition(":")[2], local, at, inside, inside, inside))

    def end(_: str) -> None:
        number = waiting.pop()
        element, at = found[number], parser.CurrentByteIndex
        if not xml.endswith(b"/>", element.start, element.inside):
            found[number] = element._replace(close=at, end=_end_of_tag(xml, at))

    def refuse(*_: Any) -> None:
        raise CannotMark("a part declares entities")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(xml, True)  # noqa: FBT003 - expat knows no names
    except expat.ExpatError as error:
        raise CannotMark(f"a part is not well-formed: {error}") from None
    return found


_TAG = re.compile(rb"<[^<>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^<>\"']*)*>")


def _end_of_tag(xml: bytes, at: int) -> int:
    found = _TAG.match(xml, at)
    if found is None:
        raise CannotMark("a tag does not end")
    return found.end()


def prefix_of(xml: bytes, element: Element) -> str:
    """Return the prefix of an element as it is written, with its colon; empty where it has none."""
    name = re.match(rb"<([^\s/>]+)", xml[element.start : element.inside])
    assert name is not None
    before, colon, _ = name[1].decode().rpartition(":")
    return before + colon


def resolve(target: str, folder: str = "xl") -> str:
    """Return the name of the part that a relation of a folder's part names."""
    path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
    return posixpath.normpath(path.replace("\\", "/")).lower()


def insert(xml: bytes, at: int, piece: str) -> bytes:
    """Return a part with a piece put into it."""
    return xml[:at] + piece.encode() + xml[at:]


def put_inside(xml: bytes, element: Element, piece: str) -> bytes:
    """Return a part with a piece put at the end of an element, which is opened for it if it is empty."""
    if element.close != element.end:
        return insert(xml, element.close, piece)
    tag = xml[element.start : element.inside]
    name = re.match(rb"<([^\s/>]+)", tag)
    assert name is not None
    opened = re.sub(rb"\s*/>$", b">", tag)
    return xml[: element.start] + opened + piece.encode() + b"</" + name[1] + b">" + xml[element.end :]
