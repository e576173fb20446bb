"""What a program was started with holds no longer: it decides nothing, and nothing is parked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from credit.record.rows import DispatchRow, WorkerRow
from credit.store import archive, keymark, migrate, outbox, roll, rotation
from credit.store.engine import connect, reading, writing
from credit.store.terms import LoneTerms, Terms, refuse_leap, refuse_wrong_clock, under
from credit.vault import Algorithm, with_new_key
from schemas.errors import ClockWrong, ConfigurationError, OutOfStep
from tests import sessions
from tests.builders import KEYS, NOON, rules

MINUTE = timedelta(minutes=1)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An archive, and a program at work on it."""
    made = connect(archive_url)
    keymark.settle_keys(made, KEYS)
    kind = Terms if made.dialect.name == "postgresql" else LoneTerms
    yield under(made, kind(migrate.check(made), KEYS, now, MINUTE, now))
    made.dispose()


def worker(heard_at: datetime) -> WorkerRow:
    return WorkerRow("w1", "intake", "host", 7, "0", "1", "r", "l", heard_at, heard_at, heard_at)


def test_moved_tables_stop_whoever_was_started_before(engine: Engine) -> None:
    version = migrate.check(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(OutOfStep, match="9999"), writing(engine):
            pytest.fail("it went on")
    finally:
        with writing(engine.execution_options(look=None)) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_rotated_keys_stop_whoever_has_the_former_ones(engine: Engine) -> None:
    new = with_new_key(KEYS, Algorithm.AES_256_GCM)
    assert rotation.reseal(engine, new, lambda _: None) == 0
    with pytest.raises(OutOfStep, match="rotated"), writing(engine):
        pytest.fail("it went on")
    with pytest.raises(ConfigurationError, match="other keys"):
        keymark.settle_keys(engine.execution_options(look=None), KEYS)


def test_a_clock_that_ran_away_decides_nothing(archive_url: str) -> None:
    made = connect(archive_url)
    far = now() + timedelta(days=1500)
    kind = Terms if made.dialect.name == "postgresql" else LoneTerms
    with writing(made) as connection:
        roll.beat(connection, worker(now()))
    away = under(made, kind(migrate.check(made), KEYS, lambda: far, MINUTE, lambda: far))
    with pytest.raises(ClockWrong):
        archive.settle_again(away, [], rules())
    made.dispose()


@pytest.mark.parametrize(
    ("off", "right"),
    [
        (timedelta(hours=-12, seconds=-10), False),
        (timedelta(hours=-11), True),
        (timedelta(seconds=30), True),
        (timedelta(seconds=90), False),
        (timedelta(days=1500), False),
    ],
)
def test_what_a_wrong_clock_decided_is_not_committed_when_it_was_set_right(
    engine: Engine, off: timedelta, *, right: bool
) -> None:
    decided = replace(rules(now() + off), vault=KEYS)
    with nullcontext() if right else pytest.raises(ClockWrong, match="decided again"):
        archive.take_in(engine, [], decided)
    with nullcontext() if right else pytest.raises(ClockWrong, match="decided again"):
        archive.settle_again(engine, [], decided)


@pytest.mark.parametrize(("off", "right"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)])
def test_the_bound_of_a_clock(off: int, *, right: bool) -> None:
    ours = NOON + timedelta(seconds=off)
    if right:
        refuse_wrong_clock(ours, ours, NOON, MINUTE)
        return
    with pytest.raises(ClockWrong):
        refuse_wrong_clock(ours, ours, NOON, MINUTE)


def test_a_process_that_was_paused_between_two_looks_is_not_wrong() -> None:
    refuse_wrong_clock(NOON, NOON + timedelta(hours=1), NOON + timedelta(minutes=30), MINUTE)


@pytest.mark.parametrize("off", [timedelta(seconds=-61), timedelta(days=35, seconds=1)])
def test_an_embedded_clock_does_not_leap(off: timedelta) -> None:
    refuse_leap(NOON + timedelta(days=35), NOON, MINUTE)
    with pytest.raises(ClockWrong, match="--confirm"):
        refuse_leap(NOON + off, NOON, MINUTE)


def test_tables_are_not_changed_under_a_worker(engine: Engine) -> None:
    sessions.end()  # each looks like a worker from before there was a roll
    with writing(engine) as connection:
        roll.beat(connection, worker(now()))
        with pytest.raises(ConfigurationError, match="worker intake on host, process 7"):
            migrate._refuse_others(connection)
        roll.leave(connection, "w1", now())
        migrate._refuse_others(connection)


def test_what_nobody_would_send_is_sent_but_not_after_what_made_it_void(engine: Engine) -> None:
    lift, issue = "credit.notice.lifted.v1", "credit.notice.issued.v1"
    sent = [DispatchRow(f"m{n}", kind, "notice.tax", f"s{n % 2}", b"", NOON) for n, kind in enumerate([issue] * 2)]
    later = [DispatchRow("m2", lift, "notice.tax", "s0", b"", NOON)]
    with writing(engine) as connection:
        outbox.enqueue(connection, sent)
        connection.execute(text("DELETE FROM unsent"))
        outbox.enqueue(connection, later)
        outbox.mark_sent(connection, "r", outbox.claim(connection, "r", 9, NOON), NOON)
    with reading(engine) as connection:
        found = outbox.find_forgotten(connection)
    assert [row.message_id for row in found] == ["m0", "m1"]
    archive.remember(engine, found, replace(rules(now()), vault=KEYS))
    with writing(engine) as connection:
        assert outbox.find_forgotten(connection) == []
        assert [row.routing_key for row in outbox.claim(connection, "r", 9, NOON)] == ["notice.tax"]
        assert connection.execute(text("SELECT kind, name FROM alert_case")).all() == [("outbox-forgotten", "m0")]
