"""What happens to the database."""

from __future__ import annotations

from contextlib import suppress
from threading import Event
from time import monotonic

import psycopg

from tests.fault.stage import Stage
from tests.fault.table import FOUR_INTAKES, SERVERS, Fault


def kill_database(stage: Stage) -> None:
    """`kill -9` of every PostgreSQL process, started again after three seconds"""
    stage.await_progress()
    stage.postgres.kill9()
    Event().wait(3)
    stage.postgres.start()


def restart_database(stage: Stage) -> None:
    """PostgreSQL stopped the orderly way and started again"""
    stage.await_progress()
    stage.postgres.stop()
    stage.postgres.start()


def terminate_backends(stage: Stage) -> None:
    """`pg_terminate_backend` of every connection, in whatever it is doing"""
    stage.await_progress()
    with connected(stage) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def hold_snapshot(stage: Stage) -> None:
    """A transaction that keeps a snapshot of the database for twenty seconds under load"""
    with connected(stage) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM outbox")
        stage.await_progress()
        Event().wait(20)


def press_deadlocks(stage: Stage) -> None:
    """A stranger locks records in random order for ten seconds, among those of all batches"""
    chosen = "SELECT record_id FROM record ORDER BY random() LIMIT 30"
    until = monotonic() + 10
    with connected(stage) as connection:
        while monotonic() < until:
            stage.await_progress(1)
            records = connection.execute(chosen).fetchall()
            with suppress(psycopg.errors.DeadlockDetected), connection.transaction():
                for record in records:
                    connection.execute("SELECT 1 FROM record WHERE record_id = %s FOR UPDATE", record)
                    Event().wait(0.01)


def connected(stage: Stage) -> psycopg.Connection[tuple[object, ...]]:
    """Return a connection of the fault's own."""
    url = stage.runtime.settings.database_url.replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


FAULTS = (
    Fault(kill_database, pairs=SERVERS, rounds=2, short=SERVERS),
    Fault(restart_database, pairs=SERVERS),
    Fault(terminate_backends, pairs=SERVERS, rounds=4, short=SERVERS),
    Fault(press_deadlocks, pairs=SERVERS, crew=FOUR_INTAKES),
    Fault(hold_snapshot, pairs=SERVERS),
)
