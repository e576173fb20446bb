"""`xinglin public`: the public page, served until it is told to stop."""

from __future__ import annotations

import logging
from typing import Annotated
from urllib.parse import urlsplit

import typer

from credit.store.engine import reading
from credit.store.showing import place
from credit.store.showing import reading as projection
from schemas.errors import ConfigurationError
from workers import logs, settings
from workers.cli.common import Home, tell
from workers.public.page import PublicPage
from workers.runtime import wall_clock
from workers.web.security import LOOPBACK
from workers.web.serving import serve

_PORT = 8090
_ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - only compared with


def public(
    home: Home = None,
    host: Annotated[str, typer.Option("--host", help="绑定的地址，默认只供本机访问。")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="端口；0 由系统选定。")] = _PORT,
) -> None:
    """运行公示网页：机构信用、名单、二维码、投诉和评价。"""
    logs.configure(logging.INFO)
    chosen = settings.read_public(home=home)
    engine = place.open_for_page(chosen.database_url)
    try:
        with reading(engine) as connection:
            address = projection.read_about(connection).get("address", "")
        app = PublicPage(engine, wall_clock).app(find_hosts(host, address))
        serve(app, host, port, chosen.proxies, lambda chose: tell(f"公示网页：http://{host}:{chose}/"))
    finally:
        engine.dispose()


def find_hosts(host: str, address: str) -> list[str]:
    """Return the hosts that are answered: this one, and the one that codes at doors lead to.

    Raises:
        ConfigurationError: everybody may reach it, and nobody said under which name.
    """
    told = urlsplit(address).hostname if address else None
    if host in _ANYWHERE and told is None:
        raise ConfigurationError(
            f"--host {host} lets everybody in, and no address was published: give the scheduler XINGLIN_PUBLIC_ADDRESS"
        )
    return [*LOOPBACK, *([told] if told else []), *([] if host in {*_ANYWHERE, *LOOPBACK} else [host])]
