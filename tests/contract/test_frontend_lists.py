"""Places on lists and grades in tables that others read, on PostgreSQL and MariaDB: out, and their answers back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from credit.record.rows import FeedRow
from credit.store import bulk, outbox, tables
from credit.store.engine import writing
from credit.telling import messages
from credit.telling.feeds import Shown
from schemas.states import Operation
from tests.builders import rows
from tests.fronts import VARIABLE, Front, take_in, templates
from workers import drain, settings
from workers.delivery import make_carrier
from workers.doctor import frontends as doctor
from workers.doctor.finding import Verdict
from workers.frontend.worker import opened, surround
from workers.runtime import Runtime, open_runtime

pytestmark = pytest.mark.servers
NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
SHIPPED = Path(__file__).parents[2] / "routing.yaml"
TABLES = {"frblack": ("black-v2016-organisation", ["TYSHXYDM", "RDDW"]), "hypd": ("grade-v2016", ["TYSHXYDM", "PDMC"])}
FEED = """feeds:
  site:
    name: 卫生监督信息网
    generation: V2016
    kinds: [list, grade]
    lists: [wugang/black]
    grades: [wugang/rating]
    senders: ["11410481983690064T"]
    deliver: {table: {frontend: county}}
"""
PARTY = {"TYSHXYDM": "12410481417200000A", "JGQC": "舞钢市样本医院"}
BLAME = PARTY | {"RDDW": "舞钢市卫生健康委员会", "ZYSXSS": "年度评定为差", "QRYZSXSJ": "2026/01/20"}
GRADE = PARTY | {"PDJG": "A级", "PDRQ": "2026/01/20", "PDMC": "2025年度", "PDJGMC": "舞钢市卫生健康委员会"}


class Site:
    """A feed of lists and grades to the tables of a front-end database, whose reader answers by the state alone."""

    def __init__(self, runtime: Runtime, front: Front) -> None:
        self.runtime, self.engine = runtime, front.engine
        self.tables = {name: self._make(name, *said) for name, said in TABLES.items()}

    def _make(self, name: str, template: str, key: list[str]) -> sa.Table:
        codes = [column.code for column in templates()[template].columns if not column.ours]
        columns = [sa.Column(code, sa.String(200), primary_key=code in key) for code in codes]
        table = sa.Table(
            name, sa.MetaData(), *columns, sa.Column("ZT", sa.Integer), sa.Column("OPER_TIME", sa.DateTime)
        )
        table.create(self.engine)
        return table

    def tell(self, kind: str, version: int, operation: Operation, items: dict[str, Any], row: str = "") -> None:
        """Let the feed be told of a row, and the carrier bring it."""
        feed = next(each for each in self.runtime.reader.routes.feeds if each.code == "site")
        day = date(2026, 6, 1)
        name = row or kind
        told = FeedRow(name, "site", f"{kind}:x", kind, version, operation.value, b"", day, day, NOW)
        message = messages.feed_rows(told, Shown(items, b"") if items else None, feed, self.runtime.rules())
        with writing(self.runtime.engine) as connection:
            bulk.upsert(connection, tables.feed_row, [told])
            outbox.enqueue(connection, [message])
        drain.empty_outbox(self.runtime)
        carrier = make_carrier(self.runtime)
        try:
            assert carrier.step(0.2) == 1
        finally:
            carrier.close()

    def shown(self, table: str) -> list[dict[str, Any]]:
        """What its reader finds in a table."""
        with self.engine.connect() as connection:
            return [row._asdict() for row in connection.execute(sa.select(self.tables[table]))]

    def answer(self, table: str, state: int) -> None:
        """Let the reader judge all rows of a table, and his answers come to the archive."""
        with self.engine.begin() as connection:
            connection.execute(self.tables[table].update().values(ZT=state))
        self.hear()

    def hear(self) -> None:
        with opened("county", surround(self.runtime)) as frontend:
            frontend.step()
        take_in(self.runtime)

    def codes(self) -> dict[str, str | None]:
        """The answer of each row of the feed."""
        return dict(tuple(row) for row in rows(self.runtime, "SELECT row_id, result_code FROM feed_row"))


@pytest.fixture
def site(template_archive: Path, tmp_path: Path, front: Front) -> Iterator[Site]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    outgoing = {
        name: {"template": template, "key": key, "state": {"column": "ZT"}, "operated": "OPER_TIME"}
        for name, (template, key) in TABLES.items()
    }
    plan = {"name": "市前置库", "url_from": VARIABLE, "sender": "11410481983690064T", "outgoing": outgoing}
    routing = SHIPPED.read_text().replace("feeds:\n", FEED, 1)
    routing = routing.replace("\nfrontends: {}", f"\nfrontends: {json.dumps({'county': plan})}")
    (tmp_path / "routing.yaml").write_text(routing)
    chosen = settings.read({VARIABLE: front.url}, home=home)
    with open_runtime(replace(chosen, routing=tmp_path / "routing.yaml"), lambda: NOW) as runtime:
        runtime.broker.declare(runtime.reader.routes.topology)
        yield Site(runtime, front)


def test_a_text_that_its_column_has_no_room_for_is_cut_and_said(site: Site) -> None:
    long = "违" * 201
    with capture_logs() as said:
        site.tell("list", 1, Operation.PUBLISH, BLAME | {"ZYSXSS": long})
    [row] = site.shown("frblack")
    assert row["ZYSXSS"] == long[:200]
    assert [each["columns"] for each in said if each["event"] == "text_cut"] == [["ZYSXSS"]]
    assert not any(long[:20] in str(each) for each in said)


def test_the_doctor_names_the_columns_that_are_shorter_than_their_texts_may_be(site: Site) -> None:
    chosen = site.runtime.settings
    found = {each.check: each for each in doctor.examine(site.runtime.reader.routes, chosen.environ)}
    said = found["frontend.tables"]
    assert said.verdict is Verdict.WARNING
    assert "frblack: ZYSXSS, XZCFHPJNR" in said.found
    assert "hypd: PDMC" in said.found
    assert "截断" in said.told


def test_a_grade_is_published_updated_and_withdrawn_and_each_is_answered(site: Site) -> None:
    site.tell("grade", 1, Operation.PUBLISH, GRADE)
    [row] = site.shown("hypd")
    assert {code: row[code] for code in GRADE} == GRADE
    assert (row["ZT"], row["ZZJGDM"], row["OPER_TIME"].isoformat()) == (0, None, "2026-06-01T12:00:00")
    site.answer("hypd", 1)
    assert site.codes() == {"grade": "0000"}

    site.tell("grade", 2, Operation.UPDATE, GRADE | {"PDJG": "B级"})
    [row] = site.shown("hypd")
    assert (row["PDJG"], row["ZT"]) == ("B级", 0)
    site.answer("hypd", 2)
    assert site.codes() == {"grade": "refused"}

    site.tell("grade", 3, Operation.WITHDRAW, {})
    assert site.shown("hypd") == []
    site.hear()
    assert site.codes() == {"grade": "0000"}


def test_a_place_on_a_list_stands_in_the_table_of_lists_alone(site: Site) -> None:
    site.tell("list", 1, Operation.PUBLISH, BLAME)
    site.tell("grade", 1, Operation.PUBLISH, GRADE)
    [row] = site.shown("frblack")
    assert {code: row[code] for code in BLAME} == BLAME
    site.tell("list", 2, Operation.UPDATE, BLAME | {"ZYSXSS": "年度评定为差，逾期未整改"})
    [row] = site.shown("frblack")
    assert row["ZYSXSS"] == "年度评定为差，逾期未整改"
    site.tell("list", 3, Operation.WITHDRAW, {})
    assert (site.shown("frblack"), len(site.shown("hypd"))) == ([], 1)
    site.hear()
    assert site.codes() == {"list": "0000", "grade": None}


def test_a_withdrawal_takes_nothing_away_that_another_row_has_put_in_its_place(site: Site) -> None:
    site.tell("list", 1, Operation.PUBLISH, BLAME, "first")
    site.tell("list", 1, Operation.PUBLISH, BLAME | {"ZYSXSS": "另一名单"}, "second")
    site.tell("list", 2, Operation.WITHDRAW, {}, "first")
    [row] = site.shown("frblack")
    assert row["ZYSXSS"] == "另一名单"
    site.tell("list", 2, Operation.WITHDRAW, {}, "second")
    assert site.shown("frblack") == []
