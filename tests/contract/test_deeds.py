"""One deed that two records state: agencies are told once, in whatever order and batches the two come."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from credit.batch.arrival import Arrival
from credit.record.rows import NoticeRow, SubjectRow
from credit.record.standing import find_standing
from credit.store import archive, bulk, tables
from credit.store.digest import digest
from credit.store.engine import connect, reading, writing
from credit.telling.told import Case, tell
from schemas.party import Organ
from schemas.statement import Fact
from tests.builders import (
    CLINIC,
    KEYS,
    NOON,
    OFFICE,
    TODAY,
    arrive,
    clinic,
    notice_to,
    on,
    penalty,
    person,
    record_of,
    repair,
    revoked,
    revoking,
    rules,
    shipped_routes,
    told,
    withdrawal,
)
from workers.retry import patiently

pytestmark = pytest.mark.long

APPROVAL = Organ(name="舞钢市行政审批和政务信息管理局", code="11410481003834529F")
TOLD = {"administrative-approval", "development-reform", "health-insurance", "market-regulation"}


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An empty archive."""
    made = connect(archive_url)
    yield made
    made.dispose()


def take(engine: Engine, *arrivals: Arrival, day: date = date(2026, 6, 1)) -> list[dict[str, Any]]:
    """Take a batch in; return what leaves to agencies."""
    said = told(archive.take_in(engine, arrivals, on(day)))
    return [dict(each) for each in said if each["type"].startswith("credit.notice")]


def rows(engine: Engine) -> list[NoticeRow]:
    with reading(engine) as connection:
        columns = (tables.notice.c[name] for name in NoticeRow._fields)
        return [NoticeRow(*row) for row in connection.execute(select(*columns))]


def standing(engine: Engine) -> Counter[str]:
    return Counter(row.agency for row in rows(engine) if row.in_force)


ONCE = Counter(dict.fromkeys(TOLD, 1))
TWICE = Counter(dict.fromkeys(TOLD, 2))


SAME = {
    "number": (revoking(), revoked("舞卫医罚〔2026〕1号", occurred_on=date(2026, 5, 20))),
    "day": (revoking(), revoked()),
}


