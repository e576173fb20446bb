"""What is read from an archive: the same from SQLite and from PostgreSQL."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, Table, create_engine, event, update
from sqlalchemy.pool import StaticPool

from credit import vault
from credit.grading.sayings import Place, Source
from credit.identity import IN_FULL, MASKED, IdKind, Viewer
from credit.record import places
from credit.record.rows import CaseRow, Decision, SubjectRow, WorkerRow
from credit.rules import Moment
from credit.store import bulk, outbox, roll, tables
from credit.store import parked as parking
from credit.store.digest import digest
from credit.store.engine import connect, reading, writing
from credit.store.parked import Choice
from credit.store.queries import archive, books, feeds, ledger, notices, observation, parked, subjects
from credit.store.queries.mends import Change
from credit.store.queries.origins import Origin
from credit.store.queries.view import View
from credit.telling.observation import NOTHING, Books, Cases, Observation, Parked, Trouble, Waiting
from credit.vault import Algorithm, Keyring
from schemas.errors import PermanentError
from schemas.reasons import Reason
from schemas.states import NoticeState
from tests.builders import national_law
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, NOON, ORGAN, SUCCESSOR, WANG, Shelf, put

pytestmark = pytest.mark.long(seconds=20)

TODAY = date(2026, 3, 20)
DAY = timedelta(days=1)
NOT_TEXT = "00000000  ff fe 20 6e 6f 74 20 74 65 78 74                 .. not text"


@pytest.fixture
def shelf(archive_url: str) -> Iterator[Shelf]:
    engine = connect(archive_url)
    yield Shelf(engine, vault.generate(Algorithm.AES_256_GCM))
    engine.dispose()


@contextmanager
def other_shelf() -> Iterator[Shelf]:
    """A second archive in another place, sealed with other keys of another cipher."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    tables.metadata.create_all(engine)
    try:
        yield Shelf(engine, vault.generate(Algorithm.SM4_GCM))
    finally:
        engine.dispose()


def view(shelf: Shelf, viewer: Viewer = MASKED) -> View:
    return View(viewer, shelf.keyring, TODAY)


def take_in(engine: Engine, received: int) -> None:
    with writing(engine) as connection:
        connection.execute(tables.batch.insert().values(at=NOON, received=received))


def set_columns(engine: Engine, table: Table, **values: object) -> None:
    with writing(engine) as connection:
        connection.execute(update(table).values(**values))


