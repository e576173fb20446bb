"""The outbox: what is still to be sent, claimed by a relay under a lease, in order within each stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)

from credit.record.rows import DispatchRow
from credit.store import bulk
from credit.store.tables import Instant, outbox, unsent

LEASE = timedelta(seconds=25)
"""Longer than a relay can take from a claim to marking it as sent, reconnecting included; as short as recovery shall
take."""
LONGEST_WAIT = timedelta(seconds=16)
"""Until the next try of a message that has nowhere to go: as long as recovery may take once it has."""
KEPT = timedelta(days=30)
"""How long a sent row stays as proof of what was told before the scheduler clears it away."""
UNOPENED = "unopened"
"""The trouble of a message whose body does not open: altered, or out of its row."""
_IN_ORDER = text(
    "SELECT set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)"
)
"""Makes PostgreSQL follow the indexes, which are in the order asked for, until there are enough rows. By what it knows
of quiet hours, when nothing waits, it would read the whole backlog for each claim, or even for each row."""


class Claimed(NamedTuple):
    """One message to send; `body` is sealed. Its lease decides who may say that it was sent."""

    outbox_id: int
    message_id: str
    routing_key: str
    body: bytes
    attempts: int
    created_at: datetime


def enqueue(connection: Connection, rows: Iterable[DispatchRow]) -> None:
    """Put messages into the outbox, to be sent; those whose message id is there already were said before."""
    bulk.insert_new_with(connection, outbox, unsent, rows)


def _has_passed(until: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a time of the outbox is over; one far ahead was set before a clock was set back."""
    now, far = (bindparam(name, type_=Instant) for name in ("now", "far"))
    return or_(until.is_(None), until <= now, until > far)


def _moments(now: datetime) -> dict[str, object]:
    return {"now": now, "far": now + 2 * LEASE}


def _choose() -> Select[Any]:
    before = unsent.alias("before")
    # The row itself is there to be found, so what comes first is of its own stream.
    head = (
        select(before.c.outbox_id)
        .where(tuple_(before.c.stream, before.c.outbox_id) >= tuple_(unsent.c.stream, 0))
        .order_by(before.c.stream, before.c.outbox_id)
        .limit(1)
        .scalar_subquery()
    )
    free, due = _has_passed(unsent.c.leased_until), _has_passed(unsent.c.next_try_at)
    return (
        select(
            unsent.c.outbox_id,
            outbox.c.message_id,
            outbox.c.routing_key,
            outbox.c.body,
            unsent.c.attempts + 1,
            outbox.c.created_at,
        )
        .join(outbox, outbox.c.outbox_id == unsent.c.outbox_id)
        .where(free, due, unsent.c.outbox_id == head)
        .order_by(unsent.c.outbox_id)
        .limit(bindparam("limit"))
        .with_for_update(of=unsent, skip_locked=True)
    )


_CHOSEN = _choose()
_LEASED = select(func.count()).select_from(unsent).where(~_has_passed(unsent.c.leased_until))


