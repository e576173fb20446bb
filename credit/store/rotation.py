"""Sealing everything that is kept again with the current key, in small transactions that may be interrupted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

from credit.store import keymark, tables
from credit.store.engine import reading, writing
from credit.store.terms import with_keys
from credit.vault import Keyring

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that holds sealed values, and the context they are sealed for."""

    column: Column[bytes]
    context: bytes

    @property
    def table(self) -> Table:
        """The table of the column."""
        return self.column.table


SEALED = (
    Sealed(tables.message.c.raw, b"message"),
    Sealed(tables.subject.c.identifier, b"subject"),
    Sealed(tables.alias.c.value, b"alias"),
    Sealed(tables.outbox.c.body, b"outbox"),
    Sealed(tables.parked_event.c.raw, b"message"),
    Sealed(tables.keymark.c.sealed, b"keymark"),
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
    prefix = keyring.seal(b"", sealed.context)[:5]
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
            select(*keys, sealed.column)
            .where(_old(sealed, keyring), *further)
            .order_by(*keys)
            .limit(_AT_ONCE)
            .with_for_update()
        ).all()
        if old:
            names = [f"key_{column.name}" for column in keys]
            new = [
                dict(zip(names, row[:-1], strict=True))
                | {"sealed_again": keyring.seal(keyring.unseal(row[-1], sealed.context), sealed.context)}
                for row in old
            ]
            mine = tuple_(*keys) == tuple_(*map(bindparam, names))
            connection.execute(update(table).where(mine).values({sealed.column.name: bindparam("sealed_again")}), new)
    return [tuple(row[:-1]) for row in old]
