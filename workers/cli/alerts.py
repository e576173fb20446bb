"""`xinglin alerts`: what holds that somebody has to look at, and who has."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from credit.record.rows import AlertRow
from credit.store import alerts as following
from credit.store import roll
from credit.store.engine import reading, writing
from credit.store.queries.alerts import Filter, find_alerts
from schemas.alerts import AlertKind
from schemas.rights import Right
from workers.cli.common import (
    AsJson,
    By,
    Home,
    Why,
    acting,
    decide,
    looking,
    print_json,
    screen,
    tell,
    telling,
)
from workers.decisions.persons import Deed
from workers.runtime import wall_clock
from workers.show.alerts import UNWATCHED, show_alerts
from workers.show.style import GOOD, WAITING, plain

app = typer.Typer(help="列出提醒；由人员确认知悉。", invoke_without_command=True)

OpenOnly = Annotated[bool, typer.Option("--open", help="只列出尚未终止的提醒。")]
Number = Annotated[int, typer.Argument(metavar="编号", help="提醒编号，见 xinglin alerts。", show_default=False)]


@app.callback()
def alerts(context: typer.Context, open_only: OpenOnly = False, home: Home = None, as_json: AsJson = False) -> None:
    """列出提醒（alert）：种类、对象、数量、起止时间和知悉人；处理办法见 docs/operate.md。"""
    if context.invoked_subcommand is not None:
        return
    with looking(home) as opened:
        with reading(opened.engine) as connection:
            rows = find_alerts(connection, Filter(open_only=open_only))
            watched = any(row.kind in {"scheduler", "all"} for row in roll.at_work(connection, wall_clock()))
        names = opened.names()
    if as_json:
        print_json([_plain(row) for row in rows])
    else:
        screen().print(show_alerts(rows, names), *([] if watched else [plain(UNWATCHED, WAITING)]), sep="\n")


@app.command("acknowledge")
def acknowledge(number: Number, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """确认知悉一条提醒，留存姓名和理由。

    仅由个案引起的提醒随之终止，其余的在情形消除后终止。
    """
    with acting(home, Right.OPERATE, by, Deed("alerts acknowledge", str(number), why)) as opened:
        decision = decide(opened, by, why)
        missing = "没有这一编号的未终止提醒，用 xinglin alerts --open 查看"
        with writing(opened.engine) as connection, telling(missing):
            row = following.acknowledge(connection, number, decision)
    if as_json:
        print_json(_plain(row))
        return
    kind = AlertKind(row.kind)
    after = "个案已关闭，下一轮检查后终止" if kind.closable else "情形消除后终止"
    tell(f"✓ 提醒 {number}（{kind.word}）已由 {by} 知悉；{after}", GOOD)


def _plain(row: AlertRow) -> dict[str, Any]:
    return row._asdict() | {"sample": json.loads(row.sample), "runbook": AlertKind(row.kind).runbook}
