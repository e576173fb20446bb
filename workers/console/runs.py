"""Parked messages replayed in the background of the console, lot by lot: watched while it goes on, and stopped.

What is done is in the archive; what of a run is known here ends with the process. It then stands where it was, and a
new one goes on with what is still parked.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread

import structlog

from credit.store.parked import Choice
from schemas.errors import PermanentError
from workers.decisions.lots import each_lot
from workers.decisions.parking import Desk, Verdict
from workers.intake import BatchLimits

_log = structlog.get_logger(__name__)

_LOT = BatchLimits(messages=100)
_REMEMBERED = 20
_SHOWN = 1000


@dataclass(slots=True)
class Run:
    """A run: what it works off, how far it is, and of the last messages what came of each."""

    number: str
    person: str
    account: str
    why: str
    total: int
    began_at: datetime
    done: int = 0
    left: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    over: bool = False
    trouble: bool = False
    stop: Event = field(default_factory=Event)
    thread: Thread = field(default_factory=Thread)


class Busy(PermanentError):
    """已有一批重放正在进行，请等它结束或先停止它。"""


class Runs:
    """The runs of this process; one goes on at a time."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = Lock()
        self._runs: dict[str, Run] = {}

    def find(self, number: str) -> Run | None:
        """Return a run; None where this process knows none of that number any more."""
        return self._runs.get(number)

    def going(self) -> Run | None:
        """Return the run that goes on."""
        return next((run for run in list(self._runs.values()) if not run.over), None)

    def begin(self, desk: Desk, choice: Choice, total: int) -> Run:
        """Begin to replay all that is meant.

        Raises:
            Busy: another run goes on.
        """
        assert desk.decision is not None
        by, why, at, account = desk.decision
        with self._lock:
            if self.going() is not None:
                raise Busy
            run = Run(secrets.token_hex(6), by, account or by, why, total, at)
            self._runs[run.number] = run
            for old in list(self._runs)[:-_REMEMBERED]:
                del self._runs[old]
        name = f"replay-{run.number}"
        run.thread = Thread(target=self._work, args=(run, desk, choice), name=name, daemon=True)
        run.thread.start()
        return run

    def _work(self, run: Run, desk: Desk, choice: Choice) -> None:
        try:
            for lot in each_lot(desk.engine, choice, limits=_LOT):
                self._note(run, len(lot), desk.replay(lot))
                if run.stop.is_set():
                    break
        except Exception:  # noqa: BLE001 - whatever it is, who watches the run has to hear of it
            _log.exception("replay_run_failed", run=run.number)
            run.trouble = True
        finally:
            run.over = True

    @staticmethod
    def _note(run: Run, taken: int, verdicts: Sequence[Verdict]) -> None:
        run.done += taken
        run.left += sum(not verdict.closed for verdict in verdicts)
        run.verdicts = [*run.verdicts, *verdicts][-_SHOWN:]


RUNS = Runs()
"""Those of this process."""
