"""The stylesheet of a workbook, with our colours added; what it had keeps its place and its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.states import RowState
from schemas.words import Tone
from workers.files.verdicts.package import CannotMark, Element, elements, prefix_of, put_inside

_COLOURS = {
    Tone.GOOD: "FFC6EFCE",
    Tone.BUSY: "FFFFEB9C",
    Tone.WAITING: "FFFFEB9C",
    Tone.ALARM: "FFFFC7CE",
    Tone.PAST: "FFE1E1E1",
}
"""By tone; the word beside it says the same to who sees no colours."""
FAULT = "FFFF8B8D"
"""The colour of a faulty cell: like no other, so that it is found and taken away when the file is handed in again."""
_NONE = 0
"""The fill that every workbook has first: none."""
MINIMAL = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b"<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b"</styleSheet>"
)
"""For a workbook that has none."""


def colour_of(state: RowState) -> str:
    """Return the colour of a state as ARGB."""
    return _COLOURS[state.tone]


@dataclass(frozen=True, slots=True)
class _Section:
    element: Element
    children: tuple[Element, ...]


class Stylesheet:
    """A stylesheet that grows: a style is a number that cells name, counted from 0."""

    def __init__(self, xml: bytes) -> None:
        """Read one.

        Raises:
            CannotMark: it has no fills or no styles of cells, or is not well-formed.
        """
        self._xml = xml
        found = elements(xml)
        self._fills, self._xfs = _section(found, "fills"), _section(found, "cellXfs")
        self._prefix = prefix_of(xml, self._xfs.element)
        self._new_fills: list[str] = []
        self._new_xfs: list[str] = []
        self._colours: dict[str, int] = {}
        self._by_fill: dict[tuple[int, int], int] = {}
        ours = f'"{FAULT}"'.encode()
        reds = {str(n) for n, each in enumerate(self._fills.children) if ours in xml[each.start : each.end].upper()}
        self.faulty = frozenset(
            number for number, xf in enumerate(self._xfs.children) if xf.attributes.get("fillId", "") in reds
        )
        """The styles of cells that an earlier verdict coloured as faulty."""
        self.text = self._add(self._xf(_NONE, number_format=49))
        """Of our texts without a colour."""
        self._states = {state: self._add(self._xf(self._colour(colour_of(state)))) for state in RowState}

    def of_state(self, state: RowState) -> int:
        """Return the style of a cell that says what became of a row."""
        return self._states[state]

    def as_faulty(self, style: int) -> int:
        """Return the style of a faulty cell that had this one."""
        return style if style in self.faulty else self._with_fill(style, self._colour(FAULT))

    def as_sound(self, style: int) -> int:
        """Return the style of a cell that was coloured as faulty, without the colour."""
        return self._with_fill(style, _NONE)

    def render(self) -> bytes:
        """Return the stylesheet with what was added."""
        xml = self._xml
        for section, added in sorted(
            ((self._fills, self._new_fills), (self._xfs, self._new_xfs)), key=lambda each: -each[0].element.start
        ):
            xml = put_inside(xml, section.element, "".join(added))
            tag = xml[section.element.start : section.element.inside]
            count = f'count="{len(section.children) + len(added)}"'.encode()
            counted = re.sub(rb"\bcount\s*=\s*(?:\"[^\"]*\"|'[^']*')", count, tag)
            xml = xml[: section.element.start] + counted + xml[section.element.inside :]
        return xml

    def _colour(self, argb: str) -> int:
        if argb not in self._colours:
            p = self._prefix
            self._new_fills.append(
                f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="{argb}"/><{p}bgColor indexed="64"/>'
                f"</{p}patternFill></{p}fill>"
            )
            self._colours[argb] = len(self._fills.children) + len(self._new_fills) - 1
        return self._colours[argb]

    def _xf(self, fill: int, number_format: int = 49) -> str:
        p = self._prefix
        return (
            f'<{p}xf numFmtId="{number_format}" fontId="0" fillId="{fill}" borderId="0" xfId="0" applyNumberFormat="1" '
            f'applyFill="1" applyAlignment="1"><{p}alignment vertical="center" wrapText="1"/></{p}xf>'
        )

    def _add(self, xf: str) -> int:
        self._new_xfs.append(xf)
        return len(self._xfs.children) + len(self._new_xfs) - 1

    def _with_fill(self, style: int, fill: int) -> int:
        key = (style, fill)
        if key not in self._by_fill:
            children = self._xfs.children
            before = children[style] if style < len(children) else children[0]
            xf = self._xml[before.start : before.end]
            self._by_fill[key] = self._add(_filled(xf, before.inside - before.start, fill).decode())
        return self._by_fill[key]


def _filled(xf: bytes, inside: int, fill: int) -> bytes:
    tag = re.sub(rb"\s(?:fillId|applyFill)\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", xf[:inside])
    name = re.match(rb"<[^\s/>]+", tag)
    assert name is not None
    return name[0] + f' fillId="{fill}" applyFill="1"'.encode() + tag[name.end() :] + xf[inside:]


def _section(found: list[Element], name: str) -> _Section:
    element = next((each for each in found if each.name == name), None)
    if element is None:
        raise CannotMark(f"its styles have no {name}")
    children: list[Element] = []
    end = element.inside
    for each in found:
        if end <= each.start < element.close:
            children.append(each)
            end = each.end
    if not children:
        raise CannotMark(f"its styles have no {name}")
    return _Section(element, tuple(children))
