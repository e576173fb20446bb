"""Parked messages as a clerk sees them: why each waits, what it says, and who did what to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

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
    """What a person did to a parked message; `before` are the bytes that a mended one had until then."""

    at: datetime
    by: str
    action: str
    note: str
    before: bytes | None


@dataclass(frozen=True, slots=True)
class Story:
    """One parked message with everything about it. `raw` are its bytes as they would be read, in clear."""

    parked: Parked
    received_at: datetime
    headers: str
    events: tuple[Event, ...]
    raw: bytes


def find_parked(connection: Connection, *, reason: Reason | None = None, closed: bool = False) -> list[Parked]:
    """Return the open parked messages, oldest first; `closed` adds those that were dealt with."""
    statement = _select().order_by(parked.c.parked_id)
    if reason is not None:
        statement = statement.where(parked.c.reason == reason.value)
    if not closed:
        statement = statement.where(parked.c.closed_as.is_(None))
    return [_build(tuple(row)) for row in connection.execute(statement)]


def count_reasons(rows: Iterable[Parked]) -> dict[str, int]:
    """Return how many messages each reason holds, the most frequent first."""
    return dict(Counter(row.reason for row in rows).most_common())


def read_story(connection: Connection, parked_id: int, keyring: Keyring) -> Story:
    """Return one parked message, open or closed, with its bytes unsealed.

    Raises:
        PermanentError: there is none of that number.
    """
    statement = _select().add_columns(message.c.received_at, message.c.headers, message.c.raw)
    found = connection.execute(statement.where(parked.c.parked_id == parked_id)).one_or_none()
    if found is None:
        raise PermanentError(
            f"no message {parked_id} was ever parked; `xinglin parked list --all` shows those that were"
        )
    *row, received_at, headers, raw = found
    return Story(
        parked=_build(tuple(row)),
        received_at=received_at,
        headers=headers,
        events=_events(connection, parked_id, keyring),
        raw=keyring.unseal(raw, b"message"),
    )


def _events(connection: Connection, parked_id: int, keyring: Keyring) -> tuple[Event, ...]:
    event = parked_event.c
    found = connection.execute(
        select(event.at, event.by, event.action, event.note, event.raw)
        .where(event.parked_id == parked_id)
        .order_by(event.event_id)
    )
    return tuple(
        Event(at, by, action, note, keyring.unseal(raw, b"message") if raw is not None else None)
        for at, by, action, note, raw in found
    )


def _select() -> Select[tuple[object, ...]]:
    waits = (
        select(func.count()).select_from(waiting).where(waiting.c.message_key == parked.c.message_key).scalar_subquery()
    )
    return select(
        parked.c.parked_id,
        parked.c.message_key,
        parked.c.reason,
        parked.c.detail,
        message.c.queue,
        message.c.type,
        message.c.sender,
        parked.c.parked_at,
        waits,
        parked.c.closed_as,
        parked.c.closed_at,
        parked.c.closed_by,
    ).join(message, message.c.message_key == parked.c.message_key)


def _build(row: tuple[Any, ...]) -> Parked:
    parked_id, message_key, reason, *rest = row
    return Parked(parked_id, message_key, reason, HINTS[Reason(reason)], *rest)
