"""Which records state one deed, and that every order and cut into batches tells agencies of it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, permutations

import pytest

from credit.batch.arrival import Arrival
from credit.record.deeds import Stated, find_deeds
from schemas.party import record_key
from schemas.statement import Fact
from tests.builders import HEALTH, Archive, arrive, revoked, revoking, told, withdrawal

AGENCIES = ["administrative-approval", "development-reform", "health-insurance", "market-regulation"]
NUMBER = "舞卫医罚〔2026〕1号"


def splits(arrivals: Sequence[Arrival]) -> Iterator[list[Sequence[Arrival]]]:
    """Every way to cut some messages into batches."""
    for size in range(len(arrivals)):
        for cuts in combinations(range(1, len(arrivals)), size):
            yield [arrivals[a:b] for a, b in zip((0, *cuts), (*cuts, len(arrivals)), strict=True)]


@pytest.mark.parametrize(
    "facts",
    [(revoking(), revoked(NUMBER, occurred_on=date(2026, 5, 20))), (revoking(), revoked())],
    ids=["number", "day"],
)
def test_in_every_order_and_cut_one_notice_stands_and_none_after_both_are_withdrawn(
    facts: tuple[Fact, Fact],
) -> None:
    stated = [arrive(fact, str(number)) for number, fact in enumerate(facts)]
    undone = [arrive(withdrawal(fact, f"舞撤〔2026〕{n}号"), f"w{n}") for n, fact in enumerate(facts)]
    for order in permutations([*stated, *undone]):
        for batches in splits(order):
            archive, done = Archive(), set[Arrival]()
            for batch in batches:
                archive.take(*batch)
                done.update(batch)
                left = [s for s, u in zip(stated, undone, strict=True) if s in done and u not in done]
                assert in_force(archive) == Counter(AGENCIES if left else ())


def in_force(archive: Archive) -> Counter[str]:
    return Counter(row.agency for row in archive.work.notices.values() if row.in_force)


@pytest.mark.parametrize("twice", [True, False])
def test_in_every_order_two_revocations_of_one_day_are_two(*, twice: bool) -> None:
    """However the four are told apart: those of a number belong together, and the others to each other."""
    facts = [revoking(), revoking("舞卫医罚〔2026〕2号"), revoked(NUMBER if twice else "登1号"), revoked("登2号")]
    for order in permutations([arrive(fact, str(number)) for number, fact in enumerate(facts)]):
        archive = Archive()
        for each in order:
            archive.take(each)
        assert in_force(archive) == Counter(AGENCIES * 2)


def test_the_second_of_a_batch_of_two_is_named_and_the_first_speaks() -> None:
    said = told(Archive().take(arrive(revoked(), "1"), arrive(revoking(), "2")))
    notices = [each["data"] for each in said if each["type"] == "credit.notice.issued.v1"]
    assert [each["agency"] for each in notices] == AGENCIES
    assert {tuple(record["document_no"] for record in each["records"]) for each in notices} == {
        (NUMBER, "舞卫医登〔2026〕8号")
    }


MONDAY, TUESDAY = date(2026, 5, 18), date(2026, 5, 19)


def penalty(number: str, day: date = MONDAY, *licences: str, organ: str = HEALTH.code) -> Stated:
    key = record_key("credit.inspection.penalty", organ, number)
    return Stated(f"p{number}", key, day, frozenset(licences))


def event(number: str, day: date = MONDAY, *licences: str) -> Stated:
    key = record_key("credit.licensing.registration", HEALTH.code, number)
    return Stated(f"r{number}", key, day, frozenset(licences))


@pytest.mark.parametrize(
    ("stated", "deeds"),
    [
        ((penalty("1"), event("1", TUESDAY)), {"p1 r1"}),
        ((penalty("1"), event("9")), {"p1 r9"}),
        ((penalty("1"), event("9", TUESDAY)), {"p1", "r9"}),
        ((penalty("1", organ="11410481684874525W"), event("1")), {"p1", "r1"}),
        ((penalty("1"), penalty("2")), {"p1", "p2"}),
        ((penalty("1"), penalty("2"), event("9")), {"p1 r9", "p2"}),
        ((penalty("1"), penalty("2"), event("2", TUESDAY), event("9")), {"p1 r9", "p2 r2"}),
        ((penalty("1"), penalty("2"), event("8"), event("9")), {"p1 r8", "p2 r9"}),
        ((penalty("1", MONDAY, "甲"), event("9", MONDAY, "乙")), {"p1", "r9"}),
        ((penalty("1", MONDAY, "甲", "乙"), event("9", MONDAY, "乙")), {"p1 r9"}),
        ((penalty("1", MONDAY, "甲"), event("9", MONDAY)), {"p1 r9"}),
        ((penalty("1", MONDAY, "甲"), event("1", MONDAY, "乙")), {"p1 r1"}),
        ((penalty("1", MONDAY, "甲"), penalty("2", MONDAY, "乙"), event("9", MONDAY, "乙")), {"p1", "p2 r9"}),
    ],
)
def test_deeds_are_the_same_in_every_order(stated: tuple[Stated, ...], deeds: set[str]) -> None:
    for order in permutations(stated):
        assert {" ".join(each.record_id for each in sorted(deed)) for deed in find_deeds(order)} == deeds
