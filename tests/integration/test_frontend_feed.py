"""A feed that is delivered to a table: from a penalty to its row there, and back from its reader's answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from ruamel.yaml import YAML

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.feeds import Filter, find_page
from credit.store.queries.page import Part
from schemas.states import FeedState
from tests.builders import HEALTH, NOON, feed_in, message, rows
from tests.fronts import PENALTIES, TABLE, VARIABLE, WITHOUT, Front
from tests.servers import Postgres
from workers.decisions import edits
from workers.delivery import make_carrier
from workers.frontend.worker import opened, surround
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.show.feeds import say_why
from workers.show.names import read_names

pytestmark = pytest.mark.servers
SHIPPED = Path(__file__).parents[2] / "routing.yaml"
NUMBER = "舞卫公罚〔2026〕1号"


@pytest.fixture
def front(postgres: Postgres) -> Iterator[Front]:
    postgres.start()
    name = f"front_{uuid4().hex}"
    made = Front(postgres.create_database(name))
    yield made
    made.close()
    postgres.drop_database(name)


MARK = {"withdrawn": {"column": "REMARK", "value": "撤销", "otherwise": "正常"}}


@pytest.fixture(params=[{}, MARK], ids=["deleted", "marked"])
def runtime(place: Settings, front: Front, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Runtime]:
    yaml = YAML()
    said = yaml.load(SHIPPED)
    said["feeds"]["credit-china"] |= {
        "generation": "V2016",
        "kinds": ["penalty"],
        "person_kinds": [],
        "deliver": {"table": {"frontend": "county"}},
    }
    table = {
        "template": PENALTIES,
        "key": ["CF_WSH", "CF_XDR_MC", "CF_CFLB1"],
        "state": {"column": "STATE"},
        "operated": "OPER_TIME",
        "verdict": {"code": "RESULT_CODE", "text": "RESULT_TEXT"},
        "columns": {"BZ": "REMARK"},
        "without": list(WITHOUT),
        **request.param,
    }
    said["frontends"] = {
        "county": {
            "name": "市信用办前置库",
            "url_from": VARIABLE,
            "sender": HEALTH.code,
            "outgoing": {TABLE: table},
        }
    }
    written = StringIO()
    yaml.dump(said, written)
    (tmp_path / "routing.yaml").write_text(written.getvalue())
    environ = {**place.environ, VARIABLE: front.url}
    chosen = replace(place, routing=tmp_path / "routing.yaml", environ=environ)
    with open_runtime(chosen, lambda: NOON) as made:
        yield made


def carry(runtime: Runtime) -> int:
    carrier = make_carrier(runtime)
    try:
        return carrier.step(0.2)
    finally:
        carrier.close()


def test_a_penalty_stands_in_the_table_and_its_answer_closes_the_row(runtime: Runtime, front: Front) -> None:
    feed_in(runtime, message("penalty", "1", {"revision": 1}, CF_WSH=NUMBER))
    assert carry(runtime) == 1
    assert front.column("CF_WSH") == [NUMBER]
    assert front.column("STATE") == ["0"]
    with front.engine.begin() as connection:
        connection.execute(front.table.update().values(STATE="1", RESULT_CODE="0000", RESULT_TEXT="成功"))
    with opened("county", surround(runtime)) as frontend:
        assert frontend.step() == 1
    feed_in(runtime)
    assert rows(runtime, "SELECT result_code, result_message FROM feed_row") == [("0000", "成功")]


def stand(front: Front) -> list[tuple[str, str, str | None]]:
    """Who stands in the table with which number, and whether as withdrawn, in the order of names."""
    with front.engine.connect() as connection:
        found = connection.execute(sa.select(front.table.c.CF_XDR_MC, front.table.c.CF_WSH, front.table.c.REMARK))
        return sorted(tuple(row) for row in found)


@pytest.fixture
def marked(request: pytest.FixtureRequest) -> bool:
    """Whether the table has a mark for what is withdrawn."""
    return bool(request.node.callspec.params["runtime"])


def test_a_row_whose_key_is_corrected_stands_there_once(runtime: Runtime, front: Front, *, marked: bool) -> None:
    former, corrected = "〔2026〕1号", "[2026]1号"
    feed_in(runtime, message("penalty", "1", {"revision": 1}, CF_XDR_MC="甲店", CF_WSH=f"舞卫公罚{former}"))
    carry(runtime)
    feed_in(runtime, message("penalty", "2", {"revision": 2}, CF_XDR_MC="乙店", CF_WSH=f"舞卫公罚{corrected}"))
    carry(runtime)
    now = ("乙店", f"舞卫公罚{corrected}", "正常" if marked else None)
    assert stand(front) == [now, *([("甲店", f"舞卫公罚{former}", "撤销")] if marked else [])]
    assert front.column("STATE") == ["0"] * (1 + marked)  # whoever reads the table learns of both
    with front.engine.begin() as connection:
        connection.execute(front.table.update().values(STATE="1", RESULT_CODE="0000"))
    with opened("county", surround(runtime)) as frontend:
        assert frontend.step() == 1
    feed_in(runtime)
    assert rows(runtime, "SELECT version, result_code FROM feed_row") == [(2, "0000")]


def test_a_withdrawal_finds_its_row_by_whatever_is_the_key(runtime: Runtime, front: Front, *, marked: bool) -> None:
    feed_in(runtime, message("penalty", "1", {"revision": 1}, CF_WSH=NUMBER))
    carry(runtime)
    target = {"family": "credit.inspection.penalty", "organ_code": HEALTH.code, "document_no": NUMBER}
    feed_in(runtime, message("office.withdrawal", "w", target=target))
    carry(runtime)
    assert [withdrawn for _, _, withdrawn in stand(front)] == (["撤销"] if marked else [])


def test_what_the_table_cannot_hold_is_work_for_who_keeps_the_table(runtime: Runtime, front: Front) -> None:
    feed_in(runtime, message("penalty", "1", {"revision": 1}, CF_WSH=NUMBER, CF_SJLY=HEALTH.name, BZ="备" * 201))
    feed_in(runtime, message("penalty", "2", {"revision": 1}, CF_WSH=f"{NUMBER}附{'件' * 100}"))
    assert carry(runtime) == 2
    with opened("county", surround(runtime)) as frontend:
        assert frontend.step() == 1
    feed_in(runtime)
    with reading(runtime.engine) as connection:
        (refused,) = find_page(connection, runtime.view(MASKED), Filter(state=FeedState.REFUSED), Part(limit=9))
    (said,) = say_why(refused, read_names(runtime.reader.registry, runtime.reader.routes, None))
    assert said == (
        "未写入表 frxzcf：列CF_WSH容不下该项内容，截短会改变含义。"
        "请维护人员处理前置库的表或路由，再重新评定，该行随即再次报送。"
    )
    assert again(runtime) == 1  # the other has its place
    carrier = make_carrier(runtime)
    assert carrier.step(0.2) == 1
    with opened("county", surround(runtime)) as frontend:
        assert frontend.step() == 1
    feed_in(runtime)
    with front.engine.begin() as connection:
        connection.execute(sa.text(f'ALTER TABLE {TABLE} ALTER COLUMN "CF_WSH" TYPE varchar(400)'))
    assert again(runtime) == 1
    assert carrier.step(0.2) == 1
    carrier.close()
    assert sorted(front.column("CF_WSH")) == [NUMBER, f"{NUMBER}附{'件' * 100}"]
    assert sorted(rows(runtime, "SELECT version, result_code FROM feed_row")) == [(1, None), (3, None)]
    assert again(runtime) == 0


def test_a_withdrawal_that_the_table_refused_comes_again(runtime: Runtime, front: Front, *, marked: bool) -> None:
    feed_in(runtime, message("penalty", "1", {"revision": 1}, CF_WSH=NUMBER))
    carry(runtime)
    with front.engine.begin() as connection:
        connection.execute(sa.text(f"""ALTER TABLE {TABLE} ADD CONSTRAINT marks CHECK ("REMARK" <> '撤销')"""))
    target = {"family": "credit.inspection.penalty", "organ_code": HEALTH.code, "document_no": NUMBER}
    feed_in(runtime, message("office.withdrawal", "w", target=target))
    carry(runtime)
    with opened("county", surround(runtime)) as frontend:
        frontend.step()
    feed_in(runtime)
    with front.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {TABLE} DROP CONSTRAINT marks"))
    assert again(runtime) == marked  # what is deleted nothing refuses
    carry(runtime)
    assert [withdrawn for _, _, withdrawn in stand(front)] == (["撤销"] if marked else [])
    assert again(runtime) == 0


def again(runtime: Runtime) -> int:
    """Settle every record again and send what is to be sent; return how many rows are told anew."""
    done = edits.apply(runtime, lambda _: None)
    feed_in(runtime)
    return done.feed_operations


def test_routes_that_deliver_to_tables_call_for_a_carrier_and_who_hears_answers(runtime: Runtime) -> None:
    assert runtime.rules().routes.workers == ("carrier", "frontend")
