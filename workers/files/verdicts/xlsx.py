"""The clerk's own workbook with the verdict in it: three columns beside her cells, colours, and the summary."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from workers.files.grid import Limits, column_letter
from workers.files.verdicts.naming import HEADINGS, SUMMARY_SHEET, WIDTHS
from workers.files.verdicts.package import (
    RELATIONS,
    TYPES,
    WORKBOOK,
    CannotMark,
    Element,
    NewPackage,
    Package,
    elements,
    prefix_of,
    put_inside,
    resolve,
)
from workers.files.verdicts.rows import RowVerdict, SheetVerdict
from workers.files.verdicts.splicing import Columns, Edit, Occupied, Styled, splice, text_of
from workers.files.verdicts.styles import MINIMAL, Stylesheet
from workers.files.verdicts.summary import Line
from workers.files.verdicts.worksheet import Worksheet, measure

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_LOOKED_AT = 100
"""So many rows tell where a sheet ends on the right, unless a later one has more."""
_STYLES = "xl/styles.xml"
_SUMMARY_WIDTHS, _LINE_HEIGHT = (14, 30, 80), 17
"""Of the summary: how many characters its columns are wide, and how many points a line is high."""


def mark(
    path: Path,
    out: Path,
    sheets: Callable[[], Iterable[SheetVerdict]],
    summarise: Callable[[], Sequence[Line]],
    limits: Limits,
) -> None:
    """Write the workbook at `path` to `out` with verdicts on its rows.

    `sheets` is asked again where a second look is needed, `summarise` when all rows were read.

    Raises:
        CannotMark: it is written in a way that leaves no place for them. Then `out` holds nothing of use.
    """
    try:
        try:
            _mark(path, out, sheets(), summarise, limits, _LOOKED_AT)
        except Occupied:
            _mark(path, out, sheets(), summarise, limits, None)
    except (BadZipFile, zlib.error, EOFError, LookupError, ValueError) as error:
        # Its reader took it all the same: names without sheets, numbers that are none.
        raise CannotMark(f"a part is not as it should be: {error}") from None


def _mark(
    path: Path,
    out: Path,
    sheets: Iterable[SheetVerdict],
    summarise: Callable[[], Sequence[Line]],
    limits: Limits,
    looked_at: int | None,
) -> None:
    with ZipFile(path) as source, ZipFile(out, "w") as target:
        book = _Book(Package(source, limits))
        written = NewPackage(book.package, target)
        for sheet in sheets:
            part = book.part_of(sheet.number)
            last = -1
            if len(sheet.places) < len(HEADINGS):
                most = None if looked_at is None else sheet.header_row + looked_at
                last = measure(book.package.text(part), sheet.header_row, most)
            columns = Columns(sheet.columns(last), WIDTHS, again=bool(sheet.places), header_row=sheet.header_row)
            spliced = splice(Worksheet(book.package.text(part)), _edits(sheet, book.styles), columns, book.styles)
            written.write(part, spliced)
        written.write(book.summary_part(), [_summary_sheet(summarise(), book.styles)])
        for name, content in book.changed():
            written.write(name, [content])
        written.copy_rest()


def _edits(sheet: SheetVerdict, styles: Stylesheet) -> Iterator[Edit]:
    yield Edit(sheet.header_row, tuple(Styled(heading, None) for heading in HEADINGS))
    for verdict in sheet.rows:
        yield _edit(verdict, styles)


def _edit(verdict: RowVerdict, styles: Stylesheet) -> Edit:
    coloured = styles.of_state(verdict.state)
    put = (Styled(verdict.state.word, coloured), Styled(verdict.says, coloured), Styled(verdict.ticket, styles.text))
    return Edit(verdict.row, put, verdict.faulty, verdict.height)


class _Book:
    """The parts of a workbook that say how the others belong together, and what has to be added to them."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._workbook, self._relations = package.whole(WORKBOOK), package.whole(RELATIONS)
        self._types = package.whole(TYPES)
        found = elements(self._workbook)
        self._sheets = [each for each in found if each.name == "sheet"]
        self._list = next((each for each in found if each.name == "sheets"), None)
        self._targets = {
            each.attributes["Id"]: each
            for each in elements(self._relations)
            if each.name == "Relationship" and {"Id", "Target"} <= each.attributes.keys()
        }
        self._has_styles = _STYLES in package.parts
        self.styles = Stylesheet(package.whole(_STYLES) if self._has_styles else MINIMAL)
        self._made: str | None = None

    def part_of(self, number: int) -> str:
        if not 1 <= number <= len(self._sheets):
            raise CannotMark(f"there is no sheet {number}")
        return self._part(self._sheets[number - 1])

    def _part(self, sheet: Element) -> str:
        relation = self._targets.get(sheet.attributes.get("id", ""))
        if relation is None:
            raise CannotMark("a sheet has no part")
        return resolve(relation.attributes["Target"])

    def summary_part(self) -> str:
        """Return the part of the sheet of the summary: that of an earlier verdict, or a new one."""
        for sheet in self._sheets:
            if sheet.attributes.get("name") == SUMMARY_SHEET:
                return self._part(sheet)
        number = 1
        while (name := f"xl/worksheets/sheet{number}.xml") in self.package.parts:
            number += 1
        self._made = name
        return name

    def changed(self) -> Iterator[tuple[str, bytes]]:
        """Yield the parts that have to know of what is new."""
        yield _STYLES, self.styles.render()
        workbook, relations, types = self._workbook, self._relations, self._types
        if self._made is not None:
            relation = self._free_id()
            workbook = self._with_sheet(workbook, relation)
            kind = self._targets[self._sheets[0].attributes["id"]].attributes.get("Type", _OFFICE + "/worksheet")
            relations = _relate(relations, relation, kind, self._made)
            types = _declare(types, self._made, _CONTENT + "worksheet+xml")
        if not self._has_styles:
            relations = _relate(relations, self._free_id() + "s", _OFFICE + "/styles", _STYLES)
            types = _declare(types, _STYLES, _CONTENT + "styles+xml")
        yield from ((WORKBOOK, workbook), (RELATIONS, relations), (TYPES, types))

    def _free_id(self) -> str:
        number = len(self._targets) + 1
        while (name := f"rId{number}") in self._targets:
            number += 1
        return name

    def _with_sheet(self, workbook: bytes, relation: str) -> bytes:
        assert self._list is not None
        first = self._sheets[0]
        p = prefix_of(workbook, first)
        strict = b"http://purl.oclc.org/ooxml/" in workbook
        office = "http://purl.oclc.org/ooxml/officeDocument/relationships" if strict else _OFFICE
        number = max(int(each.attributes.get("sheetId", "0")) for each in self._sheets) + 1
        piece = f'<{p}sheet xmlns:r="{office}" name="{SUMMARY_SHEET}" sheetId="{number}" r:id="{relation}"/>'
        return put_inside(workbook, self._list, piece)


