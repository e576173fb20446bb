"""A database that no longer answers is noticed; one that takes its time is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import psycopg
import pytest
import tenacity
from sqlalchemy import Engine, make_url, text

from credit.store import watched
from credit.store.engine import StoreUnavailable, connect, reading, together, writing
from tests.fault.proxy import Direction, Proxy
from tests.servers import Postgres


@pytest.fixture
def proxy(postgres: Postgres) -> Iterator[Proxy]:
    proxy = Proxy(postgres.port)
    yield proxy
    proxy.close()


@pytest.fixture
def engine(database: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An archive behind the proxy, with a patience fit for tests."""
    monkeypatch.setattr(watched, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(watched, "_DOUBT_SECONDS", 0.2)
    monkeypatch.setitem(watched._PROBE, "connect_timeout", 2)
    engine = connect(make_url(database).set(port=proxy.port).render_as_string(hide_password=False))
    yield engine
    engine.dispose()


@pytest.fixture
def table(engine: Engine) -> str:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE kept (value integer PRIMARY KEY)"))
    return "kept"


def test_a_statement_that_takes_long_is_waited_for(engine: Engine) -> None:
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 42 FROM pg_sleep(3)")).scalar_one() == 42


@pytest.mark.parametrize("lost", [Direction.UP, Direction.DOWN])
def test_a_lost_connection_fails_soon_and_keeps_no_lock(
    engine: Engine, proxy: Proxy, table: str, lost: Direction
) -> None:
    def hang() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO kept VALUES (1)"))
            proxy.freeze(lost)
            connection.execute(text("INSERT INTO kept VALUES (2)"))

    started = monotonic()
    with pytest.raises(StoreUnavailable, match="went silent"):
        hang()
    with writing(engine) as connection:  # waits for whoever still holds row 1
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    assert monotonic() - started < 10


@pytest.mark.parametrize("silenced", [(), (Direction.UP, Direction.DOWN)], ids=["old ones", "new ones too"])
def test_statements_sent_together_of_which_some_arrive_keep_no_lock(
    engine: Engine, proxy: Proxy, table: str, database: str, silenced: tuple[Direction, ...]
) -> None:
    def hang() -> None:
        with writing(engine) as connection, together(connection):
            connection.execute(text("INSERT INTO kept VALUES (1)"))
            _await_lock(database, table)
            proxy.freeze(Direction.UP, Direction.DOWN)
            silence.enter_context(proxy.swallowing(*silenced))
            connection.execute(text("INSERT INTO kept VALUES (2)"))

    with ExitStack() as silence, pytest.raises(StoreUnavailable, match="went silent"):
        hang()
    started = monotonic()
    with writing(engine) as connection:  # waits for whoever still holds row 1
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    assert monotonic() - started < 10


def test_a_commit_whose_answer_is_lost_is_done(engine: Engine, proxy: Proxy, table: str) -> None:
    def commit() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO kept VALUES (1)"))

    with proxy.losing_answers_to(b"COMMIT"), pytest.raises(StoreUnavailable, match="went silent"):
        commit()
    with reading(engine) as connection:
        assert connection.execute(text("SELECT value FROM kept")).scalars().all() == [1]


def test_a_server_that_cannot_be_reached_at_all_is_given_up(engine: Engine, proxy: Proxy, table: str) -> None:
    def ask() -> None:
        with reading(engine) as connection:
            proxy.freeze(Direction.UP, Direction.DOWN)
            proxy.target = 1  # nobody listens there
            connection.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        ask()


def _await_lock(database: str, table: str) -> None:
    """Wait until a transaction holds a lock on a table."""
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as other:
        for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(0.05), stop=tenacity.stop_after_delay(10)):
            with attempt:
                assert other.execute("SELECT 1 FROM pg_locks WHERE relation = %s::regclass", (table,)).fetchone()
