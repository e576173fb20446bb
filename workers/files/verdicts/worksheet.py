"""The XML of a worksheet, taken apart into head, rows and tail by positions alone, and its cells found the same way.

A tree of a sheet takes twenty times its bytes, and a parser that calls for each cell takes longer than all else that is
done with a row. In well-formed XML without comments `<` begins nothing but a tag, so rows are found by searching.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from workers.files.grid import MIB
from workers.files.verdicts.naming import HEADINGS
from workers.files.verdicts.package import CannotMark

_LONGEST_HEAD = 8 * MIB
_LONGEST_ROW = 8 * MIB
_LONGEST_TAG = 64 * 1024
_ATTRIBUTES = rb"([^<>\"'/]*(?:(?:\"[^\"<]*\"|'[^'<]*'|/(?!>))[^<>\"'/]*)*)"
_MERGED = re.compile(rb"mergeCell\s[^<>]*?ref\s*=\s*[\"'][A-Z]+[0-9]+:([A-Z]+)([0-9]+)[\"']")
_LONGEST_MERGED = 128
_LAST_COLUMN = 16_384
_ROOT = re.compile(rb"<((?:[\w.-]+:)?)worksheet[\s>]")


class Cell(NamedTuple):
    """A cell in the bytes of its row."""

    column: int
    """From 0."""
    start: int
    inside: int
    """Where its start tag has ended."""
    end: int


class Grammar:
    """How rows and cells are spelled in one worksheet: with or without a prefix."""

    def __init__(self, prefix: bytes) -> None:
        """Prepare what is searched for."""
        p = re.escape(prefix)
        self.prefix = prefix
        self.row = re.compile(rb"<" + p + rb"row(?=[\s/>])" + _ATTRIBUTES + rb"(/?)>")
        self.row_end = re.compile(rb"</" + p + rb"row\s*>")
        self.data = re.compile(rb"<" + p + rb"sheetData\s*(?:\s[^<>]*[^<>/])?>")
        self.data_end = re.compile(rb"</" + p + rb"sheetData\s*>")
        self.cell = re.compile(rb"<" + p + rb"c(?=[\s/>])" + _ATTRIBUTES + rb"(/?)>")
        self.cell_end = re.compile(rb"</" + p + rb"c\s*>")
        self.close = b"</" + prefix + b"c>"
        self.opening = b"<" + prefix + b"c "
        self.formula = b"<" + prefix + b"f"


_NUMBER = re.compile(rb"(?:^|\s)r\s*=\s*[\"']([0-9]{1,7})[\"']")
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})[0-9]{1,7}[\"']")
STYLE = re.compile(rb"\ss\s*=\s*[\"']([0-9]{1,7})[\"']")


class Piece(NamedTuple):
    """A row with the blanks before it."""

    number: int
    """From 1."""
    xml: bytes
    start: int
    """Where its start tag begins."""
    inside: int
    """Where its start tag has ended."""
    close: int
    """Where its end tag begins; of an empty row, its end."""


class Worksheet:
    """A worksheet as a stream: first its head, then its rows, then its tail. Each can be read once, in this order."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        """Read the head, to the end of the tag that begins the rows.

        Raises:
            CannotMark: there are no rows, or something is written in another way than expected.
        """
        self._chunks = chunks
        self._rest = b""
        root = self._search(_ROOT)
        self.grammar = Grammar(root[1])
        found = self._search(self.grammar.data)
        self.head = self._rest[: found.end()]
        self._rest = self._rest[found.end() :]

    def _search(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        while not (found := pattern.search(self._rest)):
            if not self._read() or len(self._rest) > _LONGEST_HEAD:
                raise CannotMark("a sheet has no rows")
        return found

    def _read(self) -> bool:
        chunk = next(self._chunks, b"")
        if b"<!" in chunk or (chunk.startswith(b"!") and self._rest.endswith(b"<")):
            raise CannotMark("a sheet holds comments")
        self._rest += chunk
        return bool(chunk)

    def rows(self) -> Iterator[Piece]:
        """Yield the rows.

        Raises:
            CannotMark: they do not ascend, or there is something between them.
        """
        g, at, number = self.grammar, 0, 0
        while True:
            found = g.row.match(self._rest, self._next_tag(at))
            if found is None:
                self._rest = self._rest[at:]
                if self._after_rows():
                    return
                at = 0
                continue
            inside = found.end()
            close = end = inside
            if not found[2]:
                closing = g.row_end.search(self._rest, inside)
                if closing is None:
                    self._rest = self._rest[at:]
                    at = 0
                    if len(self._rest) > _LONGEST_ROW or not self._read():
                        raise CannotMark("a row is too long, or does not end")
                    continue
                close, end = closing.start(), closing.end()
            xml = self._rest[at:end]
            said = _NUMBER.search(found[1])
            before, number = number, int(said[1]) if said else number + 1
            if number <= before:
                raise CannotMark("rows do not ascend")
            yield Piece(number, xml, found.start() - at, inside - at, close - at)
            at = end

    def _next_tag(self, at: int) -> int:
        found = self._rest.find(b"<", at)
        return len(self._rest) if found < 0 else found

    def _after_rows(self) -> bool:
        """Tell whether the rest begins with the end of the rows; read on where that cannot be told yet."""
        at = self._next_tag(0)
        if self.grammar.data_end.match(self._rest, at):
            return True
        if len(self._rest) - at > _LONGEST_TAG or not self._read():
            raise CannotMark("something else stands between the rows")
        return False

    def tail(self) -> Iterator[bytes]:
        """Yield what follows the rows, from the tag on that ends them."""
        yield self._rest
        yield from self._chunks


def cells(grammar: Grammar, row: Piece) -> list[Cell]:
    """Return the cells of a row; one that does not say where it stands is right of the one before.

    Raises:
        CannotMark: they do not ascend, or something else stands between them.
    """
    found: list[Cell] = []
    at, column = row.inside, -1
    while (at := row.xml.find(b"<", at)) >= 0 and at < row.close:
        tag = grammar.cell.match(row.xml, at)
        if tag is None:
            if row.xml.find(b"<" + grammar.prefix + b"c", at, row.close) >= 0:
                raise CannotMark("something else stands between the cells")
            break  # what extends the row stands behind its cells
        end = tag.end()
        if not tag[2]:
            closing = grammar.cell_end.search(row.xml, end, row.close)
            if closing is None:
                raise CannotMark("a cell does not end")
            end = closing.end()
        place = _PLACE.search(tag[1])
        before, column = column, column_number(place[1]) if place else column + 1
        if column <= before:
            raise CannotMark("cells do not ascend")
        found.append(Cell(column, at, tag.end(), end))
        at = end
    return found


def last_filled(grammar: Grammar, row: Piece) -> int:
    """Return the column of the last cell of a row that holds something, -1 where there is none."""
    return max((cell.column for cell in cells(grammar, row) if cell.end > cell.inside), default=-1)


def last_at_a_glance(grammar: Grammar, row: Piece) -> int | None:
    """Return the column of the last cell of a row, which holds something; None where that takes a closer look."""
    end = row.close - len(grammar.close)
    if row.xml.startswith(grammar.close, end):
        start = row.xml.rfind(grammar.opening, row.inside, end)
        tag = grammar.cell.match(row.xml, start) if start >= 0 else None
        place = _PLACE.search(tag[1]) if tag else None
        if place:
            return column_number(place[1])
    return None


def measure(chunks: Iterator[bytes], header_row: int, most: int | None = None) -> int:
    """Return the last column of a worksheet that holds something, merged cells from its headings on included.

    With `most` only so many rows are looked at, and no merged cells.

    Raises:
        CannotMark: see `Worksheet`.
    """
    sheet = Worksheet(chunks)
    last = max((last_filled(sheet.grammar, row) for row in islice(sheet.rows(), most)), default=-1)
    if most is None:
        for chunk in merged_in(sheet.tail(), header_row):
            last = max(last, chunk.last)
    if last + len(HEADINGS) >= _LAST_COLUMN:
        raise CannotMark("there is no room beside the last column")
    return last


class Looked(NamedTuple):
    """Bytes that were looked through, and the last column of a merged cell in them; -1 where there is none."""

    chunk: bytes
    last: int


def merged_in(tail: Iterable[bytes], header_row: int) -> Iterator[Looked]:
    """Pass the tail of a worksheet on, saying how far merged cells reach that do not end above the headings."""
    before = b""
    for chunk in tail:
        found = _MERGED.findall(before + chunk)
        before = chunk[-_LONGEST_MERGED:]
        yield Looked(chunk, max((column_number(last) for last, row in found if int(row) >= header_row), default=-1))


def column_number(letters: bytes) -> int:
    """Return the number of a column, from 0, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
