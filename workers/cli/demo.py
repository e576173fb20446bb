"""`xinglin demo`: a sample day of all source systems through the real workers, and what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from workers import logs, process, settings
from workers.cli import console, worker
from workers.cli.common import AsJson, print_json, screen
from workers.cli.ingest import progress
from workers.demo import report, run, staff, year
from workers.demo.town.assessed import year_of_assessment
from workers.demo.town.day import sample_day
from workers.metrics.port import LOOPBACK
from workers.runtime import open_runtime

SEED = 20260301
_YEAR_SEED = 20250301

DemoHome = Annotated[Path, typer.Option("--home", help="演示所用目录，每次运行时重建。")]


OpenConsole = Annotated[bool, typer.Option("--console", help="随后打开工作台，并给出临时账号，直至 Ctrl-C。")]


def demo(home: DemoHome = Path("var/demo"), open_console: OpenConsole = False, as_json: AsJson = False) -> None:
    """演示：处理一个样例工作日的全部报文，并显示结果；无需服务器。"""
    _live_through(home, as_json=as_json)
    if open_console:
        _open_console(home)


def _live_through(home: Path, *, as_json: bool) -> None:
    run.make_anew(home)
    logs.configure(logging.CRITICAL)  # the alerts are shown, and need no lines of log among the chapters
    # The demonstration never touches servers, whatever the environment says.
    with open_runtime(settings.read({}, home=home)) as runtime, progress() as bar:
        today = runtime.rules().at.today
        day, last_year = sample_day(SEED, today), year_of_assessment(_YEAR_SEED, today)
        if not as_json:
            screen().print(report.welcome(day, last_year))

        def begin(label: str, total: int) -> Callable[[int], None]:
            return partial(bar.advance, bar.add_task(label, total=total))

        run.take_in_year(runtime, last_year, begin)
        run.live_through(runtime, day, begin)
        handed = run.hand_in(runtime, begin)
        year.assess(runtime, begin)
        bar.stop()
        outcome = report.look(runtime, handed)
        if as_json:
            print_json(outcome)
            return
        for part in report.show(outcome, runtime):
            screen().print(part, "")


def _open_console(home: Path) -> None:
    chosen = settings.read({}, home=home)
    with open_runtime(chosen) as runtime:
        logins = staff.appoint(runtime)

    def tell(address: str) -> None:
        screen().print(report.show_logins(address, logins))

    process.work(chosen, [*worker.ALL, console.run(LOOPBACK, 0, tell)], None, LOOPBACK, "all")
