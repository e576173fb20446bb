"""Rows of feeds about subjects follow its places on lists and its official grades; on either store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from credit.batch.arrival import Arrival
from credit.grading.rows import OfficialRow
from credit.identity import MASKED
from credit.record import ids, places
from credit.record.rows import Decision
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.store import archive, bulk, identities, tables, touched
from credit.store.engine import connect, reading, writing
from credit.store.queries.feeds import find_entries
from credit.store.queries.view import View
from schemas.outgoing import FeedRows
from schemas.statement import Category, Fact
from schemas.states import FeedState
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    KEYS,
    NOON,
    arrive,
    assessed_by,
    clinic,
    connectors,
    current_regime,
    honour,
    penalty,
    person,
    withdrawal,
)
from tests.builders import result as answer
from workers.assessor import Assessor

SITE = Feed(
    code="credit-china",
    name="卫生监督信息网",
    generation="V2016",
    kinds=frozenset({"list", "grade", "check"}),
    person_kinds=frozenset({"list"}),
    lists=frozenset({"current/abnormal"}),
    grades=frozenset({"current/rating"}),
    schemes=frozenset({"key"}),
    sheets={("check", "organisation"): connectors().templates()["credit.inspection.check.v1"]},
)
FIRST, SECOND, THIRD = (penalty(f"舞卫医罚〔2026〕{number}号") for number in (1, 2, 3))


class Office:
    """An archive with a regime, and a site that shows its yearly list, its grades and key inspections."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.now, self.site = engine, NOON, SITE

    def rules(self) -> Rules:
        found = assessed_by(current_regime(), self.now)
        return replace(found, routes=replace(found.routes, feeds=(self.site,)))

    def touch(self) -> None:
        """Let the clinic be assessed again, as each subject is on each day."""
        with writing(self.engine) as connection:
            touched.touch(connection, {CLINIC}, self.now)
        self.take()

    def take(self, *arrivals: Arrival, later: timedelta = timedelta(minutes=1)) -> None:
        """Take in messages and assess whom they are about, each time a little later."""
        self.now += later
        archive.take_in(self.engine, arrivals, self.rules())
        Assessor(self.engine, self.rules).finish()

    def told(self) -> list[Mapping[str, Any]]:
        """What the site was told: the operation and the row of each message, in their order."""
        with reading(self.engine) as connection:
            sent = connection.execute(select(tables.outbox).order_by(tables.outbox.c.outbox_id)).all()
        rows = [row for row in sent if row.routing_key == "feed.credit-china"]
        found = [json.loads(KEYS.unseal(row.body, places.of_dispatch(row.message_id)))["data"] for row in rows]
        for data in found:
            FeedRows.model_validate(data)
        return [{"kind": each["kind"], "operation": each["operation"], **each["rows"][0]} for each in found]


@pytest.fixture
def office(archive_url: str) -> Iterator[Office]:
    made = connect(archive_url)
    yield Office(made)
    made.dispose()


def steps(told: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(each["kind"], each["operation"]) for each in told]


def test_a_place_on_a_list_is_published_updated_and_withdrawn(office: Office) -> None:
    office.take(arrive(FIRST, "1"))
    (entered,) = office.told()
    assert entered == {
        "kind": "list",
        "operation": "publish",
        "row_id": ids.row_id("credit-china", f"list:current/abnormal/2026/{CLINIC}"),
        "TYSHXYDM": CLINIC,
        "JGQC": "舞钢安康诊所",
        "RDDW": "舞钢市卫生健康委员会",
        "ZYSXSS": entered["ZYSXSS"],
        "QRYZSXSJ": "2026/05/18",
        "XZCFHPJNR": "列入年度异常名单（2026年度）（一级）",
    }
    office.take(arrive(SECOND, "2"), arrive(THIRD, "3"))
    office.take(arrive(withdrawal(FIRST, "撤1号"), "4"), arrive(withdrawal(SECOND, "撤2号"), "5"))
    office.take(arrive(withdrawal(THIRD, "撤3号"), "6"))
    assert steps(office.told()) == [("list", "publish"), ("list", "update"), ("list", "update"), ("list", "withdraw")]
    assert office.told()[1]["XZCFHPJNR"] == "列入年度异常名单（2026年度）（二级）"
    assert office.told()[-1].keys() == {"kind", "operation", "row_id"}


