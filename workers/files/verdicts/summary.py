"""What a verdict file says of its whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from schemas.states import RowState


class Line(NamedTuple):
    """A line of the sheet of the summary: at most three cells; the first has the colour of a state where it is about one."""

    texts: tuple[str, ...]
    state: RowState | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Which file it is, who handed it in when, and what became of how many rows."""

    name: str
    """The name under which the file was handed in."""
    by: str
    sender: str
    taken_at: datetime
    answered_at: datetime
    counts: Mapping[RowState, int]
    """Rows by what became of them; states without rows are left out."""
    verdict: Path
    """Where the verdict file is."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())

    @property
    def to_mend(self) -> int:
        """How many rows the clerk has to look at again."""
        wanted = (RowState.REFUSED, RowState.PARKED, RowState.CONFLICT)
        return sum(self.counts.get(state, 0) for state in wanted)
