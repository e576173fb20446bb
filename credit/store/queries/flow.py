"""What flowed through the archive between two looks at it, counted by what is numbered: no table is read whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from credit.store.tables import batch, outbox, parked, unsent


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the archive had come at a moment: the last numbers given, and how many messages were unsent."""

    at: datetime
    batch: int
    parked: int
    outbox: int
    unsent: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What came and went within a time: messages received, of these parked; put into the outbox, and sent from it."""

    within: timedelta
    received: int
    parked: int
    queued: int
    sent: int


_LAST = select(
    select(func.coalesce(func.max(batch.c.batch_id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(parked.c.parked_id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(outbox.c.outbox_id), 0)).scalar_subquery(),
    select(func.count()).select_from(unsent).scalar_subquery(),
)


def read_mark(connection: Connection, now: datetime) -> Mark:
    """Return how far the archive has come."""
    return Mark(now, *connection.execute(_LAST).one())


def read_flow(connection: Connection, before: Mark, now: Mark) -> Flow:
    """Return what came and went between two marks; a transaction that was under way at the first may be left out."""
    received = select(func.coalesce(func.sum(batch.c.received), 0)).where(
        batch.c.batch_id > before.batch, batch.c.batch_id <= now.batch
    )
    kept = select(func.count()).where(parked.c.parked_id > before.parked, parked.c.parked_id <= now.parked)
    queued = select(func.count()).where(outbox.c.outbox_id > before.outbox, outbox.c.outbox_id <= now.outbox)
    counts = connection.execute(
        select(received.scalar_subquery(), kept.scalar_subquery(), queued.scalar_subquery())
    ).one()
    came, held, put = map(int, counts)
    return Flow(now.at - before.at, came, held, put, max(put - (now.unsent - before.unsent), 0))
