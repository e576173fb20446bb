"""Merging what several messages say about one business record.

The merge is a semilattice join (commutative, associative, idempotent): the same set of messages ends in the same
head whatever their order, repetition or batching. The highest revision shows; within a revision the earlier
`time`, then the smaller id; different contents of the shown revision make the record disputed.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.words import Tone, Worded


class Outcome(Worded):
    """What became of a message; the ledger adds up to these."""

    APPLIED = "applied", "入档", Tone.GOOD
    REPEATED = "repeated", "重复", Tone.PAST
    SUPERSEDED = "superseded", "已有新版", Tone.PAST
    CONFLICT = "conflict", "冲突", Tone.ALARM
    PARKED = "parked", "挂起", Tone.WAITING


class Head(NamedTuple):
    """The statement that a record shows, and whether another one of the same revision contradicts it."""

    revision: int
    time: datetime
    stated_by: str
    digest: bytes
    disputed: bool = False

    @property
    def precedence(self) -> tuple[datetime, str]:
        """Order within a revision: the first one shows."""
        return (self.time, self.stated_by)


def join(shown: Head | None, new: Head) -> tuple[Head, Outcome]:
    """Merge a statement into the head of its record; say what became of it.

    The outcome describes the arrival, the head only the facts: an early and a late arrival of the same statement
    may have different outcomes, never different heads.
    """
    if shown is None or new.revision > shown.revision:
        return new, Outcome.APPLIED
    if new.revision < shown.revision:
        return shown, Outcome.SUPERSEDED
    first = min(shown, new, key=lambda head: head.precedence)
    if new.digest == shown.digest:
        return first._replace(disputed=shown.disputed or new.disputed), Outcome.REPEATED
    return first._replace(disputed=True), Outcome.CONFLICT
