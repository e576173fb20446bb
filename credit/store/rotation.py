"""Sealing everything that is kept again with the current key, in small transactions that may be interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    update,
)

from credit.access import foureyes, second
from credit.record import places
from credit.store import keymark, tables
from credit.store.engine import reading, writing
from credit.store.terms import with_keys
from credit.vault import Keyring

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that holds sealed values, and what names the place of each: these columns of its row."""

    column: Column[bytes]
    names: tuple[Column[Any], ...]
    place: Callable[..., bytes]

    @property
    def table(self) -> Table:
        """The table of the column."""
        return self.column.table


SEALED = (
    Sealed(tables.message.c.raw, (tables.message.c.message_key,), places.of_message),
    Sealed(tables.subject.c.identifier, (tables.subject.c.subject_id,), places.of_identifier),
    Sealed(
        tables.alias.c.value,
        (tables.alias.c.value_hash, tables.alias.c.kind, tables.alias.c.subject_id),
        places.of_alias,
    ),
    Sealed(tables.outbox.c.body, (tables.outbox.c.message_id,), places.of_dispatch),
    Sealed(tables.parked_event.c.raw, (tables.parked_event.c.event_id,), places.of_former_message),
    Sealed(tables.account.c.second, (tables.account.c.name,), second.place_of),
    Sealed(tables.proposal.c.payload, (tables.proposal.c.proposal_id,), foureyes.place_of),
    Sealed(tables.proposal.c.message, (tables.proposal.c.proposal_id,), foureyes.place_of_message),
    Sealed(tables.contact.c.contact, (tables.contact.c.number,), places.of_contact),
    Sealed(tables.keymark.c.sealed, (tables.keymark.c.mark,), places.of_keymark),
)
"""Every sealed column there is; a test holds this against the tables."""


def count_old(engine: Engine, keyring: Keyring) -> int:
    """Return how many values are not sealed with the current key."""
    with reading(engine) as connection:
        return sum(_count(connection, sealed, keyring) for sealed in SEALED)


def is_complete(engine: Engine, keyring: Keyring) -> bool:
    """Tell whether everything is sealed with the current key: no rotation was left half done."""
    return count_old(engine, keyring) == 0


def _old(sealed: Sealed, keyring: Keyring) -> ColumnElement[bool]:
    # A token starts with its version and the id of its key.
    prefix = keyring.seal(b"", b"")[:5]
    return func.substr(sealed.column, 1, len(prefix)) != prefix


def _count(connection: Connection, sealed: Sealed, keyring: Keyring) -> int:
    statement = select(func.count()).select_from(sealed.table).where(_old(sealed, keyring))
    return int(connection.execute(statement).scalar_one())


def reseal(engine: Engine, keyring: Keyring, tell: Callable[[int], None]) -> int:
    """Seal every old value again, some hundred a transaction; `tell` hears of each lot. Returns how many.

    Raises:
        SealBroken: a value cannot be opened with any key of the ring; what was done before stays done.
    """
    engine = with_keys(engine, keyring)
    # First: from here on whoever holds the former keys alone writes nothing more, and stops.
    keymark.settle_keys(engine, keyring)
    total = 0
    for sealed in SEALED:
        last: tuple[object, ...] | None = None
        while done := _reseal_some(engine, sealed, keyring, last):
            last = done[-1]
            total += len(done)
            tell(len(done))
    return total


def _reseal_some(
    engine: Engine, sealed: Sealed, keyring: Keyring, after: tuple[object, ...] | None
) -> list[tuple[object, ...]]:
    """Seal the next values again, in the order of their keys; return the keys."""
    table, keys = sealed.table, list(sealed.table.primary_key)
    further = [tuple_(*keys) > tuple_(*map(literal, after))] if after else []
    with writing(engine) as connection:
        old = connection.execute(
            select(*keys, *sealed.names, sealed.column)
            .where(_old(sealed, keyring), *further)
            .order_by(*keys)
            .limit(_AT_ONCE)
            .with_for_update()
        ).all()
        if old:
            names = [f"key_{column.name}" for column in keys]
            new = [
                dict(zip(names, row, strict=False)) | {"sealed_again": _seal_again(sealed, row[len(keys) :], keyring)}
                for row in old
            ]
            mine = tuple_(*keys) == tuple_(*map(bindparam, names))
            connection.execute(update(table).where(mine).values({sealed.column.name: bindparam("sealed_again")}), new)
    return [tuple(row[: len(keys)]) for row in old]


def _seal_again(sealed: Sealed, row: Sequence[Any], keyring: Keyring) -> bytes:
    *names, token = row
    place = sealed.place(*names)
    return keyring.seal(keyring.unseal(token, place), place)
