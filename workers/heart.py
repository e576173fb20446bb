"""The heart of a worker process: says on the roll, every ten seconds, that it is there and what it has loaded."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
import threading
from importlib.metadata import version
from typing import Any

import structlog

from credit.record.rows import WorkerRow
from credit.store import engine as store_engine
from credit.store import roll
from credit.store.engine import writing
from schemas.errors import ClockWrong, TransientError
from workers.metrics.meter import DATABASE
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)


class Heart:
    """One process on the roll."""

    def __init__(self, runtime: Runtime, kind: str) -> None:
        """Say hello. `kind` is intake, relay, scheduler, assessor, carrier, frontend, folder or all.

        Raises:
            TransientError: the database cannot be reached.
        """
        now = runtime.terms.clock()
        host, pid = socket.gethostname(), os.getpid()
        self._runtime = runtime
        # Its clock may be wrong, and that shall be seen.
        self._unclocked = store_engine.bound(runtime.engine, runtime.terms.look_but_for_the_clock)
        self._row = WorkerRow(
            worker_id=f"{pwd.getpwuid(os.getuid()).pw_name}@{host}:{pid}:{secrets.token_hex(4)}",
            kind=kind,
            host=host,
            pid=pid,
            version=version("xinglin"),
            tables=runtime.terms.version,
            routing=runtime.editions.routing,
            law=runtime.editions.law,
            since=now,
            loaded_at=now,
            heard_at=now,
        )
        self._meter_what_is_loaded()

    def load(self, runtime: Runtime) -> None:
        """Say from now on that another routing and law are loaded."""
        self._runtime = runtime
        self._tell(routing=runtime.editions.routing, law=runtime.editions.law, loaded_at=runtime.terms.clock())
        self._tell(trouble=None)
        self._meter_what_is_loaded()

    def complain(self, trouble: str) -> None:
        """Say from now on what was refused."""
        self._tell(trouble=trouble)

    def _meter_what_is_loaded(self) -> None:
        self._runtime.meter.load(self._row, frozenset(self._runtime.reader.routes.sources))

    def _tell(self, **said: Any) -> None:
        self._row = self._row._replace(**said)

    def beat(self) -> None:
        """Say that the worker is there.

        Raises:
            OutOfStep: tables or keys have changed.
            TransientError: the database cannot be reached.
        """
        now = self._runtime.terms.clock()
        try:
            with writing(self._runtime.engine) as connection:
                time = roll.time_of(connection, now)
                off = round((now - time).total_seconds() * 1000) if self._runtime.settings.servers else None
                roll.beat(connection, self._row._replace(heard_at=time, clock_off_ms=off))
            self._runtime.meter.beat(time)
            self._runtime.meter.reach("heart", DATABASE)
        except ClockWrong as wrong:
            _log.error("clock_wrong", trouble=str(wrong))
            with writing(self._unclocked) as connection:
                if self._runtime.settings.servers:
                    time = roll.time_of(connection, now)
                    off = round((now - time).total_seconds() * 1000)
                    roll.beat(connection, self._row._replace(heard_at=time, clock_off_ms=off, trouble=str(wrong)))
                else:
                    roll.complain(connection, self._row.worker_id, str(wrong))

    def run(self, stop: threading.Event) -> None:
        """Beat until `stop` is set; a lost database is waited out."""
        while not stop.is_set():
            try:
                self.beat()
            except TransientError as error:
                self._runtime.meter.retry("heart", error)
                _log.warning("not_heard", trouble=str(error))
            stop.wait(roll.BEAT_SECONDS)

    def leave(self) -> None:
        """Say goodbye; without a database nothing is said."""
        try:
            with writing(self._unclocked) as connection:
                roll.leave(connection, self._row.worker_id, self._runtime.terms.clock())
        except TransientError as error:
            _log.warning("not_heard", trouble=str(error))
