"""The archive through its ways of changing, the same scenarios over SQLite and PostgreSQL."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, select, text
from sqlalchemy.exc import IntegrityError

from credit.batch.arrival import Arrival
from credit.batch.work import Work
from credit.rules import Rules
from credit.store import archive, migrate, tables
from credit.store.digest import digest
from credit.store.engine import StoreUnavailable, connect, reading, together, writing
from credit.store.queries.ledger import read_ledger
from schemas.reasons import Reason
from schemas.statement import FeedResult
from tests.builders import (
    CLINIC,
    KEYS,
    LI,
    NINE,
    NOON,
    arrive,
    clinic,
    fail,
    honour,
    notice_to,
    objection,
    offence,
    on,
    penalty,
    person,
    receipt,
    record_of,
    repair,
    result,
    row_of,
    rules,
    withdrawal,
)
from workers.retry import patiently

pytestmark = pytest.mark.long(seconds=20)

LICENCE = "41704812241048111A1001"


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An empty archive."""
    made = connect(archive_url)
    yield made
    made.dispose()


def take(engine: Engine, *arrivals: Arrival, at: Rules | None = None) -> Work:
    return archive.take_in(engine, arrivals, at or rules())


def digest_of(engine: Engine) -> str:
    with reading(engine) as connection:
        return digest(connection, KEYS)


def count(engine: Engine, table: Table) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def persist(*work: Any) -> None:
    """Do something as an intake does: what is transient is tried again."""
    patiently(threading.Event())(*work)


