"""Putting records and acts together anew from the messages about them, after a person decided how they belong together.

What is decided is which parties of a number have records of their own, or which content of a revision holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from credit.batch.arrival import Arrival
from credit.batch.deeds import touch_siblings
from credit.batch.plan import Applied, apply, upwards
from credit.batch.settle import settle
from credit.batch.targets import find_targets
from credit.batch.work import Work
from credit.record.rows import RecordRow
from schemas.states import Splitting


class Kept(NamedTuple):
    """A message of the inbox that states a fact or an act, read again."""

    arrival: Arrival
    received_at: datetime


def regroup(kept: Sequence[Kept], names: Iterable[str], work: Work) -> dict[str, Applied]:
    """Merge messages anew into the records or acts they state; return what became of each, by its key.

    `kept` are all messages of those that are named. The result is what it would be had the decisions in force been
    there when the messages came. What was split off and has no message left is put back: nobody is told of it any more.

    Raises:
        UnusableError: it cannot be said any more whom one of the messages is about.
    """
    names = list(names)
    before = {name: row for name in names if (row := work.records.drop(name)) is not None}
    acts = [name for name in names if work.drop_act(name) is not None]
    for name, row in before.items():
        touch_siblings(row, work)
        work.named_at.pop(name, None)  # some of its messages may be of another record from now on
    since: dict[str, datetime] = {}
    applied: dict[str, Applied] = {}
    for arrival, received_at in sorted(kept, key=lambda each: (each.received_at, each.arrival.key)):
        found = apply(replace(arrival), work)
        assert found.record_id is not None
        applied[arrival.key] = found
        since[found.record_id] = min(received_at, since.get(found.record_id, received_at))
    # What was told of these messages when they came is not told again.
    work.dispatches.clear()
    work.cases.clear()
    for name in acts:
        work.acts.put(name, work.acts[name]._replace(known_at=since[name]))
    for name in before.keys() | since.keys() - set(acts):
        work.records.put(name, _renew(name, before.get(name), since.get(name), work))
    find_targets(work)
    settle(upwards(before.keys() | since.keys() | work.touched, work), work)
    return applied


def _renew(name: str, before: RecordRow | None, since: datetime | None, work: Work) -> RecordRow:
    if since is None:
        assert before is not None
        return before._replace(split=Splitting.JOINED.value)
    return work.records[name]._replace(known_at=since, split=Splitting.PARTED.value if work.parts.get(name) else None)
