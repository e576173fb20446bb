"""`xinglin routing`: check the routes, ask what a message would cause, apply what was edited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from schemas.errors import PermanentError
from workers import settings
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.cli.ingest import progress
from workers.decisions import edits
from workers.explain import Explanation, explain
from workers.postings import read_file
from workers.runtime import load_reader

app = typer.Typer(help="Check the routes, ask what a message would cause, apply what was edited.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a routing file that can be used holds."""

    file: str
    queues: int
    agencies: int
    grounds: int
    feeds: int


@app.command("check")
def check(
    file: Annotated[Path | None, typer.Argument(help="The file to check.", show_default="the one in use")] = None,
    as_json: AsJson = False,
) -> None:
    """Check routing.yaml against the law in force; every mistake is named with its line."""
    chosen = settings.read()
    path = file or chosen.routing
    routes = load_reader(chosen, routing=path).routes
    found = Checked(str(path), len(routes.inbound), len(routes.partners), len(routes.grounds), len(routes.feeds))
    if as_json:
        print_json(found)
        return
    screen().print(
        f"[green]✓[/] {found.file}: {found.queues} inbound queues, {found.agencies} agencies, "
        f"{found.grounds} grounds, {found.feeds} feeds"
    )


@app.command("explain")
def explain_file(file: Path, home: Home = None, as_json: AsJson = False) -> None:
    """Dry run: what the messages of FILE would cause on the archive as it is now, and why. Changes nothing."""
    with runtime(home) as opened:
        explanations = [explain(opened, posting) for posting in read_file(file)]
    if not explanations:
        raise PermanentError(f"{file} holds no message")
    if as_json:
        print_json(explanations)
        return
    for explanation in explanations:
        _show(explanation)


@app.command("apply")
def apply(home: Home = None, as_json: AsJson = False) -> None:
    """Assess every record again by the law and routes as they are now; notices and feed rows follow.

    Interrupt and repeat it as you like. Restart the workers first: they keep what they read when they started.
    """
    with runtime(home) as opened, progress() as bar:
        task = bar.add_task("assessing", total=edits.count(opened))
        done = edits.apply(opened, lambda n: bar.advance(task, n))
    if as_json:
        print_json(done)
        return
    screen().print(
        f"[green]✓[/] {done.records} records assessed, {done.changed} changed; "
        f"notices: {done.issued} issued, {done.lifted} lifted; feed operations: {done.feed_operations}"
    )


def _show(explanation: Explanation) -> None:
    table = Table(title=explanation.message, title_justify="left", show_header=False, box=None, padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for step in explanation.steps:
        table.add_row(step.what, f"{step.result}\n[dim]{step.why}[/]" if step.why else step.result)
    screen().print(table)
    screen().print()
