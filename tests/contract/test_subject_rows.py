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
from credit.store.queries.feeds import find_entries, find_tasks
from credit.store.queries.view import View
from schemas.outgoing import FeedRows
from schemas.party import Party, record_key
from schemas.statement import Category, Fact
from schemas.states import FeedState
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    KEYS,
    NOON,
    OFFICE,
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
    lists=frozenset({"current/recognised"}),
    grades=frozenset({"current/rating"}),
    schemes=frozenset({"key"}),
    sheets={("check", "organisation"): connectors().templates()["credit.inspection.check.v1"]},
    tables={
        ("black", "organisation"): connectors().templates()["black-v2016-organisation"],
        ("black", "person"): connectors().templates()["black-v2016-person"],
        ("red", "organisation"): connectors().templates()["red-v2016-organisation"],
        ("grade", "organisation"): connectors().templates()["grade-v2016"],
    },
)


def listing(number: str, party: Party | None = None) -> Fact:
    """The decision of another organ that somebody is gravely dishonest."""
    key = record_key("credit.office.listing", OFFICE.code, number)
    items = {"list_kind": "serious_dishonest", "title": "严重失信主体名单"}
    return Fact(key, OFFICE, party or clinic(), Category.LISTING, date(2026, 5, 18), items)


LISTED = listing("舞信名〔2026〕1号")


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


def marks(office: Office) -> list[tuple[str, list[str]]]:
    """What is held at the site, by kind of row, with its marks."""
    with reading(office.engine) as connection:
        held = connection.execute(select(tables.feed_row).where(tables.feed_row.c.held.is_not(None))).all()
    return sorted((row.kind, json.loads(row.held)) for row in held)


def test_a_place_on_a_list_is_published_and_withdrawn(office: Office) -> None:
    office.take(arrive(LISTED, "1"))
    assert office.told() == [
        {
            "kind": "list",
            "operation": "publish",
            "row_id": ids.row_id("credit-china", f"list:current/recognised/0/{CLINIC}"),
            "TYSHXYDM": CLINIC,
            "JGQC": "舞钢安康诊所",
            "RDWH": "舞信名〔2026〕1号",
            "RDDW": "舞钢市发展和改革委员会",
            "ZYSXSS": "严重失信主体名单：被认定为严重失信（1 项）",
            "QRYZSXSJ": "2026/05/18",
            "XZCFHPJNR": "列入严重失信主体名单",
        }
    ]
    office.take(arrive(withdrawal(LISTED, "撤1号"), "2"))
    assert steps(office.told()) == [("list", "publish"), ("list", "withdraw")]
    assert office.told()[-1].keys() == {"kind", "operation", "row_id"}


def test_a_place_without_one_number_is_held_and_what_is_shown_stays(office: Office) -> None:
    office.take(arrive(LISTED, "1"), arrive(listing("舞信名〔2026〕2号"), "2"))
    assert marks(office) == [("list", ["not_stated:RDWH"])]
    assert office.told() == []
    office.take(arrive(withdrawal(listing("舞信名〔2026〕2号"), "撤2号"), "3"))
    assert (marks(office), steps(office.told())) == ([], [("list", "publish")])
    office.take(arrive(listing("舞信名〔2026〕3号"), "4"))
    assert marks(office) == [("list", ["not_stated:RDWH"])]
    office.touch()
    assert steps(office.told()) == [("list", "publish")]


def test_a_list_that_no_decision_recognises_waits_on_the_work_list(office: Office) -> None:
    office.site = replace(SITE, lists=frozenset({"current/abnormal"}))
    office.take(arrive(penalty("舞卫医罚〔2026〕1号"), "1"))
    assert office.told() == []
    with reading(office.engine) as connection:
        (task,) = find_tasks(connection, View(MASKED, KEYS, office.rules().at.today), None)
    (held,) = task.entry.held
    assert (task.entry.state, held.reason, held.item) == (FeedState.HELD, "not_stated", "RDWH")
    assert "认定文书" in held.hint


def test_nothing_new_is_told_to_nobody(office: Office) -> None:
    office.take(arrive(LISTED, "1"))
    office.touch()
    assert steps(office.told()) == [("list", "publish")]


def test_a_list_that_the_feed_is_not_for_any_more_is_withdrawn(office: Office) -> None:
    office.take(arrive(LISTED, "1"))
    office.site = replace(SITE, lists=frozenset())
    office.touch()
    assert steps(office.told()) == [("list", "publish"), ("list", "withdraw")]
    office.site = SITE
    office.touch()
    assert steps(office.told())[2:] == [("list", "publish")]


def test_who_goes_on_as_another_is_withdrawn_and_the_other_published(office: Office) -> None:
    office.take(arrive(LISTED, "1"), arrive(honour(clinic("舞钢市人民医院", uscc=HOSPITAL)), "2"))
    with writing(office.engine) as connection:
        identities.add_link(connection, CLINIC, HOSPITAL, Decision("李科长", "更名", NOON))
    office.take()
    told = office.told()
    assert sorted(each["operation"] for each in told) == ["publish", "publish", "withdraw"]
    assert {each["TYSHXYDM"] for each in told if each["operation"] == "publish"} == {CLINIC, HOSPITAL}


def test_a_person_is_shown_with_a_masked_number(office: Office) -> None:
    office.take(arrive(listing("舞信名〔2026〕9号", person()), "1"))
    (entered,) = office.told()
    assert entered["FZRXM"] == person().name
    assert "*" in entered["SFZH"]
    assert str(person().id_no) not in json.dumps(office.told())


def result(version: int, grade: str | None, year: int = 2025) -> OfficialRow:
    day = date(2026, 1, 20)
    return OfficialRow("current", "rating", year, CLINIC, version, day, None, grade, None, "[]", "close", day, NOON)


def test_the_last_official_grade_is_shown_until_it_is_taken_away(office: Office) -> None:
    office.take(arrive(honour(clinic()), "1"))
    for step in (result(1, "good"), result(2, "fair"), result(3, None)):
        with writing(office.engine) as connection:
            bulk.insert(connection, tables.official, [step])
        office.touch()
    told = [each for each in office.told() if each["kind"] == "grade"]
    assert [each["operation"] for each in told] == ["publish", "update", "withdraw"]
    assert told[0]["TYSHXYDM"] == CLINIC
    assert told[0]["PDRQ"] == "2026/01/20"
    assert told[0]["PDJGMC"] == "舞钢市卫生健康委员会"
    assert [each.get("PDJG") for each in told] == ["A级", "C级", None]


def test_a_grade_that_the_table_has_no_word_for_is_held_and_the_former_one_taken_away(office: Office) -> None:
    office.take(arrive(honour(clinic()), "1"))
    for step in (result(1, "good"), result(2, "bad")):
        with writing(office.engine) as connection:
            bulk.insert(connection, tables.official, [step])
        office.touch()
    assert steps(office.told()) == [("grade", "publish"), ("grade", "withdraw")]
    assert marks(office) == []
    office.touch()
    assert marks(office) == [("grade", ["no_equivalent:PDJG"])]
    assert steps(office.told()) == [("grade", "publish"), ("grade", "withdraw")]


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
    office.take(arrive(LISTED, "1"))
    (entered,) = office.told()
    office.take(arrive(answer(entered["row_id"]), "9", time=office.now + timedelta(seconds=1)))
    view = View(MASKED, KEYS, office.rules().at.today)
    with reading(office.engine) as connection:
        (entry,) = find_entries(connection, view)
    assert (entry.state, entry.name, entry.document_no) == (
        FeedState.ACCEPTED,
        "舞钢安康诊所",
        "current/recognised/0",
    )
