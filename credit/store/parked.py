"""Parked messages: kept with their reason and bytes until a person, or a newly known identifier, decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from credit.record import places
from credit.record.rows import Decision
from credit.store.tables import alias, message, parked, parked_event, waiting
from credit.vault import Keyring
from schemas.errors import PermanentError
from schemas.reasons import Reason


class NotParked(PermanentError):
    """There is no open parked message of that number; `xinglin parked list` shows those there are."""


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A parked message with its bytes (sealed) as they would be read again."""

    parked_id: int
    message_key: str
    reason: str
    detail: str
    queue: str
    raw: bytes
    headers: str
    fingerprint: bytes


def fetch(connection: Connection, parked_ids: Sequence[int]) -> list[ParkedMessage]:
    """Return open parked messages, locked until the transaction ends; those another process holds are left out."""
    chosen = (
        select(
            parked.c.parked_id,
            parked.c.message_key,
            parked.c.reason,
            parked.c.detail,
            message.c.queue,
            message.c.raw,
            message.c.headers,
            message.c.fingerprint,
        )
        .join(message, message.c.message_key == parked.c.message_key)
        .where(parked.c.parked_id.in_(parked_ids), parked.c.closed_as.is_(None))
        .order_by(parked.c.parked_id)
        .with_for_update(of=parked, skip_locked=True)
    )
    return [ParkedMessage(*row) for row in connection.execute(chosen)]


def fetch_one(connection: Connection, parked_id: int) -> ParkedMessage:
    """Return one open parked message, locked.

    Raises:
        NotParked: there is none of that number, or it is closed.
    """
    found = fetch(connection, [parked_id])
    if not found:
        raise NotParked(f"no open parked message {parked_id}; `xinglin parked list` shows those there are")
    return found[0]


def find_ready(connection: Connection, limit: int) -> list[int]:
    """Return parked messages that waited for an identifier which has been claimed meanwhile.

    A question about the present state, so a crash between a claim and the replay loses nothing.
    """
    ready = (
        select(parked.c.parked_id)
        .join(waiting, waiting.c.message_key == parked.c.message_key)
        .join(alias, alias.c.value_hash == waiting.c.value_hash)
        .where(parked.c.closed_as.is_(None), alias.c.undone_at.is_(None))
        .distinct()
        .order_by(parked.c.parked_id)
        .limit(limit)
    )
    return list(connection.execute(ready).scalars())


def note(connection: Connection, parked_id: int, action: str, decision: Decision) -> None:
    """Write down what was done to a parked message."""
    by, why, at = decision
    connection.execute(insert(parked_event).values(parked_id=parked_id, at=at, by=by, action=action, note=why))


def mend(
    connection: Connection,
    before: ParkedMessage,
    raw: bytes,
    fingerprint: bytes,
    decision: Decision,
    keyring: Keyring,
) -> None:
    """Put mended bytes (sealed) in the place of the parked ones; the former bytes stay in the history.

    The message keeps its key: it is the next version of the same message. The former bytes are sealed anew, for
    their new place.
    """
    by, why, at = decision
    noting = insert(parked_event).values(parked_id=before.parked_id, at=at, by=by, action="mend", note=why)
    event_id = connection.execute(noting.returning(parked_event.c.event_id)).scalar_one()
    former = keyring.unseal(before.raw, places.of_message(before.message_key))
    keeping = update(parked_event).where(parked_event.c.event_id == event_id)
    connection.execute(keeping.values(raw=keyring.seal(former, places.of_former_message(event_id))))
    connection.execute(
        update(message)
        .where(message.c.message_key == before.message_key)
        .values(raw=raw, mended_fingerprint=fingerprint)
    )


def fail(connection: Connection, parked_id: int, detail: str) -> None:
    """Say that a message cannot be replayed: it waits for no identifier any more, only for a person."""
    parking = update(parked).where(parked.c.parked_id == parked_id, parked.c.closed_as.is_(None))
    key = connection.execute(
        parking.values(reason=Reason.INTERNAL.value, detail=detail).returning(parked.c.message_key)
    ).scalar_one_or_none()
    connection.execute(delete(waiting).where(waiting.c.message_key == key))


def discard(connection: Connection, parked_id: int, decision: Decision) -> None:
    """Close a parked message without applying it; its bytes and history stay.

    Raises:
        NotParked: there is none of that number, or it is closed.
    """
    fetch_one(connection, parked_id)
    note(connection, parked_id, "discard", decision)
    closing = update(parked).where(parked.c.parked_id == parked_id)
    connection.execute(closing.values(closed_as="discarded", closed_at=decision.at, closed_by=decision.by))
