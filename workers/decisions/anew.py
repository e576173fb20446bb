"""Records and acts put together anew from the messages that are kept of them, within the transaction of a decision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from credit.batch.arrival import Arrival
from credit.batch.recognise import recognise
from credit.batch.regroup import Kept, regroup
from credit.batch.resolve import resolve
from credit.batch.work import Work
from credit.record import places
from credit.rules import Rules
from credit.store import disputes, locks, scope, splits
from credit.store.splits import KeptMessage
from credit.store.writing import write
from schemas.errors import PermanentError, UnusableError
from schemas.statement import Act, Fact
from workers.runtime import Runtime


class Told(NamedTuple):
    """What others are told because of a decision: notices issued and lifted, and rows of feeds that change."""

    issued: int
    lifted: int
    feed_operations: int


@dataclass(frozen=True, slots=True)
class TakenUp:
    """The messages of some records, as they are kept and as they were read again, with the rows that they need."""

    rows: list[KeptMessage]
    kept: list[Kept]
    work: Work

    def both(self) -> Iterator[tuple[KeptMessage, Arrival]]:
        """Return each message as it is kept, and as it was read again."""
        return ((row, each.arrival) for row, each in zip(self.rows, self.kept, strict=True))


def take_up(connection: Connection, records: Sequence[str], runtime: Runtime, rules: Rules) -> TakenUp:
    """Lock some records or acts, and read all messages about them again.

    Raises:
        PermanentError: a message cannot be read any more.
        ScopeMoved: another batch is at work on what hangs on them.
    """
    locks.hold(connection, records)
    rows = splits.fetch_messages(connection, records)
    kept = [Kept(read_again(row, runtime, rules), row.received_at) for row in rows]
    work = Work(rules)
    work.records.wanted.update(records)
    scope.read(connection, work, [each.arrival for each in kept])
    return TakenUp(rows, kept, work)


def read_again(row: KeptMessage, runtime: Runtime, rules: Rules) -> Arrival:
    """Return a message that is kept as it is read today.

    Raises:
        PermanentError: it cannot be read any more.
    """
    raw = rules.vault.unseal(row.raw, places.of_message(row.message_key))
    arrival = runtime.reader.read(row.queue, raw, json.loads(row.headers), rules.at.today)
    arrival = replace(arrival, key=row.message_key)
    recognise([arrival], rules)
    failure = arrival.failure
    if failure is not None or not isinstance(arrival.statement, Fact | Act):
        raise PermanentError(
            f"{row.message_key} cannot be read any more: {failure.reason.value if failure else 'it states no fact'}; "
            "see `xinglin routing check`"
        )
    return arrival


def owner_of(arrival: Arrival, work: Work) -> str:
    """Return the subject whom a message that is kept is about.

    Raises:
        PermanentError: it cannot be said any more.
    """
    assert arrival.party is not None
    try:
        return resolve(arrival.party, work)
    except UnusableError as error:
        raise PermanentError(f"{arrival.key}: it cannot be said any more whom it is about: {error}") from None


def put_together(connection: Connection, taken: TakenUp, names: Sequence[str]) -> Told:
    """Merge the messages that were taken up anew by the decisions in force; notices and rows of feeds follow.

    Nothing is written before `write_down`.

    Raises:
        PermanentError: it cannot be said any more whom a message is about.
    """
    work = taken.work
    work.taken = disputes.in_force(connection, {*names, *(row.record_id for row in taken.rows)})
    try:
        applied = regroup(taken.kept, names, work)
    except UnusableError as error:
        raise PermanentError(f"a message cannot be read any more: {error}") from None
    splits.move(connection, applied)
    said = [message.type for message in work.dispatches]
    return Told(
        said.count("credit.notice.issued.v1"),
        said.count("credit.notice.lifted.v1"),
        said.count("credit.feed.rows.v1"),
    )


def write_down(connection: Connection, taken: TakenUp) -> None:
    """Write what was put together anew, with the cases that the decision opened."""
    write(connection, taken.work)
