"""The workers of a stage: real processes, each under a supervisor that starts a new one when it ends."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.processes import XINGLIN, Process
from workers.settings import Settings

_RESTART_SECONDS = 1.0
_END_SECONDS = 95


class Crew:
    """Some workers, restarted one second after they end for whatever reason, as systemd would do."""

    def __init__(self, place: Settings, kinds: Sequence[str], folder: Path, launcher: str = XINGLIN) -> None:
        """Start one worker for each kind named, by the module named as launcher."""
        self._place = place
        self._launcher = launcher
        self._folder = folder
        self._kinds = list(kinds)
        self._starts = itertools.count(1)
        self._logs: dict[int, Path] = {}
        self._lock = threading.Lock()
        self._processes = [self._start(kind) for kind in kinds]
        self._stopped = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._supervisor.start()

    def find(self, kind: str) -> list[int]:
        """Return the numbers of the workers that do the work of a kind; `all` does every kind."""
        return [number for number, mine in enumerate(self._kinds) if mine in {kind, "all"}]

    def kill(self, *numbers: int) -> None:
        """`kill -9` some workers at once, and wait until they are gone; the supervisor starts others."""
        for process in [self._signal(number, signal.SIGKILL) for number in numbers]:
            process.wait(_END_SECONDS)

    def lose(self, count: int) -> None:
        """`kill -9` the first so many workers at once, as their host would be gone: nobody starts others for them."""
        with self._lock:
            gone = self._processes[:count]
            del self._processes[:count], self._kinds[:count]
            for process in gone:
                process.send_signal(signal.SIGKILL)

    def terminate(self, number: int) -> None:
        """SIGTERM a worker and wait for its end; the supervisor starts another. It must end with status 0."""
        process = self._get(number)
        process.terminate()
        status = process.wait(_END_SECONDS)
        assert status == 0, f"{self._kinds[number]} ended with {status} after SIGTERM"

    def stop_early(self, number: int, seconds: float) -> None:
        """`kill -9` a worker, and SIGTERM the next one some seconds after it was started; it must end in order."""
        former = self._signal(number, signal.SIGKILL)
        while (starting := self._get(number)) is former:
            self._stopped.wait(0.01)
        self._stopped.wait(seconds)
        starting.terminate()
        status = starting.wait(_END_SECONDS)
        # A process that does not listen yet is ended by the system.
        assert status in {0, -signal.SIGTERM}, f"{self._kinds[number]} ended with {status} after SIGTERM"

    @property
    def is_complete(self) -> bool:
        """Whether every worker is there and has said that it started."""
        with self._lock:
            return all(process.poll() is None and self._has_started(process) for process in self._processes)

    def all_said(self, words: bytes) -> bool:
        """Tell whether every worker that is at work now has said some words since it was started."""
        with self._lock:
            return all(words in self._logs[process.pid].read_bytes() for process in self._processes)

    def count_logs(self, words: bytes) -> int:
        """Return how many workers, those that ended among them, have said some words."""
        return sum(words in log.read_bytes() for log in self._folder.glob("worker-*.log"))

    def peak_bytes(self, number: int) -> int:
        """Return the most memory that a worker had since it was started, as the system counts it."""
        status = Path(f"/proc/{self._get(number).pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    @contextmanager
    def paused(self, number: int) -> Iterator[None]:
        """Stop a worker as if its machine had frozen, and let it go on."""
        process = self._signal(number, signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def stop(self) -> list[int]:
        """End all workers the orderly way; return their exit statuses."""
        self._stopped.set()
        self._supervisor.join()
        for process in self._processes:
            process.terminate()
        return [_end(process) for process in self._processes]

    def last_words(self) -> str:
        """Return the end of every worker's log."""
        logs = sorted(self._folder.glob("worker-*.log"))
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in logs)

    def _get(self, number: int) -> Process:
        with self._lock:
            return self._processes[number]

    def _signal(self, number: int, what: signal.Signals) -> Process:
        process = self._get(number)
        process.send_signal(what)
        return process

    def _start(self, kind: str) -> Process:
        arguments = ["worker", kind, "--home", str(self._place.home)]
        log = self._folder / f"worker-{next(self._starts):03d}-{kind}.log"
        process = Process(self._launcher, arguments, self._place.environ, log)
        self._logs[process.pid] = log
        return process

    def _has_started(self, process: Process) -> bool:
        return b'"started"' in self._logs[process.pid].read_bytes()

    def _supervise(self) -> None:
        while not self._stopped.wait(_RESTART_SECONDS):
            with self._lock:
                for number, process in enumerate(self._processes):
                    if process.poll() is not None:
                        self._processes[number] = self._start(self._kinds[number])


def _end(process: Process) -> int:
    try:
        return process.wait(_END_SECONDS)
    except TimeoutError:
        process.kill()
        return process.wait()
