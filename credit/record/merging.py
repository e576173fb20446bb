"""Merging what several messages say about one business record.

The merge is a semilattice join (commutative, associative, idempotent): the same set of messages ends in the same
head whatever their order, repetition or batching. The highest revision shows; within a revision the earlier
`time`, then the smaller id; different contents of the shown revision make the record disputed. What a person decided
of a revision (`Taken`) is given from outside, and is the same for every message: it is a join all the same.
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


class Taken(NamedTuple):
    """A person's decision which content of a revision holds, and which others were weighed and dismissed for it.

    A content that nobody weighed contradicts it, and the record is disputed again; what holds goes on showing.
    """

    record_id: str
    revision: int
    digest: bytes
    dismissed: frozenset[bytes]

    def rank(self, digest: bytes) -> int:
        """Order the contents of the revision: what holds, what nobody weighed, what was dismissed."""
        return 0 if digest == self.digest else 2 if digest in self.dismissed else 1


def join(shown: Head | None, new: Head, taken: Taken | None = None) -> tuple[Head, Outcome]:
    """Merge a statement into the head of its record; say what became of it.

    `taken` is what was decided of the revision of the new statement. The outcome describes the arrival, the head only
    the facts: an early and a late arrival of the same statement may have different outcomes, never different heads.
    """
    dismissed: frozenset[bytes] = taken.dismissed if taken is not None else frozenset()
    became = Outcome.CONFLICT if new.digest in dismissed else Outcome.APPLIED
    if shown is None or new.revision > shown.revision:
        return new, became
    if new.revision < shown.revision:
        return shown, Outcome.SUPERSEDED
    first = min(shown, new, key=lambda head: (taken.rank(head.digest) if taken else 0, *head.precedence))
    differs = new.digest != shown.digest
    contradicts = differs and not {new.digest, shown.digest} & dismissed
    if contradicts:
        became = Outcome.CONFLICT
    elif not differs and new.digest not in dismissed:
        became = Outcome.REPEATED
    return first._replace(disputed=shown.disputed or new.disputed or contradicts), became
