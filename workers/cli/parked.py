"""`xinglin parked`: the messages that wait for a person, and what a person does with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from credit.identity import IN_FULL, MASKED
from credit.record.rows import Decision
from credit.store.engine import reading
from credit.store.queries import parked as queries
from schemas.reasons import HINTS, Reason
from workers.cli.choices import choose
from workers.cli.common import AsJson, By, Home, Why, print_json, runtime, screen
from workers.decisions import parking
from workers.show.parked import show_list, show_story, show_verdict

app = typer.Typer(help="Look at parked messages, and mend, replay or discard them.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", help="Number in the list.", show_default=False)]
Mended = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="The whole message, mended.",
        exists=True,
        dir_okay=False,
        readable=True,
        show_default=False,
    ),
]
OneReason = Annotated[
    str | None, typer.Option("--reason", help="Only those parked for this reason.", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="Those that were dealt with as well.")]
Raw = Annotated[bool, typer.Option("--raw", help="The exact bytes, personal numbers too, to mend them in a file.")]


@app.command("list")
def list_parked(reason: OneReason = None, everything: All = False, home: Home = None, as_json: AsJson = False) -> None:
    """List the parked messages, oldest first."""
    chosen = choose("--reason", reason, [each.value for each in Reason])
    with runtime(home) as opened, reading(opened.engine) as connection:
        found = queries.find_parked(connection, MASKED, reason=Reason(chosen) if chosen else None, closed=everything)
    if as_json:
        print_json(found)
    else:
        screen().print(show_list(found))


@app.command("show")
def show(number: Number, raw: Raw = False, home: Home = None, as_json: AsJson = False) -> None:
    """Show one message: why it is parked, what was done to it, and what it says with personal numbers masked."""
    with runtime(home) as opened, reading(opened.engine) as connection:
        viewer = IN_FULL if raw else MASKED
        if raw and not as_json:
            sys.stdout.buffer.write(queries.read_raw(connection, number, opened.keyring, viewer))
            return
        story = queries.read_story(connection, number, opened.keyring, viewer)
    if as_json:
        print_json(story)
    else:
        screen().print(show_story(story))


@app.command("mend")
def mend(number: Number, file: Mended, by: By, why: Why, *, home: Home = None, as_json: AsJson = False) -> None:
    """Put FILE in the place of a parked message and read it; exit status 1 when it stays parked."""
    with runtime(home) as opened:
        rules = opened.rules()
        decision = Decision(by, why, rules.at.now)
        verdict = parking.mend(opened.engine, number, file.read_bytes(), decision, opened.reader, rules)
    _report(number, verdict, as_json=as_json)


@app.command("replay")
def replay(number: Number, by: By, home: Home = None, as_json: AsJson = False) -> None:
    """Read a parked message again as it is; exit status 1 when it stays parked."""
    with runtime(home) as opened:
        verdict = parking.replay(opened.engine, number, by, opened.reader, opened.rules())
    _report(number, verdict, as_json=as_json)


@app.command("discard")
def discard(number: Number, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """Close a parked message without applying it; its bytes and history stay."""
    with runtime(home) as opened:
        parking.discard(opened.engine, number, Decision(by, why, opened.clock()))
    if as_json:
        print_json({"parked_id": number, "discarded": True})
    else:
        screen().print(f"{number} 号报文已作废，内容和经过留存。")


def _report(number: int, verdict: str | None, *, as_json: bool) -> None:
    """Print what came of a message, and end with status 1 when it stays parked."""
    if as_json:
        reason, _, detail = (verdict or "").partition(": ")
        why = {"reason": reason, "hint": HINTS[Reason(reason)], "detail": detail} if verdict else {}
        print_json({"parked_id": number, "applied": verdict is None} | why)
    else:
        screen().print(show_verdict(number, verdict))
    if verdict is not None:
        raise typer.Exit(1)
