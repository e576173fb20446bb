"""Cells put into a worksheet, beside what stands there: all other bytes are copied as they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.sax.saxutils import escape

from workers.files.grid import column_letter
from workers.files.verdicts.package import CannotMark
from workers.files.verdicts.styles import Stylesheet
from workers.files.verdicts.worksheet import (
    STYLE,
    Cell,
    Grammar,
    Piece,
    Worksheet,
    cells,
    column_number,
    last_at_a_glance,
    merged_in,
)

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[^\t\n\r\u0020-\u0025\u0027-\u003b=\u003f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is escaped, or illegal."""
_LONGEST = 32_767
_SPANS = re.compile(rb"\sspans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_HEIGHT = re.compile(rb"\sht\s*=\s*[\"']([0-9]{1,5}(?:\.[0-9]{1,20})?)[\"']")
_HEIGHTS = re.compile(rb"\s(?:ht|customHeight)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_DIMENSION = re.compile(rb"(dimension\s[^<>]*?ref\s*=\s*[\"'][A-Z]+[0-9]+)(?::([A-Z]+)([0-9]+))?([\"'])")
_COLS = re.compile(rb"<(?:[\w.-]+:)?cols\s*>(.*?)</(?:[\w.-]+:)?cols\s*>", re.DOTALL)
_COL = re.compile(rb"<(?:[\w.-]+:)?col\s[^<>]*?(?:/>|>\s*</(?:[\w.-]+:)?col\s*>)")
_EDGE = {edge: re.compile(rb"\b" + edge + rb"\s*=\s*[\"']([0-9]{1,7})[\"']") for edge in (b"min", b"max")}


class Occupied(CannotMark):
    """Something stands where our columns were to go."""


class Styled(NamedTuple):
    """What a cell of ours says, and its style."""

    text: str
    style: int | None
    """None: as the cell of the clerk's that stands left of it."""


class Edit(NamedTuple):
    """What is put into a row: a cell for each of our columns, and which of the clerk's cells are faulty."""

    row: int
    """From 1; edits come in this order."""
    put: tuple[Styled, ...]
    faulty: frozenset[int] = frozenset()
    height: int = 0
    """How high the row has to be for all of it to be read, in points; 0: as it is."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where our columns stand, from 0, and how wide they are, in letters."""

    places: tuple[int, ...]
    widths: tuple[int, ...]
    again: bool = False
    """The file is a verdict that was handed in again: rows without an edit lose what stands in our columns."""
    header_row: int = 0
    """The row of the headings, from 1: those above are left alone."""
    in_order: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Say in which order the places are."""
        order = tuple(sorted(range(len(self.places)), key=lambda number: self.places[number]))
        object.__setattr__(self, "in_order", order)


def splice(sheet: Worksheet, edits: Iterable[Edit], columns: Columns, styles: Stylesheet) -> Iterator[bytes]:
    """Yield the bytes of a worksheet with the edits in it.

    Raises:
        CannotMark: see `Worksheet`. It is an `Occupied` where columns further right would do.
    """
    yield _widen(sheet, columns)
    writer = _Writer(sheet.grammar, columns, styles)
    waiting = iter(edits)
    edit = next(waiting, None)
    for row in sheet.rows():
        while edit is not None and edit.row < row.number:
            yield writer.new_row(edit)
            edit = next(waiting, None)
        if edit is not None and edit.row == row.number:
            yield writer.put(row, edit)
            edit = next(waiting, None)
        else:
            yield writer.clear(row)
    while edit is not None:
        yield writer.new_row(edit)
        edit = next(waiting, None)
    for chunk, merged in merged_in(sheet.tail(), columns.header_row):
        if merged >= min(columns.places) and not columns.again:
            raise Occupied("a merged cell reaches into our columns")
        yield chunk


def text_of(value: str) -> bytes:
    """Return a text as XML, without the characters that XML cannot hold."""
    value = value[:_LONGEST].strip()
    if _SPECIAL.search(value):
        value = escape(_ILLEGAL.sub("", value))
    return value.encode()


class _Writer:
    """Writes the rows of one worksheet."""

    def __init__(self, grammar: Grammar, columns: Columns, styles: Stylesheet) -> None:
        self._grammar, self._columns, self._styles = grammar, columns, styles
        self._first, self._places = min(columns.places), frozenset(columns.places)
        self._letters = {place: column_letter(place).encode() for place in columns.places}
        p = grammar.prefix
        self._open, self._mid, self._end = (
            b"<" + p + b'c r="',
            b'" t="inlineStr"><' + p + b"is><" + p + b"t>",
            (b"</" + p + b"t></" + p + b"is></" + p + b"c>"),
        )
        self._row_end = b"</" + p + b"row>"
        reds = b"|".join(b"%d" % style for style in sorted(styles.faulty))
        self._red = re.compile(rb"\ss\s*=\s*[\"'](?:" + reds + rb")[\"']") if reds else None

    def new_row(self, edit: Edit) -> bytes:
        """Return a row that was not there: a row of blank cells needs no bytes."""
        return _raised(b'<%srow r="%d">' % (self._grammar.prefix, edit.row), edit.height) + self._alone(edit)

    def put(self, row: Piece, edit: Edit) -> bytes:
        """Return a row with the cells of an edit."""
        xml = row.xml
        head = _raised(_SPANS.sub(b"", xml[: row.inside], 1), edit.height)
        if row.close == row.inside and xml[row.inside - 2 : row.inside] == b"/>":
            return head[:-2].rstrip() + b">" + self._alone(edit)
        if not edit.faulty and not self._is_red(row) and None not in {each.style for each in edit.put}:
            last = last_at_a_glance(self._grammar, row)
            if last is not None and last < self._first:
                return head + xml[row.inside : row.close] + self._ours(edit) + xml[row.close :]
        return head + self._mixed(row, edit)

    def clear(self, row: Piece) -> bytes:
        """Return a row of which nothing is said; what an earlier verdict said and coloured there is taken away."""
        if not self._columns.again or row.number <= self._columns.header_row or row.close == row.inside:
            return row.xml
        return row.xml[: row.inside] + self._mixed(row, Edit(row.number, ()))

    def _is_red(self, row: Piece) -> bool:
        return self._red is not None and self._red.search(row.xml, row.inside, row.close) is not None

    def _mixed(self, row: Piece, edit: Edit) -> bytes:
        """Return the cells of a row with ours among them, and the end of the row."""
        found = cells(self._grammar, row)
        kept = [cell for cell in found if cell.column not in self._places]
        left = next((cell for cell in reversed(kept) if cell.column < self._first and cell.end > cell.inside), None)
        beside = self._style(row.xml, left) if left else 0
        pieces = [(cell.column, self._kept(row, cell, edit)) for cell in kept]
        pieces += self._added(edit, {cell.column for cell in found}, beside)
        if edit.put:
            self._look_beneath(row, found)
        start, end = (found[0].start, found[-1].end) if found else (row.inside, row.inside)
        between = b"".join(piece for _, piece in sorted(pieces))
        return row.xml[row.inside : start] + between + row.xml[end:]

    def _added(self, edit: Edit, there: Collection[int], beside: int) -> Iterator[tuple[int, bytes]]:
        """Yield our cells, and faulty ones that are not there, with their columns."""
        for column in edit.faulty.difference(there, self._places):
            style = self._styles.as_faulty(0)
            yield column, b'%s%s%d" s="%d"/>' % (self._open, column_letter(column).encode(), edit.row, style)
        for place, said in zip(self._columns.places, edit.put, strict=False):
            yield place, self._one(place, edit.row, said, beside)

    def _alone(self, edit: Edit) -> bytes:
        """Return the cells of a row that has none, and its end."""
        return b"".join(piece for _, piece in sorted(self._added(edit, (), 0))) + self._row_end

    def _look_beneath(self, row: Piece, found: list[Cell]) -> None:
        for cell in found:
            if cell.column in self._places and cell.end > cell.inside:
                if not self._columns.again:
                    raise Occupied("a cell of the clerk's stands in our columns")
                if self._grammar.formula in row.xml[cell.inside : cell.end]:
                    raise CannotMark("a formula stands in a column of ours")

    def _kept(self, row: Piece, cell: Cell, edit: Edit) -> bytes:
        faulty = cell.column in edit.faulty
        if not faulty and self._red is None:
            return row.xml[cell.start : cell.end]
        before = self._style(row.xml, cell)
        after = before
        if faulty:
            after = self._styles.as_faulty(before)
        elif before in self._styles.faulty:
            after = self._styles.as_sound(before)
        if after == before:
            return row.xml[cell.start : cell.end]
        tag = STYLE.sub(b"", row.xml[cell.start : cell.inside], 1)
        name = len(self._grammar.opening) - 1
        return tag[:name] + b' s="%d"' % after + tag[name:] + row.xml[cell.inside : cell.end]

    @staticmethod
    def _style(xml: bytes, cell: Cell) -> int:
        found = STYLE.search(xml, cell.start, cell.inside)
        return int(found[1]) if found else 0

    def _ours(self, edit: Edit) -> bytes:
        places = self._columns.places
        return b"".join(self._one(places[n], edit.row, edit.put[n], 0) for n in self._columns.in_order)

    def _one(self, place: int, row: int, said: Styled, beside: int) -> bytes:
        style = beside if said.style is None else said.style
        where = b'%s%s%d" s="%d' % (self._open, self._letters[place], row, style)
        return where + self._mid + text_of(said.text) + self._end if said.text else where + b'"/>'


def _raised(tag: bytes, height: int) -> bytes:
    """Return the start tag of a row that is at least so high."""
    found = _HEIGHT.search(tag)
    if height == 0 or (found is not None and float(found[1]) >= height):
        return tag
    bare = _HEIGHTS.sub(b"", tag)
    end = len(bare) - (2 if bare.endswith(b"/>") else 1)
    return bare[:end] + b' ht="%d" customHeight="1"' % height + bare[end:]


def _widen(sheet: Worksheet, columns: Columns) -> bytes:
    """Return the head of a worksheet that knows of our columns: what its area is, and how wide they are."""
    last = max(columns.places)

    def extend(found: re.Match[bytes]) -> bytes:
        first, column, row, end = found.groups()
        if column is not None and column_number(column) >= last:
            return found[0]
        bottom = row if row is not None else re.sub(rb".*?([0-9]+)$", rb"\1", first)
        return first + b":" + column_letter(last).encode() + bottom + end

    head = _DIMENSION.sub(extend, sheet.head, 1)
    p = sheet.grammar.prefix
    widths = dict(zip(columns.places, columns.widths, strict=True))
    found = _COLS.search(head)
    start = found.start() if found else head.rfind(b"<" + p + b"sheetData")
    before = _COL.findall(found[1]) if found else []
    made = b"".join(piece for _, piece in sorted(_columns(before, widths, p)))
    return head[:start] + b"<%scols>" % p + made + b"</%scols>" % p + head[found.end() if found else start :]


def _columns(before: list[bytes], widths: Mapping[int, int], prefix: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the columns with where they begin; ranges of the clerk's are cut where ours stand."""
    for place, width in widths.items():
        at = place + 1
        yield at, b'<%scol min="%d" max="%d" width="%d" customWidth="1"/>' % (prefix, at, at, width)
    ours = sorted(place + 1 for place in widths)
    for col in before:
        edges = [_EDGE[edge].search(col) for edge in (b"min", b"max")]
        if edges[0] is None or edges[1] is None:
            raise CannotMark("a column does not say where it stands")
        first, last = int(edges[0][1]), int(edges[1][1])
        for place in ours:
            if first <= place <= last:
                if first < place:
                    yield first, _between(col, first, place - 1)
                first = place + 1
        if first <= last:
            yield first, _between(col, first, last)


def _between(col: bytes, first: int, last: int) -> bytes:
    moved = _EDGE[b"min"].sub(b'min="%d"' % first, col, 1)
    return _EDGE[b"max"].sub(b'max="%d"' % last, moved, 1)