def rows(engine: Engine, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def story() -> list[Arrival]:
    """Some forty messages about eight records that revise, contradict, withdraw, repair and dispute each other."""
    told: list[Arrival] = []
    for number in range(4):
        fact, fine = (
            offence(f"{number}号", party=person() if number % 2 else person("李某", LI)),
            penalty(f"{number}号"),
        )
        granted, gone = repair(fact, number=f"修{number}号"), withdrawal(fine, f"撤{number}号")
        later = NINE + timedelta(hours=number + 1)
        told += [
            arrive(fact, f"{number}a"),
            arrive(fact._replace(occurred_on=date(2026, 5, 17)), f"{number}b", time=later),
            arrive(fact._replace(occurred_on=date(2026, 5, 16)), f"{number}c", revision=2),
            arrive(granted, f"{number}d"),
            arrive(withdrawal(granted, f"撤修{number}号"), f"{number}e"),
            arrive(fine, f"{number}f"),
            arrive(fine._replace(party=clinic(uscc=CLINIC, licence_no=LICENCE)), f"{number}g", time=later),
            arrive(gone, f"{number}h"),
            arrive(withdrawal(offence("0号"), f"撤{number}号"), f"{number}i", revision=2),
            arrive(objection(fine, number=f"异{number}号"), f"{number}j"),
        ]
    return told


def shuffled(told: Sequence[Arrival], chance: random.Random) -> list[Arrival]:
    mixed = [*told, *chance.sample(told, len(told) // 3)]
    chance.shuffle(mixed)
    return mixed


class TestOneTransaction:
    def test_what_a_batch_says_is_committed_together(self, engine: Engine) -> None:
        take(engine, arrive(offence()))
        assert [count(engine, table) for table in (tables.message, tables.record, tables.notice, tables.outbox)] == [
            1,
            1,
            3,
            3,
        ]

    def test_an_exception_in_one_message_leaves_nothing_of_its_batch(self, engine: Engine) -> None:
        broken = honour(clinic())
        broken = broken._replace(items={"title": object()})
        with pytest.raises(TypeError):
            take(engine, arrive(offence(), "1"), arrive(broken, "2"))
        assert {table.name: count(engine, table) for table in tables.metadata.sorted_tables} == dict.fromkeys(
            [table.name for table in tables.metadata.sorted_tables], 0
        )

    def test_a_batch_that_comes_again_after_its_commit_is_repeats(self, engine: Engine) -> None:
        batch = story()
        take(engine, *batch)
        before = (digest_of(engine), count(engine, tables.outbox))
        again = take(engine, *batch)
        assert sum(again.repeats.values()) == len(batch)
        assert (digest_of(engine), count(engine, tables.outbox)) == before
        with reading(engine) as connection:
            ledger = read_ledger(connection)
        assert (ledger.received, ledger.balanced) == (2 * len(batch), True)

    def test_a_row_of_another_process_is_worth_another_try(self, engine: Engine) -> None:
        twice = tables.keymark.insert().values([{"mark": "x", "sealed": b"x"}] * 2)
        with pytest.raises(StoreUnavailable), writing(engine) as connection:
            connection.execute(twice)

    def test_a_row_that_can_never_be_written_is_not(self, engine: Engine) -> None:
        with pytest.raises(IntegrityError), writing(engine) as connection:
            connection.execute(tables.keymark.insert().values(mark="x", sealed=None))

    def test_among_statements_sent_together_the_kind_of_the_error_is_the_same(self, engine: Engine) -> None:
        good, bad = ({"mark": "y", "sealed": b"y"}, {"mark": "x", "sealed": None})
        with pytest.raises(StoreUnavailable):
            mark_together(engine, good, good)
        with pytest.raises(IntegrityError):
            mark_together(engine, bad, good)
        assert count(engine, tables.keymark) == 0

    @pytest.mark.servers
    def test_a_connection_lost_among_them_is_worth_another_try(self, database: str) -> None:
        engine = connect(database)
        with pytest.raises(StoreUnavailable):
            mark_together(engine, {"mark": "y", "sealed": b"y"}, lose=True)
        mark_together(engine, {"mark": "y", "sealed": b"y"})
        assert count(engine, tables.keymark) == 1
        engine.dispose()


def mark_together(engine: Engine, *rows: Mapping[str, object], lose: bool = False) -> None:
    """Write rows by one statement each, sent together; on `lose` the server ends the connection before."""
    with writing(engine) as connection:
        if lose:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with writing(engine) as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with together(connection):
            for row in rows:
                connection.execute(tables.keymark.insert().values(row))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the story as it happened."""
    plain = connect(f"sqlite:///{tmp_path_factory.mktemp('plain') / 'plain.sqlite'}")
    migrate.upgrade(plain)
    take(plain, *story())
    found = digest_of(plain)
    plain.dispose()
    return found


class TestOrder:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("size", [1, 3, 100])
    def test_order_repetition_and_batching_do_not_matter(
        self, engine: Engine, expected: str, seed: int, size: int
    ) -> None:
        told = shuffled(story(), random.Random(seed))
        for start in range(0, len(told), size):
            take(engine, *told[start : start + size])
        assert digest_of(engine) == expected
        with reading(engine) as connection:
            assert read_ledger(connection).balanced

    def test_of_one_thing_the_outbox_keeps_the_order(self, engine: Engine) -> None:
        for revision in range(1, 13):
            fact = offence(occurred_on=date(2026, 4, 1) + timedelta(days=revision))
            take(engine, arrive(fact, str(revision), revision=revision))
        sent = rows(
            engine,
            "SELECT message_id FROM outbox WHERE routing_key = 'notice.finance' ORDER BY outbox_id",
        )
        said = [(int(name.split("-")[1].split(":")[0]), name.split(":")[1]) for (name,) in sent]
        expected = [(1, "issued")]
        for sequence in range(1, 12):
            expected += [(sequence, "lifted"), (sequence + 1, "issued")]
        assert said == expected


class TestAnswers:
    def test_a_feed_that_refuses_twice_does_not_stop_the_intake(self, engine: Engine) -> None:
        take(engine, arrive(penalty(), "1"))
        for number in (2, 3):
            refusal = arrive(result(row_of(penalty()), "9001"), str(number), time=NOON + timedelta(minutes=number))
            take(engine, refusal)
        assert rows(engine, "SELECT outcome, count(*) FROM message GROUP BY outcome") == [("applied", 3)]

    def test_a_number_finds_the_row_of_its_document(self, engine: Engine) -> None:
        other = penalty("舞卫医罚〔2026〕2号")
        take(engine, arrive(penalty(), "1"), arrive(other, "2"))
        numbers = [penalty().key.document_no, other.key.document_no, "舞卫医罚〔2026〕3号"]
        results = [FeedResult("credit-china", None, f"E{at}", document_no=each) for at, each in enumerate(numbers)]
        take(engine, *(arrive(each, f"a{at}", time=NOON) for at, each in enumerate(results)))
        found = rows(engine, "SELECT result_code, answered_by FROM feed_row ORDER BY result_code")
        assert found == [("E0", "/feed/credit-china a0"), ("E1", "/feed/credit-china a1")]
        assert rows(engine, "SELECT reason FROM parked") == [("feed.unknown_number",)]

    def test_a_receipt_finds_the_record_of_its_notice(self, engine: Engine) -> None:
        take(engine, arrive(offence(), "1"))
        number = notice_to("finance", offence())
        take(engine, arrive(receipt(number), "2"), arrive(receipt("XL0-1"), "3"))
        assert rows(engine, "SELECT reply_state FROM notice WHERE notice_no = :n", n=number) == [("executed",)]
        assert rows(engine, "SELECT reason FROM parked") == [("receipt.unknown_notice",)]

    def test_the_lift_is_followed_to_its_receipt(self, engine: Engine) -> None:
        take(engine, arrive(offence(), "1"))
        take(engine, arrive(withdrawal(offence()), "2"))
        number = notice_to("finance", offence())
        take(engine, arrive(receipt(number, "lifted", at=NOON + timedelta(days=1)), "3"))
        found = rows(engine, "SELECT count(*) FROM notice WHERE lift_confirmed_at IS NULL")
        assert found == [(2,)]


class TestTime:
    def due(self, engine: Engine, day: date) -> list[str]:
        with reading(engine) as connection:
            return archive.find_due_records(connection, on(day), 10)

    def test_a_record_is_looked_at_on_the_day_after_its_last(self, engine: Engine) -> None:
        take(engine, arrive(penalty(), "1"))
        assert self.due(engine, date(2027, 5, 18)) == []
        assert self.due(engine, date(2027, 5, 19)) == [record_of(penalty())]
        changes = archive.settle_again(engine, [record_of(penalty())], on(date(2027, 5, 19)))
        assert [row.operation for row in changes.feed_rows.changed.values()] == ["withdraw"]
        assert self.due(engine, date(2027, 5, 19)) == []
        assert self.due(engine, date(2037, 5, 19)) == []

    def test_of_several_changes_missed_one_look_makes_up_for_all(self, engine: Engine) -> None:
        fact = penalty(occurred_on=date(2025, 5, 18))
        take(engine, arrive(fact, "1"), at=on(date(2026, 3, 1)))
        assert rows(engine, "SELECT state FROM record") == [("in_force",)]
        archive.settle_again(engine, self.due(engine, date(2026, 6, 1)), on(date(2026, 6, 1)))
        assert rows(engine, "SELECT state FROM record") == [("expired",)]
        assert self.due(engine, date(2026, 6, 1)) == []

    def test_a_clock_that_goes_back_does_not_look_again_and_again(self, engine: Engine) -> None:
        take(engine, arrive(penalty(), "1"), at=on(date(2027, 5, 19)))
        assert self.due(engine, date(2027, 5, 18)) == []
        take(engine, arrive(objection(penalty()), "2"), at=on(date(2027, 5, 18)))
        assert rows(engine, "SELECT state FROM record") == [("under_objection",)]
        assert self.due(engine, date(2027, 5, 19)) == [record_of(penalty())]

    def test_a_row_is_to_be_taken_down_by_days_from_the_act_not_from_when_it_became_known(self, engine: Engine) -> None:
        take(engine, arrive(penalty(), "1"))
        take(engine, arrive(withdrawal(penalty(), day=date(2026, 5, 22)), "2"), at=on(date(2026, 6, 15)))
        ((operation, due),) = rows(engine, "SELECT operation, due_on FROM feed_row")
        # By the small law three calendar days after 22 May; counted from 15 June it would be the 18th.
        assert (operation, str(due)) == ("withdraw", "2026-05-25")


class TestIdentities:
    def test_an_undone_claim_counts_neither_in_nor_after_the_batch_that_repeats_it(self, engine: Engine) -> None:
        both = clinic(uscc=CLINIC, licence_no=LICENCE)
        take(engine, arrive(honour(both, "1号"), "1"))
        with writing(engine) as connection:
            undone = tables.alias.update().where(tables.alias.c.kind == "licence_no")
            connection.execute(undone.values(undone_by="李科长", undone_at=NOON))
        by_licence = honour(clinic(licence_no=LICENCE), "3号")
        take(engine, arrive(honour(both, "2号"), "2"), arrive(by_licence, "3"))
        assert rows(engine, "SELECT reason FROM parked") == [("identity.unresolved",)]

    def test_one_person_under_two_names_in_two_batches(self, engine: Engine) -> None:
        take(engine, arrive(honour(person("王某"), "1号"), "1"))
        take(engine, arrive(honour(person("汪某"), "2号"), "2"))
        assert rows(engine, "SELECT reason FROM parked") == [("identity.name_mismatch",)]


@pytest.mark.servers
class TestAtOnce:
    """Several intakes at once, on overlapping records."""

    WORKERS = 4
    ROUNDS = 4

    @pytest.fixture
    def shared(self, database: str) -> Iterator[Engine]:
        engine = connect(database)
        yield engine
        engine.dispose()

    def test_nothing_is_lost_and_nothing_happens_twice(self, shared: Engine, tmp_path: Path) -> None:
        plain = connect(f"sqlite:///{tmp_path / 'plain.sqlite'}")
        migrate.upgrade(plain)
        take(plain, *story(), *self.parked())
        expected = (digest_of(plain), [row[0] for row in rows(plain, "SELECT reason FROM parked ORDER BY reason")])
        plain.dispose()
        for seed in range(self.ROUNDS):
            with writing(shared) as connection:
                names = ", ".join(table.name for table in tables.metadata.sorted_tables)
                connection.execute(text(f"TRUNCATE {names}"))
            with ThreadPoolExecutor(self.WORKERS) as pool:
                for done in [pool.submit(self.work, shared, seed * 10 + worker) for worker in range(self.WORKERS)]:
                    done.result()
            reasons = [row[0] for row in rows(shared, "SELECT reason FROM parked ORDER BY reason")]
            assert (digest_of(shared), reasons) == expected
            with reading(shared) as connection:
                ledger = read_ledger(connection)
            told = len(story()) + len(self.parked())
            assert (ledger.balanced, ledger.received) == (True, self.WORKERS * told)
            assert rows(shared, "SELECT count(*) FROM message") == [(told,)]

    def parked(self) -> list[Arrival]:
        return [
            fail("bad", Reason.JSON_INVALID),
            arrive(honour(clinic(insurer_code="H41048100012"), "未知号"), "unresolved"),
        ]

    def work(self, engine: Engine, seed: int) -> None:
        chance = random.Random(seed)
        told = [*story(), *self.parked()]
        chance.shuffle(told)
        size = chance.choice([1, 5, 20])
        for start in range(0, len(told), size):
            persist(archive.take_in, engine, told[start : start + size], rules())

    def test_every_receipt_is_counted(self, shared: Engine) -> None:
        facts = [offence(f"{number}号") for number in range(5)]
        take(shared, *(arrive(fact, str(number)) for number, fact in enumerate(facts)))

        def answer(worker: int) -> None:
            chance = random.Random(worker)
            answers = [
                arrive(
                    receipt(notice_to(agency, fact), agency=agency, at=moment(worker)),
                    f"{agency} {number} {worker}",
                )
                for number, fact in enumerate(facts)
                for agency in ("finance", "human-resources")
            ]
            chance.shuffle(answers)
            for start in range(0, len(answers), 3):
                persist(archive.take_in, shared, answers[start : start + 3], rules())

        with ThreadPoolExecutor(self.WORKERS) as pool:
            list(pool.map(answer, range(self.WORKERS)))
        assert rows(shared, "SELECT count(*) FROM receipt") == [(self.WORKERS * 10,)]
        latest = rows(shared, "SELECT DISTINCT replied_at FROM notice WHERE agency IN ('finance', 'human-resources')")
        assert latest == [(moment(self.WORKERS - 1),)]

    def test_clock_and_intake_at_once(self, shared: Engine) -> None:
        later = on(date(2027, 5, 19))
        facts = [penalty(f"{number}号") for number in range(20)]
        take(shared, *(arrive(fact, str(number)) for number, fact in enumerate(facts)))

        def look(_: int) -> None:
            persist(archive.settle_again, shared, [record_of(fact) for fact in facts], later)

        def undo(_: int) -> None:
            acts = [withdrawal(fact, f"撤{number}号") for number, fact in enumerate(facts)]
            undone = [arrive(act, str(number)) for number, act in enumerate(acts)]
            for start in range(0, 20, 4):
                persist(archive.take_in, shared, undone[start : start + 4], later)

        with ThreadPoolExecutor(self.WORKERS) as pool:
            for done in [pool.submit(job, 0) for job in (look, undo, look, undo)]:
                done.result()
        assert rows(shared, "SELECT DISTINCT state FROM record") == [("withdrawn",)]
        assert rows(shared, "SELECT DISTINCT operation, version FROM feed_row") == [("withdraw", 2)]
        assert rows(shared, "SELECT count(*) FROM outbox WHERE message_id LIKE :second", second="%:2") == [(20,)]


def moment(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)