def _relate(relations: bytes, name: str, kind: str, part: str) -> bytes:
    root = elements(relations)[0]
    p = prefix_of(relations, root)
    return put_inside(relations, root, f'<{p}Relationship Id="{name}" Type="{kind}" Target="/{part}"/>')


def _declare(types: bytes, part: str, content: str) -> bytes:
    root = elements(types)[0]
    return put_inside(types, root, f'<{prefix_of(types, root)}Override PartName="/{part}" ContentType="{content}"/>')


def _summary_sheet(lines: Sequence[Line], styles: Stylesheet) -> bytes:
    rows = b"".join(
        b'<row r="%d" ht="%d" customHeight="1">' % (number, _LINE_HEIGHT * _lines_of(line))
        + b"".join(_summary_cell(column, number, text, line, styles) for column, text in enumerate(line.texts))
        + b"</row>"
        for number, line in enumerate(lines, 1)
    )
    columns = b"".join(
        b'<col min="%d" max="%d" width="%d" customWidth="1"/>' % (column, column, width)
        for column, width in enumerate(_SUMMARY_WIDTHS, 1)
    )
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<worksheet xmlns="' + _MAIN.encode() + b'"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        b"<cols>" + columns + b"</cols><sheetData>" + rows + b"</sheetData>"
        b'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _lines_of(line: Line) -> int:
    """Return over how many lines the longest cell goes: a Chinese character is as wide as two others."""
    wide = (sum(1 if char.isascii() else 2 for char in text) for text in line.texts)
    return max(1, *(ceil(length / (width - 2)) for length, width in zip(wide, _SUMMARY_WIDTHS, strict=False)))


def _summary_cell(column: int, row: int, text: str, line: Line, styles: Stylesheet) -> bytes:
    style = styles.of_state(line.state) if line.state is not None and column == 0 else styles.text
    place = column_letter(column).encode()
    return b'<c r="%s%d" s="%d" t="inlineStr"><is><t>%s</t></is></c>' % (place, row, style, text_of(text))
