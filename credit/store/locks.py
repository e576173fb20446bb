"""Advisory locks on names, until the transaction ends. On SQLite a writing transaction holds the lock of the file."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, text

from credit.record.ids import lock_number
from schemas.errors import TransientError


class ScopeMoved(TransientError):
    """Another batch changed which records belong together while this one waited for its locks; try again."""


def hold(connection: Connection, names: Iterable[str]) -> None:
    """Wait for the locks on some names, in order of their numbers: for the first locks of a transaction."""
    if connection.dialect.name != "postgresql":
        return
    numbers = sorted(map(lock_number, names))
    connection.execute(
        text("SELECT count(pg_advisory_xact_lock(n)) FROM (SELECT unnest(CAST(:numbers AS bigint[])) AS n) AS l"),
        {"numbers": numbers},
    )


def share(connection: Connection, name: str) -> None:
    """Wait for the lock on a name together with others who share it; who holds it (`hold`) is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:number)"), {"number": lock_number(name)})


def try_hold(connection: Connection, names: Collection[str]) -> None:
    """Take further locks, out of order and so without waiting: two batches that wait for each other would be lost.

    Raises:
        ScopeMoved: another batch has one of them.
    """
    if connection.dialect.name != "postgresql":
        return
    locked = connection.execute(
        text("SELECT bool_and(pg_try_advisory_xact_lock(n)) FROM unnest(CAST(:numbers AS bigint[])) AS n"),
        {"numbers": list(map(lock_number, names))},
    )
    if locked.scalar_one() is False:
        raise ScopeMoved
