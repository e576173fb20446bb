"""Real processes that run a command of `xinglin`, each forked from one that has imported the program already.

A process of its own takes two seconds of a processor to import everything; tests that run many commands, or kill and
restart workers all the time, would do little else.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory

XINGLIN = "workers.cli"
"""The module whose `main` is the command."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([XINGLIN, "tests.warm"])
"""Starts processes that have imported the program."""


def run(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of `xinglin` in a folder to its end, with nothing but these variables in the environment."""
    with TemporaryDirectory() as said:
        out, errors = Path(said) / "out", Path(said) / "errors"
        process = FORKS.Process(target=_run_in, args=(tuple(arguments), dict(environ), str(folder), said))
        process.start()
        process.join()
        status = process.exitcode
        assert status is not None
        return subprocess.CompletedProcess(tuple(arguments), status, out.read_text("utf-8"), errors.read_text("utf-8"))


class Process:
    """A running command, its messages in a file. Several threads may ask for its end."""

    def __init__(self, module: str, arguments: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        """Run `main` of a module with arguments, as `xinglin` would be run, with more in the environment."""
        whole = {**os.environ, **environ}
        self._process = FORKS.Process(target=_run, args=(module, tuple(arguments), whole, str(log)))
        self._lock = threading.Lock()
        log.touch()
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while the process runs."""
        with self._lock:
            return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """Return the exit status when the process has ended; raises `TimeoutError` when it has not in that time."""
        if not wait([self._process.sentinel], seconds):
            raise TimeoutError(f"process {self.pid} did not end in {seconds} seconds")
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, what: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has, and who started it has not heard of it yet
                os.kill(self.pid, what)

    def terminate(self) -> None:
        """Ask the process to end the orderly way."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)


def _run_in(arguments: Sequence[str], environ: Mapping[str, str], folder: str, said: str) -> None:
    os.chdir(folder)
    with open(f"{said}/out", "wb") as out:  # noqa: PTH123 - only its number is of use
        os.dup2(out.fileno(), sys.stdout.fileno())
    sys.path[:0] = environ.get("PYTHONPATH", "").split(os.pathsep) if environ.get("PYTHONPATH") else []
    _run(XINGLIN, arguments, environ, f"{said}/errors")


def _run(module: str, arguments: Sequence[str], environ: Mapping[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(environ)
    with open(log, "wb") as errors:  # noqa: PTH123 - only its number is of use
        os.dup2(errors.fileno(), sys.stderr.fileno())
    sys.argv = ["xinglin", *arguments]
    importlib.import_module(module).main()
