"""A province in which a penalty is a ground only once it can no longer be appealed against."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from credit.batch.settle import settle
from credit.law import layers
from credit.law.law import Counting, Law
from credit.rules import Rules
from schemas.layers import AppealPeriod, RegionFile
from schemas.policy import Confidence, Source
from schemas.statement import Category, Fact
from tests.builders import (
    HEALTH,
    Archive,
    arrive,
    carry_on,
    national_law,
    on,
    penalty,
    person,
    record_of,
    repair,
    row_of,
    withdrawal,
)

DECIDED = date(2026, 5, 18)
LAST, FIRST = date(2026, 8, 20), date(2026, 8, 21)
"""Served at the latest on Wednesday, 20 May; three months from there."""

FINED = penalty(items={"conduct": "unlicensed_practice"})
REVOKED = penalty(
    party=person(), items={"penalty_kinds": ["吊销许可证件"], "CF_NR": "吊销医师执业证书", "CF_NR_FK": ""}
)


def law() -> Law:
    period = AppealPeriod(
        served_within_working_days=2,
        months=3,
        source=Source(document="试验条例", clause="救济期限"),
        confidence=Confidence.HIGH,
    )
    return layers.enact(national_law(), RegionFile(name="某省", penalties_count_after=period))


def at(day: date) -> Rules:
    return replace(on(day), law=law())


def passed(archive: Archive, fact: Fact, day: date) -> None:
    archive.work = carry_on(archive.work, at(day))
    settle([record_of(fact)], archive.work)


def asked(archive: Archive) -> dict[str, str]:
    return {row.agency: row.measures for row in archive.work.notices.values() if row.in_force}


def test_nobody_is_told_until_the_period_is_over() -> None:
    archive = Archive()
    archive.take(arrive(FINED), at=at(date(2026, 6, 1)))
    assert archive.work.notices.items() == {}.items()
    assert archive.work.records[record_of(FINED)].changes_on == FIRST
    passed(archive, FINED, LAST)
    assert asked(archive) == {}
    passed(archive, FINED, FIRST)
    assert asked(archive).keys() == {
        "administrative-approval",
        "development-reform",
        "health-insurance",
        "market-regulation",
    }
    assert archive.work.records[record_of(FINED)].changes_on == date(2027, 5, 19)


def test_its_publicity_does_not_wait() -> None:
    archive = Archive()
    archive.take(arrive(FINED), at=at(date(2026, 6, 1)))
    assert archive.work.records[record_of(FINED)].public
    assert archive.work.feed_rows[row_of(FINED)].operation == "publish"


def test_a_ban_of_a_statute_does_not_wait_and_is_not_told_again() -> None:
    archive = Archive()
    archive.take(
        arrive(REVOKED._replace(organ=HEALTH.model_copy(update={"code": "11410000006999400B"}))), at=at(DECIDED)
    )
    before = asked(archive)
    assert before.keys() == {"health"}
    assert "医师法" in before["health"]
    passed(archive, REVOKED, FIRST)
    assert asked(archive)["health"] == before["health"]
    assert asked(archive).keys() == {"health", "administrative-approval", "development-reform"}
    assert {row.sequence for row in archive.work.notices.values()} == {1}


@pytest.mark.parametrize("act", [withdrawal(FINED), repair(FINED)])
def test_what_ended_meanwhile_is_never_told(act: object) -> None:
    archive = Archive()
    archive.take(arrive(FINED, "1"), at=at(date(2026, 6, 1)))
    archive.take(arrive(act, "2"), at=at(date(2026, 6, 2)))  # type: ignore[arg-type]
    passed(archive, FINED, date(2026, 12, 19))
    assert asked(archive) == {}


def test_what_was_told_too_early_is_taken_back_and_told_anew_in_time() -> None:
    """As when the rule is entered into the file of a province where notices are out already."""
    archive = Archive()
    archive.take(arrive(FINED), at=on(date(2026, 6, 1)))
    passed(archive, FINED, date(2026, 6, 2))
    assert {row.lift_cause for row in archive.work.notices.values()} == {"withdrawn"}
    passed(archive, FINED, FIRST)
    assert {row.sequence for row in archive.work.notices.values() if row.in_force} == {2}


@pytest.mark.parametrize(
    ("fact", "day"),
    [
        (FINED, FIRST),
        (penalty(occurred_on=date(2026, 5, 29)), date(2026, 9, 3)),  # a weekend within the time of service
        (penalty(occurred_on=date(2026, 11, 26)), date(2027, 3, 1)),  # 30 November and three months
        (FINED._replace(category=Category.REGISTRATION, items={"event": "revoked"}), FIRST),
        (FINED._replace(category=Category.REGISTRATION, items={"event": "changed"}), None),
        (FINED._replace(category=Category.LISTING, items={}), None),
        (FINED._replace(category=Category.FRAUD, items={"severity": "serious"}), None),
    ],
)
def test_the_day_from_which_it_counts(fact: Fact, day: date | None) -> None:
    assert law().counting(fact) == (Counting(day, "试验条例 救济期限") if day else None)
    assert national_law().counting(fact) is None
