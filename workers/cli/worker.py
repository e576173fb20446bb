"""`xinglin worker`: the processes that do the work until they are told to stop."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import structlog
import typer

from schemas.errors import ConfigurationError
from workers import doctor, logs, settings
from workers.cli.common import Home
from workers.runtime import Runtime, open_runtime

app = typer.Typer(help="运行后台进程（worker），直至收到 SIGTERM 或按下 Ctrl-C。", no_args_is_help=True)
_log = structlog.get_logger(__name__)

#: Objects between two looks of the garbage collector at the youngest ones: about those of a batch.
_ALLOCATIONS = 50_000

#: How long one thread may keep another waiting that has its answer from the database and needs Python to go on. A batch
#: waits for a dozen answers; by default each may be ten times as late.
_TURN_SECONDS = 0.0005

_Run = Callable[[Runtime, threading.Event], None]


@app.command("intake")
def run_intake(home: Home = None) -> None:
    """接收（intake）：读取报文，入档，提交，确认。"""
    _work(home, [_intake])


@app.command("relay")
def run_relay(home: Home = None) -> None:
    """发送（relay）：发出发件箱（outbox）中的消息。"""
    _work(home, [_relay])


@app.command("scheduler")
def run_scheduler(home: Home = None) -> None:
    """定时（scheduler）：办理公示期届满、回执到期和可以重放的报文。"""
    _work(home, [_scheduler])


@app.command("all")
def run_all(home: Home = None) -> None:
    """在一个进程中运行以上三项，适用于单机。"""
    _work(home, [_intake, _relay, _scheduler])


def _intake(opened: Runtime, stop: threading.Event) -> None:
    intake = opened.intake()
    try:
        intake.run(stop)
    finally:
        intake.close()


def _relay(opened: Runtime, stop: threading.Event) -> None:
    relay = opened.relay()
    try:
        relay.run(stop)
    finally:
        relay.close()


def _scheduler(opened: Runtime, stop: threading.Event) -> None:
    opened.scheduler().run(stop)


def _work(home: Path | None, runs: list[_Run]) -> None:
    logs.configure(logging.INFO)
    stop = threading.Event()
    failed: list[BaseException] = []

    def _stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    with open_runtime(settings.read(home=home)) as opened:
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        opened.broker.declare(opened.reader.routes.topology)
        if refused := doctor.refusals(opened):
            raise ConfigurationError("; ".join(f"{finding.check}: {finding.found}" for finding in refused))
        calm_collector()
        sys.setswitchinterval(_TURN_SECONDS)
        threads = [threading.Thread(target=_guard, args=(run, opened, stop, failed)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failed:
        sys.exit(1)


def calm_collector() -> None:
    """Let the garbage collector look at what comes and goes, and less often: a batch leaves next to no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)


def _guard(run: _Run, opened: Runtime, stop: threading.Event, failed: list[BaseException]) -> None:
    """Run one worker; if it fails for good the others stop too, so that a supervisor sees it and starts anew."""
    name = run.__name__.strip("_")
    _log.info("started", worker=name)
    try:
        run(opened, stop)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the supervisor is told by the exit status
        failed.append(error)
        _log.exception("failed", worker=name)
    finally:
        stop.set()
        _log.info("stopped", worker=name)
