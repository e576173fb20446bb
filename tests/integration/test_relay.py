"""What a relay promises while it publishes one share of a window and the database is at work on the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, text

from credit.record import places
from credit.record.rows import DispatchRow
from credit.store import outbox
from credit.store.engine import StoreUnavailable, reading, writing
from credit.store.outbox import LEASE
from schemas.errors import TransientError
from tests.builders import NOON, declare, rows
from workers.broker import BrokerLost
from workers.relay import WINDOW, Relay
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

pytestmark = pytest.mark.long(seconds=20)

MESSAGES = 3 * WINDOW
STREAMS = 1500
NAMES = [f"{number % STREAMS}-{number // STREAMS}" for number in range(MESSAGES)]
"""Streams and places in them, in the order of the outbox."""


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    """A Xinglin with messages to send, two in each stream."""
    with open_runtime(place, lambda: NOON) as opened:
        declare(opened.broker, opened.reader.routes.topology)
        waiting = [_row(opened, name) for name in NAMES]
        with writing(opened.engine) as connection:
            outbox.enqueue(connection, waiting)
        yield opened


def _row(runtime: Runtime, name: str) -> DispatchRow:
    body = runtime.keyring.seal(name.encode(), places.of_dispatch(name))
    return DispatchRow(name, "t", "notice.tax", name.partition("-")[0], body, NOON)


def _relay(runtime: Runtime, after: timedelta = timedelta(), exchange: str = "") -> Relay:
    exchange = exchange or runtime.reader.routes.exchange_out
    rules = runtime.rules()
    later = replace(rules, at=replace(rules.at, now=NOON + after))
    return Relay(runtime.broker, runtime.engine, exchange, lambda: later)


def _send_all(relay: Relay) -> None:
    while relay.step():
        pass
    relay.close()


def _heard(runtime: Runtime) -> list[str]:
    """Take everything that has arrived, in its order."""
    consumer = runtime.broker.consumer(["notice.tax"], prefetch=WINDOW)
    names: list[str] = []
    while not consumer.is_drained():
        taken = consumer.take(WINDOW, 1.0)
        names += [delivery.body.decode() for delivery in taken]
        if taken:
            consumer.ack(taken[-1])
    consumer.close()
    return names


def _in_order(names: list[str]) -> bool:
    """Whether within each stream everything was heard for the first time in its order."""
    heard: Counter[str] = Counter()
    for name in dict.fromkeys(names):
        stream, _, place = name.partition("-")
        if heard[stream] != int(place):
            return False
        heard[stream] += 1
    return True


@contextmanager
def _no_database(runtime: Runtime, words: str) -> Iterator[None]:
    """Every statement with these words fails."""

    def refuse(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        if words in statement:
            raise StoreUnavailable("the database does not take this statement")

    event.listen(runtime.engine, "before_cursor_execute", refuse)
    yield
    event.remove(runtime.engine, "before_cursor_execute", refuse)


@contextmanager
def _no_answer_to_commits(runtime: Runtime) -> Iterator[None]:
    """What is committed is done, and nobody hears of it."""

    def lose(connection: Connection) -> None:
        connection.connection.commit()
        raise StoreUnavailable("the answer to a commit was lost")

    event.listen(runtime.engine, "commit", lose)
    yield
    event.remove(runtime.engine, "commit", lose)


def test_everything_is_sent_once_and_in_order(runtime: Runtime) -> None:
    _send_all(_relay(runtime))
    names = _heard(runtime)
    assert sorted(names) == sorted(NAMES)
    assert _in_order(names)
    with reading(runtime.engine) as connection:
        assert outbox.count_unsent(connection) == 0


def test_a_dead_relay_leaves_a_window_at_most_to_be_sent_again(runtime: Runtime) -> None:
    dead = _relay(runtime)
    for _ in range(4):
        dead.step()
    dead._publisher.close()
    _send_all(_relay(runtime, LEASE))
    names = _heard(runtime)
    assert set(names) == set(NAMES)
    assert 0 < len(names) - len(NAMES) <= WINDOW
    assert _in_order(names)


@pytest.mark.parametrize("refused", ["", "sent_at="], ids=["everything", "marking"])
def test_nothing_more_is_published_until_the_database_takes_what_was_and_nothing_is_sent_again(
    runtime: Runtime, refused: str
) -> None:
    relay = _relay(runtime)
    relay.step()
    with _no_database(runtime, refused):
        for _ in range(8):
            with suppress(TransientError):
                relay.step()
        early = _heard(runtime)
    assert 0 < len(early) <= WINDOW
    _send_all(relay)
    names = early + _heard(runtime)
    assert sorted(names) == sorted(NAMES)
    assert _in_order(names)


def test_what_was_leased_and_not_heard_of_is_sent_before_its_lease_runs_out(runtime: Runtime) -> None:
    relay = _relay(runtime)
    relay.step()
    with _no_answer_to_commits(runtime), pytest.raises(TransientError):
        relay.step()
    with reading(runtime.engine) as connection:
        assert outbox.count_leased(connection, NOON) > 0
    _send_all(relay)
    names = _heard(runtime)
    assert sorted(names) == sorted(NAMES)
    assert _in_order(names)


def test_what_a_lost_broker_kept_from_leaving_is_due_at_once(runtime: Runtime) -> None:
    lost = _relay(runtime, exchange="missing")
    with pytest.raises(BrokerLost):
        _send_all(lost)
    with reading(runtime.engine) as connection:
        assert outbox.count_leased(connection, NOON) == 0
    _send_all(_relay(runtime))
    assert sorted(_heard(runtime)) == sorted(NAMES)


def test_a_relay_that_stops_has_marked_what_it_sent_and_holds_nothing(runtime: Runtime) -> None:
    relay = _relay(runtime)
    sent = relay.step() + relay.step()
    relay.close()
    with reading(runtime.engine) as connection:
        assert outbox.count_unsent(connection) == MESSAGES - sent
        assert outbox.count_leased(connection, NOON) == 0


def test_what_does_not_open_is_kept_back_and_everything_else_leaves(runtime: Runtime) -> None:
    with writing(runtime.engine) as connection:
        swap = text(
            "UPDATE outbox SET body = (SELECT body FROM outbox WHERE message_id = '1-0') WHERE message_id = '0-0'"
        )
        connection.execute(swap)
    _send_all(_relay(runtime))
    # Of the stream at fault nothing leaves: what follows would be out of order.
    assert sorted(_heard(runtime)) == sorted(set(NAMES) - {"0-0", "0-1"})
    asked = "SELECT trouble FROM unsent JOIN outbox USING (outbox_id) WHERE message_id = '0-0'"
    assert rows(runtime, asked) == [(outbox.UNOPENED,)]
    with reading(runtime.engine) as connection:
        assert outbox.count_unsent(connection) == 2
        assert outbox.count_leased(connection, NOON) == 0
