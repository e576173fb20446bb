"""Assessor: keeps grades and lists at what is known of subjects, for as long as any regime is followed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from time import monotonic

import structlog
from sqlalchemy import Engine

from credit.grading.regime import digest_of
from credit.rules import Rules
from credit.store import assessing, sweeps, touched
from credit.store.engine import reading, writing
from credit.store.sweeps import Edition, Need
from workers.metrics.meter import DATABASE, SILENT, Meter
from workers.retry import patiently

_log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.3
"""How long an assessor that has nothing to do waits before it looks again."""


class Assessor:
    """Any number may run: whoever is touched is with one of them at a time."""

    def __init__(self, engine: Engine, rules: Callable[[], Rules], meter: Meter = SILENT) -> None:
        """Keep what a step needs; the regimes are those that `rules` gives now."""
        self._engine = engine
        self._rules = rules
        self._meter = meter
        loaded = rules()
        self._mine = Edition(tuple(sorted(loaded.regimes)), digest_of(loaded.regimes), loaded.at.now)
        self._stood_back = False

    def run(self, stop: threading.Event) -> None:
        """Assess whoever is touched until `stop` is set. Troubles are waited out."""
        for attempt in patiently(stop, partial(self._meter.retry, "assessor")):
            with attempt:
                while not stop.is_set():
                    idle = not self.step()
                    self._meter.reach("assessor", DATABASE)
                    if idle:
                        stop.wait(IDLE_SECONDS)

    def step(self) -> bool:
        """Do what comes next, in one transaction, and tell whether there was anything to do.

        Raises:
            TransientError: the database failed; the next step does what this one did not.
        """
        rules = self._rules()
        with reading(self._engine) as connection:
            row = sweeps.read(connection)
            need = sweeps.find_need(row, self._mine, rules.at.today)
            waiting = row is not None and touched.is_waiting(connection, rules.at.now)
        if need is Need.STAND_BACK:
            self._stand_back()
            return False
        if need is Need.BEGIN:
            with writing(self._engine) as connection:
                sweeps.begin(connection, self._mine, rules.at.today)
            _log.info("sweep", day=rules.at.today.isoformat(), regimes=self._mine.codes)
            return True
        if waiting and self._assess(rules):
            return True
        if need is Need.GO_ON:
            with writing(self._engine) as connection:
                sweeps.go_on(connection, self._mine, rules.at.now)
            return True
        return False

    def finish(self) -> None:
        """Go on until nothing is left to do."""
        while self.step():
            pass

    def _assess(self, rules: Rules) -> bool:
        """Assess some of those who are touched; tell whether there were any whom nobody else has."""
        begin = monotonic()
        done = assessing.assess_touched(self._engine, rules)
        for subject_id, error in sorted(done.failed.items()):
            _log.error("assessing_failed", subject=subject_id, exc_info=error)
        if done.claimed:
            self._meter.assess(done.subjects, monotonic() - begin)
            _log.info("assessed", touches=done.claimed, subjects=done.subjects, changed=done.changed)
        return done.claimed > 0

    def _stand_back(self) -> None:
        """Say once that another assessor has loaded newer regimes: what this one writes would be of the past."""
        if not self._stood_back:
            _log.warning("stood_back", regimes=self._mine.codes)
        self._stood_back = True
