"""Living through the sample day: the messages come in four times, and the partners answer in between."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from schemas.errors import ConfigurationError
from workers import drain
from workers.demo.messy import write_messy
from workers.demo.town.day import Sent
from workers.demo.town.partners import Partners
from workers.files import taking
from workers.files.ending import finish
from workers.files.taking import Who
from workers.files.verdicts import Summary, verdict_path
from workers.postings import Posting
from workers.runtime import Runtime

_MARK = ".demo"
_HOURS = ("08:30", "11:30", "14:30", "17:30")

Begin = Callable[[str, int], Callable[[int], None]]
"""Starts to show a piece of work: `begin(label, total)` returns what hears of the progress."""


def make_anew(home: Path) -> None:
    """Empty the folder of an earlier demonstration; anything else that lies there is left alone."""
    if home.exists() and any(home.iterdir()):
        if not (home / _MARK).exists():
            raise ConfigurationError(f"{home} is not a demonstration's folder; name an empty one with --home")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / _MARK).touch()


def take_in_year(runtime: Runtime, messages: Sequence[Sent], begin: Begin) -> None:
    """Let the messages of the year of assessment come in, before the day begins."""
    runtime.broker.declare(runtime.reader.routes.topology)
    _work(runtime, [Posting(one.body, one.routing_type) for one in messages], begin, "上一年度来报")


def live_through(runtime: Runtime, day: Sequence[Sent], begin: Begin) -> None:
    """Let the messages of a day come in, and the partners answer what they are sent."""
    runtime.broker.declare(runtime.reader.routes.topology)
    partners = Partners(runtime)
    size = -(-len(day) // len(_HOURS))
    try:
        for number, hour in enumerate(_HOURS):
            part = day[number * size : (number + 1) * size]
            _work(runtime, [Posting(one.body, one.routing_type) for one in part], begin, f"{hour} 来报")
            _work(runtime, partners.answer(), begin, f"{hour} 回执")
    finally:
        partners.close()
    runtime.scheduler().tick()
    drain.empty_outbox(runtime)


def hand_in(runtime: Runtime, begin: Begin) -> Summary:
    """Hand in a spreadsheet as a clerk would, and return what became of it."""
    folder = runtime.settings.home / "files"
    folder.mkdir()
    path = folder / "舞钢市行政处罚.xlsx"
    write_messy(path, runtime.rules().at.today)
    tell = begin("提交表格", 12)
    with closing(taking.take(runtime, path, Who(runtime.reader.routes.authority, "张科员"))) as taken:
        taking.publish(runtime, taken)
    drain.work_until_empty(runtime, tell)
    return finish(runtime, path, taken.row.file_id, verdict_path(path))


def _work(runtime: Runtime, postings: Sequence[Posting], begin: Begin, label: str) -> None:
    tell = begin(label, len(postings))
    drain.send(runtime, postings, lambda _: None)
    drain.work_until_empty(runtime, tell)
