"""A table that breaks names over lines before it breaks a number that somebody has to copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Column, Table

LONGEST_WORD = 48
"""Longest code that is kept whole: room for a UUID with its prefix on a screen of 80 columns."""


class Sheet(Table):
    """A table whose widest columns give way first, and none below its longest code.

    Rich shrinks all columns alike. It still does where not even the codes have room.
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Share the width of the screen among the columns, then draw."""
        room = options.max_width - 2 * len(self.columns)  # a divider and a space between columns, and two edges
        for column, width in zip(self.columns, _share(room, self.columns), strict=True):
            column.width = width
        yield from super().__rich_console__(console, options)


def _share(room: int, columns: Sequence[Column]) -> Sequence[int | None]:
    """Return the widths that the columns get; none where their codes have no room."""
    texts = [[str(cell) for cell in (column.header, *column.cells)] for column in columns]
    natural = [max(cell_len(line) for text in each for line in text.split("\n")) for each in texts]
    least = [
        wide if column.no_wrap else max(map(cell_len, _find_codes(each)), default=1)
        for column, wide, each in zip(columns, natural, texts, strict=True)
    ]
    for level in range(max(natural), 0, -1):
        widths = [max(few, min(wide, level)) for few, wide in zip(least, natural, strict=True)]
        if sum(widths) <= room:
            return widths
    return [None] * len(columns)


def _find_codes(texts: Sequence[str]) -> Iterator[str]:
    """Yield what is not to be broken: the words of a heading, and in the cells below it those with a digit."""
    head, *cells = texts
    yield from head.split()
    for text in cells:
        yield from (word for word in text.split() if len(word) <= LONGEST_WORD and any(map(str.isdigit, word)))
