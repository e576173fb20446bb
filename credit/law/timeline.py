"""What is in force from each of some days on, until the next of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Timeline(Generic[_T]):
    """What is in force from each of some days on, until the next of them."""

    days: tuple[date, ...]
    entries: tuple[_T, ...]

    def on(self, day: date) -> _T:
        """Return what is in force on a day."""
        return self.entries[self._index(day)]

    def between(self, first: date, last: date) -> tuple[_T, ...]:
        """Return what is in force on any day from the first to the last, the newest first."""
        return self.entries[self._index(first) : self._index(max(first, last)) + 1][::-1]

    def _index(self, day: date) -> int:
        # What lies before the first entry is judged by it: nothing older was ever collected under other rules.
        return max(0, bisect_right(self.days, day) - 1)


def next_of(days: Sequence[date], day: date) -> date | None:
    """Return the first of some days, which are in order, that is after another."""
    index = bisect_right(days, day)
    return days[index] if index < len(days) else None
