"""What registrations and permits say of their subjects: by which record, when, and of which other organisations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from credit.grading.known import Counted
from credit.identity.organisations import is_placeholder, is_uscc
from credit.identity.text import squeeze_number

REGISTRATION = "credit.licensing.registration"
PERMIT = "credit.licensing.permit"
TELLING = (REGISTRATION, PERMIT)
"""The families that say who a subject is."""


class Source(NamedTuple):
    """The record that says something, the day on which it was true, and when it was first known."""

    record_id: str
    occurred_on: date
    known_at: datetime


class Saying(NamedTuple):
    """What a registration or permit says of its subject.

    `event_time` is that of the message which the record shows. `counts` says whether the record stands: what is over or
    repaired still says who somebody is, and a revoked licence does not come back by either. What was withdrawn, taken
    back on objection or sealed says nothing and is not to be here.
    """

    fact: Counted
    event_time: datetime
    counts: bool

    @property
    def source(self) -> Source:
        """The record that says it."""
        fact = self.fact
        return Source(fact.record_id, fact.occurred_on, fact.known_at)

    @property
    def turn(self) -> Turn:
        """Its place among the others."""
        return Turn(self.fact.occurred_on, self.event_time, self.fact.record_id)


class Turn(NamedTuple):
    """The order of what is said: by its day, of one day by the time of the message, then by the record's id."""

    occurred_on: date
    event_time: datetime
    record_id: str


class Place(NamedTuple):
    """An organisation that a record names: its subject, where the record has its unified social credit code."""

    name: str
    subject_id: str | None = None


def place_of(items: Mapping[str, Any], item: str) -> Place | None:
    """Return the organisation that an item names; without a code that is one it is known by name alone."""
    name = items.get(item)
    return Place(str(name), _subject_of(str(items.get(f"{item}_uscc") or ""))) if name else None


@lru_cache(maxsize=8192)
def _subject_of(code: str) -> str | None:
    number = squeeze_number(code)
    return number if is_uscc(number) and not is_placeholder(number) else None


@lru_cache(maxsize=8192)
def day_of(written: str | None) -> date | None:
    """Return the day that an item holds, 2026-02-28 or, in the national items, 2026/02/28; None where it is none."""
    try:
        return date.fromisoformat(written.replace("/", "-")) if written else None
    except ValueError:
        return None
