"""Duties as they are kept: with assessment and by schedulers, the same over both stores, however facts came."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from credit.batch.arrival import Arrival
from credit.grading.regime import Regime
from credit.grading.rows import DutyRow
from credit.identity import MASKED
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive, duties, identities, tables
from credit.store.digest import digest
from credit.store.engine import connect, reading, writing
from credit.store.queries.duties import Filter, Tally, read_duties, read_transfers, tally
from credit.store.queries.observation import observe
from credit.store.queries.view import View
from schemas.party import Party, RecordKey
from schemas.statement import Category, Fact
from schemas.states import DutyState
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    KEYS,
    NOON,
    arrive,
    assessed_by,
    clinic,
    penalty,
    record_of,
    withdrawal,
)
from tests.regimes import MEASURE, after, duty, edition, regime, yearly
from workers.assessor import Assessor

REPORT = "credit.office.duty"
TODAY = NOON.astimezone().date()
OTHER = clinic("舞钢市人民医院", uscc=HOSPITAL)
UNIT = Party(kind="organisation", name=HEALTH.name, uscc=HEALTH.code)
LISTED = (
    duty("told", after(10)),
    duty("rectify", after(5), done_by=[{"family": MEASURE}]),
    duty("suspend", after(20, kind="duty", duty="rectify", missed=True)),
    duty("items", {"kind": "monthly", "day": 20, "next_month": False}, done_by=[{"family": MEASURE}], times=2),
    duty("data", yearly(1, 10)),
    duty("quiet", yearly(1, 11), alert=False),
)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An empty archive."""
    made = connect(archive_url)
    yield made
    made.dispose()


def seen_on(day: date) -> View:
    return View(MASKED, KEYS, day)


def followed(now: datetime = NOON, of: Regime | None = None) -> Rules:
    return assessed_by({"small": of or regime(*LISTED)}, now)


def take(engine: Engine, *arrivals: Arrival, now: datetime = NOON) -> None:
    """Take messages in, assess whom they are about, and let a scheduler do a round."""
    work(engine, now)
    archive.take_in(engine, arrivals, followed(now))
    work(engine, now)


def work(engine: Engine, now: datetime = NOON, of: Regime | None = None) -> int:
    Assessor(engine, lambda: followed(now, of)).finish()
    return duties.keep_periods(engine, followed(now, of))


def fact(family: str, number: str, day: date, party: Party, category: Category, **items: object) -> Fact:
    return Fact(RecordKey(family, HEALTH.code, number), HEALTH, party, category, day, items)


def measure(number: str, day: date, party: Party | None = None) -> Fact:
    return fact(MEASURE, number, day, party or clinic(), Category.COERCION)


def report(number: str, day: date, duty_id: str, **items: object) -> Fact:
    said = {"regime": "small", "duty": duty_id, "state": "done"} | items
    return fact(REPORT, number, day, UNIT, Category.WORK, **said)


def kept(engine: Engine) -> list[DutyRow]:
    with reading(engine) as connection:
        rows = [DutyRow(*row) for row in connection.execute(select(tables.duty))]
    return sorted(rows, key=lambda row: row[:5])


def states(engine: Engine, today: date) -> dict[tuple[str, str], DutyState]:
    with reading(engine) as connection:
        found = read_duties(connection, seen_on(today), Filter(states=tuple(DutyState)))
    return {(each.row.duty, each.row.period or (each.document_no or "")): each.state for each in found}


FINED = penalty("1号", occurred_on=date(2026, 5, 18))


