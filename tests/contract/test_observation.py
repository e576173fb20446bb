"""What waits, is late or is in trouble, as the archive is looked at."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, update

from credit.record.rows import CaseRow, Decision, WorkerRow
from credit.rules import Moment
from credit.store import outbox, roll, tables
from credit.store import parked as parking
from credit.store.engine import reading, writing
from credit.store.queries import books, observation
from credit.telling.observation import NOTHING, Books, Cases, Observation, Parked, Trouble, Waiting
from tests.builders import national_law
from tests.contract import archives as rows
from tests.contract.archives import DAY, NOON, ORGAN, TODAY, Shelf, put, take_in


def midnight(day: date) -> datetime:
    """The beginning of a day in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Asia/Shanghai"))


class TestObservation:
    AT = Moment(NOON + 20 * DAY, TODAY)

    def read(self, shelf: Shelf) -> Observation:
        with reading(shelf.engine) as connection:
            return observation.observe(connection, self.AT, national_law())

    def books(self, shelf: Shelf) -> Books:
        with reading(shelf.engine) as connection:
            return books.read_books(connection, self.AT, None)

    def test_of_a_new_archive_is_nothing(self, shelf: Shelf) -> None:
        found = self.read(shelf)
        assert (found.parked, found.troubled, found.cases, found.alerts, found.workers) == ({}, (), (), (), ())
        assert (found.unsent, found.unconfirmed, found.leased) == (NOTHING, NOTHING, 0)
        by_name = (found.notices_overdue, found.lifts_overdue, found.feed_rows_late, found.feed_rows_near)
        assert (*by_name, found.feed_rows_refused) == ({}, {}, {}, {}, {})
        assert (found.records_due, found.transfers_overdue, found.prepared) == (NOTHING, NOTHING, NOTHING)
        assert found.at_work == {"intake": 0, "relay": 0, "scheduler": 0}
        assert (found.taken_at, found.books) == (None, None)
        assert self.books(shelf) == Books(0, 0, 0, 0, NOTHING)

    def test_asks_the_same_number_of_questions_whatever_there_is(self, shelf: Shelf) -> None:
        statements: list[str] = []
        event.listen(shelf.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        self.read(shelf)
        before = len(statements)
        put(shelf.engine, *(rows.notice(f"XL{n}-1", reply_by=TODAY - DAY, agency=f"a{n}") for n in range(9)))
        put(shelf.engine, *(rows.parked(f"m{n}", f"reason.{n}") for n in range(9)))
        statements.clear()
        self.read(shelf)
        assert len(statements) == before

    def test_counts_open_parked_messages_by_reason_with_the_oldest(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.parked("m1", "json.invalid"),
            rows.parked("m2", "json.invalid")._replace(parked_at=NOON + 15 * DAY),
            rows.parked("m3", "date.future")._replace(parked_at=self.AT.now - timedelta(minutes=59)),
            rows.parked("m4", "date.future")._replace(parked_at=NOON - DAY),
        )
        with writing(shelf.engine) as connection:
            closing = update(tables.parked).where(tables.parked.c.message_key == "m4")
            connection.execute(closing.values(closed_as="applied", closed_at=NOON))
            parking.note(connection, [1], "look", Decision("王芳", "核对", NOON + DAY))
        later = self.AT.now - timedelta(minutes=59)
        assert self.read(shelf).parked == {
            "date.future": Parked(Waiting(1, later, ("3",)), 1, Waiting(1, later, ("3",))),
            "json.invalid": Parked(Waiting(2, NOON, ("1", "2")), 0, Waiting(1, NOON + 15 * DAY, ("2",))),
        }

    def test_counts_what_is_to_be_sent(self, shelf: Shelf) -> None:
        dispatches = [rows.dispatch(f"f{number}:1") for number in range(5)]
        put(shelf.engine, dispatches[0]._replace(created_at=NOON - 9 * DAY))
        put(shelf.engine, *dispatches[1:4], dispatches[4]._replace(routing_key="notice.tax"))
        with writing(shelf.engine) as connection:
            sent, first, second, _, last = outbox.claim(connection, "relay", 5, self.AT.now)
            outbox.mark_sent(connection, "relay", [sent], self.AT.now)
            outbox.give_back(connection, "relay", [first, second], "returned", self.AT.now)
            outbox.give_back(connection, "relay", [last], "full", self.AT.now)
        found = self.read(shelf)
        assert (found.unsent, found.leased) == (Waiting(4, NOON, ("f1:1",)), 1)
        assert found.troubled == (
            Trouble("full", "notice.tax", Waiting(1, NOON, ("f4:1",))),
            Trouble("returned", "feed.credit-china", Waiting(2, NOON, ("f1:1",))),
        )
        books = self.books(shelf)
        assert (books.sent, books.unsent, books.forgotten) == (1, 4, 0)

    @pytest.mark.parametrize(("seconds", "late"), [(29, False), (30, True)])
    def test_what_a_relay_holds_for_half_a_minute_is_unconfirmed(self, shelf: Shelf, seconds: int, late: bool) -> None:  # noqa: FBT001
        put(shelf.engine, rows.dispatch("f1:1"))
        leased_at = self.AT.now - timedelta(seconds=seconds)
        with writing(shelf.engine) as connection:
            outbox.claim(connection, "relay", 5, leased_at)
        assert self.read(shelf).unconfirmed == (Waiting(1, leased_at, ("f1:1",)) if late else NOTHING)

    def test_what_is_neither_sent_nor_to_be_sent_is_forgotten(self, shelf: Shelf) -> None:
        put(shelf.engine, rows.dispatch("f1:1"), rows.dispatch("f2:1"))
        with writing(shelf.engine) as connection:
            connection.execute(tables.unsent.delete().where(tables.unsent.c.outbox_id == 1))
        assert self.books(shelf) == Books(0, 0, 1, 1, NOTHING)

    def test_counts_missed_days_by_agency(self, shelf: Shelf) -> None:
        lifted: dict[str, Any] = {"lift_cause": "repaired", "lifted_at": NOON}
        put(
            shelf.engine,
            rows.notice("XL01-1", reply_by=TODAY),
            rows.notice("XL02-1", reply_by=TODAY - DAY),
            rows.notice("XL03-1", reply_by=TODAY - 4 * DAY),
            rows.notice("XL04-1", reply_by=TODAY - 9 * DAY, answered=True, reply_state="executed", replied_at=NOON),
            rows.notice("XL05-1", reply_by=TODAY - 9 * DAY, **lifted, lift_reply_by=TODAY),
            rows.notice("XL06-1", **lifted, lift_reply_by=TODAY - DAY, lift_confirmed_at=NOON),
            rows.notice("XL07-1", **lifted, lift_reply_by=TODAY - DAY),
            rows.notice("XL08-1", answered=True, part_reply_by=TODAY - 2 * DAY),
            rows.notice("XL09-1", answered=True, part_reply_by=TODAY),
            rows.notice("XL10-1", agency="police", reply_by=TODAY - 2 * DAY),
        )
        found = self.read(shelf)
        assert found.notices_overdue == {
            "tax": Waiting(2, midnight(TODAY - 3 * DAY), ("XL03-1", "XL02-1")),
            "police": Waiting(1, midnight(TODAY - DAY), ("XL10-1",)),
        }
        assert found.lifts_overdue == {"tax": Waiting(2, midnight(TODAY - DAY), ("XL08-1", "XL07-1"))}

    def test_names_a_few_and_counts_all(self, shelf: Shelf) -> None:
        put(shelf.engine, *(rows.notice(f"XL{n:02}-1", reply_by=TODAY - DAY) for n in range(20)))
        found = self.read(shelf).notices_overdue["tax"]
        assert (found.count, found.sample) == (20, tuple(f"XL{n:02}-1" for n in range(5)))

    def test_counts_rows_of_feeds_that_are_late_near_or_refused(self, shelf: Shelf) -> None:
        # A Friday: the next working day is Monday the 23rd.
        put(
            shelf.engine,
            rows.record("r1"),
            rows.record("r2", sealed_clause="某条例"),
            rows.feed_row("f1", due_on=TODAY),
            rows.feed_row("f2", due_on=TODAY - 2 * DAY),
            rows.feed_row("f3", due_on=TODAY - 9 * DAY, result_code="2001", result_at=NOON),
            rows.feed_row("f4", due_on=TODAY - 9 * DAY, result_code="0000", result_at=NOON),
            rows.feed_row("f5", record_id="r2", due_on=TODAY + 3 * DAY),
            rows.feed_row("f6", due_on=TODAY + 4 * DAY),
        )
        found, name = self.read(shelf), "舞卫医罚〔2026〕r1号"
        assert found.feed_rows_late == {"credit-china": Waiting(1, midnight(TODAY - DAY), (name,))}
        near = Waiting(3, midnight(TODAY - DAY), (name, name, "（已封存）"))
        assert found.feed_rows_near == {"credit-china": near}
        assert found.feed_rows_refused == {"credit-china": Waiting(1, NOON, (name,))}

    def test_counts_records_that_are_due(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.record("r1", changes_on=TODAY, as_of=TODAY),
            rows.record("r2", changes_on=TODAY, as_of=TODAY - DAY),
            rows.record("r3", changes_on=TODAY + DAY, as_of=TODAY - DAY),
        )
        assert self.read(shelf).records_due == Waiting(1, midnight(TODAY), ("舞卫医罚〔2026〕r2号",))

    def test_groups_open_cases_with_the_first_one_said(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            *(CaseRow("record-disputed", f"r{n}", ORGAN, f"{n}号", f"第{n}件", NOON + n * DAY) for n in (3, 1, 2)),
            CaseRow("record-disputed", "r4", "other", "4号", "第4件", NOON),
            CaseRow("split-target", "r5", ORGAN, "5号", "第5件", NOON),
        )
        closing = tables.alert_case.c.about == "r5"
        with writing(shelf.engine) as connection:
            connection.execute(update(tables.alert_case).where(closing).values(closed_at=NOON, closed_by="王芳"))
        assert self.read(shelf).cases == (
            Cases("record-disputed", ORGAN, Waiting(3, NOON + DAY, ("1号", "2号", "3号")), "第1件"),
            Cases("record-disputed", "other", Waiting(1, NOON, ("4号",)), "第4件"),
        )

    def test_says_who_is_at_work(self, shelf: Shelf) -> None:
        with writing(shelf.engine) as connection:
            now = roll.time_of(connection, self.AT.now)
            one = WorkerRow("w1", "all", "host", 7, "0", "0012", "r", "l", now, now, now)
            roll.beat(connection, one)
            roll.beat(connection, one._replace(worker_id="w2", kind="relay"))
            roll.beat(connection, one._replace(worker_id="w3", kind="intake", heard_at=now - roll.SILENCE))
        assert self.read(shelf).at_work == {"intake": 1, "relay": 2, "scheduler": 1}
        with reading(shelf.engine) as connection:
            seen = observation.observe(connection, self.AT, None, workers=("carrier", "frontend"))
        assert (seen.at_work["carrier"], seen.at_work["frontend"]) == (1, 0)  # who does all reads no front-end database

    @pytest.mark.parametrize(("received", "missing"), [(5, 0), (7, 2), (4, -1)])
    def test_says_how_many_deliveries_are_not_in_the_inbox(self, shelf: Shelf, received: int, missing: int) -> None:
        put(shelf.engine, rows.message("/inspection 1"), rows.message("/inspection 2", "parked"))
        with writing(shelf.engine) as connection:
            first = update(tables.message).where(tables.message.c.message_key == "/inspection 1")
            connection.execute(first.values(repeats=3))
        take_in(shelf.engine, received)
        assert self.books(shelf).difference == missing
        assert self.read(shelf).taken_at == NOON
