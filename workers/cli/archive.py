"""`xinglin subject`: the credit archive of one subject."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.archive import read_archive
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.show.archive import show_archive
from workers.show.names import read_names

Key = Annotated[
    str,
    typer.Argument(
        help="USCC, personal number, licence number, old organisation code or certificate number.",
        show_default=False,
    ),
]
Explain = Annotated[bool, typer.Option("--explain", help="Show where every value comes from.")]


def subject(key: Key, explain: Explain = False, home: Home = None, as_json: AsJson = False) -> None:
    """Show the archive of a subject: who it is, its records, and with --explain the origin of every value."""
    with runtime(home) as opened:
        with reading(opened.engine) as connection:
            found = read_archive(connection, key, opened.view(MASKED))
        names = read_names(opened.reader)
    if as_json:
        print_json(found)
    else:
        screen().print(show_archive(found, names, explained=explain))
