"""Parked messages: kept with their reason and bytes until a person, or a newly known identifier, decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from credit.batch.arrival import REPEAT
from credit.record import places
from credit.record.rows import Decision
from credit.store import bulk
from credit.store.engine import together
from credit.store.tables import alias, message, parked, parked_event, waiting
from credit.vault import Keyring
from schemas.errors import PermanentError
from schemas.reasons import Reason


class NotParked(PermanentError):
    """There is no open parked message of that number; `xinglin parked list` shows those there are."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which parked messages are meant: those that fit everything that is said here.

    `source` is the first word of their keys, `item` what was found wrong first. `senders` are those whose messages
    are meant, None for all: what has none that can be read is meant only then. `since` and `until` bound the
    moment of parking, which a failed replay does not change; the first is within, the second is not.
    """

    numbers: frozenset[int] = frozenset()
    reason: Reason | None = None
    source: str | None = None
    sender: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    item: str | None = None
    senders: frozenset[str] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what holds of these messages, of a row of `parked` joined with `message`."""
        said: list[ColumnElement[bool]] = []
        if self.numbers:
            said.append(parked.c.parked_id.in_(self.numbers))
        if self.reason is not None:
            said.append(parked.c.reason == self.reason.value)
        if self.source is not None:
            said.append(parked.c.message_key.startswith(f"{self.source} ", autoescape=True))
        if self.sender is not None:
            said.append(message.c.sender == self.sender)
        if self.since is not None:
            said.append(parked.c.parked_at >= self.since)
        if self.until is not None:
            said.append(parked.c.parked_at < self.until)
        if self.item is not None:
            said.append(parked.c.detail.startswith(f"{self.item}: ", autoescape=True))
        if self.senders is not None:
            said.append(message.c.sender.in_(self.senders))
        return said


class Size(NamedTuple):
    """A parked message and how many bytes are kept of it."""

    parked_id: int
    bytes: int


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


_OPEN = parked.c.closed_as.is_(None)
_BOTH = parked.join(message, message.c.message_key == parked.c.message_key)


def count(connection: Connection, choice: Choice, *, closed: bool = False, most: int | None = None) -> int:
    """Return how many parked messages are meant, open ones alone or with those that were dealt with.

    No more than `most` are counted; None: all.
    """
    meant = select(parked.c.parked_id).select_from(_BOTH).where(*choice.conditions()).limit(most)
    if not closed:
        meant = meant.where(_OPEN)
    return int(connection.execute(select(func.count()).select_from(meant.subquery())).scalar_one())


def choose(connection: Connection, choice: Choice, after: int, limit: int) -> list[Size]:
    """Return the next open messages that are meant, in the order of receipt, after the number of the last one."""
    chosen = (
        select(parked.c.parked_id, func.length(message.c.raw))
        .select_from(_BOTH)
        .where(_OPEN, parked.c.parked_id > after, *choice.conditions())
        .order_by(parked.c.parked_id)
        .limit(limit)
    )
    return [Size(*row) for row in connection.execute(chosen)]


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
        .select_from(_BOTH)
        .where(parked.c.parked_id.in_(parked_ids), _OPEN)
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
        .where(_OPEN, alias.c.undone_at.is_(None))
        .distinct()
        .order_by(parked.c.parked_id)
        .limit(limit)
    )
    return list(connection.execute(ready).scalars())


def fetch_first(connection: Connection, rows: Iterable[ParkedMessage], keyring: Keyring) -> dict[int, bytes]:
    """Return the bytes as they first came, in clear, of those of these messages that were mended before."""
    event = parked_event.c
    mended = select(func.min(event.event_id)).where(event.raw.is_not(None)).group_by(event.parked_id)
    first = select(event.parked_id, event.event_id, event.raw).where(
        event.event_id.in_(mended.where(event.parked_id.in_([row.parked_id for row in rows])))
    )
    return {
        row.parked_id: keyring.unseal(row.raw, places.of_former_message(row.event_id))
        for row in connection.execute(first)
    }


class _Event(NamedTuple):
    parked_id: int
    at: datetime
    by: str
    action: str
    note: str
    account: str | None


def note(connection: Connection, parked_ids: Iterable[int], action: str, decision: Decision) -> None:
    """Write down what was done to parked messages, or that somebody looked at their bytes."""
    by, why, at, account = decision
    events = [_Event(parked_id, at, by, action, why, account) for parked_id in parked_ids]
    bulk.insert(connection, parked_event, events)


@dataclass(frozen=True, slots=True)
class Mended:
    """A parked message with the bytes (sealed) and the fingerprint that it is to have, and `why` they are changed."""

    before: ParkedMessage
    raw: bytes
    fingerprint: bytes
    why: str


def mend(connection: Connection, mended: Sequence[Mended], decision: Decision, keyring: Keyring) -> None:
    """Put mended bytes in the place of the parked ones; the former bytes stay in the history.

    The messages keep their keys: each is the next version of the same message. The former bytes are sealed anew, for
    their new place.
    """
    if not mended:
        return
    by, _, at, account = decision
    noted = connection.execute(
        insert(parked_event).returning(parked_event.c.parked_id, parked_event.c.event_id),
        [
            {"parked_id": one.before.parked_id, "at": at, "by": by, "action": "mend", "note": one.why}
            | {"account": account}
            for one in mended
        ],
    )
    events: dict[int, int] = {row.parked_id: row.event_id for row in noted}
    keeping = update(parked_event).where(parked_event.c.event_id == bindparam("event"))
    changing = update(message).where(message.c.message_key == bindparam("key"))
    with together(connection):
        connection.execute(
            keeping.values(raw=bindparam("former")),
            [
                {
                    "event": events[one.before.parked_id],
                    "former": _keep(one.before, events[one.before.parked_id], keyring),
                }
                for one in mended
            ],
        )
        connection.execute(
            changing.values(raw=bindparam("new_raw"), mended_fingerprint=bindparam("mark")),
            [{"key": one.before.message_key, "new_raw": one.raw, "mark": one.fingerprint} for one in mended],
        )


def _keep(before: ParkedMessage, event_id: int, keyring: Keyring) -> bytes:
    former = keyring.unseal(before.raw, places.of_message(before.message_key))
    return keyring.seal(former, places.of_former_message(event_id))


def fail(connection: Connection, parked_id: int, detail: str) -> None:
    """Say that a message cannot be replayed: it waits for no identifier any more, only for a person."""
    parking = update(parked).where(parked.c.parked_id == parked_id, _OPEN)
    key = connection.execute(
        parking.values(reason=Reason.INTERNAL.value, detail=detail).returning(parked.c.message_key)
    ).scalar_one_or_none()
    identifiers = ~waiting.c.value_hash.startswith(REPEAT, autoescape=True)
    connection.execute(delete(waiting).where(waiting.c.message_key == key, identifiers))


def discard(connection: Connection, rows: Sequence[ParkedMessage], decision: Decision) -> None:
    """Close parked messages, fetched in this transaction, without applying them; their bytes and history stay."""
    numbers = [row.parked_id for row in rows]
    note(connection, numbers, "discard", decision)
    closing = update(parked).where(parked.c.parked_id.in_(numbers))
    connection.execute(closing.values(closed_as="discarded", closed_at=decision.at, closed_by=decision.by))
