"""`xinglin top`: the flow live on a terminal."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live

from credit.store import roll
from schemas.errors import TransientError
from workers import top as looking_on
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.show.names import read_names
from workers.show.style import ALARM, plain
from workers.show.top import show_top
from workers.top import Picture

_EVERY_SECONDS = 2.0

Once = Annotated[bool, typer.Option("--once", help="只显示一次，不刷新。")]


def top(home: Home = None, once: Once = False, as_json: AsJson = False) -> None:
    """实时查看队列、流量、等待、后台进程、来源和提醒；按 Ctrl-C 结束。"""
    with runtime(home) as opened:
        picture = looking_on.look(opened)
        if as_json:
            print_json(_plainly(picture))
            return
        names = read_names(opened.reader.registry, opened.reader.routes, opened.reader.law)
        console = screen()
        if once or not console.is_terminal:
            console.print(show_top(picture, names))
            return
        pause = threading.Event()
        with suppress(KeyboardInterrupt), Live(console=console, screen=True, auto_refresh=False) as live:
            shown: RenderableType = show_top(picture, names)
            while True:
                live.update(shown, refresh=True)
                pause.wait(_EVERY_SECONDS)
                try:
                    picture = looking_on.look(opened, picture.mark)
                except TransientError as error:
                    # Whoever watches wants to see it come back.
                    shown = Group(plain(f"数据库无法连接：{error}", ALARM), show_top(picture, names))
                else:
                    shown = show_top(picture, names)


def _plainly(picture: Picture) -> dict[str, Any]:
    seen = picture.seen
    return {
        "at": seen.at.now,
        "flow": picture.flow,
        "broker": picture.watched,
        "waiting": {name: {"count": each.count, "since": each.since} for name, each in picture.waits().items()},
        "workers": [row._asdict() | {"at_work": roll.is_at_work(row, seen.rolled_at)} for row in seen.workers],
        "sources": [asdict(each) for each in seen.sources],
        "alerts": [row._asdict() for row in seen.alerts],
    }
