"""A penalty that suspects a crime is followed until its case is handed to the police, the same over both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert

from credit.batch.arrival import Arrival
from credit.record.transfers import find_case
from credit.store import archive, tables
from credit.store.engine import connect, reading, writing
from credit.store.queries.observation import observe
from credit.telling.observation import NOTHING, Waiting
from schemas.party import Organ, Party, record_key
from schemas.statement import Category, Fact
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    NINE,
    NOON,
    POLICE,
    arrive,
    clinic,
    objection,
    on,
    penalty,
    record_of,
    repair,
    rules,
    withdrawal,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DECIDED = date(2026, 5, 28)
DUE, NEXT_DAY = date(2026, 6, 1), date(2026, 6, 2)
SUSPECTED = penalty(occurred_on=DECIDED, items={"suspected_crime": True})
NUMBER = SUSPECTED.key.document_no


def transfer(number: str = NUMBER, *, organ: Organ = HEALTH, party: Party | None = None, day: date = DUE) -> Fact:
    """The case of a penalty handed to the police."""
    key = record_key("credit.inspection.transfer", organ.code, "舞卫移〔2026〕1号")
    items = {"penalty_document_no": number}
    return Fact(key, organ, party or clinic(), Category.TRANSFER, day, items)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An empty archive."""
    made = connect(archive_url)
    yield made
    made.dispose()


def take(engine: Engine, *arrivals: Arrival) -> None:
    archive.take_in(engine, arrivals, on(NEXT_DAY))


def is_raised(engine: Engine, day: date = NEXT_DAY) -> bool:
    """Look at the archive on a day, and tell whether the transfer is missed."""
    with reading(engine) as connection:
        late = observe(connection, on(day).at, rules().law).transfers_overdue
    assert late in (NOTHING, Waiting(1, datetime(2026, 6, 2, tzinfo=SHANGHAI), (NUMBER,)))
    return late != NOTHING


def test_it_is_missed_from_the_day_after_the_fourth(engine: Engine) -> None:
    take(engine, arrive(SUSPECTED, "1"), arrive(penalty("2号", occurred_on=DECIDED), "2"))
    assert [is_raised(engine, day) for day in (DUE, NEXT_DAY, date(2026, 6, 20))] == [False, True, True]


def test_a_transfer_that_comes_late_ends_it(engine: Engine) -> None:
    take(engine, arrive(SUSPECTED, "1"))
    assert is_raised(engine)
    take(engine, arrive(transfer(day=NEXT_DAY), "2"))
    assert not is_raised(engine)


@pytest.mark.parametrize("number", [NUMBER, "舞卫医罚[2026]1号", " 舞卫医罚（２０２６）１号 ", "舞卫医罚【2026】1号"])
@pytest.mark.parametrize("first", ["penalty", "transfer"])
def test_a_transfer_in_time_is_enough_in_any_order_and_spelling(engine: Engine, number: str, first: str) -> None:
    both = [arrive(SUSPECTED, "1"), arrive(transfer(number), "2")]
    for each in both if first == "penalty" else reversed(both):
        take(engine, each)
    assert not is_raised(engine, date(2026, 7, 1))


@pytest.mark.parametrize(
    "other",
    [
        transfer("舞卫医罚〔2026〕11号"),
        transfer(organ=POLICE),
        transfer(party=clinic("舞钢市人民医院", uscc=HOSPITAL)),
    ],
    ids=["number", "organ", "party"],
)
def test_what_is_not_the_transfer_of_this_case_in_time_is_not_enough(engine: Engine, other: Fact) -> None:
    take(engine, arrive(SUSPECTED, "1"), arrive(other, "2"))
    assert is_raised(engine)


def test_a_transfer_that_was_withdrawn_is_none(engine: Engine) -> None:
    take(engine, arrive(SUSPECTED, "1"), arrive(transfer(), "2"), arrive(withdrawal(transfer(), day=DUE), "3"))
    assert is_raised(engine)


@pytest.mark.parametrize("act", [withdrawal(SUSPECTED, day=DUE), objection(SUSPECTED, "upheld")])
def test_a_penalty_that_was_withdrawn_calls_for_none(engine: Engine, act: Fact) -> None:
    take(engine, arrive(SUSPECTED, "1"), arrive(act, "2"))
    assert not is_raised(engine)


def test_a_penalty_that_was_repaired_still_calls_for_one(engine: Engine) -> None:
    long_ago = penalty(occurred_on=date(2025, 10, 31), items={"suspected_crime": True})
    take(engine, arrive(long_ago, "1"), arrive(repair(long_ago), "2"))
    with reading(engine) as connection:
        assert observe(connection, on(NEXT_DAY).at, rules().law).transfers_overdue.count == 1


def test_a_revision_that_suspects_nothing_ends_the_duty(engine: Engine) -> None:
    take(engine, arrive(SUSPECTED, "1"))
    cleared = penalty(occurred_on=DECIDED, items={"suspected_crime": False})
    take(engine, arrive(cleared, "2", revision=2, time=NINE + timedelta(hours=1)))
    assert not is_raised(engine)


@pytest.mark.parametrize("undone", [None, NOON])
@pytest.mark.parametrize("ends", [(CLINIC, HOSPITAL), (HOSPITAL, CLINIC)])
def test_a_party_under_its_other_name_is_the_same(engine: Engine, ends: tuple[str, str], undone: object) -> None:
    link = {"subject_id": ends[0], "continued_as": ends[1], "linked_by": "李科长", "linked_at": NOON, "note": "换证"}
    with writing(engine) as connection:
        connection.execute(insert(tables.link).values(**link, undone_at=undone))
    take(engine, arrive(SUSPECTED, "1"), arrive(transfer(party=clinic("舞钢市人民医院", uscc=HOSPITAL)), "2"))
    assert is_raised(engine) == (undone is not None)


def test_only_a_transfer_names_a_case() -> None:
    assert find_case(transfer()) == record_of(SUSPECTED)
    assert find_case(SUSPECTED._replace(items={"penalty_document_no": NUMBER})) is None
    assert rules().law.due("crime_transfer", DECIDED).on == DUE
