"""Tables that we fill, on PostgreSQL and MariaDB: each row once, as its reader is to see it, and its answer back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from credit.store import carried as carried_rows
from credit.store.engine import writing
from schemas.errors import TransientError
from schemas.states import FeedKind, Operation
from tests import fronts
from tests.builders import rows
from tests.fronts import PENALTIES, TABLE, VARIABLE, WITHOUT, Front, local, number, take_in, working
from workers.frontend.database import Database
from workers.frontend.outgoing import TableDestination
from workers.lots import CarriedRow
from workers.runtime import Runtime

pytestmark = pytest.mark.servers
NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
SAID: dict[str, Any] = {
    "template": PENALTIES,
    "key": ["CF_WSH"],
    "state": {"column": "STATE"},
    "operated": "OPER_TIME",
    "verdict": {"code": "RESULT_CODE", "text": "RESULT_TEXT"},
    "columns": {"BZ": "REMARK"},
    "without": WITHOUT,
}
MARKED = SAID | {"withdrawn": {"column": "REMARK", "value": "撤销", "otherwise": "正常"}}


def carried(of: int, version: int = 1, operation: Operation = Operation.PUBLISH, **items: str) -> CarriedRow:
    said = {
        "CF_WSH": number(of),
        "CF_XDR_MC": "舞钢安康诊所",
        "CF_XDR_SHXYM": "91410481MA9K2F7Q0R",
        "CF_JDRQ": "2026/05/18",
        "CF_NR_FK": "0.200000",
        "CF_YJ": "《医疗机构管理条例》第四十七条",
    }
    return CarriedRow(
        message_id=f"row{of}:{version}",
        row_id=f"row{of}",
        version=version,
        feed="credit-china",
        generation="V2016",
        kind=FeedKind.PENALTY,
        template=PENALTIES,
        parties="organisation",
        operation=operation,
        items=said | items,
        at=NOW,
    )


class Filled:
    """A destination, and the worker that brings answers back."""

    def __init__(self, runtime: Runtime, front: Front) -> None:
        self.runtime, self.front = runtime, front
        self.use(SAID)

    def use(self, said: dict[str, Any], table: str = TABLE) -> None:
        """Let routing.yaml say something else of the table."""
        self.plan = fronts.plan({}, outgoing={table: said})
        self.database = Database("county", self.plan, {VARIABLE: self.front.url})
        self.destination = TableDestination(self.database, self.runtime.engine, fronts.templates(), self.runtime.clock)

    def deliver(self, *given: CarriedRow) -> None:
        self.destination.deliver(given)

    def keep(self, *given: CarriedRow) -> None:
        """Let the archive know of what was delivered, as a carrier does."""
        with writing(self.runtime.engine) as connection:
            carried_rows.keep(connection, [row.keep(NOW) for row in given])

    def retract(self, *given: CarriedRow) -> None:
        self.destination.retract(given)

    def collect(self) -> int:
        with working(self.runtime, self.front, self.plan) as frontend:
            dealt = frontend.step()
        take_in(self.runtime)
        return dealt


@pytest.fixture
def filled(runtime: Runtime, front: Front) -> Iterator[Filled]:
    made = Filled(runtime, front)
    yield made
    made.database.close()


def answers(runtime: Runtime) -> Sequence[tuple[Any, ...]]:
    asked = "SELECT row_id, version, answer_code, answer_text, told FROM frontend_sent ORDER BY row_id"
    return [(*found[:4], bool(found[4])) for found in rows(runtime, asked)]


def test_rows_are_put_in_new_for_their_reader(filled: Filled, front: Front) -> None:
    filled.deliver(*map(carried, range(1, 4)))
    assert front.column("STATE") == ["0"] * 3
    found = front.row(2)
    assert found["CF_JDRQ"] == local(2026, 5, 18)
    assert str(found["CF_NR_FK"]) == "0.200000"
    assert found["OPER_TIME"] == local(2026, 6, 1, 12)
    assert found["CF_SY"] is None


def test_what_is_delivered_again_is_left_to_its_reader(filled: Filled, front: Front) -> None:
    filled.deliver(carried(1), carried(2))
    front.say({"STATE": "1"}, 1)
    filled.deliver(carried(1), carried(2))
    assert front.column("STATE") == ["1", "0"]


def test_a_later_version_is_new_again_and_an_earlier_one_changes_nothing(filled: Filled, front: Front) -> None:
    filled.deliver(carried(1))
    front.say({"STATE": "1", "RESULT_CODE": "0000", "RESULT_TEXT": "成功"}, 1)
    filled.deliver(carried(1, 2, Operation.UPDATE, CF_NR_FK="0.300000"))
    found = front.row(1)
    assert (found["STATE"], found["RESULT_CODE"], str(found["CF_NR_FK"])) == ("0", None, "0.300000")
    filled.deliver(carried(1))
    assert str(front.row(1)["CF_NR_FK"]) == "0.300000"


def test_a_row_that_was_claimed_and_not_written_is_written(filled: Filled, front: Front) -> None:
    filled.deliver(carried(1), carried(2))
    with front.engine.begin() as connection:
        connection.execute(front.table.delete().where(front.is_row(1)))
    filled.deliver(carried(1))
    assert front.column("STATE") == ["0", "0"]


def test_a_withdrawn_row_is_deleted_and_that_is_its_answer(filled: Filled, runtime: Runtime, front: Front) -> None:
    filled.deliver(carried(1), carried(2))
    filled.deliver(carried(1, 2, Operation.WITHDRAW), carried(3, 2, Operation.WITHDRAW))
    assert front.column("CF_WSH") == [number(2)]
    assert filled.collect() == 2
    assert answers(runtime) == [
        ("row1", 2, "0000", None, True),
        ("row2", 1, None, None, False),
        ("row3", 2, "0000", None, True),
    ]


def test_a_withdrawn_row_is_marked_where_the_table_has_a_column_for_it(filled: Filled, front: Front) -> None:
    filled.use(MARKED)
    filled.deliver(carried(1))
    front.say({"STATE": "1"}, 1)
    assert front.row(1)["REMARK"] == "正常"
    filled.deliver(carried(1, 2, Operation.WITHDRAW))
    assert (front.row(1)["REMARK"], front.row(1)["STATE"]) == ("撤销", "0")
    front.say({"STATE": "1"}, 1)
    filled.deliver(carried(1, 2, Operation.WITHDRAW))
    assert front.row(1)["STATE"] == "1"
    filled.deliver(carried(1, 3))
    assert (front.row(1)["REMARK"], front.row(1)["STATE"]) == ("正常", "0")


def test_answers_come_back_once_as_results_of_the_feed(filled: Filled, runtime: Runtime, front: Front) -> None:
    filled.deliver(*map(carried, range(1, 6)))
    front.say({"STATE": "1", "RESULT_CODE": "0000", "RESULT_TEXT": "成功"}, 1)
    front.say({"STATE": "2", "RESULT_CODE": "E07", "RESULT_TEXT": "代码有误"}, 2)
    front.say({"STATE": "2"}, 3)
    front.say({"STATE": "1"}, 4)  # taken, and not judged yet
    assert filled.collect() == 3
    assert filled.collect() == 0
    assert answers(runtime) == [
        ("row1", 1, "0000", "成功", True),
        ("row2", 1, "E07", "代码有误", True),
        ("row3", 1, "refused", None, True),
        ("row4", 1, None, None, False),
        ("row5", 1, None, None, False),
    ]
    # Results of rows that the archive does not have: taken in, and parked by that.
    [(came,)] = rows(runtime, "SELECT count(*) FROM message WHERE type = 'credit.feed.result.v1'")
    assert came == 3
    front.say({"RESULT_CODE": "0000"}, 4)
    assert filled.collect() == 1


def test_a_template_without_a_table_is_waited_for(filled: Filled) -> None:
    with pytest.raises(TransientError, match="has no table for penalty-v2018-person: add one under outgoing"):
        filled.deliver(replace(carried(1), template="penalty-v2018-person"))


def test_a_text_that_is_too_long_is_cut(filled: Filled, front: Front) -> None:
    filled.deliver(carried(1, CF_YJ="依" * 2001))
    assert front.row(1)["CF_YJ"] == "依" * 2000


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("CF_WSH", f"{number(2)}{'附' * 100}"),  # cut, it would be the number of every such decision
        ("CF_XDR_MC", "诊" * 201),
        ("CF_XDR_SHXYM", "91410481MA9K2F7Q0R999"),
        ("CF_NR_FK", "0.0000001"),
    ],
)
def test_no_part_is_written_of_what_would_be_something_else(
    filled: Filled, runtime: Runtime, front: Front, column: str, text: str
) -> None:
    row = carried(2)
    filled.deliver(carried(1), replace(row, items={**row.items, column: text}))
    assert front.column("CF_WSH") == [number(1)]
    assert filled.collect() == 1
    waits, refused = answers(runtime)
    assert waits == ("row1", 1, None, None, False)
    assert refused == ("row2", 1, "not_written", f"未写入表 frxzcf：列{column}容不下该项内容，截短会改变含义", True)


def test_a_row_without_a_whole_key_is_not_written(filled: Filled, runtime: Runtime, front: Front) -> None:
    filled.use(SAID | {"key": ["CF_WSH", "CF_XDR_SHXYM"]})
    filled.deliver(carried(1, CF_XDR_SHXYM=""), carried(2))
    assert front.column("CF_WSH") == [number(2)]
    assert filled.collect() == 1
    says = "未写入表 frxzcf：列CF_XDR_SHXYM用来辨认各行，不能为空"
    assert answers(runtime)[0] == ("row1", 1, "not_written", says, True)


def test_a_row_that_the_database_refuses_holds_up_no_other(filled: Filled, runtime: Runtime, front: Front) -> None:
    front.make("strict", sa.Column("CF_BM", sa.Date))
    filled.use(SAID | {"without": [code for code in WITHOUT if code != "CF_BM"]}, "strict")
    filled.deliver(carried(1, CF_BM="2026/05/18"), carried(2, CF_BM="择日"), carried(3))
    assert front.column("CF_WSH") == [number(1), number(3)]
    assert filled.collect() == 1
    says = "未写入表 strict：数据库不收该行，请核对表的字符集、非空和取值范围"
    assert answers(runtime)[1] == ("row2", 1, "not_written", says, True)
    filled.deliver(carried(2, 2, CF_BM="2026/05/19"))
    assert front.column("CF_WSH") == [number(1), number(2), number(3)]


def test_a_withdrawal_of_a_row_that_its_reader_took_away_is_put_in_with_its_mark(filled: Filled, front: Front) -> None:
    filled.use(MARKED)
    filled.deliver(carried(1), carried(2))
    with front.engine.begin() as connection:
        connection.execute(front.table.delete().where(front.is_row(1)))
    filled.deliver(carried(1, 2, Operation.WITHDRAW), carried(2, 2, Operation.WITHDRAW))
    assert front.column("REMARK") == ["撤销", "撤销"]
    assert front.column("STATE") == ["0", "0"]


def test_what_is_taken_away_to_stand_elsewhere_is_answered_by_nobody(filled: Filled, front: Front) -> None:
    filled.use(MARKED)
    filled.deliver(carried(1), carried(2))
    filled.retract(carried(1, 1, Operation.WITHDRAW))
    front.say({"STATE": "1", "RESULT_CODE": "0000"}, 1)
    filled.retract(carried(1, 1, Operation.WITHDRAW))  # once more, after a crash
    assert (front.column("REMARK"), front.column("STATE")) == (["撤销", "正常"], ["1", "0"])
    assert filled.collect() == 0


@pytest.mark.parametrize("together", [True, False], ids=["in one lot", "one after the other"])
def test_of_two_rows_with_one_key_neither_takes_the_place_of_the_other(
    filled: Filled, runtime: Runtime, front: Front, *, together: bool
) -> None:
    """Two parties of one decision, where only its number is the key."""
    first, second = carried(1, CF_XDR_MC="甲店"), replace(carried(1, CF_XDR_MC="乙店"), row_id="row2")
    for lot in [[first, second]] if together else [[first], [second]]:
        filled.deliver(*lot)
        filled.keep(*lot)
    assert front.column("CF_XDR_MC") == ["甲店"]
    assert filled.collect() == 1
    says = "未写入表 frxzcf：另一行的CF_WSH与该行相同，已在表中。请把能区分两行的列加入路由表的 key"
    assert answers(runtime) == [("row1", 1, None, None, False), ("row2", 1, "not_written", says, True)]

    gone = replace(second, version=2, operation=Operation.WITHDRAW)
    filled.deliver(gone)
    filled.keep(gone)
    assert front.column("CF_XDR_MC") == ["甲店"]
    assert filled.collect() == 1
    assert answers(runtime)[1] == ("row2", 2, "0000", None, True)


def test_a_key_that_a_withdrawn_row_had_is_free(filled: Filled, front: Front) -> None:
    gone = carried(1, 2, Operation.WITHDRAW)
    for row in (carried(1), gone, replace(carried(1, CF_XDR_MC="乙店"), row_id="row2")):
        filled.deliver(row)
        filled.keep(row)
    assert front.column("CF_XDR_MC") == ["乙店"]


def test_what_another_row_shows_is_not_taken_away(filled: Filled, front: Front) -> None:
    filled.deliver(carried(1))
    filled.retract(replace(carried(1, 1, Operation.WITHDRAW), row_id="other"))
    assert front.column("CF_WSH") == [number(1)]


def test_a_table_that_lacks_a_column_takes_nothing(filled: Filled, runtime: Runtime, front: Front) -> None:
    front.make("lacking", leave_out=frozenset({"CF_NR_FK", "CF_YJ"}))
    filled.use(SAID, "lacking")
    with pytest.raises(TransientError, match="table lacking: lacks CF_YJ"):
        filled.deliver(carried(1))
    assert answers(runtime) == []
