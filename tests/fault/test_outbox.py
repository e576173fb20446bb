"""When a message that did not leave is tried again: the times that decide how soon all goes on after a fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from credit.record.rows import DispatchRow
from credit.store import outbox
from credit.store.engine import connect, writing
from credit.store.outbox import LEASE, LONGEST_WAIT, Claimed
from tests.builders import NOON

SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An archive with one message to send."""
    made = connect(archive_url)
    with writing(made) as connection:
        outbox.enqueue(connection, [DispatchRow("m1", "t", "notice.tax", "s1", b"", NOON)])
    yield made
    made.dispose()


def claim(engine: Engine, lease: str, after: timedelta) -> list[Claimed]:
    with writing(engine) as connection:
        return outbox.claim(connection, lease, 10, NOON + after)


def test_a_lease_holds_until_it_runs_out(engine: Engine) -> None:
    assert claim(engine, "a", timedelta())
    assert not claim(engine, "b", LEASE - SECOND)
    assert claim(engine, "b", LEASE)


def test_what_a_lost_broker_kept_back_is_due_at_once(engine: Engine) -> None:
    for attempt in range(12):
        rows = claim(engine, f"a{attempt}", timedelta())
        assert [row.attempts for row in rows] == [attempt + 1]
        with writing(engine) as connection:
            outbox.hand_back(connection, f"a{attempt}", rows, "BrokerLost")


def test_what_has_nowhere_to_go_waits_longer_each_time_up_to_a_bound(engine: Engine) -> None:
    now = timedelta()
    for attempt, wait in enumerate([2, 4, 8, 16, 16, 16]):
        rows = claim(engine, f"a{attempt}", now)
        with writing(engine) as connection:
            outbox.give_back(connection, f"a{attempt}", rows, "returned", NOON + now)
        assert not claim(engine, "early", now + (wait - 1) * SECOND)
        now += wait * SECOND
    assert LONGEST_WAIT == 16 * SECOND


def test_a_clock_that_was_set_back_holds_nothing_up(engine: Engine) -> None:
    hour = timedelta(hours=1)
    assert claim(engine, "a", timedelta())
    rows = claim(engine, "b", -hour)
    assert rows, "a lease of before the clock was set back"
    with writing(engine) as connection:
        outbox.give_back(connection, "b", rows, "returned", NOON)
    assert claim(engine, "c", -hour), "a wait of before the clock was set back"


def test_a_relay_whose_clock_is_a_little_behind_respects_a_lease(engine: Engine) -> None:
    assert claim(engine, "a", timedelta())
    assert not claim(engine, "b", -20 * SECOND)
    with writing(engine) as connection:
        assert outbox.count_leased(connection, NOON) == 1


@pytest.mark.servers
def test_a_claim_reads_what_it_claims_and_not_the_backlog_whatever_the_statistics_say(database: str) -> None:
    read = text(
        "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname IN ('outbox', 'unsent')",
    )
    engine = connect(database)
    rows = [DispatchRow(f"m{n}", "t", "notice.tax", f"s{n % 3000}", b"", NOON) for n in range(4000)]
    with writing(engine) as connection:
        outbox.enqueue(connection, rows[:500])
        outbox.mark_sent(connection, "quiet", outbox.claim(connection, "quiet", 500, NOON), NOON)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE outbox, unsent"))
    with writing(engine) as connection:
        outbox.enqueue(connection, rows[500:])
    with writing(engine) as connection:
        before = connection.execute(read).scalar_one()
        assert len(outbox.claim(connection, "a", 100, NOON)) == 100
        assert connection.execute(read).scalar_one() - before < 1000
    engine.dispose()
