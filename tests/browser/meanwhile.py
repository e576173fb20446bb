"""What goes on elsewhere while somebody walks: workers take messages in, and long work goes on that is watched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

from sqlalchemy import Connection, Engine

from credit.grading.lists import Found
from credit.store.engine import writing
from credit.store.parked import Choice
from schemas.reasons import Reason
from tests.builders import desk, feed_in
from workers.console.runs import RUNS
from workers.console.trying import TRIES, Try, new_number
from workers.runtime import Runtime


class Meanwhile:
    """Long work that holds still until somebody sends a form, and workers that are done before the next page."""

    def __init__(self, town: Runtime) -> None:
        self._town, self._on = town, Event()
        self._begun: list[str] = []

    def begin_replay(self) -> str:
        """Begin to replay parked messages; return the address where that is watched."""
        self._on.clear()
        slow = replace(desk(self._town, "规则已改"), transaction=self._write_slowly)
        run = RUNS.begin(slow, Choice(reason=Reason.TYPE_VERSION), 1)
        self._begun.append(run.number)
        return f"/parked/runs/{run.number}"

    @contextmanager
    def _write_slowly(self, engine: Engine) -> Iterator[Connection]:
        self._on.wait(200)
        with writing(engine) as connection:
            yield connection

    def begin_try(self, account: str) -> str:
        """Begin to try a policy for an account; return the address where that is watched."""
        self._on.clear()
        rules = self._town.rules()
        regime, at = rules.regimes["wugang"], Found(rules.at.today, rules.at.now)
        wanted = Try(new_number(), account, "regime", regime, regime, at.day.year, at, stop=_Slow(self._on))
        TRIES.begin(self._town.engine, wanted)
        self._begun.append(wanted.number)
        return f"/policies/what-if/{wanted.number}"

    def go_on(self, address: str) -> None:
        """Let all that goes on come to its end, that of an address as well."""
        self.end(address.rpartition("/")[2])
        feed_in(self._town)

    def end(self, *more: str) -> None:
        """Let all that was begun come to its end: who may not look at it began it too, and there is one at a time."""
        self._on.set()
        for number in (*self._begun, *more):
            for work in (RUNS.find(number), TRIES.find(number)):
                if work is not None:
                    work.thread.join(200)


class _Slow(Event):
    """A sign to stop that is looked at only once the work may go on."""

    def __init__(self, on: Event) -> None:
        super().__init__()
        self._on = on

    def is_set(self) -> bool:
        self._on.wait(200)
        return super().is_set()
