"""What is to be sent: how much waits, what was sent and is not confirmed, and what the broker would not take."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from credit.store.outbox import LEASE
from credit.store.queries.piles import ALONE, asking, in_piles, read_pile
from credit.store.tables import Instant, outbox, unsent
from credit.telling.observation import NOTHING, Trouble, Waiting

_CONFIRMED_WITHIN = timedelta(seconds=30)
"""A message that was leased longer ago and is neither sent nor given back is unconfirmed."""
_WAITING = unsent.join(outbox, outbox.c.outbox_id == unsent.c.outbox_id)
_LEASED = in_piles(
    asking(ALONE, outbox.c.message_id, unsent.c.leased_until)
    .select_from(_WAITING)
    .where(unsent.c.leased_until.is_not(None), unsent.c.leased_until <= bindparam("until", type_=Instant))
)


def _choose_unsent() -> Select[Any]:
    first = select(func.min(unsent.c.outbox_id)).scalar_subquery()
    oldest = select(outbox.c.created_at).where(outbox.c.outbox_id == first).scalar_subquery()
    name = select(outbox.c.message_id).where(outbox.c.outbox_id == first).scalar_subquery()
    return select(func.count(), oldest, name).select_from(unsent)


_UNSENT = _choose_unsent()


def read_unsent(connection: Connection) -> Waiting:
    """Return what is to be sent, since when its oldest is, and which that is."""
    count, since, sample = connection.execute(_UNSENT).one()
    return Waiting(count, since, (sample,)) if count else NOTHING


def read_unconfirmed(connection: Connection, now: datetime) -> Waiting:
    """Return what was sent and has been confirmed for too long by nobody, since when."""
    found = read_pile(connection, _LEASED, {"until": now + LEASE - _CONFIRMED_WITHIN})
    return replace(found, since=found.since - LEASE) if found.since is not None else found


def _choose_troubled() -> Select[Any]:
    waiting = (
        select(
            unsent.c.trouble,
            outbox.c.routing_key,
            func.count().label("number"),
            func.min(outbox.c.outbox_id).label("first"),
        )
        .select_from(_WAITING)
        .where(unsent.c.trouble.is_not(None))
        .group_by(unsent.c.trouble, outbox.c.routing_key)
        .subquery()
    )
    found = select(waiting.c.trouble, waiting.c.routing_key, waiting.c.number, outbox.c.created_at, outbox.c.message_id)
    return found.join(outbox, outbox.c.outbox_id == waiting.c.first).order_by(waiting.c.trouble, waiting.c.routing_key)


_TROUBLED = _choose_troubled()


def read_troubled(connection: Connection) -> tuple[Trouble, ...]:
    """Return what could not be sent, by its trouble and where it was to go."""
    return tuple(
        Trouble(trouble, key, Waiting(count, since, (first,)))
        for trouble, key, count, since, first in connection.execute(_TROUBLED)
    )
