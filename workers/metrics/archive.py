"""What the scheduler's process shows of archive and broker: looked up when metrics are asked for, and kept a while."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from time import monotonic

import structlog
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Engine

from credit.rules import Rules
from credit.store.engine import reading
from credit.store.queries.books import read_books
from credit.store.queries.observation import observe
from credit.telling.observation import Books, Observation, Waiting
from schemas.errors import TransientError
from workers.metrics import catalogue
from workers.metrics.catalogue import Metric
from workers.watching import Watched

_log = structlog.get_logger(__name__)

KEPT_SECONDS = 15.0
"""For so long what was seen is shown again, however often it is asked for."""
BOOKS_KEPT_SECONDS = 300.0
"""Adding up the whole archive takes seconds where it is large."""


class Overview:
    """Looks at archive and broker for the metrics; safe for use by several threads."""

    def __init__(
        self,
        engine: Engine,
        watch: Callable[[], Watched],
        rules: Callable[[], Rules],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Look at nothing yet; `watch` looks at the broker, and `clock` counts the seconds until it is looked anew."""
        self._engine = engine
        self._watch = watch
        self._rules = rules
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[GaugeMetricFamily, ...] = ()
        self._seen_until = self._books_until = clock()
        self._books: Books | None = None
        self._observed_at: datetime | None = None

    def look(self) -> Iterable[GaugeMetricFamily]:
        """Return what is seen, at most `KEPT_SECONDS` old; nothing of what cannot be looked at. Never raises."""
        with self._lock:
            now = self._clock()
            if now >= self._seen_until:
                self._seen = (*self._look_at_archive(now), *self._look_at_broker())
                self._seen_until = self._clock() + KEPT_SECONDS
            return self._seen

    def _look_at_archive(self, now: float) -> tuple[GaugeMetricFamily, ...]:
        try:
            rules = self._rules()
            if now >= self._books_until:
                self._add_up(now, rules)
            with reading(self._engine) as connection:
                observation = observe(
                    connection, rules.at, rules.law, rules.routes.sources, workers=rules.routes.workers
                )
        except Exception as error:  # noqa: BLE001 - what a process tells of itself is shown whatever happens here
            _log.warning("not_observed", of="archive", trouble=str(error))
            self._books_until = now  # asked again with the rest
            return (_one(catalogue.OBSERVED, self._observed_at.timestamp()),) if self._observed_at is not None else ()
        self._observed_at = observation.at.now
        return tuple(_describe(observation, self._books))

    def _add_up(self, now: float, rules: Rules) -> None:
        """Read the books. An archive that is too large for that in the time there is shows the rest all the same."""
        self._books_until = now + BOOKS_KEPT_SECONDS
        try:
            with reading(self._engine) as connection:
                self._books = read_books(connection, rules.at, rules.law)
        except TransientError as error:
            self._books = None
            _log.warning("not_added_up", trouble=str(error))

    def _look_at_broker(self) -> tuple[GaugeMetricFamily, ...]:
        watched = self._watch()
        if watched.lost is not None:
            _log.warning("not_observed", of="broker", trouble=watched.lost)
        queues = [queue for queue in watched.queues if not queue.missing]
        consumers = {queue.name: queue.consumers for queue in queues if queue.consumers is not None}
        return (
            _each(catalogue.QUEUE_MESSAGES, {queue.name: queue.ready for queue in queues}),
            _each(catalogue.QUEUE_CONSUMERS, consumers),
        )


def _describe(seen: Observation, books: Books | None) -> Iterator[GaugeMetricFamily]:
    now = seen.at.now
    parked = {reason: each.waiting for reason, each in seen.parked.items()}
    yield from _waiting(catalogue.PARKED, catalogue.PARKED_OLDEST, parked, now)
    yield _one(catalogue.UNSENT, seen.unsent.count)
    yield _one(catalogue.UNSENT_OLDEST, seen.unsent.age(now).total_seconds())
    yield _one(catalogue.TOUCHED, seen.touched.count)
    yield _one(catalogue.TOUCHED_OLDEST, seen.touched.age(now).total_seconds())
    troubled: Counter[str] = Counter()
    for each in seen.troubled:
        troubled[each.trouble] += each.waiting.count
    yield _each(catalogue.UNSENT_TROUBLED, troubled)
    yield from _waiting(catalogue.NOTICES_OVERDUE, catalogue.NOTICES_OVERDUE_OLDEST, seen.notices_overdue, now)
    yield from _waiting(catalogue.LIFTS_OVERDUE, catalogue.LIFTS_OVERDUE_OLDEST, seen.lifts_overdue, now)
    yield _each(catalogue.FEED_ROWS_LATE, _counts(seen.feed_rows_late))
    yield _each(catalogue.FEED_ROWS_REFUSED, _counts(seen.feed_rows_refused))
    yield _one(catalogue.RECORDS_DUE, seen.records_due.count)
    yield _one(catalogue.TRANSFERS_OVERDUE, seen.transfers_overdue.count)
    yield _each(catalogue.DUTIES_MISSED, _counts(seen.duties_missed))
    if books is not None:
        yield _one(catalogue.LEDGER_DIFFERENCE, books.difference)
        yield _each(catalogue.OUTBOX, {"sent": books.sent, "unsent": books.unsent, "forgotten": books.forgotten})
    silences = {each.source: each.silence for each in seen.sources if each.silence is not None}
    gaps = {each.source: each.usual_gap for each in seen.sources if each.usual_gap is not None}
    yield _each(catalogue.SOURCE_SILENCE, {source: silence.total_seconds() for source, silence in silences.items()})
    yield _each(catalogue.SOURCE_GAP, {source: gap.total_seconds() for source, gap in gaps.items()})
    yield _each(catalogue.WORKERS, seen.at_work)
    yield _family(catalogue.ALERTS_OPEN, Counter((each.kind, each.severity) for each in seen.alerts))
    yield _one(catalogue.OBSERVED, now.timestamp())


def _counts(waiting: Mapping[str, Waiting]) -> dict[str, int]:
    return {name: each.count for name, each in waiting.items()}


def _waiting(
    number: Metric, oldest: Metric, waiting: Mapping[str, Waiting], now: datetime
) -> Iterator[GaugeMetricFamily]:
    yield _each(number, _counts(waiting))
    yield _each(oldest, {name: each.age(now).total_seconds() for name, each in waiting.items()})


def _one(metric: Metric, value: float) -> GaugeMetricFamily:
    return _family(metric, {(): value})


def _each(metric: Metric, values: Mapping[str, float]) -> GaugeMetricFamily:
    return _family(metric, {(label,): value for label, value in values.items()})


def _family(metric: Metric, values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
