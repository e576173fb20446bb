"""A changed policy tried on the archive in the background of the console: watched while it goes on, and stopped.

Nothing is written. What was found is known here alone, and ends with the process.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import structlog
from sqlalchemy import Engine

from credit.grading.lists import Found
from credit.grading.regime import Regime
from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.census import count_subjects
from credit.store.queries.what_if import WhatIf, compare_policies
from schemas.errors import PermanentError

_log = structlog.get_logger(__name__)

_REMEMBERED = 3
"""So many results are kept: each may name many subjects."""


@dataclass(slots=True)
class Try:
    """A changed policy: who tries it, for which year, how far it is, and what it would change once it is over.

    `changes` are the lines of its file that went, after a minus sign, and that came, after a plus sign.
    """

    number: str
    account: str
    file: str
    old: Regime
    new: Regime
    year: int
    at: Found
    total: int = 0
    done: int = 0
    changes: Sequence[str] = ()
    found: WhatIf | None = None
    over: bool = False
    trouble: bool = False
    stop: Event = field(default_factory=Event)
    thread: Thread = field(default_factory=Thread)


class Busy(PermanentError):
    """已有一次试改正在推演，请等它结束或先停止它。"""


class _Stopped(Exception):
    """Somebody stopped it."""


class Tries:
    """Those of this process; one goes on at a time, as each reads the whole archive."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = Lock()
        self._tries: dict[str, Try] = {}

    def find(self, number: str) -> Try | None:
        """Return one by its number; None where this process knows none of that number any more."""
        return self._tries.get(number)

    def begin(self, engine: Engine, wanted: Try) -> None:
        """Begin to try a changed policy.

        Raises:
            Busy: another one goes on.
        """
        with self._lock:
            if any(not each.over for each in self._tries.values()):
                raise Busy
            self._tries[wanted.number] = wanted
            for old in list(self._tries)[:-_REMEMBERED]:
                del self._tries[old]
        name = f"what-if-{wanted.number}"
        wanted.thread = Thread(target=_work, args=(wanted, engine), name=name, daemon=True)
        wanted.thread.start()


def new_number() -> str:
    """Return a number that nobody guesses."""
    return secrets.token_hex(6)


def _work(wanted: Try, engine: Engine) -> None:
    def tell(number: int) -> None:
        wanted.done += number
        if wanted.stop.is_set():
            raise _Stopped

    try:
        with reading(engine) as connection:
            wanted.total = count_subjects(connection)
            wanted.found = compare_policies(connection, wanted.old, wanted.new, wanted.year, wanted.at, MASKED, tell)
    except _Stopped:
        pass
    except Exception:  # noqa: BLE001 - whatever it is, who watches has to hear of it
        _log.exception("what_if_failed", number=wanted.number)
        wanted.trouble = True
    finally:
        wanted.over = True


TRIES = Tries()
"""Those of this process."""
