"""`xinglin identity`: what a person decides about who is who. Every decision is a row that can be undone."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.identity import IdKind
from credit.store.engine import reading
from credit.store.queries.links import list_links
from workers.cli.choices import choose
from workers.cli.common import AsJson, By, Home, Why, print_json, runtime, screen
from workers.decisions import identities

app = typer.Typer(help="Decide who is who; every decision can be undone.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="USCC or personal number.", show_default=False)]


def _check_kind(text: str) -> str:
    choose("KIND", text, identities.CLAIMABLE)
    return text


Kind = Annotated[
    str,
    typer.Argument(
        callback=_check_kind,
        metavar="KIND",
        help=f"Which identifier: {', '.join(identities.CLAIMABLE)}.",
        show_default=False,
    ),
]


@app.command("link")
def link(before: Key, after: Key, by: By, why: Why, home: Home = None) -> None:
    """Say that the subject BEFORE carries on as AFTER, as when a licence moves to a new USCC."""
    with runtime(home) as opened:
        number = identities.link(opened, before, after, by, why)
    screen().print(f"Linked (no. {number}); undo with: xinglin identity unlink {number} --by NAME")


@app.command("unlink")
def unlink(number: int, by: By, home: Home = None) -> None:
    """Undo a link; nothing else has to be repaired, because records never moved."""
    with runtime(home) as opened:
        identities.unlink(opened, number, by)
    screen().print(f"Link {number} is undone.")


@app.command("claim")
def claim(
    key: Key,
    kind: Kind,
    value: Annotated[str, typer.Argument(help="The identifier as written.", show_default=False)],
    by: By,
    home: Home = None,
) -> None:
    """Say that an identifier, or a further name of a person, belongs to a subject; waiting messages are replayed."""
    with runtime(home) as opened:
        replayed = identities.claim(opened, key, IdKind(kind), value, by)
    screen().print(f"Claimed; {replayed} parked messages were applied.")


@app.command("disclaim")
def disclaim(
    key: Key,
    kind: Kind,
    value: Annotated[str, typer.Argument(help="The identifier as written.", show_default=False)],
    by: By,
    home: Home = None,
) -> None:
    """Undo a claim, whether a message or a person made it."""
    with runtime(home) as opened:
        identities.disclaim(opened, key, IdKind(kind), value, by)
    screen().print("The claim is undone.")


@app.command("links")
def links(home: Home = None, as_json: AsJson = False) -> None:
    """List all links, undone ones too."""
    with runtime(home) as opened, reading(opened.engine) as connection:
        found = list_links(connection)
    if as_json:
        print_json(found)
        return
    for row in found:
        undone = f" [dim](undone by {row.undone_by})[/]" if row.undone_by else ""
        screen().print(f"{row.link_id}: {row.subject_id} → {row.continued_as}  {row.linked_by} {row.note}{undone}")