def test_nothing_new_is_told_to_nobody(office: Office) -> None:
    office.take(arrive(FIRST, "1"))
    office.touch()
    assert steps(office.told()) == [("list", "publish")]


def test_a_list_that_the_feed_is_not_for_any_more_is_withdrawn(office: Office) -> None:
    office.take(arrive(FIRST, "1"))
    office.site = replace(SITE, lists=frozenset())
    office.touch()
    assert steps(office.told()) == [("list", "publish"), ("list", "withdraw")]
    office.site = SITE
    office.touch()
    assert steps(office.told())[2:] == [("list", "publish")]


def test_who_goes_on_as_another_is_withdrawn_and_the_other_published(office: Office) -> None:
    office.take(arrive(FIRST, "1"), arrive(honour(clinic("舞钢市人民医院", uscc=HOSPITAL)), "2"))
    with writing(office.engine) as connection:
        identities.add_link(connection, CLINIC, HOSPITAL, Decision("李科长", "更名", NOON))
    office.take()
    told = office.told()
    assert sorted(each["operation"] for each in told) == ["publish", "publish", "withdraw"]
    assert {each["TYSHXYDM"] for each in told if each["operation"] == "publish"} == {CLINIC, HOSPITAL}


def test_a_person_is_shown_with_a_masked_number(office: Office) -> None:
    office.take(arrive(penalty("舞卫医罚〔2026〕9号", party=person()), "1"))
    (entered,) = office.told()
    assert entered["FZRXM"] == person().name
    assert "*" in entered["SFZH"]
    assert str(person().id_no) not in json.dumps(office.told())


def result(version: int, grade: str | None, year: int = 2025) -> OfficialRow:
    day = date(2026, 1, 20)
    return OfficialRow("current", "rating", year, CLINIC, version, day, None, grade, None, "[]", "close", day, NOON)


def test_the_last_official_grade_is_shown_until_it_is_taken_away(office: Office) -> None:
    office.take(arrive(honour(clinic()), "1"))
    for step in (result(1, "good"), result(2, "bad"), result(3, None)):
        with writing(office.engine) as connection:
            bulk.insert(connection, tables.official, [step])
        office.touch()
    told = [each for each in office.told() if each["kind"] == "grade"]
    assert [each["operation"] for each in told] == ["publish", "update", "withdraw"]
    assert told[0]["TYSHXYDM"] == CLINIC
    assert told[0]["PDRQ"] == "2026/01/20"
    assert told[0]["PDJGMC"] == "舞钢市卫生健康委员会"


def inspection(number: str, scheme: str) -> Fact:
    items = {"scheme": scheme, "result": "no_problem", "inspectors": 2, "items": []}
    return penalty(number)._replace(
        key=penalty(number).key._replace(family="credit.inspection.check"), category=Category.CHECK, items=items
    )


def test_of_inspections_those_of_the_named_schemes_are_shown(office: Office) -> None:
    office.take(arrive(inspection("检1号", "key"), "1"), arrive(inspection("检2号", "routine"), "2"))
    told = [each for each in office.told() if each["kind"] == "check"]
    columns = ("document_no", "occurred_on", "party.name", "party.uscc", "scheme", "result", "organ.name")
    assert [tuple(each[column] for column in columns) for each in told] == [
        ("检1号", "2026-05-18", "舞钢安康诊所", CLINIC, "重点检查", "未发现问题", HEALTH.name)
    ]


def test_the_answer_of_the_site_closes_a_row(office: Office) -> None:
    office.take(arrive(FIRST, "1"))
    (entered,) = office.told()
    office.take(arrive(answer(entered["row_id"]), "9", time=office.now + timedelta(seconds=1)))
    view = View(MASKED, KEYS, office.rules().at.today)
    with reading(office.engine) as connection:
        (entry,) = find_entries(connection, view)
    assert (entry.state, entry.name, entry.document_no) == (
        FeedState.ACCEPTED,
        "舞钢安康诊所",
        "current/abnormal/2026",
    )
