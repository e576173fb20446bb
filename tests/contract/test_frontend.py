"""Tables that others fill, on PostgreSQL and MariaDB: taken once each, marked after the broker, answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from credit.store.engine import reading
from credit.store.frontends import find_sources
from credit.store.queries.ledger import read_ledger
from schemas.errors import ConfigurationError
from tests import fronts
from tests.builders import POLICE, rows
from tests.fronts import SAID, TABLE, Front, local, number, penalty, plan, take_in, working
from tests.servers import MariaDB, Postgres
from workers.broker import BrokerLost, Fate, Outgoing
from workers.cli import app
from workers.doctor import frontends as doctor
from workers.doctor.finding import Verdict
from workers.frontend import incoming
from workers.frontend.database import Database, FrontendTrouble, TableUnfit
from workers.frontend.incoming import Post
from workers.frontend.worker import Frontend
from workers.runtime import Runtime

pytestmark = [pytest.mark.servers, pytest.mark.long(seconds=30)]
NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
RIGHT = "91410481MA9K2F7Q0R"
WRONG = "91410481MA9K2F7Q0X"
"""A code whose check digit is wrong."""


def outcomes(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(runtime, "SELECT outcome, count(*) FROM message GROUP BY outcome ORDER BY outcome")


def test_a_row_is_taken_once_and_told_what_became_of_it(runtime: Runtime, front: Front) -> None:
    front.fill(*map(penalty, range(1, 4)))
    with working(runtime, front) as frontend:
        assert frontend.step() == 3
        assert front.column("STATE") == ["1", "1", "1"]
        assert front.column("OPER_TIME") == [local(2026, 6, 1, 12, 0)] * 3
        assert front.column("RESULT_CODE") == [None] * 3
        take_in(runtime)
        assert frontend.step() == 3
        assert frontend.step() == 0
    assert outcomes(runtime) == [("applied", 3)]
    assert front.column("RESULT_CODE") == ["0000"] * 3
    assert front.column("RESULT_TEXT") == ["已受理"] * 3
    [(on, at)] = rows(
        runtime, "SELECT occurred_on, event_time FROM record WHERE document_no = :number", number=number(2)
    )
    assert str(on) == "2026-05-18"
    assert str(at).startswith("2026-05-20 01:30:00")


def test_a_record_leads_to_front_end_table_and_row(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1))
    with working(runtime, front) as frontend:
        frontend.step()
        take_in(runtime)
    [(key,)] = rows(runtime, "SELECT stated_by FROM record")
    with reading(runtime.engine) as connection:
        found = find_sources(connection, [key])[key]
    assert (found.frontend, found.table_name, found.row) == ("county", TABLE, f'["{number(1)}"]')
    told = CliRunner().invoke(app, ["subject", "91410481MA9K2F7Q0R", "--explain", "--home", str(runtime.settings.home)])
    assert f"来自前置库county，表{TABLE}主键{number(1)}" in re.sub(r"[\s│]", "", told.output)


def test_a_row_that_its_sender_may_not_send_says_so_until_it_may(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1))
    said = plan().model_copy(update={"sender": POLICE.code})
    with working(runtime, front, said) as frontend:
        frontend.step()
        take_in(runtime)
        assert frontend.step() == 1
        assert frontend.step() == 0
    assert front.row(1)["RESULT_CODE"] == "sender.unknown"


def test_more_than_a_lot_is_taken_in_one_step(runtime: Runtime, front: Front) -> None:
    front.fill(*map(penalty, range(1, 206)))
    with working(runtime, front) as frontend:
        assert frontend.step() == 205
        take_in(runtime)
        assert frontend.step() == 205
    assert set(front.column("RESULT_CODE")) == {"0000"}


def test_a_row_that_is_set_to_new_unchanged_is_the_same_message(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1))
    with working(runtime, front) as frontend:
        frontend.step()
        take_in(runtime)
        frontend.step()
        front.change(1, OPER_TIME=local(2026, 5, 30))
        assert frontend.step() == 2  # taken, and told what became of it
        take_in(runtime)
        assert frontend.step() == 0
    assert outcomes(runtime) == [("applied", 1)]
    assert rows(runtime, "SELECT repeats FROM message") == [(1,)]
    assert front.row(1)["STATE"] == "1"


def test_rows_of_a_table_that_is_loaded_anew_are_told_what_became_of_them(runtime: Runtime, front: Front) -> None:
    good, parked = penalty(1), penalty(2, CF_FR=None)
    with working(runtime, front) as frontend:
        for _ in range(2):
            front.fill(good, parked)
            frontend.step()
            take_in(runtime)
            frontend.step()
            assert front.column("RESULT_CODE") == ["0000", "item.conditional"]
            front.table.drop(front.engine)
            front.make()
    assert rows(runtime, "SELECT count(*) FROM message") == [(2,)]


def test_a_corrected_row_supersedes_and_so_does_its_way_back(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1))
    with working(runtime, front) as frontend:
        for fine in ("0.2", "0.3", "0.2"):
            front.change(1, CF_NR_FK=fine)
            frontend.step()
            take_in(runtime)
            frontend.step()
            assert rows(runtime, "SELECT disputed FROM record") == [(False,)]
    assert outcomes(runtime) == [("applied", 3)]
    assert rows(runtime, "SELECT revision FROM record") == [(3,)]
    assert front.row(1)["RESULT_TEXT"] == "已受理"


def test_a_row_of_a_withdrawn_decision_withdraws_it(runtime: Runtime, front: Front) -> None:
    front.make("withzt", sa.Column("CF_ZT", sa.Integer), sa.Column("SJC", sa.DateTime))
    front.fill(penalty(1, CF_ZT=0, SJC=local(2026, 5, 20)))
    with working(runtime, front, plan(table="withzt")) as frontend:
        frontend.step()
        take_in(runtime)
        front.change(1, CF_ZT=1, SJC=local(2026, 5, 28))
        frontend.step()
        take_in(runtime)
    assert rows(runtime, "SELECT state FROM record") == [("withdrawn",)]


def test_a_parked_row_says_why_and_later_that_its_correction_was_taken(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1, CF_XDR_SHXYM="91410481MA9K2F7Q0X"))
    said = plan({**SAID, "state": {"column": "STATE", "parked": "2"}})
    with working(runtime, front, said) as frontend:
        frontend.step()
        take_in(runtime)
        frontend.step()
        parked = front.row(1)
        assert (parked["STATE"], parked["RESULT_CODE"]) == ("2", "uscc.check_digit")
        assert parked["RESULT_TEXT"]
        front.change(1, CF_XDR_SHXYM="91410481MA9K2F7Q0R")
        frontend.step()
        take_in(runtime)
        frontend.step()
    assert front.row(1)["STATE"] == "1"
    assert front.row(1)["RESULT_CODE"] == "0000"


CLOSED = """SELECT message.message_key, closed_as, closed_by, note FROM parked
    JOIN message ON message.message_key = parked.message_key
    LEFT JOIN parked_event ON parked_event.parked_id = parked.parked_id"""


@pytest.mark.parametrize("verdict", [SAID["verdict"], None], ids=["told", "untold"])
def test_the_parked_message_of_a_corrected_row_is_closed(
    runtime: Runtime, front: Front, verdict: dict[str, str] | None
) -> None:
    front.fill(penalty(1, CF_XDR_SHXYM=WRONG), penalty(2, CF_XDR_SHXYM=WRONG))
    with working(runtime, front, plan({**SAID, "verdict": verdict})) as frontend:
        frontend.step()
        take_in(runtime)
        frontend.step()
        front.change(1, CF_XDR_SHXYM=RIGHT)
        frontend.step()
        take_in(runtime)
        frontend.step()
        assert frontend.step() == 0
    assert front.column("RESULT_CODE") == (["0000", "uscc.check_digit"] if verdict else [None, None])
    closed = [row[1:] for row in rows(runtime, CLOSED) if row[1] is not None]
    assert closed == [("discarded", "前置库“county”表“frxzcf”", "由前置库“county”表“frxzcf”中更正的行取代")]
    with reading(runtime.engine) as connection:
        books = read_ledger(connection)
    assert (books.received, books.applied, books.discarded, books.parked, books.balanced) == (3, 1, 1, 2, True)


def test_what_is_parked_after_its_row_was_corrected_is_closed_too(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1, CF_XDR_SHXYM=WRONG))
    with working(runtime, front) as frontend:
        frontend.step()
        front.change(1, CF_XDR_SHXYM=WRONG[:-1] + "Y")
        frontend.step()
        front.change(1, CF_XDR_SHXYM=RIGHT)
        frontend.step()
        take_in(runtime)
        frontend.step()
    assert [row[1] for row in rows(runtime, CLOSED)] == ["discarded", "discarded"]
    assert front.row(1)["RESULT_CODE"] == "0000"


def test_a_row_that_was_not_let_in_and_is_corrected_leaves_nothing_open(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1))
    said = plan().model_copy(update={"sender": POLICE.code})
    with working(runtime, front, said) as frontend:
        frontend.step()
        take_in(runtime)
        frontend.step()
    with working(runtime, front) as frontend:
        front.change(1, CF_NR_FK="0.3")
        frontend.step()
        take_in(runtime)
        frontend.step()
    assert [row[1] for row in rows(runtime, CLOSED)] == ["discarded"]
    assert front.row(1)["RESULT_CODE"] == "0000"


def test_a_parked_message_of_another_row_stays_open(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1, CF_XDR_SHXYM=WRONG))
    with working(runtime, front) as frontend:
        frontend.step()
        take_in(runtime)
        front.fill(penalty(2))
        front.change(1, CF_XDR_SHXYM=WRONG)  # set to new, and not corrected
        frontend.step()
        take_in(runtime)
        frontend.step()
    assert [row[1] for row in rows(runtime, CLOSED)] == [None]


def make_texts(front: Front) -> None:
    """A table whose columns are all of texts, with room for all that is to be said."""
    texts = ("CF_JDRQ", "CF_NR_FK", "RESULT_TEXT")
    front.make("texts", *(sa.Column(name, sa.String(400)) for name in texts), leave_out=frozenset(texts))


def test_values_are_read_as_the_cells_of_a_sheet_and_that_is_said(runtime: Runtime, front: Front) -> None:
    make_texts(front)
    changes: tuple[dict[str, Any], ...] = (
        {"CF_JDRQ": "2026-05-18", "CF_XDR_SHXYM": "９１410481ＭＡ9K2F7Q0R"},
        {"CF_JDRQ": "二〇二六年五月十八日", "CF_NR_FK": "2,000元", "REMARK": "无"},
        {"CF_JDRQ": "46160"},
        {"CF_JDRQ": "2026-05-18", "CF_XDR_SHXYM": "9.14105E+17"},
        {"CF_JDRQ": "2026-05-18"},
        {"CF_JDRQ": "2026-05-18", "CF_SY": "／"},
    )
    for of, changed in enumerate(changes, start=1):
        front.fill(penalty(of, **changed))
    with working(runtime, front, plan(table="texts")) as frontend:
        assert frontend.step() == 6
        take_in(runtime)
        frontend.step()
    assert front.column("STATE") == ["1", "1", "2", "2", "1", "2"]
    assert front.column("RESULT_CODE")[:5] == ["0000", "0000", "cell.date_unclear", "number.as_float", "0000"]
    assert front.column("RESULT_CODE")[5] == "cell.void"
    wide, chinese, serial, lost, plain, filler = front.column("RESULT_TEXT")
    assert wide == "已受理。“统一社会信用代码”列：「９１410481ＭＡ9K2F7Q0R」读作「91410481MA9K2F7Q0R」。"
    for said in ("「二〇二六年五月十八日」读作「2026-05-18」", "「2,000元」换算为 0.2 万元", "“备注”列：「无」视为空"):
        assert said in chinese
    assert serial.startswith("“处罚决定日期”列：「46160」可能是日期的序号")
    assert serial.endswith("请写作 2026-01-05；长期有效的写“长期”。")
    assert lost.startswith("“统一社会信用代码”列：号码以数字格式保存")
    assert plain == "已受理"
    assert filler == "“处罚事由”列：「／」只是占位文字。必填项不得填“无”“/”等占位文字，请填写实际内容。"
    found = rows(runtime, "SELECT DISTINCT occurred_on FROM record")
    assert [str(day) for (day,) in found] == ["2026-05-18"]


def test_a_parked_row_names_the_item(runtime: Runtime, front: Front) -> None:
    make_texts(front)
    front.fill(penalty(1, CF_JDRQ="2026-05-18", CF_XDR_SHXYM=WRONG), penalty(2, CF_JDRQ="2026年13月1日"))
    with working(runtime, front, plan(table="texts")) as frontend:
        frontend.step()
        take_in(runtime)
        frontend.step()
    assert [text.partition("：")[0] for text in front.column("RESULT_TEXT")] == [
        "“统一社会信用代码”列",
        "“处罚决定日期”列",
    ]


def test_a_row_that_changed_meanwhile_is_not_told_of_the_former_one(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1))
    with working(runtime, front) as frontend:
        frontend.step()
        take_in(runtime)
        front.change(1, CF_NR_FK="0.5")
        incoming = frontend._find(TABLE)  # its verdicts alone
        assert incoming.tell() == 1
    assert front.row(1)["STATE"] == "0"
    assert front.row(1)["RESULT_CODE"] is None


HOSTILE: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"CF_XDR_MC": "x'); DROP TABLE frxzcf; --"}, "1", "0000"),
    ({"CF_SY": "\\' %s %(x)s :name {0}"}, "1", "0000"),
    ({"CF_XDR_MC": "安康\x1b[2J诊所"}, "1", "text.forbidden_chara"),
    ({"CF_XDR_MC": "安康\u202e诊所"}, "1", "text.forbidden_chara"),
    ({"CF_XDR_MC": "𠮷康诊所", "CF_XDR_SHXYM": "92410481MA9TK8C741"}, "1", "0000"),
    ({"CF_SY": "查" * 3_500_000}, "2", "message.too_large"),
    ({"CF_JDRQ": None}, "1", "item.missing"),
    ({"CF_XZJG": "某某机关"}, "2", "item.missing"),
)


def test_whatever_a_row_holds_it_is_taken_or_refused_and_holds_up_no_other(runtime: Runtime, front: Front) -> None:
    front.fill(*(penalty(of, **changes) for of, (changes, _, _) in enumerate(HOSTILE, start=1)))
    front.fill(penalty(9))
    with working(runtime, front) as frontend:
        assert frontend.step() == 9
        take_in(runtime)
        frontend.step()
    assert front.column("STATE") == [*(state for _, state, _ in HOSTILE), "1"]
    assert front.column("RESULT_CODE") == [*(code for _, _, code in HOSTILE), "0000"]
    assert all(front.column("RESULT_TEXT"))


def test_long_rows_are_taken_in_smaller_lots(runtime: Runtime, front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "LOT_BYTES", incoming.LOT_BYTES // 100)
    front.fill(*(penalty(of, CF_SY="查" * 15_000) for of in range(1, 46)))
    with working(runtime, front) as frontend:
        assert frontend._find(TABLE).take() == 20
        assert frontend.step() == 25


def test_a_nul_in_a_text_is_no_trouble(runtime: Runtime, mariadb: MariaDB) -> None:
    mariadb.start()
    front = Front(mariadb.create_database("with_nul"))
    front.fill(penalty(1, CF_SY="检查\0发现"))
    with working(runtime, front) as frontend:
        frontend.step()
        take_in(runtime)
        frontend.step()
    assert front.row(1)["STATE"] == "2"
    assert front.row(1)["RESULT_CODE"] == "text.forbidden_character"[:20]
    front.close()
    mariadb.drop_database("with_nul")


@pytest.mark.parametrize("charset", ["latin1", "gbk"])
def test_columns_of_other_character_sets(runtime: Runtime, mariadb: MariaDB, charset: str) -> None:
    mariadb.start()
    front = Front(mariadb.create_database(f"in_{charset}"))
    with front.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {TABLE} MODIFY RESULT_TEXT varchar(60) CHARACTER SET {charset}"))
        connection.execute(sa.text(f"ALTER TABLE {TABLE} MODIFY CF_XDR_MC varchar(200) CHARACTER SET gbk"))
    front.fill(penalty(1), penalty(2, CF_XZJG="某某机关"))
    with working(runtime, front) as frontend:
        frontend.step()
        take_in(runtime)
        frontend.step()
    assert front.column("STATE") == ["1", "2"]
    assert [bool(text) for text in front.column("RESULT_TEXT")] == [charset == "gbk"] * 2
    assert rows(runtime, "SELECT name FROM subject") == [("舞钢安康诊所",)]
    front.close()
    mariadb.drop_database(f"in_{charset}")


def test_a_table_without_a_column_waits_until_it_is_there_and_holds_up_no_other(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1))
    good = front.table
    front.make("lacking", leave_out=frozenset({"CF_YJ", "RESULT_CODE"}))
    front.fill({key: value for key, value in penalty(2).items() if key != "CF_YJ"})
    said = fronts.plan(tables={"lacking": SAID, TABLE: SAID})
    with working(runtime, front, said) as frontend:
        with pytest.raises(TableUnfit, match="table lacking: lacks RESULT_CODE, CF_YJ"):
            frontend.step()
        front.table, lacking = good, front.table
        assert front.column("STATE") == ["1"]
        with front.engine.begin() as connection:
            for column in ("CF_YJ", "RESULT_CODE"):
                quoted = front.engine.dialect.identifier_preparer.quote(column)
                connection.execute(sa.text(f"ALTER TABLE lacking ADD {quoted} varchar(200)"))
        assert frontend.step() == 1
        front.table = lacking
        assert front.column("STATE") == ["1"]


def test_a_table_that_is_not_there(runtime: Runtime, front: Front) -> None:
    with (
        working(runtime, front, plan(table="xzcf; DROP")) as frontend,
        pytest.raises(TableUnfit, match="xzcf; DROP: is not there"),
    ):
        frontend.step()


def test_a_key_that_names_several_rows_marks_none(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1), penalty(2))
    with working(runtime, front, plan({**SAID, "key": ["CF_XDR_MC"]})) as frontend:
        with pytest.raises(TableUnfit, match="several rows have the same CF_XDR_MC"):
            frontend.step()
        front.say({"STATE": "9"}, 2)
        front.say({"CF_XDR_MC": "另一家"}, 2)
        assert frontend.step() == 1
    assert front.column("STATE") == ["1", "9"]


def test_a_key_of_several_columns(runtime: Runtime, front: Front) -> None:
    front.fill(*map(penalty, range(1, 4)))
    with working(runtime, front, plan({**SAID, "key": ["CF_JDRQ", "CF_WSH"]})) as frontend:
        assert frontend.step() == 3
        take_in(runtime)
        assert frontend.step() == 3
    assert front.column("RESULT_CODE") == ["0000"] * 3


def test_rows_without_a_whole_key_are_refused_and_hold_up_no_other(runtime: Runtime, front: Front) -> None:
    front.fill(penalty(1), penalty(2, CF_XDR_MC=None), penalty(3, CF_XDR_MC=None))
    with working(runtime, front, plan({**SAID, "key": ["CF_WSH", "CF_XDR_MC"]})) as frontend:
        assert frontend.step() == 3
        take_in(runtime)
        assert frontend.step() == 1
        said = "CF_WSH、CF_XDR_MC 用来辨认各行，均不能为空，请填写后重新提交。"
        assert front.column("STATE") == ["1", "2", "2"]
        assert front.column("RESULT_CODE") == ["0000", "item.missing", "item.missing"]
        assert front.column("RESULT_TEXT") == ["已受理", said, said]
        assert front.row(2)["OPER_TIME"] == local(2026, 6, 1, 12, 0)
        front.change(2, CF_XDR_MC="舞钢安康诊所", STATE="0")
        assert frontend.step() == 1
        take_in(runtime)
        assert frontend.step() == 1
    assert front.column("RESULT_CODE") == ["0000", "0000", "item.missing"]


class Hand:
    """A publisher that does something at a moment of the way."""

    def __init__(self, frontend: Frontend) -> None:
        self.inner = frontend.post.publisher

    def publish(self, batch: Sequence[Outgoing], deadline_seconds: float, under_way: int = 0) -> dict[str, Fate]:
        return self.inner.publish(batch, deadline_seconds, under_way)

    def idle(self, seconds: float) -> None:
        self.inner.idle(seconds)

    def close(self) -> None:
        """The one within is closed by whoever opened it."""


def hold(frontend: Frontend, hand: Hand) -> None:
    frontend.post = Post(hand, frontend.post.address)
    frontend._incoming.clear()


def test_what_was_published_and_not_marked_is_the_same_message_again(runtime: Runtime, front: Front) -> None:
    front.fill(*map(penalty, range(1, 6)))

    class Dying(Hand):
        def publish(self, batch: Sequence[Outgoing], deadline_seconds: float, under_way: int = 0) -> dict[str, Fate]:
            super().publish(batch, deadline_seconds, under_way)
            raise BrokerLost("after all was published")

    with working(runtime, front) as frontend:
        hold(frontend, Dying(frontend))
        with pytest.raises(BrokerLost):
            frontend.step()
        assert front.column("STATE") == ["0"] * 5
    later = replace(runtime, clock=lambda: datetime(2026, 6, 2, tzinfo=UTC))
    with working(later, front) as frontend:
        assert frontend.step() == 5
    take_in(runtime)
    assert outcomes(runtime) == [("applied", 5)]
    assert rows(runtime, "SELECT repeats FROM message") == [(1,)] * 5


def test_what_the_broker_does_not_take_stays_new(runtime: Runtime, front: Front) -> None:
    front.fill(*map(penalty, range(1, 4)))

    class Full(Hand):
        def publish(self, batch: Sequence[Outgoing], deadline_seconds: float, under_way: int = 0) -> dict[str, Fate]:
            taken = super().publish(batch[:1], deadline_seconds, under_way)
            return taken | {each.message_id: Fate.REFUSED for each in batch[1:]}

    with working(runtime, front) as frontend:
        hold(frontend, Full(frontend))
        with pytest.raises(Exception, match="2 messages were refused by the broker"):
            frontend.step()
    assert sorted(front.column("STATE")) == ["0", "0", "1"]


def test_two_workers_at_once_take_each_row_once_and_sources_are_not_held_up(runtime: Runtime, front: Front) -> None:
    front.fill(*map(penalty, range(1, 401)))

    class Slow(Hand):
        """While it publishes, another worker takes what is left, and the source goes on."""

        def publish(self, batch: Sequence[Outgoing], deadline_seconds: float, under_way: int = 0) -> dict[str, Fate]:
            with working(runtime, front) as other:
                taken.append(other.step())
            front.fill(penalty(1000))
            front.say({"REMARK": "x"}, 1000)
            frontend.post = post
            frontend._incoming.clear()
            return super().publish(batch, deadline_seconds, under_way)

    taken: list[int] = []
    with working(runtime, front) as frontend:
        post = frontend.post
        hold(frontend, Slow(frontend))
        assert frontend._find(TABLE).take() == 200
        assert taken == [200]
        assert frontend.step() == 1
    take_in(runtime)
    assert outcomes(runtime) == [("applied", 401)]
    assert rows(runtime, "SELECT sum(repeats) FROM message") == [(0,)]


def test_a_database_that_goes_away_for_a_while_is_waited_out(
    runtime: Runtime, front: Front, request: pytest.FixtureRequest
) -> None:
    server: Postgres | MariaDB = request.getfixturevalue(request.node.callspec.params["front"])
    front.fill(penalty(1))
    with working(runtime, front) as frontend:
        frontend.step()
        server.kill9()
        with pytest.raises(FrontendTrouble) as caught:
            frontend.step()
        assert "xinglin" not in str(caught.value) or "@" not in str(caught.value)
        server.start()
        front.engine.dispose()
        front.fill(penalty(2))
        assert frontend.step() == 1
    assert front.column("STATE") == ["1", "1"]


def test_the_doctor_says_which_databases_and_tables_cannot_be_used(runtime: Runtime, front: Front) -> None:
    said = fronts.plan(tables={"nowhere": SAID, TABLE: SAID})
    routes = replace(runtime.reader.routes, frontends={"county": said})
    found = {each.check: each for each in doctor.examine(routes, {fronts.VARIABLE: front.url})}
    assert [each.verdict for each in found.values()] == [Verdict.OK, Verdict.WARNING, Verdict.WARNING]
    assert found["frontend.tables"].found == "front-end county, table nowhere: is not there, or the user may not see it"
    assert found["frontend.indexes"].found == f"no index begins with the state column: front-end county, table {TABLE}"
    sa.Index("by_state", front.table.c["STATE"], front.table.c["CF_WSH"]).create(front.engine)
    found = {each.check: each for each in doctor.examine(routes, {fronts.VARIABLE: front.url})}
    assert found["frontend.indexes"].verdict is Verdict.OK
    found = {each.check: each for each in doctor.examine(routes, {})}
    assert found["frontend.reachable"].found.startswith(f"front-end county: {fronts.VARIABLE} is not set")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is not set"),
        ("nonsense", "cannot be read"),
        ("mariadb+nodriver://u:secret@h/d", "the driver is not installed"),
        ("oracle+oracledb://u:secret@h/d", "the driver is not installed"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        Database("county", plan(), {fronts.VARIABLE: url})
    assert "secret" not in str(caught.value)
