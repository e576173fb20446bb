"""Merged cells among the rows of a sheet: what stands in the first one stands in each of a column.

One that goes over several columns of the template is not read: nobody knows which of them it fills.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from workers.files.grid import Area, Cell


class Filled(NamedTuple):
    """A cell that has its value from a merged one, or that cannot have it."""

    column: int
    from_row: int
    value: Cell
    """What stands in the merged cell."""
    across: bool
    """The merged cell goes over several columns."""


class Merges:
    """The merged cells that touch rows and columns that are read; rows are given in their order."""

    def __init__(self, areas: Sequence[Area], header_row: int, columns: Collection[int]) -> None:
        """Take the areas below the headings that touch one of the columns."""
        touched = (area for area in areas if area.last_row > header_row and _touch(area, columns))
        self._ahead = sorted(touched, key=lambda area: (area.first_row, area.first_column), reverse=True)
        self._here: list[tuple[Area, Cell]] = []
        self._columns = columns

    def __bool__(self) -> bool:
        """Tell whether there are any left."""
        return bool(self._ahead or self._here)

    def fill(self, number: int, cells: list[Cell]) -> list[Filled]:
        """Put values into the cells of a row that is part of merged ones, and say which."""
        self._here = [one for one in self._here if one[0].last_row >= number]
        while self._ahead and self._ahead[-1].first_row <= number:
            area = self._ahead.pop()
            # A first row that is blank as a whole was not given, and left nothing to put elsewhere.
            value = cells[area.first_column] if area.first_row == number and area.first_column < len(cells) else None
            if value not in {None, ""} and area.last_row >= number:
                self._here.append((area, value))
        filled = []
        for area, value in self._here:
            across = area.last_column > area.first_column and self._goes_across(area)
            if across:
                at = next(at for at in range(area.first_column, area.last_column + 1) if at in self._columns)
                cells[at] = None
                filled.append(Filled(at, area.first_row, value, across=True))
            elif number > area.first_row and cells[area.first_column] in {None, ""}:
                cells[area.first_column] = value
                filled.append(Filled(area.first_column, area.first_row, value, across=False))
        return filled

    def _goes_across(self, area: Area) -> bool:
        touched = [at for at in range(area.first_column, area.last_column + 1) if at in self._columns]
        return touched != [area.first_column]


def _touch(area: Area, columns: Collection[int]) -> bool:
    return any(area.first_column <= column <= area.last_column for column in columns)
