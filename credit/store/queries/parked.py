"""Parked messages as a clerk sees them: why each waits, what it says, and who did what to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from credit.identity import Viewer
from credit.record import places
from credit.store.queries.content import read_bytes
from credit.store.tables import message, parked, parked_event, waiting
from credit.vault import Keyring
from schemas.errors import PermanentError
from schemas.reasons import HINTS, Reason


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked message. `hint` is in Chinese; `waits` are the identifiers that would free it by being claimed.

    `closed_as` is None while it is open, else what became of it: an outcome, or "discarded".
    """

    parked_id: int
    message_key: str
    reason: str
    hint: str
    detail: str
    queue: str
    type: str | None
    sender: str | None
    parked_at: datetime
    waits: int
    closed_as: str | None
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """What a person did to a parked message; `before` is what a mended one said until then, as the viewer sees it."""

    at: datetime
    by: str
    action: str
    note: str
    before: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """One parked message with everything about it: `message` is what it says, as the viewer sees it."""

    row: Parked
    received_at: datetime
    headers: str
    events: tuple[Event, ...]
    message: str


def find_parked(
    connection: Connection, viewer: Viewer, *, reason: Reason | None = None, closed: bool = False
) -> list[Parked]:
    """Return the open parked messages, oldest first; `closed` adds those that were dealt with."""
    statement = _PARKED.order_by(parked.c.parked_id)
    if reason is not None:
        statement = statement.where(parked.c.reason == reason.value)
    if not closed:
        statement = statement.where(parked.c.closed_as.is_(None))
    return [_build(row, viewer) for row in connection.execute(statement)]


def count_reasons(rows: Iterable[Parked]) -> dict[str, int]:
    """Return how many messages each reason holds, the most frequent first."""
    return dict(Counter(row.reason for row in rows).most_common())


def read_story(connection: Connection, parked_id: int, keyring: Keyring, viewer: Viewer) -> Story:
    """Return one parked message, open or closed, with what it says.

    Raises:
        PermanentError: there is none of that number.
    """
    found = _find(connection, parked_id)
    return Story(
        row=_build(found, viewer),
        received_at=found.received_at,
        headers=viewer.text(found.headers),
        events=_events(connection, parked_id, keyring, viewer),
        message=read_bytes(keyring.unseal(found.raw, places.of_message(found.message_key)), viewer),
    )


def read_raw(connection: Connection, parked_id: int, keyring: Keyring, viewer: Viewer) -> bytes:
    """Return the exact bytes of one parked message, open or closed.

    Raises:
        PermanentError: there is none of that number, or the viewer may not see personal numbers.
    """
    if not viewer.sees_numbers:
        raise PermanentError("the bytes of a message are for those who may see personal numbers")
    found = _find(connection, parked_id)
    return keyring.unseal(found.raw, places.of_message(found.message_key))


def read_type(connection: Connection, parked_id: int) -> str | None:
    """Return the type of a parked message, open or closed; None where it could not be read.

    Raises:
        PermanentError: none was ever parked under that number.
    """
    kind: str | None = _find(connection, parked_id).type
    return kind


def _find(connection: Connection, parked_id: int) -> Row[Any]:
    found = connection.execute(_WHOLE.where(parked.c.parked_id == parked_id)).one_or_none()
    if found is None:
        raise PermanentError(
            f"no message {parked_id} was ever parked; `xinglin parked list --all` shows those that were"
        )
    return found


def _events(connection: Connection, parked_id: int, keyring: Keyring, viewer: Viewer) -> tuple[Event, ...]:
    def show(raw: bytes | None, event_id: int) -> str | None:
        return None if raw is None else read_bytes(keyring.unseal(raw, places.of_former_message(event_id)), viewer)

    event = parked_event.c
    found = connection.execute(
        select(event.at, event.by, event.action, event.note, event.raw, event.event_id)
        .where(event.parked_id == parked_id)
        .order_by(event.event_id)
    )
    return tuple(
        Event(at, by, action, viewer.text(note), show(raw, event_id)) for at, by, action, note, raw, event_id in found
    )


_WAITS = select(func.count()).select_from(waiting).where(waiting.c.message_key == parked.c.message_key)
_PARKED = select(
    parked, message.c.queue, message.c.type, message.c.sender, _WAITS.scalar_subquery().label("waits")
).join(message, message.c.message_key == parked.c.message_key)
_WHOLE = _PARKED.add_columns(message.c.received_at, message.c.headers, message.c.raw)


def _build(found: Row[Any], viewer: Viewer) -> Parked:
    return Parked(
        parked_id=found.parked_id,
        message_key=found.message_key,
        reason=found.reason,
        hint=HINTS[Reason(found.reason)],
        detail=viewer.text(found.detail),
        queue=found.queue,
        type=found.type,
        sender=found.sender,
        parked_at=found.parked_at,
        waits=found.waits,
        closed_as=found.closed_as,
        closed_at=found.closed_at,
        closed_by=found.closed_by,
    )
