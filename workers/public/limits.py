"""Limits against abuse, kept in the memory of the process: nobody else is told who looked at what."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import NamedTuple

MOST_KNOWN = 50_000
"""So many of whom something is counted; past that, whoever was seen the longest ago is forgotten."""


class Limit(NamedTuple):
    """So many times within so many seconds."""

    times: int
    seconds: int


LIMITS: Mapping[str, Limit] = {
    "sent": Limit(6, 3600),
    "about": Limit(60, 3600),
    "search": Limit(60, 60),
    "missed": Limit(20, 600),
    "asked": Limit(20, 600),
    "guessed": Limit(10, 600),
}
"""What is counted: forms by address and about an institution; searches, codes nobody has, numbers asked for, and
codes of reports that opened nothing."""


class Limits:
    """Counts by kind and by whom. Thread-safe; times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, kind: str, whom: str, now: float) -> bool:
        """Count one more, and tell whether it is within the limit."""
        limit, key = LIMITS[kind], (kind, whom)
        with self._lock:
            count, since = self._counts.pop(key, (0, now))
            if now - since >= limit.seconds:
                count, since = 0, now
            self._counts[key] = (count + 1, since)
            if len(self._counts) > MOST_KNOWN:
                self._counts.popitem(last=False)
        return count < limit.times

    def is_over(self, kind: str, whom: str, now: float) -> bool:
        """Tell whether nothing more of a kind is taken from somebody, without counting."""
        with self._lock:
            count, since = self._counts.get((kind, whom), (0, now))
        return now - since < LIMITS[kind].seconds and count >= LIMITS[kind].times
