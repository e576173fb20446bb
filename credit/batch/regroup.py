"""Putting records together anew from the messages about them, after a person said which of them belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from credit.batch.arrival import Arrival
from credit.batch.plan import Applied, apply_fact, upwards
from credit.batch.settle import settle
from credit.batch.work import Work
from credit.record.rows import RecordRow
from schemas.statement import Fact
from schemas.states import Splitting


class Kept(NamedTuple):
    """A message of the inbox that states a fact, read again."""

    arrival: Arrival
    received_at: datetime


def regroup(kept: Sequence[Kept], records: Iterable[str], work: Work) -> dict[str, Applied]:
    """Merge messages anew into the records they state by the splits in force; return what became of each, by its key.

    `kept` are all messages of `records`. The result is what it would be had the splits been there when the messages
    came. What was split off and has no message left is put back: nobody is told of it any more.

    Raises:
        UnusableError: it cannot be said any more whom one of the messages is about.
    """
    before = {name: row for name in records if (row := work.records.drop(name)) is not None}
    since: dict[str, datetime] = {}
    applied: dict[str, Applied] = {}
    for arrival, received_at in sorted(kept, key=lambda each: (each.received_at, each.arrival.key)):
        fact = arrival.statement
        assert isinstance(fact, Fact)
        found = apply_fact(replace(arrival), fact, work)
        assert found.record_id is not None
        applied[arrival.key] = found
        since[found.record_id] = min(received_at, since.get(found.record_id, received_at))
    # What was told of these messages when they came is not told again.
    work.dispatches.clear()
    work.cases.clear()
    for name in before.keys() | since.keys():
        work.records.put(name, _renew(name, before.get(name), since.get(name), work))
    settle(upwards(before.keys() | since.keys(), work), work)
    return applied


def _renew(name: str, before: RecordRow | None, since: datetime | None, work: Work) -> RecordRow:
    if since is None:
        assert before is not None
        return before._replace(split=Splitting.JOINED.value)
    return work.records[name]._replace(known_at=since, split=Splitting.PARTED.value if work.parts.get(name) else None)