class TestOnce:
    def test_in_any_order_one_notice_stands_and_none_after_both_are_withdrawn(self, engine: Engine) -> None:
        first, second = SAME["number"]
        stated = arrive(first, "1"), arrive(second, "2")
        undone = arrive(withdrawal(first), "3"), arrive(withdrawal(second, "舞撤〔2026〕2号"), "4")
        digests = set()
        for order in ([*stated, *undone], [stated[1], undone[0], stated[0], undone[1]], [*undone, *stated]):
            done: list[Arrival] = []
            for each in order:
                take(engine, each)
                done.append(each)
                left = [s for s, u in zip(stated, undone, strict=True) if s in done and u not in done]
                assert standing(engine) == (ONCE if left else Counter())
            with reading(engine) as connection:
                digests.add(digest(connection, KEYS))
            _empty(engine)
        assert len(digests) == 1

    def test_what_is_told_has_the_organ_of_its_record_whichever_speaks(self, engine: Engine) -> None:
        first, second = SAME["day"]
        second = second._replace(key=second.key._replace(organ_code="11410400005451234X"))
        take(engine, arrive(first, "1"), arrive(second, "2"))
        take(engine, arrive(withdrawal(first), "3"))
        with reading(engine) as connection:
            for table in ("notice", "feed_row"):
                query = f"SELECT {table}.organ_code, record.organ_code FROM {table} JOIN record USING (record_id)"
                found = connection.execute(text(query)).all()
                assert found
                assert all(mine == of_record for mine, of_record in found), table

    @pytest.mark.parametrize("facts", SAME.values(), ids=SAME)
    @pytest.mark.parametrize("turn", [1, -1])
    def test_the_second_and_the_fall_of_one_change_nothing_at_the_agencies(
        self, engine: Engine, facts: Any, turn: int
    ) -> None:
        first, second = facts[::turn]
        assert len(take(engine, arrive(first, "1"))) == len(TOLD)
        assert take(engine, arrive(second, "2")) == []
        assert take(engine, arrive(withdrawal(first), "3")) == []
        assert standing(engine) == ONCE
        lifted = take(engine, arrive(withdrawal(second, "舞撤〔2026〕2号"), "4"))
        assert [(each["type"], each["data"]["cause"]) for each in lifted] == [
            ("credit.notice.lifted.v1", "withdrawn")
        ] * len(TOLD)

    def test_one_day_gives_one_digest_in_either_order(self, engine: Engine) -> None:
        digests = set()
        for order in permutations([arrive(revoking(), "1"), arrive(revoked(), "2")]):
            for each in order:
                take(engine, each)
            with reading(engine) as connection:
                digests.add(digest(connection, KEYS))
            _empty(engine)
        assert len(digests) == 1

    def test_of_one_batch_the_notice_names_both_records(self, engine: Engine) -> None:
        said = take(engine, arrive(revoked(), "1"), arrive(revoking(), "2"))
        assert len(said) == len(TOLD)
        numbers = {tuple(record["document_no"] for record in each["data"]["records"]) for each in said}
        assert numbers == {("舞卫医罚〔2026〕1号", "舞卫医登〔2026〕8号")}

    def test_a_repair_of_the_penalty_repairs_the_deed(self, engine: Engine) -> None:
        """It counts once the thirteen months are over that a serious penalty of 18 May 2026 is shown at the least."""
        take(engine, arrive(revoked(), "1"), arrive(revoking(), "2"))
        assert take(engine, arrive(repair(revoking()), "3")) == []
        for day, lifted in [(date(2027, 6, 18), set()), (date(2027, 6, 19), TOLD)]:
            with reading(engine) as connection:
                due = archive.find_due_records(connection, on(day), 10)
            said = told(archive.settle_again(engine, due, on(day)))
            notices = [each for each in said if each["type"].startswith("credit.notice")]
            assert {(each["data"]["agency"], each["data"]["cause"]) for each in notices} == {
                (agency, "repaired") for agency in lifted
            }
        assert standing(engine) == Counter()

    def test_the_end_of_publicity_ends_the_notice_whichever_came_first(self, engine: Engine) -> None:
        take(engine, arrive(revoked(), "1"))
        take(engine, arrive(revoking(), "2"))
        for day, left in ((date(2029, 5, 18), ONCE), (date(2029, 5, 19), Counter())):
            due = self.due(engine, day)
            archive.settle_again(engine, due, on(day))
            assert standing(engine) == left

    @staticmethod
    def due(engine: Engine, day: date) -> list[str]:
        with reading(engine) as connection:
            return archive.find_due_records(connection, on(day), 10)

    def test_settling_one_of_them_again_changes_nothing(self, engine: Engine) -> None:
        take(engine, arrive(revoked(), "1"))
        take(engine, arrive(revoking(), "2"))
        for fact in (revoking(), revoked()):
            assert archive.settle_again(engine, [record_of(fact)], rules()).dispatches == []

    def test_known_by_the_licence_number_alone_it_is_found(self, engine: Engine) -> None:
        licence = {"licence_no": "41704812241048111A1001"}
        known = arrive(penalty("舞卫医罚〔2026〕9号", party=clinic(uscc=clinic().uscc or "", **licence)), "0")
        take(engine, arrive(revoking(), "1"))
        said = take(engine, arrive(revoked(party=clinic(**licence)), "2"), known)
        assert said == []  # parked, as nobody has said yet whose licence it is
        again = arrive(revoked(party=clinic(**licence)), "3")
        assert take(engine, again) == []
        assert standing(engine) == ONCE


APART = {
    "day": (revoking(), revoked(occurred_on=date(2026, 5, 19))),
    "organ": (revoking(), revoked(organ=OFFICE, key=revoked().key._replace(organ_code=OFFICE.code))),
    "licence": (revoking(items={"CF_NR": "吊销公共场所卫生许可证", "CF_NR_ZKDX": "公共场所卫生许可证"}), revoked()),
    "two penalties": (revoking(), revoking("舞卫医罚〔2026〕2号")),
    "two events": (revoked(), revoked("舞卫医登〔2026〕9号")),
}


class TestApart:
    @pytest.mark.parametrize("facts", APART.values(), ids=APART)
    def test_two_deeds_stay_two(self, engine: Engine, facts: Any) -> None:
        for number, fact in enumerate(facts):
            take(engine, arrive(fact, str(number)))
        assert standing(engine)["market-regulation"] == 2
        take(engine, arrive(withdrawal(facts[0]), "w"))
        assert standing(engine)["market-regulation"] == 1

    def test_of_other_parties(self, engine: Engine) -> None:
        take(engine, arrive(revoking(), "1"))
        take(
            engine, arrive(revoked("舞卫医罚〔2026〕1号", party=clinic("舞钢市民诊所", uscc="92410481MA9TK8C741")), "2")
        )
        assert standing(engine) == TWICE

    def test_two_revocations_that_come_twice_each_are_two(self, engine: Engine) -> None:
        facts = [revoked(), revoking(), revoking("舞卫医罚〔2026〕2号"), revoked("舞卫医登〔2026〕7号")]
        for number, fact in enumerate(facts):
            take(engine, arrive(fact, str(number)))
        assert standing(engine) == TWICE

    def test_a_revision_that_moves_the_day_parts_them_and_another_joins_them(self, engine: Engine) -> None:
        take(engine, arrive(revoking(), "1"), arrive(revoked(), "2"))
        for revision, day, left in ((2, 20, TWICE), (3, 18, ONCE)):
            moved = revoked(occurred_on=date(2026, 5, day))
            take(engine, arrive(moved, f"r{revision}", revision=revision))
            assert standing(engine) == left


