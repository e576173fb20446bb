"""What a verdict file says of its whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from schemas.states import RowState
from workers.files.verdicts.naming import SUMMARY_SHEET, TICKET
from workers.show.style import moment

_TO_DO = {
    RowState.WAITING: "尚在处理，稍后再看",
    RowState.REFUSED: "单元格无法读取，没有成为报文：按说明更正标红的单元格",
    RowState.PARKED: "报文已收到，但不能入档：按说明更正标红的单元格",
    RowState.DISCARDED: "不用处理",
    RowState.APPLIED: "不用处理",
    RowState.REPEATED: "档案无变化，不用处理",
    RowState.SUPERSEDED: "档案中另有更高的修订版次：以本行为准的，提高修订版次后再报",
    RowState.DISMISSED: "经人工认定以另一陈述为准：以本行为准的，提高修订版次再报",
    RowState.CONFLICT: "与另一份陈述矛盾：核对后，以本行为准的，提高修订版次后再报",
}
MENDED = frozenset({RowState.REFUSED, RowState.PARKED, RowState.CONFLICT})
"""What the clerk has to look at again."""


class Line(NamedTuple):
    """A line of the sheet of the summary: at most three cells; the first has the colour of the state it is about."""

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
    notes: tuple[str, ...] = ()
    """What is to be said of its sheets, in Chinese."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())

    @property
    def to_mend(self) -> int:
        """How many rows the clerk has to look at again."""
        return sum(self.counts.get(state, 0) for state in MENDED)

    def lines(self) -> list[Line]:
        """Return what the sheet of the summary says."""
        head = [
            (SUMMARY_SHEET,),
            ("文件", self.name),
            ("提交人", self.by),
            ("报送单位", self.sender),
            ("提交时间", moment(self.taken_at)),
            ("办理时间", moment(self.answered_at)),
            ("行数", f"{self.rows:,}"),
        ]
        counted = [
            Line((state.word, f"{self.counts[state]:,}", _TO_DO[state]), state)
            for state in RowState
            if self.counts.get(state)
        ]
        return [
            *map(Line, head),
            Line(("办理结果", "行数", "怎样处理")),
            *counted,
            *(Line(("说明", "", note)) for note in self.notes),
            Line(("接下来", "", self._how_to_go_on())),
        ]

    def _how_to_go_on(self) -> str:
        if not self.to_mend:
            return "没有需要更正的行。"
        return (
            f"在本文件中直接更正后，原样再次提交：只有改动的行会重新办理，其余的行不变。“{TICKET}”一列请勿改动，"
            "系统凭它找到原来那一行。"
        )
