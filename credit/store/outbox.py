"""The outbox: what is still to be sent, claimed by a relay under a lease, in order within each stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, text, tuple_, update

from credit.store.tables import outbox

LEASE = timedelta(seconds=25)
"""Longer than a relay can take from a claim to marking it as sent, reconnecting included; as short as recovery shall
take."""
LONGEST_WAIT = timedelta(seconds=16)
"""Until the next try of a message that has nowhere to go: as long as recovery may take once it has."""
KEPT = timedelta(days=30)
"""How long a sent row stays as proof of what was told before the scheduler clears it away."""
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


def claim(connection: Connection, lease: str, limit: int, now: datetime) -> list[Claimed]:
    """Lease up to `limit` unsent messages, oldest first, and of each stream only the oldest unsent one.

    A row whose lease has run out is free again: its relay died, and the receiver tells a repeat by the message id.
    Several relays may claim at once; the rows another one is looking at are passed over.
    """
    before = outbox.alias("before")
    free = _has_passed(outbox.c.leased_until, now)
    due = _has_passed(outbox.c.next_try_at, now)
    # The unsent row itself is there to be found, so what comes first is of its own stream.
    head = (
        select(before.c.outbox_id)
        .where(before.c.sent_at.is_(None), tuple_(before.c.stream, before.c.outbox_id) >= tuple_(outbox.c.stream, 0))
        .order_by(before.c.stream, before.c.outbox_id)
        .limit(1)
        .scalar_subquery()
    )
    chosen = (
        select(outbox.c.outbox_id)
        .where(outbox.c.sent_at.is_(None), free, due, outbox.c.outbox_id == head)
        .order_by(outbox.c.outbox_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # A plain subquery may be run more than once, and lock other rows each time.
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    if connection.dialect.name == "postgresql":
        connection.execute(_IN_ORDER)
    claimed = connection.execute(
        update(outbox)
        .where(outbox.c.outbox_id.in_(select(chosen.c.outbox_id)))
        .values(lease=lease, leased_until=now + LEASE, attempts=outbox.c.attempts + 1)
        .returning(outbox.c.outbox_id, outbox.c.message_id, outbox.c.routing_key, outbox.c.body, outbox.c.attempts)
    )
    return sorted(map(Claimed._make, claimed.all()), key=lambda row: row.outbox_id)


def _has_passed(until: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a time of the outbox is over; one far ahead was set before a clock was set back."""
    return or_(until.is_(None), until <= now, until > now + 2 * LEASE)


def mark_sent(connection: Connection, lease: str, rows: Iterable[Claimed], now: datetime) -> int:
    """Mark messages as sent that the broker has confirmed; rows whose lease was taken over are left alone.

    Returns the number of rows marked.
    """
    return _finish(connection, lease, [row.outbox_id for row in rows], {"sent_at": now, "trouble": None})


def give_back(connection: Connection, lease: str, rows: Sequence[Claimed], trouble: str, now: datetime) -> None:
    """Free messages that were not taken by the broker, with the trouble; each waits longer than the last time."""
    for attempts in {row.attempts for row in rows}:
        wait = min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_WAIT)
        ids = [row.outbox_id for row in rows if row.attempts == attempts]
        _finish(connection, lease, ids, {"trouble": trouble, "next_try_at": now + wait})


def hand_back(connection: Connection, lease: str, rows: Sequence[Claimed], trouble: str) -> None:
    """Free messages that a lost broker kept from leaving: they are due as soon as there is one again."""
    _finish(connection, lease, [row.outbox_id for row in rows], {"trouble": trouble, "next_try_at": None})


def release(connection: Connection, lease: str) -> None:
    """Free everything that is still under a lease: its relay stops."""
    connection.execute(
        update(outbox).where(outbox.c.lease == lease, outbox.c.sent_at.is_(None)).values(lease=None, leased_until=None)
    )


def _finish(connection: Connection, lease: str, ids: list[int], values: dict[str, object]) -> int:
    if not ids:
        return 0
    if connection.dialect.name == "postgresql":
        mine = outbox.c.outbox_id == func.any(ids)
    else:
        mine = outbox.c.outbox_id.in_(ids)
    done = connection.execute(
        update(outbox).where(mine, outbox.c.lease == lease).values(lease=None, leased_until=None, **values)
    )
    return int(done.rowcount)


def count_unsent(connection: Connection) -> int:
    """Return how many messages are still to be sent, leased ones included."""
    found = connection.execute(select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None)))
    return int(found.scalar_one())


def count_leased(connection: Connection, now: datetime) -> int:
    """Return how many messages are under a lease that has not run out."""
    leased = (
        select(func.count())
        .select_from(outbox)
        .where(outbox.c.sent_at.is_(None), ~_has_passed(outbox.c.leased_until, now))
    )
    return int(connection.execute(leased).scalar_one())


def clear_sent(connection: Connection, now: datetime) -> int:
    """Remove rows sent longer ago than they are kept; return how many."""
    return int(connection.execute(delete(outbox).where(outbox.c.sent_at < now - KEPT)).rowcount)
