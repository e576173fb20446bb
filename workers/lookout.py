"""The lookout of a scheduler: sees archive and broker once a round, and lets alerts begin and end by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import Engine

from credit.rules import Rules
from credit.store import alerts
from credit.store.alerts import Followed
from credit.store.engine import StoreUnavailable, reading
from credit.store.queries.books import read_books
from credit.telling import conditions
from credit.telling.conditions import Flow, Inbound, Sight
from credit.telling.observation import Books
from workers.broker import Fate
from workers.watching import Watched, Way

_log = structlog.get_logger(__name__)

BOOKS_EVERY = 15
"""Rounds from one adding up of the whole archive to the next: what is found by it may wait so many minutes."""


class Lookout:
    """Remembers since when messages wait in inbound queues, and since when the broker is away: no broker tells it."""

    def __init__(self, engine: Engine, watch: Callable[[], Watched]) -> None:
        """Keep what a look needs; `watch` looks at the broker."""
        self._engine = engine
        self._watch = watch
        self._round = 0
        self._waiting: dict[str, datetime] = {}
        self._lost_at: datetime | None = None

    def look(self, rules: Rules) -> Followed:
        """See what is true, and return the alerts that began and ended; each is in the log too.

        Raises:
            TransientError: the database failed; the next round does what this one did not.
        """
        books = self._read_books(rules)
        flow = self._see(self._watch(), rules.at.now)
        followed = alerts.follow(self._engine, lambda seen: conditions.find(Sight(seen, rules.law, flow)), books, rules)
        self._round += 1
        for row in followed.raised:
            _log.error("alert", kind=row.kind, subject=row.subject, severity=row.severity, count=row.count)
        for row in followed.ended:
            _log.info("alert_ended", kind=row.kind, subject=row.subject)
        for each in followed.seen.troubled:
            if each.trouble == Fate.RETURNED.value:
                first = each.waiting.sample[0]
                _log.error("no_queue", routing_key=each.routing_key, messages=each.waiting.count, first=first)
        return followed

    def _read_books(self, rules: Rules) -> Books | None:
        if self._round % BOOKS_EVERY:
            return None
        try:
            with reading(self._engine) as connection:
                return read_books(connection, rules.at, rules.law)
        except StoreUnavailable as error:
            # An archive may be too large to be added up within the time of a statement: all else is looked at still.
            _log.error("not_added_up", trouble=str(error))
            return None

    def _see(self, watched: Watched, now: datetime) -> Flow:
        waiting = [queue for queue in watched.of(Way.IN) if queue.ready]
        self._waiting = {queue.name: self._waiting.get(queue.name, now) for queue in waiting}
        self._lost_at = (self._lost_at or now) if watched.lost is not None else None
        return Flow(
            inbound=tuple(
                Inbound(queue.name, queue.ready, self._waiting[queue.name], queue.consumers) for queue in waiting
            ),
            missing=tuple(queue.name for queue in watched.queues if queue.missing),
            dead=watched.dead,
            alarm=watched.alarm,
            lost=watched.lost,
            lost_at=self._lost_at,
        )
