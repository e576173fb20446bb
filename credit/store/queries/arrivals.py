"""What became of one message, and what it says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from credit.record import places
from credit.store.bulk import one_of
from credit.store.tables import message, parked
from credit.vault import Keyring


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


class Kept(NamedTuple):
    """A message as it is kept: its type, who sent it, its bytes in clear, and its headers as JSON."""

    type: str | None
    sender: str | None
    raw: bytes
    headers: str


_KEPT = select(message.c.message_key, *(message.c[name] for name in Kept._fields)).where(
    one_of(message.c.message_key, "keys")
)


def read_kept(connection: Connection, message_keys: Iterable[str], keyring: Keyring) -> dict[str, Kept]:
    """Return those of some messages that came in, by their keys. Raises SealBroken."""
    found = connection.execute(_KEPT, {"keys": list(message_keys)})
    return {
        key: Kept(kind, sender, keyring.unseal(raw, places.of_message(key)), headers)
        for key, kind, sender, raw, headers in found
    }
