"""`xinglin ledger`: what became of everything received."""

from __future__ import annotations

import typer
from sqlalchemy import Engine

from credit.store.engine import reading
from credit.store.queries.ledger import read_ledger
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.show.ledger import show_ledger


def ledger(home: Home = None, as_json: AsJson = False) -> None:
    """收报台账：收到多少报文、各有何结果；账实不符时退出码为 1。"""
    with looking(home) as opened:
        show(opened.engine, as_json=as_json)


def show(engine: Engine, *, as_json: bool) -> None:
    """Print the ledger of an archive.

    Raises:
        Exit: with status 1, after printing, when the ledger is not balanced.
    """
    with reading(engine) as connection:
        found = read_ledger(connection)
    if as_json:
        print_json(found)
    else:
        screen().print(show_ledger(found))
    if not found.balanced:
        raise typer.Exit(1)
