"""What became of one message: whether it came in, and with which outcome."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from credit.store.tables import message, parked


class Arrived(NamedTuple):
    """A message that came in: its outcome, and where it is parked, under which number and why."""

    outcome: str
    received_at: datetime
    sender: str | None
    parked_id: int | None
    reason: str | None
    closed_as: str | None


def find_arrival(connection: Connection, message_key: str) -> Arrived | None:
    """Return what became of a message; None where it has not come in."""
    asked = (
        select(
            message.c.outcome,
            message.c.received_at,
            message.c.sender,
            parked.c.parked_id,
            parked.c.reason,
            parked.c.closed_as,
        )
        .select_from(message.outerjoin(parked, parked.c.message_key == message.c.message_key))
        .where(message.c.message_key == message_key)
    )
    found = connection.execute(asked).one_or_none()
    return Arrived(*found) if found is not None else None