def of_doctor(fact: Fact, **items: Any) -> Fact:
    """A revocation by the administrative approval, so that health is told: about a person who may be a physician."""
    return fact._replace(
        party=person(), organ=APPROVAL, key=fact.key._replace(organ_code=APPROVAL.code), items={**fact.items, **items}
    )


class TestMoreAsked:
    """The register alone says whose certificate it was: health is asked for the ban that goes with it."""

    plain = of_doctor(revoking(items={"CF_NR": "吊销执业证书", "CF_NR_ZKDX": "执业证书"}))
    named = of_doctor(revoked(), role="practitioner", profession="physician")

    @pytest.mark.parametrize("turn", [1, -1])
    def test_what_one_of_them_asks_for_is_asked_for(self, engine: Engine, turn: int) -> None:
        said = [
            each
            for n, fact in enumerate([self.plain, self.named][::turn])
            for each in take(engine, arrive(fact, str(n)))
        ]
        (ban,) = (each["data"] for each in said if each["data"]["agency"] == "health")
        assert ([each["code"] for each in ban["measures"]], ban["until"]) == (["M01"], "2028-05-18")
        assert standing(engine) == Counter(["development-reform", "health"])

    def test_and_ends_when_nothing_asks_for_it(self, engine: Engine) -> None:
        take(engine, arrive(self.plain, "1"), arrive(self.named, "2"))
        lifted = take(engine, arrive(withdrawal(self.named), "3"))
        assert [(each["type"], each["data"]["agency"]) for each in lifted] == [("credit.notice.lifted.v1", "health")]


def former(engine: Engine, *facts: Fact) -> list[NoticeRow]:
    """Issue to market regulation a notice for each of some records, as was done before."""
    for number, fact in enumerate(facts):
        take(engine, arrive(fact, str(number)))
    made = []
    for fact in facts:
        case = Case(fact, find_standing(fact, [], rules().law, TODAY), shipped_routes().grounds_for(fact, CLINIC), None)
        with reading(engine) as connection:
            subject = SubjectRow(*connection.execute(select(tables.subject)).one())
        (one,) = (each for each in tell(subject, [case], TODAY) if each.agency == "market-regulation")
        (digest_before,) = one.former
        name = notice_to("market-regulation", fact, ground="revoked-licence")
        made.append(
            NoticeRow(
                name,
                record_of(fact),
                CLINIC,
                one.organ_code,
                one.ground,
                one.agency,
                1,
                digest_before,
                json.dumps(one.content["measures"]),
                one.content["from"],
                one.content.get("until"),
                NOON,
                TODAY,
            )
        )
    with writing(engine) as connection:
        bulk.upsert(connection, tables.notice, made)
    return made


class TestFormerTimes:
    """Each record had a notice of its own."""

    def test_both_go_on_each_while_its_record_stands(self, engine: Engine) -> None:
        former(engine, revoking(), revoked())
        assert standing(engine)["market-regulation"] == 2
        records = [record_of(revoking()), record_of(revoked())]
        assert archive.settle_again(engine, records, rules()).dispatches == []
        assert archive.settle_again(engine, records[:1], rules()).dispatches == []
        lifted = take(engine, arrive(withdrawal(revoking()), "w"))
        assert [each["data"]["agency"] for each in lifted] == ["market-regulation"]
        assert standing(engine) == ONCE
        take(engine, arrive(withdrawal(revoked(), "舞撤〔2026〕2号"), "x"))
        assert standing(engine) == Counter()

    def test_one_alone_goes_on_and_the_second_has_none(self, engine: Engine) -> None:
        former(engine, revoked())
        assert take(engine, arrive(revoking(), "2")) == []
        assert standing(engine) == ONCE


def test_two_workers_that_take_one_each_at_once_tell_the_agencies_once(engine: Engine) -> None:
    def persist(*arrivals: Arrival) -> None:
        patiently(threading.Event())(archive.take_in, engine, arrivals, rules())

    facts = [
        (
            revoking(f"舞卫医罚〔2026〕{n}号", occurred_on=date(2026, 5, n)),
            revoked(f"登{n}号", occurred_on=date(2026, 5, n)),
        )
        for n in range(1, 9)
    ]
    with ThreadPoolExecutor(2) as pool:
        for number, pair in enumerate(facts):
            both = [pool.submit(persist, arrive(fact, f"{number}{side}")) for side, fact in enumerate(pair)]
            for each in both:
                each.result()
        assert standing(engine) == Counter(dict.fromkeys(TOLD, len(facts)))
        for number, pair in enumerate(facts):
            both = [
                pool.submit(persist, arrive(withdrawal(fact, f"撤{number}{side}号"), f"w{number}{side}"))
                for side, fact in enumerate(pair)
            ]
            for each in both:
                each.result()
    assert standing(engine) == Counter()


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            if table.name != "keymark":
                connection.execute(table.delete())
