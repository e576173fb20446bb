"""`xinglin ingest`: feed files through the broker, work until nothing is left, show the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workers import drain, postings, settings
from workers.cli import ledger
from workers.cli.common import AsJson, Home
from workers.decisions import concord
from workers.runtime import open_runtime

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="JSON 或 JSON Lines（.jsonl、.ndjson）文件。", show_default=False),
]


def progress() -> Progress:
    """Return a progress bar on standard error; silent where that is not a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def ingest(files: Files, home: Home = None, as_json: AsJson = False) -> None:
    """将文件中的报文送入队列，处理至全部完成，并显示收报台账。"""
    messages = [posting for path in files for posting in postings.read_file(path)]
    with open_runtime(settings.read(home=home)) as opened:
        concord.refuse_to_differ(opened)
        opened.broker.declare(opened.reader.routes.topology)
        with progress() as bar:
            sent = bar.add_task("送入队列", total=len(messages))
            drain.send(opened, messages, lambda n: bar.advance(sent, n))
            taken = bar.add_task("处理报文", total=len(messages))
            drain.work_until_empty(opened, lambda n: bar.advance(taken, n))
        ledger.show(opened.engine, as_json=as_json)
