"""A process that works until it is told to stop: it starts, its workers take turns at files and law, and it ends."""

from __future__ import annotations

import ctypes
import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from importlib.metadata import version

import structlog
from opentelemetry.trace import Tracer

from schemas.errors import ConfigurationError, OutOfStep, TransientError, XinglinError
from workers import doctor, logs
from workers.heart import Heart
from workers.metrics.meter import BROKER, DATABASE, SILENT, TEXT_FILE, Meter, Tally
from workers.metrics.port import LOOPBACK, served
from workers.retry import patiently
from workers.runtime import Runtime, open_runtime, wall_clock
from workers.settings import Settings
from workers.signals import Signals, hearing, leave_when_told
from workers.tracing import UNTRACED, tracing

_log = structlog.get_logger(__name__)

#: Objects between two looks of the garbage collector at the youngest ones: about those of a batch.
_ALLOCATIONS = 50_000

#: Of the C library: the option by which blocks of a size and above are taken from the system one by one, and that size:
#: no block of messages that may be taken in is as large.
_MMAP_THRESHOLD = -3
_LARGE_BLOCK = 4 * 2**20

#: How long one thread may keep another waiting that has its answer from the database and needs Python to go on. A batch
#: waits for a dozen answers; by default each may be ten times as late.
_TURN_SECONDS = 0.0005

_FAILED = 0
"""No signal: a worker of this process has failed."""

Run = Callable[[Runtime, threading.Event], None]
"""What one worker does, in a thread of its own, until the event is set."""


def work(chosen: Settings, runs: list[Run], port: int | None, address: str, kind: str | None) -> None:
    """Work as a process of its own until told to stop; on SIGHUP go on with the files as they are then.

    `kind` is how the process stands on the roll, where it does more than one thing.
    """
    logs.configure(logging.INFO)
    # Also as the first process of a container, which the system by itself lets nobody stop.
    leave_when_told()
    with (
        metering(chosen, port, address) as meter,
        tracing(wanted=chosen.traced, version=version("xinglin")) as tracer,
        start(chosen, meter, tracer) as opened,
        hearing() as signals,
    ):
        calm_collector()
        give_back_large_blocks()
        sys.setswitchinterval(_TURN_SECONDS)
        heart = Heart(opened, kind or runs[0].__name__.strip("_"))
        if not work_in_turns(opened, runs, heart, signals):
            sys.exit(1)


@contextmanager
def metering(chosen: Settings, port: int | None, address: str) -> Iterator[Meter]:
    """Yield who hears what the workers do: nobody, where the metrics go neither to a port nor to an embedded home.

    Raises:
        ConfigurationError: the address or the port cannot be had, or there is an address and no port.
    """
    if port is None and address != LOOPBACK:
        raise ConfigurationError(f"--metrics-address {address} opens nothing by itself: give --metrics-port too")
    if port is None and chosen.servers:
        yield SILENT
        return
    tally = Tally(wall_clock, None if chosen.servers else chosen.home / TEXT_FILE)
    with served(tally.registry, port, address) if port is not None else nullcontext():
        yield tally


@contextmanager
def start(chosen: Settings, meter: Meter = SILENT, tracer: Tracer = UNTRACED) -> Iterator[Runtime]:
    """Open a Xinglin that can work; broker and database are waited for, longer each time, as they are later.

    Raises:
        ConfigurationError: as `open_runtime`; or a check of the doctor refuses to work like this.
        PermanentError: the broker refuses the login, or has something of our name that was made otherwise.
    """
    with ExitStack() as stack:
        for attempt in patiently(threading.Event(), partial(meter.retry, "start")):
            with attempt, ExitStack() as trying:
                opened = trying.enter_context(open_runtime(chosen, meter=meter, tracer=tracer))
                _prepare(opened)
                meter.reach("start", BROKER, DATABASE)
                stack.push(trying.pop_all())
        yield opened


def _prepare(opened: Runtime) -> None:
    opened.broker.declare(opened.reader.routes.topology)
    refused = doctor.refusals(opened)
    if away := [finding for finding in refused if finding.check in doctor.REACHABLE]:
        raise TransientError("; ".join(finding.found for finding in away))
    if refused:
        raise ConfigurationError("; ".join(f"{finding.check}: {finding.found}" for finding in refused))


def work_in_turns(opened: Runtime, runs: list[Run], heart: Heart, signals: Signals) -> bool:
    """Work until told to stop; on SIGHUP end what is at hand and go on with the files as they are now.

    Tells whether all ended in order.
    """
    turn = _Turn(opened, [_beat_of(heart), *runs], signals)
    while (number := signals.wait()) == signal.SIGHUP:
        try:
            opened = opened.reload()
            _prepare(opened)
        except XinglinError as error:
            heart.complain(f"reload refused: {error}")
            _log.error("reload_refused", trouble=str(error))
            continue
        turn.end()
        if turn.failed:
            return False
        heart.load(opened)
        _log.info("reloaded", routing=opened.editions.routing, law=opened.editions.law)
        turn = _Turn(opened, [_beat_of(heart), *runs], signals)
    turn.end()
    if number != _FAILED:
        heart.leave()
    return not turn.failed


def _beat_of(heart: Heart) -> Run:
    def heartbeat(_opened: Runtime, stop: threading.Event) -> None:
        heart.run(stop)

    return heartbeat


class _Turn:
    """The workers of this process from one reading of the files to the next."""

    def __init__(self, opened: Runtime, runs: list[Run], signals: Signals) -> None:
        """Start them."""
        self.failed: list[BaseException] = []
        self._signals = signals
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._guard, args=(run, opened)) for run in runs]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let them finish what is at hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _guard(self, run: Run, opened: Runtime) -> None:
        """Run one worker; if it fails for good the others stop too, so that a supervisor sees it and starts anew."""
        name = run.__name__.strip("_")
        _log.info("started", worker=name)
        try:
            run(opened, self._stop)
        except OutOfStep as error:
            self.failed.append(error)
            _log.error("out_of_step", worker=name, trouble=str(error))
        except TransientError as error:
            # Told to end while broker or database was away: nothing is lost, whoever works next does what was at hand.
            if not self._stop.is_set():
                self._fail(name, error)
            else:
                _log.warning("stopped_in_trouble", worker=name, trouble=str(error))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the supervisor is told by the exit status
            self._fail(name, error)
        finally:
            _log.info("stopped", worker=name)
            if self.failed:
                self._stop.set()
                self._signals.say(_FAILED)

    def _fail(self, name: str, error: BaseException) -> None:
        self.failed.append(error)
        _log.exception("failed", worker=name)


def calm_collector() -> None:
    """Let the garbage collector look at what comes and goes, and less often: a batch leaves next to no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)


def give_back_large_blocks() -> None:
    """Let the memory of a large message go back to the system with the message, where the C library is GNU's.

    By itself the library learns from the first such block to keep the next ones, each where no other fits: a worker
    that parks messages of 20 MB one after the other then holds a hundred MB more than it needs.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_MMAP_THRESHOLD, _LARGE_BLOCK)
