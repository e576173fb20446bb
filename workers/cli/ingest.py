"""`xinglin ingest`: feed files through the broker, work until nothing is left, show what became of them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import sleep
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from credit.access import foureyes
from credit.access.refusal import AccessRefused
from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.files import Handed, find_answered, read_file
from credit.store.queries.ledger import read_ledger
from schemas.errors import ConfigurationError
from schemas.rights import Right
from schemas.states import RowState
from workers import drain, postings, settings
from workers.cli import ledger
from workers.cli.common import AsJson, Home, Sender, print_json, screen, telling
from workers.decisions import concord, persons
from workers.decisions.parking import find_of_two
from workers.decisions.persons import Deed, Person
from workers.files import taking, verdicts
from workers.files.ending import finish
from workers.files.names import numbered, readable
from workers.files.taking import Taken, Who
from workers.files.waiting import Waiting
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.show.files import show_handed, show_refused

_MESSAGES = frozenset({".json", ".jsonl", ".ndjson"})
"""The endings of files of messages; whatever else is handed in is a table of rows."""
_PAUSE_SECONDS = 0.2
_NOTED_SECONDS = 5
"""So long after a verdict was written it is noted at the latest, by the clocks of this host and of a share."""

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="表格（.xlsx、.xls、.csv、.xml），或 JSON、JSON Lines（.jsonl、.ndjson）报文文件。",
        show_default=False,
    ),
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


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a table that was handed in: its counts and where its verdict is, or why it was refused."""

    file: Handed
    verdict: str | None


def ingest(files: Files, sender: Sender = None, home: Home = None, as_json: AsJson = False) -> None:
    """送入文件中的报文或表格的各行，处理完毕，显示台账或办理结果。"""
    tables = [path for path in files if path.suffix.lower() not in _MESSAGES]
    messages = [posting for path in files if path not in tables for posting in postings.read_file(path)]
    for path in tables:
        if not path.is_file():
            raise ConfigurationError(f"{path}: is not there, or is no file")
        if not os.access(path.absolute().parent, os.W_OK, effective_ids=True):  # what was taken would have no answer
            with telling(
                f"没有送入任何内容：办理结果写在表格旁边，而 {path.parent} 不可写。请复制到可写的文件夹再提交。"
            ):
                raise ConfigurationError(f"{path.parent}: verdicts are written here, and it is no folder to write in")
    chosen = settings.read(home=home)
    with open_runtime(chosen) as opened:
        concord.refuse_to_differ(opened)
        person = persons.require(opened, Right.UPLOAD, None)
        _refuse_of_two(messages, person)
        opened.broker.declare(opened.reader.routes.topology)
        named = person.holder.person if person.holder is not None else person.account
        who = Who(sender or opened.reader.routes.authority, named, person.account, of_two=person.of_two)
        with progress() as bar:
            results = _work_off(opened, messages, tables, who, bar)
        persons.log(opened, Deed("ingest", "、".join(readable(path.name) for path in files)))
        if not tables:
            ledger.show(opened.engine, as_json=as_json)
            return
        _show(opened, results, as_json=as_json)
    if any(result.verdict is None for result in results):
        raise typer.Exit(1)


def _refuse_of_two(messages: list[Posting], person: Person) -> None:
    """Refuse messages of which this person may not send one alone; nothing is sent then.

    Raises:
        AccessRefused: there is such a message.
    """
    for place, posting in enumerate(messages, start=1):
        kind = find_of_two(posting.body, {}, person.of_two)
        if kind is not None:
            raise AccessRefused(
                f"message {place} of {len(messages)} takes two persons: {posting.type}",
                f"没有送入任何报文：第 {place} 份报文的{foureyes.say_where(kind)}",
            )


def _work_off(opened: Runtime, messages: list[Posting], tables: list[Path], who: Who, bar: Progress) -> list[Result]:
    with ExitStack() as stack:
        taken: dict[Path, Taken] = {}
        places = _find_places(opened, tables)
        for path in tables:
            read = bar.add_task(f"读取 {readable(path.name)}", total=None)
            taken[path] = taking.take(opened, path, who, lambda n, task=read: bar.advance(task, n))  # type: ignore[misc]
            stack.callback(taken[path].close)
            bar.update(read, total=taken[path].row.rows)
        going = {path: one for path, one in taken.items() if not one.refused}
        total = len(messages) + sum(one.row.rows for one in going.values())
        sent = bar.add_task("送入队列", total=total)
        drain.send(opened, messages, lambda n: bar.advance(sent, n))
        for one in going.values():
            taking.publish(opened, one, lambda n: bar.advance(sent, n))
        worked = bar.add_task("处理报文", total=total)
        drain.work_until_empty(opened, lambda n: bar.advance(worked, n))
        for one in going.values():
            _wait(opened, one)
        bar.update(worked, completed=total)
        written = bar.add_task("写办理结果", total=len(going))
        results = []
        for path, one in taken.items():
            if one.refused:
                results.append(Result(Handed(one.row, dict.fromkeys(RowState, 0)), None))
                continue
            verdict = places[path]
            finish(opened, path, one.row.file_id, verdict)
            bar.advance(written)
            results.append(Result(_count(opened, one), MASKED.text(readable(str(verdict)))))
        return results


def _find_places(opened: Runtime, tables: list[Path]) -> dict[Path, Path]:
    """Return where the verdict on each table goes.

    It overwrites no other verdict of this command, nothing that is handed in besides, and no verdict that somebody has
    worked in since it was written: her corrections would be gone.
    """
    places: dict[Path, Path] = {}
    for path in dict.fromkeys(tables):
        first = verdicts.verdict_path(path)
        kept = {each.absolute() for each in (*tables, *places.values())} - {path.absolute()}
        named = (first.with_name(numbered(first.name, number)) for number in count(1))
        free = (each for each in named if each.absolute() not in kept and not _is_kept(opened, path, first, each))
        places[path] = next(free)
    return places


def _is_kept(opened: Runtime, path: Path, first: Path, place: Path) -> bool:
    """Tell whether what lies at the place of a verdict, which has the name `first` at first, is not overwritten."""
    if place.absolute() == path.absolute() or not place.exists():
        return False
    if place != first:
        return True
    with reading(opened.engine) as connection:
        answered = find_answered(connection, taking.place_of(path))
    return answered is None or place.stat().st_mtime > answered.timestamp() + _NOTED_SECONDS


def _wait(opened: Runtime, taken: Taken) -> None:
    """Wait for what another intake has in hand."""
    waiting = Waiting(opened, taken)
    while not waiting.is_over():
        drain.work_until_empty(opened, lambda _: None)
        sleep(_PAUSE_SECONDS)


def _count(opened: Runtime, taken: Taken) -> Handed:
    with reading(opened.engine) as connection:
        return read_file(connection, MASKED, taken.row.file_id)


def _show(opened: Runtime, results: list[Result], *, as_json: bool) -> None:
    if as_json:
        with reading(opened.engine) as connection:
            print_json({"files": results, "ledger": read_ledger(connection)})
        return
    for result in results:
        if result.verdict is None:
            screen().print(show_refused(result.file.row))
        else:
            screen().print(show_handed(result.file, result.verdict))
