"""Counting: what the workers of a process did, told to a registry of its own or to nobody.

Workers are handed a `Meter` and tell it what they did, after they did it. `SILENT` forgets it at the cost of a call; a
`Tally` counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path

import prometheus_client
import structlog
from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from credit.batch.work import Work
from credit.record.merging import Outcome
from credit.record.rows import WorkerRow
from credit.store.engine import StoreUnavailable
from workers.broker import BrokerLost
from workers.metrics import catalogue
from workers.metrics.catalogue import Metric

_log = structlog.get_logger(__name__)

ELSEWHERE = "other"
"""The source of messages that name none of `routing.yaml`: what senders make up must not become series."""
BROKER, DATABASE = "broker", "database"
TEXT_FILE = Path("metrics", "xinglin.prom")
"""Where the metrics of an embedded home are written, for the textfile collector of node_exporter."""

Look = Callable[[], Iterable[Family]]
"""What somebody sees who looks when the metrics are asked for."""


class Meter:
    """Hears what the workers of a process do, and forgets it. Safe for use by several threads."""

    def load(self, worker: WorkerRow, sources: Collection[str]) -> None:
        """Hear what this process is and has loaded, and which sources `routing.yaml` knows."""

    def beat(self, at: datetime) -> None:
        """Hear that the process said in the archive that it is there."""

    def retry(self, worker: str, trouble: BaseException) -> None:
        """Hear that a worker waits out a trouble before it tries again."""

    def reach(self, worker: str, *others: str) -> None:
        """Hear that a worker reached the broker, the database or both."""

    def commit(self, work: Work) -> None:
        """Hear what became of messages that were just committed."""

    def batch(self, messages: int, seconds: float) -> None:
        """Hear how many messages a batch had and how long it took, from taking it until it was committed."""

    def publish(self, family: str, fate: str) -> None:
        """Hear the fate of a message that was to be published."""

    def confirm(self, family: str, seconds: float, committed_at: datetime) -> None:
        """Hear how long the broker took to confirm a message, and when that had been committed."""

    def round(self, seconds: float) -> None:
        """Hear that a round of the scheduler has ended in order, and how long it took."""

    def assess(self, subjects: int, seconds: float) -> None:
        """Hear how many subjects were assessed in one transaction, and how long it took."""

    def watch(self, look: Look) -> None:
        """Show from now on what is seen by this look, whenever the metrics are asked for."""


SILENT = Meter()


class _Watch(Collector):
    """What is looked up only when the metrics are asked for."""

    def __init__(self) -> None:
        self.look: Look = tuple

    def collect(self) -> Iterable[Family]:
        return self.look()

    def describe(self) -> Iterable[Family]:
        return ()  # nobody looks only to say what there is


class Tally(Meter):
    """Counts in a registry of its own, and after each round writes it to a file, where there is one to write.

    Promises what `Meter` promises. `clock` tells the time by which lateness is measured.
    """

    def __init__(self, clock: Callable[[], datetime], file: Path | None = None) -> None:
        """Begin at nothing."""
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self.registry = CollectorRegistry()
        self._clock = clock
        self._file = file
        self._sources: Collection[str] = frozenset()
        self._watch = _Watch()
        registry.register(self._watch)
        self._info = _gauge(catalogue.INFO, registry)
        self._heartbeat = _gauge(catalogue.HEARTBEAT, registry)
        self._retries = _counter(catalogue.RETRIES, registry)
        self._connection = _gauge(catalogue.CONNECTION, registry)
        self._taken = _counter(catalogue.INTAKE_MESSAGES, registry)
        self._batch_messages = _histogram(catalogue.INTAKE_BATCH_MESSAGES, registry)
        self._batch_seconds = _histogram(catalogue.INTAKE_BATCH_SECONDS, registry)
        self._intake_delay = _histogram(catalogue.INTAKE_DELAY, registry)
        self._published = _counter(catalogue.RELAY_MESSAGES, registry)
        self._confirm = _histogram(catalogue.RELAY_CONFIRM, registry)
        self._relay_delay = _histogram(catalogue.RELAY_DELAY, registry)
        self._rounds = _counter(catalogue.ROUNDS, registry)
        self._round_seconds = _histogram(catalogue.ROUND_SECONDS, registry)
        self._assessed = _counter(catalogue.ASSESSED, registry)
        self._assess_seconds = _histogram(catalogue.ASSESS_SECONDS, registry)
        self._last_round = _gauge(catalogue.LAST_ROUND, registry)

    def load(self, worker: WorkerRow, sources: Collection[str]) -> None:  # noqa: D102
        self._sources = sources
        self._info.clear()  # what was loaded before is loaded no longer
        self._info.labels(worker.kind, worker.version, worker.routing, worker.law).set(1)

    def beat(self, at: datetime) -> None:  # noqa: D102
        self._heartbeat.set(at.timestamp())

    def retry(self, worker: str, trouble: BaseException) -> None:  # noqa: D102
        self._retries.labels(worker, type(trouble).__name__).inc()
        if isinstance(trouble, BrokerLost):
            self._connection.labels(worker, BROKER).set(0)
        elif isinstance(trouble, StoreUnavailable):
            self._connection.labels(worker, DATABASE).set(0)

    def reach(self, worker: str, *others: str) -> None:  # noqa: D102
        for other in others:
            self._connection.labels(worker, other).set(1)

    def commit(self, work: Work) -> None:  # noqa: D102
        became: Counter[tuple[str, str]] = Counter()
        lateness: dict[str, Callable[[float], None]] = {}
        now = self._clock()
        for row in work.messages.changed.values():
            source = self._source_of(row.message_key)
            became[source, row.outcome] += 1
            if row.event_time is not None:
                if source not in lateness:
                    lateness[source] = self._intake_delay.labels(source).observe
                lateness[source](max((now - row.event_time).total_seconds(), 0.0))
        for key, times in work.repeats.items():
            became[self._source_of(key), Outcome.REPEATED.value] += times
        for (source, outcome), messages in became.items():
            self._taken.labels(source, outcome).inc(messages)

    def batch(self, messages: int, seconds: float) -> None:  # noqa: D102
        self._batch_messages.observe(messages)
        self._batch_seconds.observe(seconds)

    def publish(self, family: str, fate: str) -> None:  # noqa: D102
        self._published.labels(family, fate).inc()

    def confirm(self, family: str, seconds: float, committed_at: datetime) -> None:  # noqa: D102
        self._confirm.observe(seconds)
        self._relay_delay.labels(family).observe(max((self._clock() - committed_at).total_seconds(), 0.0))

    def round(self, seconds: float) -> None:  # noqa: D102
        self._rounds.inc()
        self._round_seconds.observe(seconds)
        self._last_round.set(self._clock().timestamp())
        if self._file is not None:
            self._write(self._file)

    def assess(self, subjects: int, seconds: float) -> None:  # noqa: D102
        self._assessed.inc(subjects)
        self._assess_seconds.observe(seconds)

    def watch(self, look: Look) -> None:  # noqa: D102
        self._watch.look = look

    def _write(self, file: Path) -> None:
        try:
            file.parent.mkdir(exist_ok=True)
            write_to_textfile(str(file), self.registry)
        except OSError as error:
            # What nobody can read must not keep anybody from working.
            _log.warning("metrics_not_written", file=str(file), trouble=str(error))

    def _source_of(self, message_key: str) -> str:
        source = message_key.partition(" ")[0]
        return source if source in self._sources else ELSEWHERE


def _gauge(metric: Metric, registry: CollectorRegistry) -> prometheus_client.Gauge:
    return prometheus_client.Gauge(metric.name, metric.help, metric.labels, registry=registry)


def _counter(metric: Metric, registry: CollectorRegistry) -> prometheus_client.Counter:
    return prometheus_client.Counter(metric.name, metric.help, metric.labels, registry=registry)


def _histogram(metric: Metric, registry: CollectorRegistry) -> prometheus_client.Histogram:
    return prometheus_client.Histogram(
        metric.name, metric.help, metric.labels, registry=registry, buckets=metric.bounds
    )
