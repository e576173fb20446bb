"""Rows that are held back, on both databases: the digest, the work list, the alerts, and what carriers kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from credit.batch.arrival import Arrival
from credit.identity import IN_FULL, MASKED
from credit.record.rows import CarriedRow
from credit.store import archive, carried, migrate
from credit.store.carried import LotState
from credit.store.digest import digest
from credit.store.engine import connect, reading, writing
from credit.store.queries.feeds import find_entries, find_tasks, summarise
from credit.store.queries.view import View
from schemas.states import FeedState, Operation
from tests.builders import CLINIC, KEYS, NOON, TODAY, arrive, national_law, on, penalty, row_of, rules
from tests.contract import archives as rows
from tests.contract.archives import put

DAY = timedelta(days=1)
GOOD, BAD = "使用未取得资格的人员", "一" * 41
"""Of the law made up for tests the facts of a violation have up to thirty characters."""


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


def stated(text: str, revision: int) -> Arrival:
    return arrive(penalty(items={"CF_SY": text}), f"m{revision}", revision=revision)


def take_all(engine: Engine, messages: Sequence[Arrival]) -> str:
    for message in messages:
        archive.take_in(engine, [message], rules())
    with reading(engine) as connection:
        return digest(connection, KEYS)


def view_on(day: date, *, full: bool = False) -> View:
    return View(IN_FULL if full else MASKED, KEYS, day)


def test_an_archive_is_the_same_in_whatever_order_on_either_database(engine: Engine, tmp_path: Path) -> None:
    messages = [stated(GOOD, 1), stated(BAD, 2)]
    other = connect(f"sqlite:///{tmp_path / 'other.sqlite'}")
    migrate.upgrade(other)
    there, here = take_all(engine, messages), take_all(other, messages[::-1])
    other.dispose()
    assert there == here


def test_what_is_held_is_released_on_a_later_day(engine: Engine) -> None:
    archive.take_in(engine, [arrive(penalty(items={"CF_SY": "一" * 31}), "m")], rules())
    tomorrow = on(TODAY + DAY)
    with reading(engine) as connection:
        assert archive.find_due_records(connection, rules(), 9) == []  # it was looked at today
        (due,) = archive.find_due_records(connection, tomorrow, 9)
    assert archive.settle_again(engine, [due], tomorrow).dispatches == []
    july = on(date(2026, 7, 1))
    with reading(engine) as connection:
        assert archive.find_due_records(connection, july, 9) == [due]
    (message,) = archive.settle_again(engine, [due], july).dispatches
    assert message.message_id == f"{row_of(penalty())}:1"


class TestWorkList:
    def test_has_what_is_held_refused_late_or_near_by_the_day_it_is_due(self, engine: Engine) -> None:
        # The day before the holidays of May: the next working day is the 6th.
        eve = date(2026, 5, 1) - DAY
        held = '["too_long:CF_SY", "missing:CF_FRDB"]'
        put(
            engine,
            rows.organisation(CLINIC, KEYS),
            rows.record("r1"),
            rows.feed_row("accepted", due_on=eve, result_code="0000"),
            rows.feed_row("dropped", version=0, operation="withdraw", due_on=eve - 9 * DAY),
            rows.feed_row("far", due_on=eve + 30 * DAY),
            rows.feed_row("held", version=0, due_on=eve + 20 * DAY, held=held),
            rows.feed_row("late", due_on=eve - DAY),
            rows.feed_row("near", due_on=eve),
            rows.feed_row("refused", due_on=eve + 9 * DAY, result_code="2001", result_message="校验位不符"),
            rows.feed_row("update", version=3, due_on=eve - 2 * DAY, result_code="0000", held='["order:CF_YXQ"]'),
        )
        with reading(engine) as connection:
            tasks = find_tasks(connection, view_on(eve), national_law().calendar)
            entries = find_entries(connection, view_on(eve))
        found = [(task.entry.row.row_id, task.entry.state, task.entry.late) for task in tasks]
        assert found == [
            ("update", FeedState.HELD, True),
            ("late", FeedState.SENT, True),
            ("near", FeedState.SENT, False),
            ("refused", FeedState.REFUSED, False),
            ("held", FeedState.HELD, False),
        ]
        assert [task.working_days for task in tasks][:3] == [-2, -1, 0]
        assert [(each.reason, each.item) for each in tasks[4].entry.held] == [
            ("too_long", "CF_SY"),
            ("missing", "CF_FRDB"),
        ]
        (summary,) = summarise(entries)
        assert (summary.rows, summary.shown, summary.held, summary.late) == (7, 6, 2, 2)

    def test_rows_of_sealed_records_are_for_who_may_see_them(self, engine: Engine) -> None:
        put(
            engine,
            rows.organisation(CLINIC, KEYS),
            rows.record("r1", sealed_clause="某条例"),
            rows.feed_row("f1", operation="withdraw", due_on=TODAY - DAY),
        )
        with reading(engine) as connection:
            assert find_tasks(connection, view_on(TODAY), None) == []
            (task,) = find_tasks(connection, view_on(TODAY, full=True), None)
        assert task.working_days is None


class TestCarried:
    def row(self, name: str, version: int = 1, operation: str = "publish") -> CarriedRow:
        return CarriedRow(name, "site", version, operation, "t", '{"CF_WSH":"1"}', None, NOON)

    def test_a_row_is_planned_once(self, engine: Engine) -> None:
        at = rules().at
        with writing(engine) as connection:
            first = carried.plan(connection, "site", "t", Operation.PUBLISH, [self.row("a"), self.row("b")], at)
        with writing(engine) as connection:
            again = carried.plan(connection, "site", "t", Operation.PUBLISH, [self.row("a"), self.row("c")], at)
            none = carried.plan(connection, "site", "t", Operation.PUBLISH, [self.row("b")], at)
        assert first is not None
        assert again is not None
        assert none is None
        assert (first.lot, again.lot) == ("site.t.publish.20260601.0001", "site.t.publish.20260601.0002")
        with reading(engine) as connection:
            assert [row.row_id for row in carried.read_lot(connection, first.lot)] == ["a", "b"]
            assert [row.row_id for row in carried.read_lot(connection, again.lot)] == ["c"]
            assert [lot.lot for lot in carried.find_open(connection, "site")] == [first.lot, again.lot]
            assert carried.find_open(connection, "other") == []

    def test_each_step_is_taken_by_one(self, engine: Engine) -> None:
        with writing(engine) as connection:
            lot = carried.plan(connection, "site", "t", Operation.PUBLISH, [self.row("a")], rules().at)
        assert lot is not None
        with writing(engine) as connection:
            assert carried.advance(connection, lot.lot, LotState.PLANNED, LotState.WRITTEN, NOON)
            assert not carried.advance(connection, lot.lot, LotState.PLANNED, LotState.WRITTEN, NOON)
            assert carried.advance(connection, lot.lot, LotState.WRITTEN, LotState.DONE, NOON)
        with reading(engine) as connection:
            assert carried.find_open(connection, "site") == []

    def test_a_later_version_stays(self, engine: Engine) -> None:
        with writing(engine) as connection:
            carried.keep(connection, [self.row("a", 2, "update")])
            carried.keep(connection, [self.row("a"), self.row("b")])
        with reading(engine) as connection:
            found = carried.read_carried(connection, ["a", "b", "c"])
        assert {name: row.version for name, row in found.items()} == {"a": 2, "b": 1}
