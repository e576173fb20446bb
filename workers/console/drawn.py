"""What the command line shows as tables and trees, as a page shows it: one wording and one rule for both.

The functions of `workers/show` return renderables of rich; here they become blocks that a template writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Literal

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from workers.show.style import ALARM, BUSY, GOOD, PAST, QUIET, WAITING

_TONES = {
    GOOD: "good",
    BUSY: "busy",
    WAITING: "waiting",
    ALARM: "alarm",
    PAST: "past",
    QUIET: "quiet",
    "dark_orange": "grave",
    "magenta": "leaving",
    "bold": "strong",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line; `tone` names the class that it is shown in, empty for none."""

    text: str
    tone: str


Lines = tuple[tuple[Run, ...], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page: lines, a table with its rows, a panel with blocks within, or a tree with branches."""

    kind: Literal["lines", "table", "panel", "tree"]
    lines: Lines = ()
    columns: tuple[tuple[str, bool], ...] = ()
    rows: tuple[tuple[Lines, ...], ...] = ()
    parts: tuple[Block, ...] = ()
    foot: Lines = ()

    @property
    def name(self) -> str:
        """The lines as one text, as a table is named by for those who hear the page."""
        return " ".join(run.text for line in self.lines for run in line)


def draw(*shown: RenderableType) -> tuple[Block, ...]:
    """Return renderables as blocks, in their order."""
    return tuple(block for each in shown for block in _draw(each))


def _draw(shown: RenderableType) -> Iterator[Block]:
    match shown:
        case Text() | str():
            lines = _read(shown)
            if any(line for line in lines):
                yield Block("lines", lines)
        case Table() if shown.columns:
            yield _draw_table(shown)
        case Panel():
            title, foot = (_read(each) if each else () for each in (shown.title, shown.subtitle))
            yield Block("panel", title, parts=draw(shown.renderable), foot=foot)
        case Tree():
            yield Block("tree", _read(shown.label), parts=draw(*shown.children))
        case Group():
            yield from draw(*shown.renderables)


def _draw_table(table: Table) -> Block:
    columns = tuple((_plain(column.header), column.justify == "right") for column in table.columns)
    cells = [[_read(cell) for cell in column.cells] for column in table.columns]
    rows = tuple(tuple(row) for row in zip_longest(*cells, fillvalue=()))
    return Block("table", _read(table.title) if table.title else (), columns, rows)


def _plain(shown: RenderableType) -> str:
    return shown.plain if isinstance(shown, Text) else str(shown)


def _read(shown: RenderableType) -> Lines:
    """Return the lines of a text, each in pieces of one style."""
    text = shown if isinstance(shown, Text) else Text(_plain(shown))
    return tuple(tuple(_runs(line)) for line in text.split("\n", allow_blank=True))


def _runs(line: Text) -> Iterator[Run]:
    marks = sorted({0, len(line.plain), *(place for span in line.spans for place in (span.start, span.end))})
    for start, end in pairwise(marks):
        over = [str(span.style) for span in line.spans if span.start <= start and span.end >= end]
        style = over[-1] if over else str(line.style)
        yield Run(line.plain[start:end], _TONES.get(style, ""))
