"""What `xinglin slo` measures: the same over both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from credit.rules import Moment
from credit.store import outbox, tables
from credit.store.engine import connect, reading, writing
from credit.store.queries.slo import Measured, measure
from schemas.objectives import Objective
from tests.contract import archives as rows
from tests.contract.archives import NOON, put

TODAY = date(2026, 3, 20)
NOW = NOON + timedelta(days=18)
SINCE = date(2026, 3, 2)
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


def found(engine: Engine, since: date = SINCE) -> dict[Objective, tuple[int, int]]:
    """The good and the bad of each objective."""
    with reading(engine) as connection:
        measured = measure(connection, since, Moment(NOW, TODAY))
    assert [each.objective for each in measured] == list(Objective)
    return {each.objective: (each.good, each.bad) for each in measured}


def test_an_empty_archive_has_no_cases_and_keeps_its_promises(engine: Engine) -> None:
    with reading(engine) as connection:
        measured = measure(connection, SINCE, Moment(NOW, TODAY))
    assert {(each.count, each.share, each.met) for each in measured} == {(0, None, True)}


def test_a_message_has_a_minute_and_no_more(engine: Engine) -> None:
    put(
        engine,
        rows.message("/a 1", event_time=NOON - 60 * SECOND),
        rows.message("/a 2", event_time=NOON - 60 * SECOND - MICROSECOND),
        rows.message("/a 3", "parked", event_time=NOON + 5 * SECOND),  # a clock ahead
        rows.message("/a 4", "parked", event_time=None),  # nobody knows since when
        rows.message("/a 5", event_time=NOON - timedelta(days=400)),
        rows.message("/a 6", received_at=NOON - timedelta(days=2), event_time=NOON - timedelta(days=3)),  # before
    )
    assert found(engine)[Objective.COMMITTED] == (2, 2)


def test_a_notice_has_five_minutes(engine: Engine) -> None:
    put(
        engine,
        *(rows.dispatch(f"n{number}", "credit.notice.issued.v1") for number in range(3)),
        rows.dispatch("n3", "credit.notice.lifted.v1"),
        rows.dispatch("f1"),
    )
    with writing(engine) as connection:
        quick, slow, *_ = outbox.claim(connection, "relay", 9, NOON)
        outbox.mark_sent(connection, "relay", [quick], NOON + timedelta(minutes=5))
        outbox.mark_sent(connection, "relay", [slow], NOON + timedelta(minutes=5) + MICROSECOND)
        young = tables.outbox.c.message_id == "n3"
        connection.execute(update(tables.outbox).where(young).values(created_at=NOW - timedelta(minutes=5)))
    # The third was never sent; of the fourth it is not decided yet, and the row of the feed is no notice.
    assert found(engine)[Objective.CONFIRMED] == (1, 2)


def test_of_what_the_outbox_has_forgotten_the_late_ones_do_not_count_alone(engine: Engine) -> None:
    put(engine, *(rows.dispatch(f"n{number}", "credit.notice.issued.v1") for number in range(3)))
    with writing(engine) as connection:
        names = (("n0", MICROSECOND), ("n1", -MICROSECOND), ("n2", timedelta()))
        for name, older in names:
            chosen = tables.outbox.c.message_id == name
            connection.execute(update(tables.outbox).where(chosen).values(created_at=NOW - outbox.KEPT - older))
        claimed = outbox.claim(connection, "relay", 9, NOW)
        outbox.mark_sent(connection, "relay", claimed, NOW)
    # All three were late; of those that were as old as the first and in time, none is kept any more.
    assert found(engine, date(2025, 1, 1))[Objective.CONFIRMED] == (0, 2)


@pytest.mark.parametrize(
    ("answered", "good"),
    [
        (datetime.fromisoformat("2026-03-10T15:59:59Z"), True),  # the last second of the day in Asia/Shanghai
        (datetime.fromisoformat("2026-03-10T16:00:00Z"), False),
    ],
)
def test_a_row_has_its_day_in_shanghai(engine: Engine, answered: datetime, good: bool) -> None:  # noqa: FBT001
    put(
        engine,
        rows.feed_row("f1", result_code="0000", result_at=answered),
        rows.feed_row("f2", result_code="E003", result_at=NOON),  # refused, and its day has passed
        rows.feed_row("f3", due_on=TODAY),  # not decided yet
        rows.feed_row("f4", due_on=TODAY, result_code="E003", result_at=NOON),  # may still be mended in time
        rows.feed_row("f5", due_on=date(2026, 3, 1)),  # before the day that was asked for, and open to this day
        rows.feed_row("f7", due_on=date(2026, 3, 1), result_code="0000", result_at=NOON),  # over by that day
        rows.feed_row("f6", due_on=date(2026, 3, 19)),
    )
    assert found(engine)[Objective.ROWS] == ((1, 3) if good else (0, 4))


def test_a_lift_has_its_day(engine: Engine) -> None:
    lifted: dict[str, Any] = {"lifted_at": NOON, "lift_cause": "withdrawn", "lift_reply_by": date(2026, 3, 9)}
    put(
        engine,
        rows.notice("XL01-1", **lifted, lift_confirmed_at=NOON),
        rows.notice("XL02-1", **lifted, lift_confirmed_at=NOON + timedelta(days=8)),
        rows.notice("XL03-1", **lifted),
        rows.notice("XL04-1", **(lifted | {"lift_reply_by": TODAY})),  # not decided yet
        rows.notice("XL05-1", part_reply_by=date(2026, 3, 9)),  # a part that nobody confirmed
        rows.notice("XL06-1"),
        rows.notice("XL07-1", issued_at=None, reply_by=None, lifted_at=NOON, lift_confirmed_at=NOON),  # never issued
    )
    assert found(engine)[Objective.LIFTS] == (1, 3)
    # What still lacks its answer counts on, however long ago its day was.
    assert found(engine, TODAY)[Objective.LIFTS] == (0, 2)


def test_every_day_of_the_calendar_can_be_asked_for(engine: Engine) -> None:
    assert found(engine, date.min)[Objective.COMMITTED] == (0, 0)


def test_the_ledger_is_bad_by_what_is_missing(engine: Engine) -> None:
    put(engine, rows.message("/a 1"), rows.message("/a 2"))
    with writing(engine) as connection:
        connection.execute(tables.batch.insert().values(at=NOON, received=5))
    assert found(engine)[Objective.LEDGER] == (2, 3)


def test_nothing_is_rounded_up_to_the_target() -> None:
    assert not Measured(Objective.COMMITTED, 0.99, 98_999, 1_001).met
    assert Measured(Objective.COMMITTED, 0.99, 99, 1).met
    assert not Measured(Objective.LEDGER, 1.0, 10**9, 1).met
