"""A sealed value is bound to its row, not to its table alone: everything is sealed again.

What is bound to its table only can be put into another row of it and still opens there. Afterwards nothing opens such
a value any more, so that one kept from before cannot be put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import context, op

from credit.vault import Keyring, SealBroken, is_bound, is_unbound, place
from schemas.errors import ConfigurationError

revision = "0008"
down_revision = "0007"

_AT_ONCE = 500


class _Sealed(NamedTuple):
    """A sealed column, the columns that find its row, those that name its place, and what it was sealed for before."""

    table: str
    column: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    before: bytes


_COLUMNS = (
    _Sealed("keymark", "sealed", ("mark",), ("mark",), b"keymark"),
    _Sealed("message", "raw", ("message_key",), ("message_key",), b"message"),
    _Sealed("subject", "identifier", ("subject_id",), ("subject_id",), b"subject"),
    _Sealed("alias", "value", ("value_hash", "kind", "subject_id"), ("value_hash", "kind", "subject_id"), b"alias"),
    _Sealed("outbox", "body", ("outbox_id",), ("message_id",), b"outbox"),
    _Sealed("parked_event", "raw", ("event_id",), ("event_id",), b"message"),
)


def upgrade() -> None:
    """Seal every value again for its row; refuse an archive in which that was done before."""
    connection = op.get_bind()
    keyring: Keyring | None = context.config.attributes["keyring"]
    for sealed in _COLUMNS:
        for rows in _read_in_lots(connection, sealed):
            if keyring is None:
                raise ConfigurationError("the archive has to be sealed again: give `xinglin db upgrade` its keys")
            _seal_again(connection, sealed, rows, keyring)


def _read_in_lots(connection: sa.Connection, sealed: _Sealed) -> Iterator[list[Any]]:
    table = _table(sealed)
    keys = [table.c[name] for name in sealed.keys]
    wanted = sa.select(table).where(table.c[sealed.column].is_not(None)).order_by(*keys).limit(_AT_ONCE)
    further: list[sa.ColumnElement[bool]] = []
    while rows := list(connection.execute(wanted.where(*further))):
        yield rows
        last = [getattr(rows[-1], name) for name in sealed.keys]
        further = [sa.tuple_(*keys) > sa.tuple_(*map(sa.literal, last))]


def _table(sealed: _Sealed) -> sa.TableClause:
    names = dict.fromkeys((*sealed.keys, *sealed.names))
    return sa.table(sealed.table, *map(sa.column, names), sa.column(sealed.column, sa.LargeBinary()))


def _seal_again(connection: sa.Connection, sealed: _Sealed, rows: list[Any], keyring: Keyring) -> None:
    table = _table(sealed)
    mine = [table.c[name] == sa.bindparam(f"key_{name}") for name in sealed.keys]
    renewed = sa.update(table).where(*mine).values({sealed.column: sa.bindparam("renewed")})
    values = []
    for row in rows:
        token = getattr(row, sealed.column)
        plain = _open(sealed, token, keyring)
        if plain is None:
            continue
        place_of = place(sealed.table, sealed.column, *(str(getattr(row, name)) for name in sealed.names))
        keys = {f"key_{name}": getattr(row, name) for name in sealed.keys}
        values.append({**keys, "renewed": keyring.seal(plain, place_of)})
    if values:
        connection.execute(renewed, values)


def _open(sealed: _Sealed, token: bytes, keyring: Keyring) -> bytes | None:
    """Open a value of before; None for one that was damaged, which stays as it is and opens nowhere.

    Raises:
        ConfigurationError: it is bound to its row already, so the tables are not of the version they say.
        SealBroken: its key is not at hand, or these are not the keys of the archive.
    """
    if is_bound(token):
        raise ConfigurationError(
            f"{sealed.table} holds values that are bound to their rows already, in tables of a former version: "
            "somebody has changed the database; restore the backup"
        )
    try:
        return keyring.unseal_unbound(token, sealed.before)
    except SealBroken:
        if sealed.table == "keymark" or (is_unbound(token) and token[1:5].hex() not in keyring.data_keys):
            raise
        return None
