"""Bringing an archive's tables to the version that this program knows, and refusing to work on any other."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from credit.store import roll, terms
from credit.store.engine import reading, writing
from credit.vault import Keyring
from schemas.errors import ConfigurationError

_SESSIONS = text("""
SELECT application_name, pid, coalesce(host(client_addr), 'this host') FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'xinglin-%' AND pid <> pg_backend_pid()
    AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND NOT granted)
""")
_FORGET = text("SELECT pg_stat_clear_snapshot(), pg_sleep(0.3)")


@cache
def _scripts() -> ScriptDirectory:
    """Return the migrations of this program, which do not change while it runs: each is a module to load."""
    return ScriptDirectory.from_config(_place())


@cache
def _revisions() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _place() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("credit.store") / "migrations"))
    return config


def _config(connection: Connection, keyring: Keyring | None = None) -> Config:
    config = _place()
    config.attributes["connection"] = connection
    config.attributes["keyring"] = keyring
    return config


def upgrade(engine: Engine, keyring: Keyring | None = None) -> str:
    """Bring the tables to the newest version, in one transaction; return its name. Nothing to do is fine.

    Two programs that start at once do it one after the other. The keys are those of the archive; one that holds
    nothing yet needs none.

    Raises:
        ConfigurationError: the tables are newer than this program, others are at work on them, or the keys are needed
            and missing.
        SealBroken: a sealed value cannot be opened with these keys; nothing was changed.
    """
    with writing(engine) as connection:
        terms.move(connection)
        found, head = _refuse_newer(connection), str(_scripts().get_current_head())
        if found == head:
            return head
        if found is not None:
            _refuse_others(connection)
        if connection.dialect.name == "postgresql":
            # A table is written anew in one statement, however large it is.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        command.upgrade(_config(connection, keyring), "head")
        return head


def is_due(engine: Engine) -> bool:
    """Tell whether there are tables, and they are older than those of this program.

    Raises:
        ConfigurationError: the tables are newer than this program.
    """
    with reading(engine) as connection:
        return _refuse_newer(connection) not in {None, _scripts().get_current_head()}


def _refuse_others(connection: Connection) -> None:
    """Refuse to change tables that others are at work on.

    A worker of this version says that it is there, and would stop by itself; one of a version before that was told
    apart only by its session, and would go on writing rows that nobody reads.
    """
    others: list[str] = []
    if connection.dialect.has_table(connection, "worker"):
        busy = roll.at_work(connection, datetime.now(UTC))
        others += [f"worker {row.kind} on {row.host}, process {row.pid}" for row in busy]
    if not others and connection.dialect.name == "postgresql" and connection.execute(_SESSIONS).first():
        # Who starts an upgrade at the same moment is about to wait for the lock.
        connection.execute(_FORGET)
        others += [f"session {row[0]} from {row[2]}, backend {row[1]}" for row in connection.execute(_SESSIONS)]
    if others:
        raise ConfigurationError(
            f"others are at work on this archive: {'; '.join(others)}. Stop the workers of every host (one that was "
            f"killed is forgotten after {roll.SILENCE.seconds} s), then run `xinglin db upgrade` again"
        )


def check(engine: Engine) -> str:
    """Refuse an archive whose tables are of another version; return the version, which is this program's.

    Raises:
        ConfigurationError: the tables are older (run `xinglin db upgrade`) or newer (install the newer Xinglin).
    """
    with reading(engine) as connection:
        found = _refuse_newer(connection)
    if found is None or found != _scripts().get_current_head():
        raise ConfigurationError(f"the archive's tables are at {found or 'nothing yet'}; run `xinglin db upgrade`")
    return found


def _refuse_newer(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in _revisions():
        raise ConfigurationError(f"the archive's tables are at {found}, which is newer than this Xinglin; update it")
    return found
