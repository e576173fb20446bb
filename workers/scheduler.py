"""Scheduler: what the passing of time brings about. Each step asks the archive what is due; a missed one is made up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from time import monotonic

import structlog
from sqlalchemy import Engine

from credit.rules import Rules
from credit.store import archive, contacts, duties, heard, outbox, sessions, terms
from credit.store.alerts import Followed
from credit.store.engine import reading, writing
from schemas.errors import OutOfStep, TransientError
from workers.bells import Bells
from workers.decisions import parking
from workers.lookout import Lookout
from workers.metrics.meter import DATABASE, SILENT, Meter
from workers.reading import Reader
from workers.retry import patiently
from workers.watching import Watched

_log = structlog.get_logger(__name__)

TICK_SECONDS = 60.0
_AT_ONCE = 500
_LATE = 20_000


@dataclass(frozen=True, slots=True)
class Tick:
    """What one round of the scheduler did."""

    settled: int
    replayed: int
    remembered: int
    cleared: int
    heard: int
    duties: int
    confirmed: int
    raised: int
    ended: int


class Scheduler:
    """Any number may run: each step is one transaction under the same locks as intake."""

    def __init__(
        self,
        engine: Engine,
        reader: Reader,
        rules: Callable[[], Rules],
        watch: Callable[[], Watched],
        send_confirmed: Callable[[datetime], int],
        bells: Bells,
        meter: Meter = SILENT,
    ) -> None:
        """Keep what a round needs.

        `rules` gives the law, routes, keys and time of one step, `watch` looks at the broker, `send_confirmed` sends
        what a second person confirmed and says how much, `bells` ring alerts, and `meter` hears of the rounds.
        """
        self._engine = engine
        self._reader = reader
        self._rules = rules
        self._meter = meter
        self._send_confirmed = send_confirmed
        self._lookout = Lookout(engine, watch)
        self._bells = bells
        self._looked_up_to = 0

    def run(self, stop: threading.Event) -> None:
        """Do a round every minute until `stop` is set. Troubles are waited out."""
        for attempt in patiently(stop, partial(self._meter.retry, "scheduler")):
            with attempt:
                while not stop.is_set():
                    begin = monotonic()
                    self.tick()
                    self._meter.reach("scheduler", DATABASE)
                    self._meter.round(monotonic() - begin)
                    stop.wait(TICK_SECONDS)

    def tick(self) -> Tick:
        """Do one round.

        Raises:
            TransientError: the database failed; the next round does what this one did not.
        """
        rules = self._rules()
        settled = self._settle(rules)
        replayed = parking.replay_ready(self._engine, self._reader, rules)
        remembered = self._remember(rules)
        cleared = self._clear(rules)
        batches = self._add_up_heard(rules)
        kept = duties.keep_periods(self._engine, rules)
        confirmed = self._send_confirmed(rules.at.now)
        # Last: what the steps before have done calls for no alert.
        alerts = self._look(rules)
        self._bells.ring(alerts, rules)
        done = Tick(
            settled=settled,
            replayed=replayed,
            remembered=remembered,
            cleared=cleared,
            heard=batches,
            duties=kept,
            confirmed=confirmed,
            raised=len(alerts.raised),
            ended=len(alerts.ended),
        )
        _log.info("tick", **asdict(done))
        return done

    def _look(self, rules: Rules) -> Followed:
        try:
            return self._lookout.look(rules)
        except TransientError:
            self._bells.miss()  # it may have been committed all the same
            raise

    def _settle(self, rules: Rules) -> int:
        settled = 0
        while True:
            with reading(self._engine) as connection:
                due = archive.find_due_records(connection, rules, _AT_ONCE)
            done = self._settle_some(due, rules) if due else 0
            if done == 0:
                return settled
            settled += done

    def _settle_some(self, due: Sequence[str], rules: Rules) -> int:
        """Settle some records; one that the rules fail on is left for a person, who finds it in the log."""
        try:
            archive.settle_again(self._engine, due, rules)
        except (OutOfStep, TransientError):
            raise
        except Exception:  # noqa: BLE001 - one record must not hold up the others
            _log.exception("settling_failed", records=len(due), first=due[0])
            middle = len(due) // 2
            return sum(self._settle_some(half, rules) for half in (due[:middle], due[middle:]) if middle and half)
        return len(due)

    def _remember(self, rules: Rules) -> int:
        """Find messages that nobody would send, and let them be sent; what is committed late is looked at twice."""
        with reading(self._engine) as connection:
            last = outbox.find_last(connection)
            found = outbox.find_forgotten(connection, self._looked_up_to)
        if found:
            archive.remember(self._engine, found, rules)
            _log.error("forgotten", messages=len(found), first=found[0].message_id)
        self._looked_up_to = max(last - _LATE, 0)
        return len(found)

    def _add_up_heard(self, rules: Rules) -> int:
        """Carry what the batches heard to the days of their sources."""
        batches = 0
        while True:
            with writing(self._engine) as connection:
                done = heard.add_up(connection, rules.at.now, _AT_ONCE)
            batches += done
            if done < _AT_ONCE:
                return batches

    def _clear(self, rules: Rules) -> int:
        with writing(self._engine) as connection:
            terms.confirm(connection, rules.at.now)
            sessions.forget_old(connection, rules.at.now)
            contacts.forget_answered(connection, rules)
            return outbox.clear_sent(connection, rules.at.now)
