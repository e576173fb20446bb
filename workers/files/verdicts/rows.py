"""What is written beside the rows of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from schemas.states import RowState
from workers.files.verdicts.naming import HEADINGS, SAYS, WIDTHS

_LINE = 15


class RowVerdict(NamedTuple):
    """What became of a row: `says` and `ticket` are for the clerk; `faulty` are the columns to mend, from 0."""

    row: int
    """From 1, as the spreadsheet counts."""
    state: RowState
    says: str = ""
    ticket: str = ""
    faulty: frozenset[int] = frozenset()

    @property
    def texts(self) -> tuple[str, ...]:
        """What our cells say, in the order of `HEADINGS`."""
        return (self.state.word, self.says, self.ticket)

    @property
    def height(self) -> int:
        """How high the row has to be for what is said to be read, in points; 0 where one line holds it."""
        lines = -(-2 * len(self.says) // WIDTHS[HEADINGS.index(SAYS)])
        return lines * _LINE if lines > 1 else 0


@dataclass(frozen=True, slots=True)
class SheetVerdict:
    """The verdicts on the rows of a sheet, in their order; they can be read once."""

    number: int
    """From 1, hidden sheets included."""
    header_row: int
    """The row of the headings, from 1."""
    places: Mapping[str, int]
    """Where our columns stand already, from 0, by their headings: in a verdict that was handed in again."""
    rows: Iterator[RowVerdict]

    def columns(self, last: int) -> tuple[int, ...]:
        """Return where our columns go: where they are, or right of the `last` column that holds something."""
        free = iter(range(max((last, *self.places.values())) + 1, last + 1000))
        return tuple(self.places[heading] if heading in self.places else next(free) for heading in HEADINGS)
