"""What consumers are told of lists: who came, who went to another tier, who left; on either store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from credit.batch.arrival import Arrival
from credit.grading.regime import Regime
from credit.record import places
from credit.record.rows import Decision
from credit.store import archive, identities, tables
from credit.store.engine import connect, reading, writing
from schemas.outgoing import ListingPublished
from schemas.regime.consumers import ConsumersFile
from tests.builders import (
    CLINIC,
    HOSPITAL,
    KEYS,
    NOON,
    arrive,
    assessed_by,
    clinic,
    current_regime,
    honour,
    offence,
    penalty,
    person,
    withdrawal,
)
from workers.assessor import Assessor

SOURCE = {"source": {"document": "试验办法", "clause": "第八条"}, "confidence": "high"}
FIRST, SECOND, THIRD = (penalty(f"舞卫医罚〔2026〕{number}号") for number in (1, 2, 3))


class Office:
    """An archive with a regime whose yearly list two consumers get, and one of them the black list too."""

    def __init__(self, engine: Engine) -> None:
        named = [("peers", ["abnormal"]), ("police", ["abnormal", "black"])]
        consumers = [{"id": each, "name": each, "lists": lists, "uses": ["共享"], **SOURCE} for each, lists in named]
        edition = {"effective_from": "2025-01-01", "consumers": consumers, **SOURCE}
        followed: Regime = current_regime()["current"]
        self.regimes = {"current": replace(followed, consumers=ConsumersFile.model_validate({"editions": [edition]}))}
        self.engine, self.now, self.taken = engine, NOON, 0

    def take(self, *arrivals: Arrival, later: timedelta = timedelta(minutes=1)) -> None:
        """Take in messages and assess whom they are about, each time a little later."""
        self.now += later
        rules = assessed_by(self.regimes, self.now)
        archive.take_in(self.engine, arrivals, rules)
        Assessor(self.engine, lambda: rules).finish()

    def told(self) -> list[Mapping[str, Any]]:
        with reading(self.engine) as connection:
            sent = connection.execute(select(tables.outbox).order_by(tables.outbox.c.outbox_id)).all()
        listed = [row for row in sent if row.type == "credit.assessment.listed.v1"]
        found = [json.loads(KEYS.unseal(row.body, places.of_dispatch(row.message_id)))["data"] for row in listed]
        for data in found:
            ListingPublished.model_validate(data)
        assert {row.routing_key for row in listed} <= {"assessment.current"}
        return found


@pytest.fixture
def office(archive_url: str) -> Iterator[Office]:
    made = connect(archive_url)
    yield Office(made)
    made.dispose()


def steps(told: list[Mapping[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(each["list"], each["change"], each.get("tier")) for each in told]


def test_who_comes_on_a_list_moves_and_leaves_is_told_each_time(office: Office) -> None:
    office.take(arrive(FIRST, "1"))
    (entered,) = office.told()
    assert entered["party"] == {"kind": "organisation", "name": entered["party"]["name"], "uscc": CLINIC}
    assert {name: entered[name] for name in ("list", "list_name", "list_kind", "year", "change", "since")} == {
        "list": "abnormal",
        "list_name": "年度异常名单",
        "list_kind": "abnormal",
        "year": 2026,
        "change": "entered",
        "since": "2026-05-18",
    }
    assert (entered["tier"], entered["tier_name"], entered["consumers"]) == ("first", "一级", ["peers", "police"])
    assert [reason["record"]["document_no"] for reason in entered["reasons"]] == ["舞卫医罚〔2026〕1号"]
    office.take(arrive(SECOND, "2"))
    assert len(office.told()) == 1  # the same tier; the black list is only prepared
    office.take(arrive(THIRD, "3"))
    office.take(arrive(withdrawal(THIRD, "舞撤〔2026〕3号"), "4"))
    office.take(arrive(withdrawal(SECOND, "舞撤〔2026〕2号"), "5"), arrive(withdrawal(FIRST, "舞撤〔2026〕1号"), "6"))
    assert steps(office.told()) == [
        ("abnormal", "entered", "first"),
        ("abnormal", "moved", "second"),
        ("abnormal", "moved", "first"),
        ("abnormal", "left", None),
    ]
    left = office.told()[-1]
    assert (left["left_on"], left["reasons"], "since" in left) == ("2026-06-01", [], False)


def test_who_goes_on_as_another_leaves_and_the_other_comes(office: Office) -> None:
    office.take(arrive(FIRST, "1"), arrive(honour(clinic("舞钢市人民医院", uscc=HOSPITAL)), "2"))
    with writing(office.engine) as connection:
        identities.add_link(connection, CLINIC, HOSPITAL, Decision("李科长", "更名", NOON))
    office.take()
    said = [(each["party"]["uscc"], each["change"]) for each in office.told()]
    assert said[0] == (CLINIC, "entered")
    assert sorted(said[1:]) == [(HOSPITAL, "entered"), (CLINIC, "left")]


def test_nothing_changes_and_nobody_is_told_again(office: Office) -> None:
    office.take(arrive(FIRST, "1"))
    office.take(arrive(penalty("舞卫医罚〔2026〕1号", items={"CF_NR": "罚款三千元"}), "2", revision=2))
    assert len(office.told()) == 1


def test_a_list_that_nobody_gets_is_told_to_nobody(office: Office) -> None:
    followed = office.regimes["current"]
    office.regimes = {"current": replace(followed, consumers=None)}
    office.take(arrive(FIRST, "1"))
    assert office.told() == []


def test_a_person_is_named_with_a_masked_number(office: Office) -> None:
    office.take(arrive(penalty("舞卫医罚〔2026〕9号", party=person()), "1"))
    (entered,) = office.told()
    assert entered["party"]["kind"] == "person"
    assert "*" in entered["party"]["id_no"]


def test_who_is_only_prepared_is_told_to_nobody(office: Office) -> None:
    office.take(arrive(offence(), "1"))
    assert [each for each in office.told() if each["list"] == "black"] == []
