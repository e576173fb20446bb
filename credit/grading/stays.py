"""A practitioner's workplaces: one archive for life, each stay with its dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from credit.grading.sayings import Place, Source, place_of
from credit.identity import name_key

GONE = frozenset({"revoked", "cancelled"})
"""The events that end a registration for good."""
ENDS = GONE | {"closed"}
"""The events after which nobody is at work."""


class Stay(NamedTuple):
    """A time at a workplace, from the day of `began` to that of `ended`; None: it goes on."""

    place: Place
    began: Source
    ended: Source | None = None


@dataclass(slots=True)
class Stays:
    """The workplaces of a practitioner, in the order in which they began."""

    all: list[Stay] = field(default_factory=list)

    def hear(self, items: Mapping[str, Any], source: Source) -> bool:
        """Take an event of a practitioner; tells, of one that ends a workplace, whether others go on.

        `registered` adds a workplace, as several may run at once 多机构执业; `changed` moves there from all others; any
        other event that ends nothing confirms the workplace that it names. What ends, ends that workplace, or all where
        it names none; what is revoked, everywhere.
        """
        place, event = place_of(items, "workplace"), items.get("event")
        if event in ENDS:
            self._end(source, lambda stay: place is None or event == "revoked" or is_same(stay.place, place))
            return any(stay.ended is None for stay in self.all)
        if place is not None:
            if event == "changed":
                self._end(source, lambda stay: not is_same(stay.place, place))
            self._confirm(place, source)
        return False

    def _end(self, source: Source, ends: Callable[[Stay], bool]) -> None:
        self.all = [stay._replace(ended=source) if stay.ended is None and ends(stay) else stay for stay in self.all]

    def _confirm(self, place: Place, source: Source) -> None:
        for at, stay in enumerate(self.all):
            if stay.ended is None and is_same(stay.place, place):
                if stay.place.subject_id is None:
                    self.all[at] = stay._replace(place=place)
                return
        self.all.append(Stay(place, source))


def is_same(one: Place, other: Place) -> bool:
    """Tell whether two records mean one organisation: by its code, or by name where one of them has no code."""
    if one.subject_id and other.subject_id:
        return one.subject_id == other.subject_id
    return name_key(one.name) == name_key(other.name)