def midnight(day: date) -> datetime:
    """The beginning of a day in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Asia/Shanghai"))


class TestLedger:
    def test_is_balanced_and_empty_for_a_new_archive(self, shelf: Shelf) -> None:
        with reading(shelf.engine) as connection:
            found = ledger.read_ledger(connection)
        nothing = ledger.Dispatches(0, 0, 0, 0)
        assert found == ledger.Ledger(
            0, 0, 0, 0, 0, 0, balanced=True, discarded=0, open=0, types=(), dispatches=nothing
        )

    def test_adds_up_what_became_of_every_delivery(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.message("/inspection 1", "applied"),
            rows.message("/inspection 2", "superseded"),
            rows.message("/inspection 3", "conflict"),
            rows.message("/inspection 4", "repeated"),
            rows.message("unreadable:q 1", "parked", type=None),
            rows.message("unreadable:q 2", "parked", type=None),
            rows.parked("unreadable:q 1", "json.invalid"),
            rows.parked("unreadable:q 2", "json.invalid"),
        )
        with writing(shelf.engine) as connection:
            message, waiting = tables.message, tables.parked
            connection.execute(update(message).where(message.c.message_key == "/inspection 1").values(repeats=3))
            discard = update(waiting).where(waiting.c.message_key == "unreadable:q 2")
            connection.execute(discard.values(closed_as="discarded"))
        take_in(shelf.engine, 7)
        take_in(shelf.engine, 2)
        with reading(shelf.engine) as connection:
            found = ledger.read_ledger(connection)
        assert (found.received, found.applied, found.repeated) == (9, 1, 4)
        assert (found.superseded, found.conflict, found.parked) == (1, 1, 2)
        assert (found.balanced, found.discarded, found.open) == (True, 1, 1)
        assert found.types == (
            ledger.Tally("credit.in.inspection", 2, 0, 0, 0, 0, 2),
            ledger.Tally("credit.inspection.penalty.v1", 7, 1, 4, 1, 1, 0),
        )

    def test_says_when_a_delivery_is_missing(self, shelf: Shelf) -> None:
        put(shelf.engine, rows.message())
        take_in(shelf.engine, 2)
        with reading(shelf.engine) as connection:
            assert not ledger.read_ledger(connection).balanced

    def test_counts_what_is_to_be_sent(self, shelf: Shelf) -> None:
        put(shelf.engine, *(rows.dispatch(f"f{number}:1") for number in range(4)))
        with writing(shelf.engine) as connection:
            sent, failed = outbox.claim(connection, "relay", 2, NOON)
            outbox.mark_sent(connection, "relay", [sent], NOON)
            outbox.give_back(connection, "relay", [failed], "no route", NOON)
        with reading(shelf.engine) as connection:
            assert ledger.read_ledger(connection).dispatches == ledger.Dispatches(4, 1, 3, 1)


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


class TestFind:
    @pytest.fixture
    def filed(self, shelf: Shelf) -> Shelf:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.person(WANG, shelf.keyring),
            rows.person("H12345678", shelf.keyring, namespace="hk-macau", id_type="港澳居民来往内地通行证"),
            rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", CLINIC, shelf.keyring),
            rows.claim(IdKind.ORG_CODE, "MA9K2F7Q0", CLINIC, shelf.keyring),
        )
        return shelf

    def find(self, shelf: Shelf, key: str) -> subjects.Lineage:
        with reading(shelf.engine) as connection:
            return subjects.find(connection, key, shelf.keyring)

    @pytest.mark.parametrize(
        "key",
        [
            CLINIC,
            " 91410481-ma9k2f7q0r ",
            "９１４１０４８１ＭＡ９Ｋ２Ｆ７Ｑ０Ｒ",
            "PDY10048141048116D1202",
            "pdy 10048141048116 d1202",
            "MA9K2F7Q-0",
        ],
    )
    def test_finds_an_organisation_however_its_identifiers_are_written(self, filed: Shelf, key: str) -> None:
        assert self.find(filed, key) == subjects.Lineage(CLINIC, frozenset({CLINIC}))

    @pytest.mark.parametrize(
        ("key", "number"),
        [(WANG, WANG), (WANG.lower(), WANG), ("H12345678", "H12345678"), ("h1234567802", "H12345678")],
    )
    def test_finds_a_person_by_the_number_of_a_document(self, filed: Shelf, key: str, number: str) -> None:
        namespace = "resident" if number == WANG else "hk-macau"
        expected = rows.person(number, filed.keyring, namespace=namespace).subject_id
        assert self.find(filed, key).current == expected

    def test_finds_a_subject_by_the_id_that_listings_print(self, filed: Shelf) -> None:
        subject_id = rows.person(WANG, filed.keyring).subject_id
        assert self.find(filed, subject_id).current == subject_id

    @pytest.mark.parametrize(
        "key", ["", "0", "王某", SUCCESSOR, "00000000000000000X", "'; DROP TABLE subject", "P" * 32, "\0"]
    )
    def test_refuses_what_is_not_on_file(self, filed: Shelf, key: str) -> None:
        with pytest.raises(subjects.SubjectUnknown, match="no subject is on file"):
            self.find(filed, key)

    def test_refuses_an_undone_claim(self, filed: Shelf) -> None:
        set_columns(filed.engine, tables.alias, undone_at=NOON, undone_by="李科长")
        with pytest.raises(subjects.SubjectUnknown, match="no subject is on file"):
            self.find(filed, "PDY10048141048116D1202")

    def test_refuses_a_key_of_two_subjects(self, filed: Shelf) -> None:
        put(
            filed.engine,
            rows.organisation(SUCCESSOR, filed.keyring),
            rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", SUCCESSOR, filed.keyring),
        )
        with pytest.raises(subjects.SubjectUnknown, match="2 subjects claim that key"):
            self.find(filed, "PDY10048141048116D1202")

    def test_follows_links_from_either_end(self, filed: Shelf) -> None:
        put(filed.engine, rows.organisation(SUCCESSOR, filed.keyring))
        rows.connect_subjects(filed.engine, CLINIC, SUCCESSOR)
        whole = subjects.Lineage(SUCCESSOR, frozenset({CLINIC, SUCCESSOR}))
        assert self.find(filed, CLINIC) == self.find(filed, SUCCESSOR) == self.find(filed, "MA9K2F7Q0") == whole

    def test_does_not_follow_an_undone_link(self, filed: Shelf) -> None:
        put(filed.engine, rows.organisation(SUCCESSOR, filed.keyring))
        rows.connect_subjects(filed.engine, CLINIC, SUCCESSOR, undone=True)
        assert self.find(filed, SUCCESSOR).members == {SUCCESSOR}

    def test_ends_on_links_in_a_circle(self, filed: Shelf) -> None:
        put(filed.engine, rows.organisation(SUCCESSOR, filed.keyring))
        rows.connect_subjects(filed.engine, CLINIC, SUCCESSOR)
        rows.connect_subjects(filed.engine, SUCCESSOR, CLINIC)
        assert self.find(filed, CLINIC).members == {CLINIC, SUCCESSOR}


class TestArchive:
    def read(self, shelf: Shelf, key: str) -> archive.Archive:
        with reading(shelf.engine) as connection:
            return archive.read_archive(connection, key, view(shelf))

    def test_shows_newest_records_first_with_those_of_a_previous_code(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring, "舞钢旧名诊所"),
            rows.organisation(SUCCESSOR, shelf.keyring),
            rows.record("r1", CLINIC, occurred_on=TODAY - 9 * DAY),
            rows.record("r2", SUCCESSOR, occurred_on=TODAY - DAY),
            rows.record("r3", ORGAN),
        )
        rows.connect_subjects(shelf.engine, CLINIC, SUCCESSOR)
        found = self.read(shelf, CLINIC)
        assert (found.subject_id, found.identifier, found.name) == (SUCCESSOR, SUCCESSOR, "舞钢安康诊所")
        assert [(each.row.record_id, each.row.subject_id) for each in found.records] == [
            ("r2", SUCCESSOR),
            ("r1", CLINIC),
        ]
        assert [(each.subject_id, each.continued_as, each.note) for each in found.links] == [
            (CLINIC, SUCCESSOR, "换证")
        ]

    def test_says_who_the_subject_is_by_what_was_not_withdrawn(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.registration("a", date(2015, 3, 1), "registered", level="primary"),
            rows.registration("b", date(2024, 2, 29), "changed", organiser=f"王某 {WANG}"),
            rows.registration("c", date(2025, 1, 5), "changed", state="withdrawn", level="tertiary"),
            rows.registration("d", date(2025, 2, 5), "changed", sealed_clause="依法封存", level="tertiary"),
            rows.registration("e", date(2025, 3, 5), "revoked", state="expired"),
        )
        who = self.read(shelf, CLINIC).who
        assert (who.level, who.licensed, who.licensed_on) == ("primary", False, date(2015, 3, 1))
        assert who.sources["level"] == Source("a", date(2015, 3, 1), NOON)
        assert who.organiser == Place("王某 110105********002X")
        with reading(shelf.engine) as connection:
            in_full = archive.read_archive(connection, CLINIC, view(shelf, IN_FULL)).who
        assert in_full.organiser == Place(f"王某 {WANG}")
        assert in_full.level == "primary"  # that is sealed says nothing, whoever looks

    def test_names_the_origin_of_every_value(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record(state="repaired", cause="repaired", acts='["/office a1"]'),
            rows.act("a1", "r1", "repair", "granted", event_time=NOON + DAY),
            rows.act("a2", "r1", "objection", "rejected", event_time=NOON),
            rows.act("a3", "a2", "withdrawal", "void"),
            rows.act("a9", "r9", "repair", "granted"),
        )
        (found,) = self.read(shelf, CLINIC).records
        stated = Origin(("/inspection 1",), NOON)
        assert found.origins == {
            "items.CF_NR": stated,
            "items.CF_NR_FK": stated,
            "organ": stated,
            "name": stated,
            "occurred_on": stated,
            "severity": Origin(("/inspection 1",), NOON, "处罚类别“罚款”：〔2022〕1号"),
            "public": Origin(("/office a1",), NOON + DAY),
            "public_until": Origin(("/inspection 1",), NOON, "第58号令"),
            "repairable_from": Origin(("/inspection 1",), NOON, "第58号令"),
            "state": Origin(("/office a1",), NOON + DAY),
        }
        assert found.items == {"CF_NR": "罚款人民币二万元", "CF_NR_FK": "2.000000"}
        assert {each.act_id: each.counts for each in found.acts} == {"a1": True, "a2": False, "a3": False}

    def test_gives_an_expired_state_to_the_clause_of_its_window(self, shelf: Shelf) -> None:
        put(shelf.engine, rows.organisation(CLINIC, shelf.keyring), rows.record(state="expired", cause="expired"))
        (found,) = self.read(shelf, CLINIC).records
        assert found.origins["state"].clause == "第58号令"

    def test_keeps_every_message_about_a_record_and_its_acts(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record(),
            rows.act("a1", "r1", "repair", "granted"),
            rows.message("/inspection 1", "applied"),
            rows.message("/inspection 2", "applied", revision=2),
            rows.message("/office a1", "applied", record_id="a1"),
            rows.message("/office a9", "applied", record_id="a9"),
        )
        (found,) = self.read(shelf, CLINIC).records
        assert [said.message_key for said in found.messages] == ["/inspection 2", "/inspection 1", "/office a1"]

    def test_puts_notices_and_feed_rows_to_their_record(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record("r1"),
            rows.record("r2"),
            rows.notice("XL01-1", "r1"),
            rows.feed_row("f2", "r2"),
        )
        found = {each.row.record_id: each for each in self.read(shelf, CLINIC).records}
        assert [each.row.notice_no for each in found["r1"].notices] == ["XL01-1"]
        assert [each.row.row_id for each in found["r2"].feeds] == ["f2"]
        assert (found["r2"].notices, found["r1"].feeds) == ((), ())

    @pytest.fixture
    def personal(self, shelf: Shelf) -> Shelf:
        """An archive with a personal number wherever one can stand."""
        wang = rows.person(WANG, shelf.keyring)
        reply = f'{{"unit": "税务局", "remark": "{WANG} 已执行"}}'
        put(
            shelf.engine,
            wang,
            rows.record("r1", wang.subject_id, fact=rows.FACT.replace("罚款人民币二万元", f"王某（{WANG}）罚款")),
            rows.notice("XL01-1", "r1", wang.subject_id, reply_state="executed", reply_detail=reply),
            rows.feed_row("f1", "r1", result_code="2001", result_message=f"{WANG} 校验位不符"),
            rows.claim(IdKind.CERTIFICATE_NO, "110410481000123", wang.subject_id, shelf.keyring),
            rows.claim(IdKind.NAME, f"王某 {WANG}", wang.subject_id, shelf.keyring),
        )
        return shelf

    def test_never_shows_a_personal_number(self, personal: Shelf) -> None:
        found = self.read(personal, WANG)
        (record,) = found.records
        assert found.identifier == "110105********002X"
        assert [each.value for each in found.aliases] == ["11***********23", "王某 110105********002X"]
        assert record.items["CF_NR"] == "王某（110105********002X）罚款"
        assert record.notices[0].identifier == "110105********002X"
        assert record.notices[0].reply == {"unit": "税务局", "remark": "110105********002X 已执行"}
        assert record.feeds[0].row.result_message == "110105********002X 校验位不符"
        assert WANG not in repr(found)

    def test_shows_personal_numbers_to_who_may_see_them(self, personal: Shelf) -> None:
        with reading(personal.engine) as connection:
            found = archive.read_archive(connection, WANG, view(personal, IN_FULL))
        (record,) = found.records
        assert found.identifier == WANG
        assert [each.value for each in found.aliases] == ["110410481000123", f"王某 {WANG}"]
        assert record.items["CF_NR"] == f"王某（{WANG}）罚款"
        assert record.notices[0].identifier == WANG
        assert record.feeds[0].row.result_message == f"{WANG} 校验位不符"

    @pytest.mark.parametrize("records", [1, 7])
    def test_asks_as_often_whatever_hangs_on_the_subject(self, shelf: Shelf, records: int) -> None:
        numbers = [str(number) for number in range(records)]
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            *(rows.record(number, CLINIC) for number in numbers),
            *(rows.notice(f"XL{number}-1", number, CLINIC) for number in numbers),
            *(rows.feed_row(f"f{number}", number) for number in numbers),
        )
        asked: list[str] = []
        event.listen(shelf.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
        found = self.read(shelf, CLINIC)
        assert [len(each.notices) + len(each.feeds) for each in found.records] == [2] * records
        # PostgreSQL is asked for the standings in one round trip, of which the listener hears nothing.
        times = {"sqlite": 15, "postgresql": 12}[shelf.engine.dialect.name]
        assert len([statement for statement in asked if not statement.startswith("BEGIN")]) == times

    def test_an_archive_without_records_is_an_archive(self, shelf: Shelf) -> None:
        put(shelf.engine, rows.organisation(CLINIC, shelf.keyring))
        assert self.read(shelf, CLINIC).records == ()


class TestNotices:
    @pytest.fixture
    def told(self, shelf: Shelf) -> Shelf:
        lifted: dict[str, Any] = {"lift_cause": "repaired", "lifted_at": NOON}
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.organisation(SUCCESSOR, shelf.keyring),
            rows.record("r1"),
            rows.record("r2", SUCCESSOR),
            rows.notice("XL01-1", reply_by=TODAY),
            rows.notice("XL02-1", agency="police", reply_by=TODAY - DAY),
            rows.notice(
                "XL03-1", agency="audit", reply_by=TODAY - DAY, reply_state="executed", answered=True, replied_at=NOON
            ),
            rows.notice("XL04-1", agency="water", **lifted, lift_reply_by=TODAY),
            rows.notice("XL05-1", "r2", SUCCESSOR, **lifted, lift_reply_by=TODAY - DAY),
            rows.notice("XL06-1", agency="justice", **lifted, lift_reply_by=TODAY - DAY, lift_confirmed_at=NOON),
        )
        return shelf

    def find(self, shelf: Shelf, wanted: notices.Filter = notices.EVERYTHING) -> list[notices.Notice]:
        with reading(shelf.engine) as connection:
            return notices.find_notices(connection, view(shelf), wanted)

    def test_says_where_each_stands(self, told: Shelf) -> None:
        assert {each.row.notice_no: (each.state, each.overdue) for each in self.find(told)} == {
            "XL01-1": ("issued", False),
            "XL02-1": ("overdue", True),
            "XL03-1": ("executed", False),
            "XL04-1": ("lifting", False),
            "XL05-1": ("lifting", True),
            "XL06-1": ("lifted", False),
        }

    def test_lists_newest_first(self, told: Shelf) -> None:
        put(told.engine, rows.notice("XL00-1", issued_at=NOON + DAY))
        assert self.find(told)[0].row.notice_no == "XL00-1"

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (notices.Filter(agency="tax"), {"XL01-1", "XL05-1"}),
            (notices.Filter(state=NoticeState.LIFTING), {"XL04-1", "XL05-1"}),
            (notices.Filter(agency="tax", state=NoticeState.LIFTING), {"XL05-1"}),
            (notices.Filter(subjects=frozenset({SUCCESSOR})), {"XL05-1"}),
            (notices.Filter(subjects=frozenset()), set()),
            (notices.Filter(agency="nobody"), set()),
        ],
    )
    def test_filters(self, told: Shelf, wanted: notices.Filter, expected: set[str]) -> None:
        assert {each.row.notice_no for each in self.find(told, wanted)} == expected

    def test_closure_is_who_has_not_confirmed_a_lift_longest_due_first(self, told: Shelf) -> None:
        with reading(told.engine) as connection:
            found = notices.find_unclosed(connection, view(told))
        assert [(each.row.notice_no, each.overdue) for each in found] == [("XL05-1", True), ("XL04-1", False)]

    def test_knows_the_agencies_ever_told(self, told: Shelf) -> None:
        with reading(told.engine) as connection:
            assert notices.find_agencies(connection) == {"tax", "police", "audit", "water", "justice"}


class TestFeeds:
    def test_says_where_each_row_stands(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record("r1"),
            rows.feed_row("f1", due_on=TODAY),
            rows.feed_row("f2", due_on=TODAY - DAY),
            rows.feed_row("f3", version=2, due_on=TODAY - DAY, result_code="0000"),
            rows.feed_row("f4", due_on=TODAY, result_code="2001", result_message="校验位不符"),
            rows.feed_row("f5", version=2, operation="withdraw", due_on=TODAY + DAY),
            # f2 was sent and cleared away; version 1 of f5 was sent, its withdrawal waits.
            rows.dispatch("f1:1"),
            rows.dispatch("f5:2"),
        )
        with reading(shelf.engine) as connection:
            found = feeds.find_entries(connection, view(shelf))
        assert [(each.row.row_id, each.state, each.late) for each in found] == [
            ("f2", "sent", True),
            ("f4", "refused", False),
            ("f3", "accepted", False),
            ("f1", "pending", False),
            ("f5", "pending", False),
        ]
        assert feeds.summarise(found) == [feeds.Summary("credit-china", 5, 4, 2, 1, 1, 1, 0, 1)]

    def test_a_sent_row_is_not_pending_while_its_proof_is_kept(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record(),
            rows.feed_row(),
            rows.dispatch("f1:1"),
        )
        set_columns(shelf.engine, tables.outbox, sent_at=NOON)
        with reading(shelf.engine) as connection:
            assert [each.state for each in feeds.find_entries(connection, view(shelf))] == ["sent"]


class TestParked:
    @pytest.fixture
    def held(self, shelf: Shelf) -> Shelf:
        sealed = shelf.keyring.seal(b"\xff\xfe not text", places.of_message("unreadable:q 1"))
        put(
            shelf.engine,
            rows.message("unreadable:q 1", "parked", raw=sealed, type=None, sender=None),
            rows.message("/inspection 2", "parked"),
            rows.message("/inspection 3", "applied"),
            rows.parked("unreadable:q 1", "json.not_utf8", "not UTF-8 at byte 0"),
            rows.parked("/inspection 2", "identity.unresolved"),
            rows.parked("/inspection 3", "identity.unresolved"),
        )
        with writing(shelf.engine) as connection:
            waiting = tables.parked
            closing = update(waiting).where(waiting.c.message_key == "/inspection 3")
            connection.execute(closing.values(closed_as="applied", closed_at=NOON, closed_by="replay"))
            connection.execute(tables.waiting.insert().values(value_hash="h", message_key="/inspection 2"))
        return shelf

    def test_lists_open_ones_oldest_first(self, held: Shelf) -> None:
        with reading(held.engine) as connection:
            found = parked.find_parked(connection, MASKED)
        assert [(each.message_key, each.reason, each.waits) for each in found] == [
            ("unreadable:q 1", "json.not_utf8", 0),
            ("/inspection 2", "identity.unresolved", 1),
        ]
        assert found[0].hint == "报文不是 UTF-8 编码。请来源单位改用 UTF-8 重新发送。"

    def test_lists_by_reason_and_closed_ones_too(self, held: Shelf) -> None:
        with reading(held.engine) as connection:
            found = parked.find_parked(connection, MASKED, Choice(reason=Reason.ID_UNRESOLVED), closed=True)
        assert [(each.message_key, each.closed_as, each.closed_by) for each in found] == [
            ("/inspection 2", None, None),
            ("/inspection 3", "applied", "replay"),
        ]

    def test_tells_the_story_with_the_bytes(self, held: Shelf) -> None:
        events = tables.parked_event
        former = held.keyring.seal(b"{", places.of_former_message(2))
        with writing(held.engine) as connection:
            said = {"parked_id": 1, "at": NOON, "by": "李科长", "account": "li"}
            connection.execute(events.insert().values(**said, action="replay", note=""))
            connection.execute(events.insert().values(**said, action="mend", note="补正", raw=former))
        with reading(held.engine) as connection:
            story = parked.read_story(connection, 1, held.keyring, MASKED)
        assert (story.row.message_key, story.message) == ("unreadable:q 1", NOT_TEXT)
        assert story.events == (
            parked.Event(NOON, "李科长", "li", "replay", "", None, None),
            parked.Event(NOON, "李科长", "li", "mend", "补正", "{", (Change("*", None, None),)),
        )

    def test_gives_the_bytes_to_who_sees_numbers_and_to_nobody_else_and_keeps_who_looked(self, held: Shelf) -> None:
        look = Decision("li", "", NOON, "li")
        with writing(held.engine) as connection:
            assert parked.read_raw(connection, 1, held.keyring, IN_FULL, look) == b"\xff\xfe not text"
            with pytest.raises(PermanentError, match="may see personal numbers"):
                parked.read_raw(connection, 1, held.keyring, MASKED, look)
        with reading(held.engine) as connection:
            (event,) = parked.read_story(connection, 1, held.keyring, MASKED).events
        assert event == parked.Event(NOON, "li", "li", "look", "", None, None)

    def test_refuses_a_number_that_is_none(self, held: Shelf) -> None:
        with reading(held.engine) as connection, pytest.raises(PermanentError, match="no message 99 was ever parked"):
            parked.read_story(connection, 99, held.keyring, MASKED)


def read_digest(shelf: Shelf) -> str:
    with reading(shelf.engine) as connection:
        return digest(connection, shelf.keyring)


def furnish(keyring: Keyring) -> list[bulk.Row]:
    wang = rows.person(WANG, keyring)
    return [
        rows.organisation(CLINIC, keyring),
        wang,
        rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", CLINIC, keyring),
        rows.claim(IdKind.ORG_CODE, "MA9K2F7Q0", CLINIC, keyring),
        rows.claim(IdKind.CERTIFICATE_NO, "110410481000123", wang.subject_id, keyring),
        rows.record("r1"),
        rows.record("R2"),
        rows.record("10", wang.subject_id),
        rows.act("a1", "r1", "objection", "filed"),
        rows.act("A2", "R2", "objection", "rejected"),
        rows.notice("XL01-1"),
        rows.notice("XL02-1", agency="Audit"),
        rows.feed_row("f1"),
        rows.feed_row("f2", "R2"),
    ]


class TestDigest:
    def test_of_nothing_is_known(self, shelf: Shelf) -> None:
        assert read_digest(shelf) == hashlib.sha256(b"\n" * 5).hexdigest()

    @pytest.mark.parametrize("seed", range(5))
    def test_is_the_same_in_another_store_under_other_keys_in_another_order(self, shelf: Shelf, seed: int) -> None:
        put(shelf.engine, *furnish(shelf.keyring))
        with other_shelf() as other:
            shuffled = furnish(other.keyring)
            random.Random(seed).shuffle(shuffled)
            put(other.engine, *shuffled)
            assert read_digest(other) == read_digest(shelf)

    def test_leaves_out_what_depends_on_the_way(self, shelf: Shelf) -> None:
        put(shelf.engine, *furnish(shelf.keyring))
        before = read_digest(shelf)
        later = NOON + 40 * DAY
        set_columns(shelf.engine, tables.record, known_at=later, as_of=TODAY, changes_on=None)
        set_columns(shelf.engine, tables.act, known_at=later)
        set_columns(shelf.engine, tables.subject, name="曾用名", name_key="曾用名", since=later)
        set_columns(shelf.engine, tables.alias, claimed_by="李科长", claimed_at=later)
        set_columns(
            shelf.engine,
            tables.notice,
            sequence=7,
            issued_at=later,
            reply_by=TODAY,
            reply_state="executed",
            answered=True,
        )
        set_columns(shelf.engine, tables.feed_row, version=9, due_on=TODAY, result_code="0000")
        put(
            shelf.engine,
            rows.notice("XL09-1", agency="police", lifted_at=NOON, lift_cause="repaired"),
            rows.feed_row("f9", "10", operation="withdraw"),
            rows.message(),
        )
        assert read_digest(shelf) == before

    @pytest.mark.parametrize(
        ("table", "values"),
        [
            (tables.record, {"revision": 2}),
            (tables.record, {"subject_id": SUCCESSOR}),
            (tables.record, {"category": "coercion"}),
            (tables.record, {"occurred_on": TODAY}),
            (tables.record, {"digest": b"e"}),
            (tables.record, {"stated_by": "/inspection 2"}),
            (tables.record, {"disputed": True}),
            (tables.record, {"fact": rows.FACT.replace("二", "三")}),
            (tables.record, {"severity": None}),
            (tables.record, {"severity_clause": ""}),
            (tables.record, {"window_clause": ""}),
            (tables.record, {"public": False}),
            (tables.record, {"public_until": None}),
            (tables.record, {"repairable_from": None}),
            (tables.record, {"state": "withdrawn"}),
            (tables.record, {"cause": "withdrawn"}),
            (tables.record, {"acts": '["/office a1"]'}),
            (tables.record, {"document_no": "舞卫医罚〔2026〕2号"}),
            (tables.act, {"target_id": "R2"}),
            (tables.act, {"kind": "repair"}),
            (tables.act, {"act_state": "upheld"}),
            (tables.act, {"occurred_on": TODAY}),
            (tables.act, {"disputed": True}),
            (tables.alias, {"undone_at": NOON}),
            (tables.notice, {"measures": "[]"}),
            (tables.notice, {"ground": "revoked-licence"}),
            (tables.notice, {"until_on": None}),
            (tables.notice, {"lifted_at": NOON}),
            (tables.feed_row, {"digest": b"t"}),
            (tables.feed_row, {"operation": "withdraw"}),
        ],
    )
    def test_sees_every_other_change(self, shelf: Shelf, table: Table, values: dict[str, object]) -> None:
        put(shelf.engine, rows.organisation(SUCCESSOR, shelf.keyring), *furnish(shelf.keyring))
        before = read_digest(shelf)
        set_columns(shelf.engine, table, **values)
        assert read_digest(shelf) != before

    def test_gives_records_to_the_subject_that_carries_on(self, shelf: Shelf) -> None:
        both = [rows.organisation(code, shelf.keyring) for code in (CLINIC, SUCCESSOR)]
        licence = "PDY10048141048116D1202"
        claims = [rows.claim(IdKind.LICENCE_NO, licence, code, shelf.keyring) for code in (CLINIC, SUCCESSOR)]
        put(shelf.engine, *both, *claims, rows.record("r1", CLINIC))
        apart = read_digest(shelf)
        rows.connect_subjects(shelf.engine, CLINIC, SUCCESSOR)
        with other_shelf() as other:
            put(
                other.engine,
                rows.organisation(SUCCESSOR, other.keyring),
                rows.claim(IdKind.LICENCE_NO, licence, SUCCESSOR, other.keyring),
                rows.record("r1", SUCCESSOR),
            )
            assert apart != read_digest(shelf) == read_digest(other)

    def test_does_not_care_which_issue_of_a_permit_came_first(self, shelf: Shelf) -> None:
        def holder(keyring: Keyring, number: str) -> SubjectRow:
            row = rows.person("H12345678", keyring, namespace="hk-macau", id_type="港澳居民来往内地通行证")
            return row._replace(identifier=keyring.seal(number.encode(), places.of_identifier(row.subject_id)))

        first = holder(shelf.keyring, "H1234567801")
        put(shelf.engine, first, rows.record("r1", first.subject_id))
        with other_shelf() as other:
            second = holder(other.keyring, "H1234567802")
            put(other.engine, second, rows.record("r1", second.subject_id))
            assert read_digest(other) == read_digest(shelf)
