"""`xinglin demo`: a sample day of all source systems through the real workers, and what became of it."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from workers import logs, settings
from workers.cli.common import AsJson, print_json, screen
from workers.cli.ingest import progress
from workers.demo import report, run
from workers.demo.town.day import sample_day
from workers.runtime import open_runtime

SEED = 20260301

DemoHome = Annotated[Path, typer.Option("--home", help="演示所用目录，每次运行时重建。")]


def demo(home: DemoHome = Path("var/demo"), as_json: AsJson = False) -> None:
    """演示：处理一个样例工作日的全部报文，并显示结果；无需服务器。"""
    run.make_anew(home)
    logs.configure(logging.CRITICAL)  # the alerts are shown, and need no lines of log among the chapters
    # The demonstration never touches servers, whatever the environment says.
    with open_runtime(settings.read({}, home=home)) as runtime, progress() as bar:
        day = sample_day(SEED, runtime.rules().at.today)
        if not as_json:
            screen().print(report.welcome(day))
        run.live_through(runtime, day, lambda label, total: partial(bar.advance, bar.add_task(label, total=total)))
        bar.stop()
        outcome = report.look(runtime)
        if as_json:
            print_json(outcome)
            return
        for part in report.show(outcome, runtime):
            screen().print(part, "")
