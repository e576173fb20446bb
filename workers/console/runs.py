"""Parked messages replayed in the background of the console, lot by lot: watched, stopped, and gone on with.

A run that was stopped, or met with trouble, is gone on with after the last message that it dealt with. What is done is
in the archive; what of a run is known here ends with the process. A new one then begins with what is still parked.
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
    """A run: what it works off, how far it is, and of the last messages what came of each.

    `last` is the number of the message that it dealt with last, `next` the run that went on with it.
    """

    number: str
    person: str
    account: str
    why: str
    choice: Choice
    total: int
    began_at: datetime
    last: int = 0
    next: str = ""
    done: int = 0
    left: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    over: bool = False
    trouble: bool = False
    stop: Event = field(default_factory=Event)
    thread: Thread = field(default_factory=Thread)

    @property
    def unfinished(self) -> bool:
        """Whether it ended before all was done, and nobody has gone on with it."""
        return self.over and (self.trouble or self.stop.is_set()) and not self.next


class Busy(PermanentError):
    """已有一批重放正在进行，请等它结束或先停止它。"""


class Done(PermanentError):
    """这一批已经办完，或已有人接着办理。"""


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
        return self._begin(desk, choice, total, None)

    def go_on(self, desk: Desk, former: Run, choice: Choice) -> Run:
        """Go on with an unfinished run after the last message that it dealt with; of what is meant by now.

        Raises:
            Busy: another run goes on.
            Done: there is nothing to go on with.
        """
        return self._begin(desk, choice, former.total - former.done, former)

    def _begin(self, desk: Desk, choice: Choice, total: int, former: Run | None) -> Run:
        assert desk.decision is not None
        by, why, at, account = desk.decision
        with self._lock:
            if self.going() is not None:
                raise Busy
            if former is not None and not former.unfinished:
                raise Done
            run = Run(secrets.token_hex(6), by, account or by, why, choice, total, at)
            if former is not None:
                run.last, former.next = former.last, run.number
            self._runs[run.number] = run
            for old in list(self._runs)[:-_REMEMBERED]:
                del self._runs[old]
        name = f"replay-{run.number}"
        run.thread = Thread(target=self._work, args=(run, desk), name=name, daemon=True)
        run.thread.start()
        return run

    def _work(self, run: Run, desk: Desk) -> None:
        try:
            for lot in each_lot(desk.engine, run.choice, after=run.last, limits=_LOT):
                self._note(run, lot, desk.replay(lot))
                if run.stop.is_set():
                    break
        except Exception:  # noqa: BLE001 - whatever it is, who watches the run has to hear of it
            _log.exception("replay_run_failed", run=run.number)
            run.trouble = True
        finally:
            run.over = True

    @staticmethod
    def _note(run: Run, lot: Sequence[int], verdicts: Sequence[Verdict]) -> None:
        run.last, run.done = lot[-1], run.done + len(lot)
        run.left += sum(not verdict.closed for verdict in verdicts)
        run.verdicts = [*run.verdicts, *verdicts][-_SHOWN:]


RUNS = Runs()
"""Those of this process."""
