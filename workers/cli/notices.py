"""`xinglin notices` and `xinglin closure`: what agencies were told, and who has not ended what is over."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries import notices as queries
from credit.store.queries import subjects
from schemas.notice import NoticeState
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.show.names import read_names
from workers.show.notices import show_closure, show_notices

Agency = Annotated[str | None, typer.Option("--agency", help="Only those to this agency.", show_default=False)]
State = Annotated[
    str | None,
    typer.Option("--state", help=f"Only those in this state: {', '.join(NoticeState)}.", show_default=False),
]
Subject = Annotated[
    str | None, typer.Option("--subject", help="Only those about this subject: any key.", show_default=False)
]


def notices(
    agency: Agency = None, state: State = None, subject: Subject = None, home: Home = None, as_json: AsJson = False
) -> None:
    """List the joint-punishment notices and where each stands."""
    chosen = choose("--state", state, NoticeState)
    with runtime(home) as opened:
        routes = opened.reader.routes
        with reading(opened.engine) as connection:
            choose("--agency", agency, routes.partners.keys() | queries.find_agencies(connection))
            members = subjects.find(connection, subject, opened.keyring).members if subject else None
            wanted = queries.Filter(agency, NoticeState(chosen) if chosen else None, members)
            found = queries.find_notices(connection, opened.view(MASKED), wanted)
        names = read_names(opened.reader)
    if as_json:
        print_json(found)
    else:
        screen().print(show_notices(found, names))


def closure(home: Home = None, as_json: AsJson = False) -> None:
    """List the agencies that may still act on a fact that is gone: lifted, but not confirmed by them."""
    with runtime(home) as opened:
        with reading(opened.engine) as connection:
            found = queries.find_unclosed(connection, opened.view(MASKED))
        names = read_names(opened.reader)
    if as_json:
        print_json(found)
    else:
        screen().print(show_closure(found, names))
