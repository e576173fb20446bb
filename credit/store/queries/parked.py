"""Parked messages as a clerk sees them: why each waits, what it says, and who did what to it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from credit.batch.arrival import REPEAT
from credit.identity import Viewer
from credit.record import places
from credit.record.rows import Decision
from credit.store import parked as parking
from credit.store.parked import Choice
from credit.store.queries.content import read_bytes
from credit.store.queries.mends import Change, read_mends
from credit.store.queries.page import WHOLE, Part, comes_after, comes_before, write_key
from credit.store.tables import message, parked, parked_event, record, waiting
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
    """What a person did to a parked message; `account` is the user of the operating system, None where unknown.

    `before` is what a mended one said until then and `changes` what was changed in it, both as the viewer sees it;
    None where nothing was mended.
    """

    at: datetime
    by: str
    account: str | None
    action: str
    note: str
    before: str | None
    changes: tuple[Change, ...] | None


@dataclass(frozen=True, slots=True)
class Story:
    """One parked message with everything about it: `message` is what it says, as the viewer sees it."""

    row: Parked
    received_at: datetime
    headers: str
    events: tuple[Event, ...]
    message: str


EVERY = Choice()
"""All parked messages."""


def find_parked(
    connection: Connection,
    viewer: Viewer,
    choice: Choice = EVERY,
    part: Part = WHOLE,
    *,
    closed: bool = False,
    newest_first: bool = False,
) -> list[Parked]:
    """Return parked messages, the oldest first or the newest; `closed` adds those dealt with.

    Pages begin after what `key_of` says; what is dealt with meanwhile shifts none.
    """
    number = parked.c.parked_id
    place = comes_before((number,), part.after) if newest_first else comes_after((number,), part.after)
    statement = _PARKED.where(place, *choice.conditions()).order_by(number.desc() if newest_first else number)
    if not closed:
        statement = statement.where(parked.c.closed_as.is_(None))
    return [_build(row, viewer) for row in connection.execute(statement.limit(part.limit))]


def key_of(parked_id: int) -> str:
    """Return the key of a parked message in the list of them."""
    return write_key([parked_id])


def find_notes(connection: Connection, parked_ids: Collection[int], viewer: Viewer) -> dict[int, str]:
    """Return the latest note on each of some parked messages that has one."""
    event = parked_event.c
    noted = select(event.parked_id, event.note).where(event.parked_id.in_(parked_ids), event.action == "note")
    return {row.parked_id: viewer.text(row.note) for row in connection.execute(noted.order_by(event.event_id))}


def find_types(connection: Connection, parked_ids: Collection[int]) -> dict[int, str]:
    """Return the types of some parked messages, those that could be read."""
    joined = select(parked.c.parked_id, message.c.type).join(message, message.c.message_key == parked.c.message_key)
    readable = joined.where(parked.c.parked_id.in_(parked_ids), message.c.type.is_not(None))
    return {row.parked_id: row.type for row in connection.execute(readable)}


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
        events=_events(connection, found, keyring, viewer),
        message=read_bytes(keyring.unseal(found.raw, places.of_message(found.message_key)), viewer),
    )


class Said(NamedTuple):
    """What a parked message says, exactly, with its headers as JSON: to be judged by, never to be shown.

    `subjects` is whose record it became once it was dealt with.
    """

    raw: bytes
    headers: str
    subjects: frozenset[str]


def read_said(connection: Connection, parked_id: int, keyring: Keyring) -> Said:
    """Return the bytes of one parked message, open or closed, for who asks whom it names, or what it does.

    Raises:
        PermanentError: there is none of that number.
    """
    found = _find(connection, parked_id)
    owner = select(record.c.subject_id).join(message, message.c.record_id == record.c.record_id)
    owners = connection.execute(owner.where(message.c.message_key == found.message_key)).scalars()
    return Said(keyring.unseal(found.raw, places.of_message(found.message_key)), found.headers, frozenset(owners))


def read_raw(connection: Connection, parked_id: int, keyring: Keyring, viewer: Viewer, look: Decision) -> bytes:
    """Return the exact bytes of one parked message, open or closed; who looks is kept in its history.

    The bytes are to be shown only once the caller's transaction is committed.

    Raises:
        PermanentError: there is none of that number, or the viewer may not see personal numbers.
    """
    if not viewer.sees_numbers:
        raise PermanentError("the bytes of a message are for those who may see personal numbers")
    found = _find(connection, parked_id)
    parking.note(connection, [parked_id], "look", look)
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


def _events(connection: Connection, found: Row[Any], keyring: Keyring, viewer: Viewer) -> tuple[Event, ...]:
    mends = {mend.event_id: mend for mend in read_mends(connection, [found.message_key], keyring, viewer)}
    event = parked_event.c
    rows = connection.execute(
        select(event.event_id, event.at, event.by, event.account, event.action, event.note)
        .where(event.parked_id == found.parked_id)
        .order_by(event.event_id)
    )
    return tuple(
        Event(
            at=row.at,
            by=row.by,
            account=row.account,
            action=row.action,
            note=viewer.text(row.note),
            before=mends[row.event_id].before if row.event_id in mends else None,
            changes=mends[row.event_id].changes if row.event_id in mends else None,
        )
        for row in rows
    )


_WAITS = (
    select(func.count())
    .select_from(waiting)
    .where(waiting.c.message_key == parked.c.message_key, ~waiting.c.value_hash.startswith(REPEAT, autoescape=True))
)
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
