"""`xinglin slo`: whether the objectives are met."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from credit.rules import Moment
from credit.store.engine import reading
from credit.store.outbox import KEPT
from credit.store.queries.slo import measure
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.runtime import SHANGHAI, wall_clock
from workers.show.slo import show_slo

Since = Annotated[
    datetime | None,
    typer.Option(
        "--since",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help=f"自该日起统计，如 2026-06-01；默认最近 {KEPT.days} 日，此前已发出的消息不再留存。",
        show_default=False,
    ),
]


def slo(since: Since = None, home: Home = None, as_json: AsJson = False) -> None:
    """服务目标：各项目标值、实际值、合格与不合格件数。"""
    now = wall_clock()
    today = now.astimezone(SHANGHAI).date()
    begin = since.date() if since is not None else today - timedelta(days=KEPT.days)
    with looking(home) as opened, reading(opened.engine) as connection:
        found = measure(connection, begin, Moment(now, today))
    if as_json:
        print_json(
            [
                {
                    "objective": each.objective,
                    "target": each.target,
                    "measured": each.share,
                    "count": each.count,
                    "good": each.good,
                    "bad": each.bad,
                    "met": each.met,
                    "since": begin,
                }
                for each in found
            ]
        )
    else:
        screen().print(show_slo(found, begin))
