"""`xinglin console`: the desk in a browser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

import typer

from workers.cli import worker
from workers.cli.common import Home, screen
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.login import Login
from workers.metrics.port import LOOPBACK
from workers.process import Run
from workers.runtime import Runtime
from workers.show.style import plain
from workers.web import security
from workers.web.serving import serve

PORT = 8080

Port = Annotated[int, typer.Option("--port", help="端口；0 由系统选择。")]
Host = Annotated[str, typer.Option("--host", help="所绑定的地址，默认只供本机。")]


def console(home: Home = None, host: Host = LOOPBACK, port: Port = PORT) -> None:
    """工作台（console）：在浏览器中办理。服务器部署时由 nginx 等反向代理在前。"""
    worker.work(home, [run(host, port, _say_where)])


def _say_where(address: str) -> None:
    screen(stderr=True).print(plain(f"工作台：{address}"), soft_wrap=True)


def run(host: str, port: int, tell: Callable[[str], None]) -> Run:
    """Return what serves the console as one of the workers of a process; `tell` hears where it is."""

    def _console(opened: Runtime, stop: threading.Event) -> None:
        chosen = opened.settings
        known = urlsplit(chosen.console_address).hostname if chosen.console_address else None
        app = Console(opened, Login(opened), SCREENS).app([host, *security.LOOPBACK, *filter(None, [known])])
        serve(
            app,
            host,
            port,
            chosen.proxies,
            lambda found: tell(chosen.console_address or f"http://{host}:{found}"),
            stop,
        )

    return _console