def test_a_fact_starts_duties_and_facts_show_them_done(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"), arrive(measure("改1号", date(2026, 5, 22)), "2"))
    assert states(engine, date(2026, 5, 29)) == {
        ("told", "1号"): DutyState.MISSED,
        ("rectify", "1号"): DutyState.DONE,
        **{("items", f"2026-0{month}"): DutyState.MISSED for month in range(1, 6)},
        ("data", "2025"): DutyState.MISSED,
        ("quiet", "2025"): DutyState.MISSED,
    }
    assert states(engine, date(2026, 6, 1))["items", "2026-06"] is DutyState.DUE
    rows = {(row.duty, row.period): row for row in kept(engine)}
    assert (rows["rectify", ""].done_on, rows["rectify", ""].subject_id) == (date(2026, 5, 22), CLINIC)
    assert (rows["items", "2026-05"].times, rows["items", "2026-05"].done_on) == (1, None)


def test_a_report_of_a_unit_reaches_the_subject_that_it_is_about(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"))
    assert states(engine, date(2026, 6, 1))["told", "1号"] is DutyState.MISSED
    target = {"family": FINED.key.family, "organ_code": HEALTH.code, "document_no": "1号"}
    told = report("报1号", date(2026, 5, 29), "told", target=target)
    take(engine, arrive(told, "2"))
    (row,) = [row for row in kept(engine) if row.duty == "told"]
    assert (row.done_on, row.done_by) == (date(2026, 5, 29), record_of(told))
    take(engine, arrive(withdrawal(told), "3"))
    assert states(engine, date(2026, 6, 1))["told", "1号"] is DutyState.MISSED


def test_a_report_that_comes_first_waits_for_what_it_is_about(engine: Engine) -> None:
    take(engine, arrive(report("报1号", date(2026, 5, 29), "told", about=CLINIC), "2"))
    take(engine, arrive(FINED, "1"))
    assert states(engine, date(2026, 6, 1))["told", "1号"] is DutyState.DONE


def test_undoing_the_fact_takes_its_duties_away(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"))
    take(engine, arrive(withdrawal(FINED), "2"))
    assert [row for row in kept(engine) if row.subject_id] == []


def test_what_was_missed_escalates_when_its_day_is_over(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"))
    assert ("suspend", "1号") not in states(engine, date(2026, 5, 23))
    assert states(engine, date(2026, 5, 24))["suspend", "1号"] is DutyState.DUE


def test_periods_come_with_the_day_and_are_kept_once_whoever_looks(engine: Engine) -> None:
    take(engine)
    assert [row.period for row in kept(engine) if row.duty == "items"] == [f"2026-0{month}" for month in range(1, 7)]
    assert duties.keep_periods(engine, followed()) == 0
    later = NOON + timedelta(days=30)
    Assessor(engine, lambda: followed(later)).finish()
    assert duties.keep_periods(engine, followed(later)) == 1
    assert duties.keep_periods(engine, followed(later)) == 0


def test_a_period_is_done_with_the_facts_that_it_asks_for_and_undone_with_them(engine: Engine) -> None:
    first, second = measure("改1号", date(2026, 5, 4)), measure("改2号", date(2026, 5, 21), OTHER)
    take(engine, arrive(first, "1"), arrive(second, "2"))
    rows = {(row.duty, row.period): row for row in kept(engine)}
    may = rows["items", "2026-05"]
    assert (may.done_on, may.done_by) == (date(2026, 5, 21), record_of(second))
    take(engine, arrive(withdrawal(first), "3"))
    rows = {(row.duty, row.period): row for row in kept(engine)}
    assert (rows["items", "2026-05"].times, rows["items", "2026-05"].done_on) == (1, None)


def test_a_scheduler_with_other_files_than_the_assessor_changes_nothing(engine: Engine) -> None:
    take(engine)
    other = regime(editions=[edition(duty("other", yearly(1, 5)))])
    assert duties.keep_periods(engine, followed(of=other)) == 0
    assert {row.duty for row in kept(engine)} == {"items", "data", "quiet"}


def test_duties_of_a_regime_that_is_not_followed_any_more_go(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"))
    Assessor(engine, lambda: assessed_by({}, NOON + timedelta(seconds=1))).finish()
    assert kept(engine) == []


def test_duties_go_with_the_subject_that_carries_on(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"), arrive(penalty("2号", party=OTHER, occurred_on=date(2026, 5, 18)), "2"))
    decision = Decision("王", "更名", NOON)
    with writing(engine) as connection:
        identities.add_link(connection, CLINIC, HOSPITAL, decision)
    work(engine)
    assert {row.subject_id for row in kept(engine) if row.subject_id} == {HOSPITAL}


def test_the_order_of_messages_and_of_assessments_never_matters(
    engine: Engine, template_archive: Path, tmp_path: Path
) -> None:
    arrivals = [
        arrive(FINED, "1"),
        arrive(measure("改1号", date(2026, 5, 30)), "2"),
        arrive(report("报1号", date(2026, 5, 29), "told", about=CLINIC), "3"),
        arrive(report("报2号", date(2026, 1, 9), "data", period="2025"), "4"),
        arrive(penalty("2号", party=OTHER, occurred_on=date(2026, 5, 18)), "5"),
        arrive(report("报3号", date(2026, 5, 29), "told", about=HOSPITAL), "6"),
        arrive(withdrawal(report("报3号", date(2026, 5, 29), "told", about=HOSPITAL)), "7"),
    ]
    take(engine, *arrivals)
    again = connect(f"sqlite:///{shutil.copy(template_archive, tmp_path / 'again.sqlite')}")
    random.Random(7).shuffle(arrivals)
    for each in arrivals:
        take(again, each)
    with reading(engine) as one, reading(again) as other:
        assert digest(one, KEYS) == digest(other, KEYS)
    assert kept(engine) == kept(again)
    again.dispose()


def test_alerts_are_grouped_by_unit_and_leave_out_who_is_quiet(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"))
    with reading(engine) as connection:
        seen = observe(connection, followed().at, followed().law)
    (missed,) = seen.duties_missed.values()
    assert seen.duties_missed.keys() == {"small/office"}
    assert missed.count == 8  # data, items of January to May, told, rectify
    assert missed.sample[0] == "data 2025"
    assert "rectify 1号" in missed.sample or missed.count > len(missed.sample)


def test_units_are_tallied_and_states_are_those_of_the_day(engine: Engine) -> None:
    take(engine, arrive(FINED, "1"), arrive(report("报1号", date(2026, 5, 30), "told", about=CLINIC), "2"))
    with reading(engine) as connection:
        assert tally(connection, seen_on(TODAY), Filter()) == [Tally("small", "office", 2, 0, 8, 1, 1)]
        done = read_duties(connection, seen_on(TODAY), Filter(states=(DutyState.DONE,)))
        assert [(each.row.duty, each.late, each.done_document_no, each.subject) for each in done] == [
            ("told", True, "报1号", "舞钢安康诊所")
        ]
        assert read_duties(connection, seen_on(TODAY), Filter(regime="other")) == []
        assert read_duties(connection, seen_on(TODAY), Filter(unit="police")) == []


def test_the_share_of_cases_that_were_handed_over(engine: Engine) -> None:
    def suspected(number: str, day: date) -> Fact:
        return penalty(number, occurred_on=day, items={"suspected_crime": True})

    take(engine, arrive(suspected("1号", date(2026, 5, 27)), "1"), arrive(suspected("2号", date(2026, 5, 28)), "2"))
    handed = fact("credit.inspection.transfer", "移1号", TODAY, clinic(), Category.TRANSFER, penalty_document_no="1号")
    take(engine, arrive(handed, "3"))
    with reading(engine) as connection:
        found = read_transfers(connection, seen_on(TODAY))
    assert (found.called_for, found.handed_over) == (2, 1)
    (missing,) = found.missing
    assert (missing.document_no, missing.due_on, missing.late) == ("2号", date(2026, 6, 1), False)
