"""What came and went between two looks, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert

from credit.record.rows import ParkedRow
from credit.store import outbox, tables
from credit.store.engine import connect, reading, writing
from credit.store.queries.flow import Flow, Mark, read_flow, read_mark
from tests.contract import archives as rows
from tests.contract.archives import NOON

SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


@pytest.mark.parametrize("sent_between", [0, 3])
def test_what_is_counted_is_what_is_new(engine: Engine, sent_between: int) -> None:
    def take(received: int, name: str, dispatches: int) -> None:
        with writing(engine) as connection:
            connection.execute(insert(tables.batch).values(at=NOON, received=received))
            outbox.enqueue(connection, [rows.dispatch(f"{name}{number}") for number in range(dispatches)])
        rows.put(engine, rows.message(name), ParkedRow(name, "json.invalid", "", NOON))

    def mark(seconds: int) -> Mark:
        with reading(engine) as connection:
            return read_mark(connection, NOON + seconds * SECOND)

    empty = mark(0)
    take(500, "a", 4)
    first = mark(2)
    take(20, "b", 1)
    with writing(engine) as connection:
        taken = outbox.claim(connection, "relay", sent_between, NOON)
        outbox.mark_sent(connection, "relay", taken, NOON)
    second = mark(4)
    with reading(engine) as connection:
        assert read_flow(connection, empty, first) == Flow(2 * SECOND, 500, 1, 4, 0)
        assert read_flow(connection, first, second) == Flow(2 * SECOND, 20, 1, 1, sent_between)
        assert read_flow(connection, second, second) == Flow(timedelta(), 0, 0, 0, 0)
