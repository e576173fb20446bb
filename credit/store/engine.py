"""Connections to the archive: one engine a process, set up so that what is committed is on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from credit.store import wal
from credit.store.watched import WatchedConnection
from schemas.errors import ConfigurationError, TransientError

_POSTGRES_OPTIONS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "synchronous_commit": "on",
        "statement_timeout": "60s",
        "lock_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
        # A machine that vanished, its locks with it, is noticed after 25 s; by default after two hours.
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        # Compiling a statement takes longer than any of ours runs: it is done by guessed costs, not by rows.
        "jit": "off",
        "TimeZone": "UTC",
    }.items()
)
_SQLITE_BUSY_SECONDS = 60
_SQLITE_PRAGMAS = ("synchronous=FULL", f"busy_timeout={_SQLITE_BUSY_SECONDS * 1000}", "foreign_keys=ON")
_RETRYABLE = {"23505", "40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "25P03"}
_TAKEN_ROW = {"SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_ROWID"}


COLLATIONS = {"postgresql": "C", "sqlite": "BINARY"}
"""Databases order text by the language they were set up for; by these its bytes are in the same order everywhere."""

Look = Callable[[Connection], None]
"""Looks, as the first thing in a transaction that writes, whether it may go on; what it raises ends the transaction."""


class StoreUnavailable(TransientError):
    """The database could not be used just now; the transaction was rolled back or its outcome is unknown."""


def connect(url: str) -> Engine:
    """Return an engine for `sqlite:///PATH` or `postgresql+psycopg://…`; no connection is opened yet.

    Raises:
        ConfigurationError: the URL is of another kind of database, or no URL at all.
    """
    try:
        kind = make_url(url).get_backend_name()
    except (ArgumentError, ValueError):
        raise ConfigurationError("the database URL cannot be read; write postgresql+psycopg://USER@HOST/NAME") from None
    if kind == "sqlite":
        return _connect_sqlite(url)
    if kind == "postgresql":
        return _connect_postgres(url)
    raise ConfigurationError(f"{kind!r} is not a database Xinglin keeps its archive in; use sqlite or postgresql")


def _connect_postgres(url: str) -> Engine:
    psycopg_url = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        psycopg_url,
        pool_pre_ping=True,
        pool_size=4,
        hide_parameters=True,
        connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 10, "tcp_user_timeout": 20000},
    )
    event.listen(engine, "do_connect", _connect_watched)
    return engine


def _connect_watched(_dialect: object, _record: object, args: list[Any], parameters: dict[str, Any]) -> Any:
    return WatchedConnection.open(*args, **parameters)


def _connect_sqlite(url: str) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # sqlite3's own transaction handling starts transactions late; SQLAlchemy's "begin" event does it for us.
    connection.isolation_level = None
    wal.enter(connection, _SQLITE_BUSY_SECONDS)
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts by reading and then writes can fail as busy for good; taking the write lock at
    # the start cannot.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def bound(engine: Engine, look: Look) -> Engine:
    """Return the same engine, each of whose transactions that write begins with a look at whether it may."""
    return engine.execution_options(look=look)


def _look(connection: Connection) -> None:
    look: Look | None = connection.get_execution_options().get("look")
    if look is not None:
        look(connection)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that writes; leaving the block normally commits it, an exception rolls it back.

    Raises:
        OutOfStep, ClockWrong: of an engine that is bound to terms, which hold no longer.
        StoreUnavailable: the connection failed, or the transaction met a deadlock, a lock timeout or another
            transaction's row. After a failure at commit the outcome is unknown: the inbox decides on the retry.
    """
    with _translated(), engine.begin() as connection:
        _look(connection)
        yield connection


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Send the statements of the block one after the other without waiting for answers; none may return rows.

    On PostgreSQL; SQLite has nobody to wait for. An error of any of them comes at the end of the block, as
    SQLAlchemy's error of its kind, and the transaction is lost.
    """
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        yield
        return
    with past_sqlalchemy(connection, raw), raw.pipeline():
        yield


@contextmanager
def past_sqlalchemy(connection: Connection, raw: psycopg.Connection[Any]) -> Iterator[None]:
    """Turn what psycopg raises, where it is used directly, into SQLAlchemy's error of its kind."""
    try:
        yield
    except psycopg.Error as error:
        if raw.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True) from error


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that may write and is rolled back in any case: for a dry run.

    Raises:
        StoreUnavailable: as for `writing`.
    """
    with _translated(), engine.connect() as connection, connection.begin() as transaction:
        _look(connection)
        yield connection
        transaction.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that only reads one consistent snapshot.

    Raises:
        StoreUnavailable: the connection failed.
    """
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with _translated(), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def browsing(engine: Engine) -> Iterator[Connection]:
    """Do as `reading` for screens: each statement is planned for the values it is asked with.

    A statement that is asked again and again is prepared, and after a while PostgreSQL plans it once for any value: for
    an organ of middling size, say. Asked by who sees one that has few records, such a plan reads the whole table.

    Raises:
        StoreUnavailable: the connection failed.
    """
    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(_PLAN_EACH)
        yield connection


_PLAN_EACH = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if "certificate verify failed" in str(error.orig):
            raise ConfigurationError(
                f"the database shows a certificate that is not trusted; check sslrootcert and host: {_describe(error)}"
            ) from error
        raise StoreUnavailable(f"the database refused or was lost: {_describe(error)}") from error
    except DBAPIError as error:
        if error.connection_invalidated or _is_passing(error):
            raise StoreUnavailable(f"the database refused or was lost: {_describe(error)}") from error
        raise


def _is_passing(error: DBAPIError) -> bool:
    # Another transaction's row is found on the next attempt; a row that breaks another rule breaks it again.
    if getattr(error.orig, "sqlite_errorname", None) in _TAKEN_ROW:
        return True
    return getattr(error.orig, "sqlstate", None) in _RETRYABLE


def _describe(error: DBAPIError) -> str:
    # Only the first line: the rest may quote the row.
    return str(error.orig).partition("\n")[0][:200]
