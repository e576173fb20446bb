"""What a workbook says besides the cells that calamine reads; found in the child process, before it reads them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Hints:
    """What is told of one sheet beside its cells."""

    failed: dict[tuple[int, int], str] = field(default_factory=dict)
    """Error values, and formulas without a value, by row and column, both from 0; calamine has them as blank."""
    units: dict[tuple[int, int], str] = field(default_factory=dict)
    """What a cell's format shows behind its number, by row and column, both from 0; calamine has the number alone."""
    hidden_columns: set[int] = field(default_factory=set)
    hidden_rows: int = 0


@dataclass(frozen=True, slots=True)
class Examined:
    """A workbook that may be read: its sheets in their order, and the day from which it counts days."""

    sheets: list[Hints]
    from_1904: bool
