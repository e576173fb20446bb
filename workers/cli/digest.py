"""`xinglin digest`: one hash over the archive, the notices in force and the feed rows in force."""

from __future__ import annotations

import typer

from credit.store import digest as store_digest
from credit.store.engine import reading
from workers.cli.common import AsJson, Home, looking, print_json


def digest(home: Home = None, as_json: AsJson = False) -> None:
    """输出档案摘要（digest）：收到的报文相同，不论先后，摘要即相同。"""
    with looking(home) as opened, reading(opened.engine) as connection:
        found = store_digest.digest(connection, opened.keyring)
    if as_json:
        print_json({"digest": found})
    else:
        typer.echo(found)