def claim(connection: Connection, lease: str, limit: int, now: datetime) -> list[Claimed]:
    """Lease up to `limit` unsent messages, oldest first, and of each stream only the oldest unsent one.

    A row whose lease has run out is free again: its relay died, and the receiver tells a repeat by the message id.
    Several relays may claim at once; the rows another one is looking at are passed over.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_IN_ORDER)
    claimed = [Claimed(*row) for row in bulk.fetch(connection, _CHOSEN, {**_moments(now), "limit": limit})]
    if claimed:
        leased = {"lease": lease, "leased_until": now + LEASE, "attempts": unsent.c.attempts + 1}
        connection.execute(update(unsent).where(_among(connection, unsent, claimed)).values(leased))
    return claimed


def _among(connection: Connection, table: Table, rows: Iterable[Claimed]) -> ColumnElement[bool]:
    ids = [row.outbox_id for row in rows]
    if connection.dialect.name == "postgresql":
        return table.c.outbox_id == func.any(ids)
    return table.c.outbox_id.in_(ids)


def mark_sent(connection: Connection, lease: str, rows: Sequence[Claimed], now: datetime) -> int:
    """Mark messages as sent that the broker has confirmed; rows whose lease was taken over are left alone.

    Returns the number of rows marked.
    """
    if not rows:
        return 0
    mine = delete(unsent).where(_among(connection, unsent, rows), unsent.c.lease == lease)
    done = set(connection.execute(mine.returning(unsent.c.outbox_id)).scalars())
    sent = [row for row in rows if row.outbox_id in done]
    connection.execute(update(outbox).where(_among(connection, outbox, sent)).values(sent_at=now))
    return len(sent)


def give_back(connection: Connection, lease: str, rows: Sequence[Claimed], trouble: str, now: datetime) -> None:
    """Free messages that were not taken by the broker, with the trouble; each waits longer than the last time."""
    for attempts in {row.attempts for row in rows}:
        wait = min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_WAIT)
        same = [row for row in rows if row.attempts == attempts]
        _free(connection, lease, same, {"trouble": trouble, "next_try_at": now + wait})


def hand_back(connection: Connection, lease: str, rows: Sequence[Claimed], trouble: str) -> None:
    """Free messages that a lost broker kept from leaving: they are due as soon as there is one again."""
    _free(connection, lease, rows, {"trouble": trouble, "next_try_at": None})


def _free(connection: Connection, lease: str, rows: Sequence[Claimed], values: dict[str, object]) -> None:
    mine = update(unsent).where(_among(connection, unsent, rows), unsent.c.lease == lease)
    connection.execute(mine.values(lease=None, leased_until=None, **values))


def release(connection: Connection, lease: str) -> None:
    """Free everything that is still under a lease: its relay stops."""
    connection.execute(update(unsent).where(unsent.c.lease == lease).values(lease=None, leased_until=None))


def count_unsent(connection: Connection) -> int:
    """Return how many messages are still to be sent, leased ones included."""
    return int(connection.execute(select(func.count()).select_from(unsent)).scalar_one())


def count_leased(connection: Connection, now: datetime) -> int:
    """Return how many messages are under a lease that has not run out."""
    return int(connection.execute(_LEASED, _moments(now)).scalar_one())


def clear_sent(connection: Connection, now: datetime) -> int:
    """Remove rows sent longer ago than they are kept; return how many."""
    return int(connection.execute(delete(outbox).where(outbox.c.sent_at < now - KEPT)).rowcount)


class Forgotten(NamedTuple):
    """A message that was neither sent nor is to be sent: nobody would ever have sent it."""

    outbox_id: int
    message_id: str
    type: str
    stream: str


_FORGOTTEN = (
    select(outbox.c.outbox_id, outbox.c.message_id, outbox.c.type, outbox.c.stream)
    .join(unsent, unsent.c.outbox_id == outbox.c.outbox_id, isouter=True)
    .where(outbox.c.sent_at.is_(None), unsent.c.outbox_id.is_(None))
    .where(outbox.c.outbox_id > bindparam("after"), outbox.c.outbox_id <= bindparam("last"))
    .order_by(outbox.c.outbox_id)
)
_AT_ONCE = 20_000


def find_forgotten(connection: Connection, after: int = 0) -> list[Forgotten]:
    """Return the messages past a number that are neither sent nor to be sent. Reads the outbox by its key, in lots."""
    last = find_last(connection)
    lots = ({"after": first, "last": min(first + _AT_ONCE, last)} for first in range(after, last, _AT_ONCE))
    return [Forgotten(*row) for lot in lots for row in connection.execute(_FORGOTTEN, lot)]


def find_last(connection: Connection) -> int:
    """Return the highest number in the outbox."""
    return int(connection.execute(select(func.coalesce(func.max(outbox.c.outbox_id), 0))).scalar_one())


def remember(connection: Connection, rows: Iterable[Forgotten]) -> list[Forgotten]:
    """Let forgotten messages be sent after all; return those that may not be any more.

    What a later message of its stream, which has left, made void would undo that one: an issue after its lift. The end
    of measures is said however late.
    """
    void = []
    for row in rows:
        later = select(outbox.c.outbox_id).where(
            outbox.c.outbox_id > row.outbox_id, outbox.c.stream == row.stream, outbox.c.sent_at.is_not(None)
        )
        if row.type != "credit.notice.lifted.v1" and connection.execute(later.limit(1)).first():
            void.append(row)
            continue
        known = select(unsent.c.outbox_id).where(unsent.c.outbox_id == row.outbox_id)
        if connection.execute(known).first() is None:
            connection.execute(unsent.insert(), {"outbox_id": row.outbox_id, "stream": row.stream})
    connection.execute(delete(outbox).where(outbox.c.outbox_id.in_([row.outbox_id for row in void])))
    return void
