"""One picture of everything that flows fits a screen of 100 columns and 30 lines, with what is amiss first."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from credit.record.rows import AlertRow, WorkerRow
from credit.store.queries.flow import Flow, Mark
from credit.telling.observation import Parked, Waiting
from credit.telling.sources import SourceSeen
from schemas.alerts import AlertKind
from schemas.states import SourceState
from tests.builders import NOON, rules
from tests.observed import observation
from workers.cli.app import app
from workers.show.names import Names
from workers.show.top import show_top
from workers.top import Picture
from workers.watching import Watched, WatchedQueue, Way

HOUR = timedelta(hours=1)
MARK = Mark(NOON, 0, 0, 0, 0)
CALM = Picture(observation(rules().at), Watched((WatchedQueue("credit.in.office", Way.IN, 0, 1),)), MARK, None)


def drawn(picture: Picture, width: int = 100) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(show_top(picture, Names(agencies={"tax": "国家税务总局舞钢市税务局"})))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def place(lines: list[str], word: str) -> int:
    return next(number for number, line in enumerate(lines) if word in line)


def worker(number: int, **more: Any) -> WorkerRow:
    row = WorkerRow(f"w{number}", "intake", f"host-{number}", 7, "0.9.0", "0014", "r", "l", NOON, NOON, NOON)
    return row._replace(**more)


def alert(number: int, kind: AlertKind, **more: Any) -> AlertRow:
    row = AlertRow(number, kind.value, "tax", kind.severity.value, NOON - HOUR, None, 1507, NOON, "详情", "[]")
    return row._replace(**more)


def busy() -> Picture:
    waiting = Waiting(1234, NOON - 3 * HOUR)
    queues = [WatchedQueue(f"notice.agency-{number}", Way.OUT, number, 0) for number in range(20)]
    queues += [WatchedQueue("notice.administrative-approval", Way.OUT, missing=True)]
    queues += [WatchedQueue("credit.in.inspection", Way.IN, 5000, 2), WatchedQueue("credit.dead", Way.DEAD, 3, 0)]
    seen = observation(
        rules().at,
        parked={
            "json.invalid": Parked(waiting, 0, waiting),
            "date.future": Parked(Waiting(6, NOON - HOUR), 0, waiting),
        },
        unsent=waiting,
        lifts_overdue={"tax": Waiting(2, NOON - HOUR), "police": Waiting(1, NOON - 30 * HOUR)},
        workers=(*(worker(n) for n in range(9)), worker(10, heard_at=NOON - HOUR), worker(11, ended_at=NOON)),
        sources=(
            *(SourceSeen(f"/s{n}", NOON, HOUR, n * HOUR, 5, SourceState.HEARD) for n in range(9)),
            SourceSeen("/licensing", NOON, HOUR, 9 * HOUR, 0, SourceState.SILENT),
        ),
        alerts=tuple(
            alert(n, kind, acknowledged_by="王芳" if n == 0 else None)
            for n, kind in enumerate((*[AlertKind.LIFT_OVERDUE] * 2, *[AlertKind.FEED_LATE] * 5, AlertKind.OUTBOX_OLD))
        ),
    )
    flow = Flow(timedelta(seconds=2), 2469, 3, 40, 22)
    return Picture(seen, Watched(tuple(queues), alarm="low on memory"), MARK, flow)


@pytest.mark.parametrize("picture", [CALM, busy()], ids=["calm", "busy"])
def test_it_fits_the_screen(picture: Picture) -> None:
    assert len(drawn(picture)) <= 30


def test_where_all_is_well_it_says_so() -> None:
    lines = drawn(CALM)
    assert place(lines, "没有未终止的提醒")
    assert "每秒" not in lines[0]


def test_what_is_amiss_comes_first_and_what_is_much_is_cut_short() -> None:
    lines = drawn(busy())
    text = "\n".join(lines)
    assert "2026-06-01 12:00:00" in lines[0]
    assert "收到 1,234.5  挂起 1.5  新增待发 20.0  发出 11.0" in lines[0]
    assert "low on memory" in text
    in_order = ["notice.administrative-approval", "credit.dead", "credit.in.inspection", "notice.agency-19", "另有 16"]
    assert [place(lines, word) for word in in_order] == sorted(place(lines, word) for word in in_order)
    assert "notice.administrative-approval  不存在" in text
    assert place(lines, "host-10") < place(lines, "host-0 ")
    assert "host-11" not in text
    assert "另有 6 个" in text
    assert place(lines, "/licensing") < place(lines, "/s0")
    assert "1,240" in lines[place(lines, "挂起的报文")]
    assert "3 小时" in lines[place(lines, "挂起的报文")]
    assert "30 小时" in lines[place(lines, "逾期未确认的解除")]
    # Pages before tickets, and what somebody has seen comes last.
    assert place(lines, "解除逾期未确认") < place(lines, "待发消息积压") < place(lines, "报送即将逾期")
    assert "王芳" not in text
    assert "国家税务总局舞钢市税务局" in text
    assert "另有 3 条" in text


def test_a_small_screen_has_the_alerts_and_the_queues() -> None:
    lines = drawn(busy(), 80)[:24]
    assert place(lines, "解除逾期未确认") < place(lines, "credit.in.inspection")
    assert place(lines, "逾期未确认的解除")


def test_a_broker_that_is_lost_is_told_and_the_rest_is_shown() -> None:
    text = "\n".join(drawn(replace(CALM, watched=Watched(lost="the broker at h:5672 is gone"))))
    assert "消息中间件无法连接：the broker at h:5672 is gone" in text.replace("\n", "")
    assert "挂起的报文" in text


def test_the_command_prints_one_picture_where_nobody_watches(tmp_path: Path) -> None:
    sample = Path(__file__).parents[3] / "connectors" / "security" / "samples" / "offence.json"
    runner, home = CliRunner(), ["--home", str(tmp_path)]
    assert runner.invoke(app, ["ingest", str(sample), *home]).exit_code == 0
    shown = runner.invoke(app, ["top", "--once", *home])
    assert shown.exit_code == 0
    assert "没有 worker 在运行" in shown.output
    assert "没有 scheduler 在运行" in shown.output  # so no alert says that all is well
    asked = runner.invoke(app, ["top", "--json", *home])
    said = json.loads(asked.stdout)
    assert {each["source"]: each["messages"] for each in said["sources"] if each["messages"]} == {"/security": 1}
    assert said["flow"] is None
    assert said["waiting"]["unsent"] == {"count": 0, "since": None}
    queue = {queue["name"]: queue for queue in said["broker"]["queues"]}["notice.finance"]
    assert queue == {"name": "notice.finance", "way": "out", "ready": 0, "consumers": None, "missing": False}
    listed = runner.invoke(app, ["sources", "--json", *home])
    assert {each["source"]: each["state"] for each in json.loads(listed.stdout)}["/security"] == "learning"
    table = runner.invoke(app, ["sources", *home])
    assert "舞钢市公安局 /partner/police" in table.output
