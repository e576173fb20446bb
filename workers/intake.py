"""Intake: take a batch, read it, commit what it says, then acknowledge.

Only the loop touches the broker. A thread of its own commits, so that the next batch is taken and read while the
database is at work on this one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Any

import structlog
from opentelemetry.trace import Tracer
from sqlalchemy import Engine

from credit.batch.arrival import USER_ID, Arrival, Failure
from credit.rules import Rules
from credit.store import archive
from schemas.envelope import MAX_MESSAGE_BYTES
from schemas.errors import OutOfStep, TransientError
from schemas.reasons import Reason
from workers.broker import TAKE_BYTES, Broker, Consumer, Delivery
from workers.decisions import parking
from workers.metrics.meter import BROKER, DATABASE, SILENT, Meter
from workers.reading import CONTENT_TYPE, Reader
from workers.retry import briefly, patiently
from workers.tracing import UNTRACED, span_of

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much one transaction takes: so many messages, so many bytes, or what came within so many seconds."""

    messages: int = 500
    bytes: int = TAKE_BYTES
    seconds: float = 0.03


BATCH_LIMITS = BatchLimits()
_TICK_SECONDS = 0.005
_CLAIMING_BATCHES = 8
"""After so many batches that claimed identifiers, what waited for one is replayed; sooner when there is a pause."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Messages that were taken together, as they were read, the rules they were read by, and since when (monotonic)."""

    arrivals: Sequence[Arrival]
    rules: Rules
    last: Delivery
    since: float


class Intake:
    """One consumer of all inbound queues. Not safe for use by several threads; start several processes instead."""

    def __init__(
        self,
        broker: Broker,
        engine: Engine,
        reader: Reader,
        rules: Callable[[], Rules],
        limits: BatchLimits = BATCH_LIMITS,
        meter: Meter = SILENT,
        tracer: Tracer = UNTRACED,
    ) -> None:
        """Open the consumer; `rules` gives the law, routes, keys and time of one batch."""
        self._broker = broker
        self._engine = engine
        self._reader = reader
        self._rules = rules
        self._limits = limits
        self._meter = meter
        self._tracer = tracer
        self._retried = partial(meter.retry, "intake")
        # One batch is committed, one is read, and the broker fills the one after them.
        self._consumer: Consumer = broker.consumer(reader.routes.inbound, prefetch=3 * limits.messages)
        self._ahead: _Batch | None = None
        self._claiming = 0
        self._committing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the batch at hand is finished first. Troubles are waited out.

        A queue that somebody deleted is made again; what was in it is the business of its source.
        """
        for attempt in patiently(stop, self._retried):
            with attempt:
                self._broker.declare(self._reader.routes.topology)
                while not stop.is_set():
                    self.step()

    def step(self) -> int:
        """Commit and acknowledge one batch and read the next, or use a pause; return how many messages the batch had.

        Raises:
            TransientError: broker or database failed; what was not acknowledged comes again.
        """
        batch = self._ahead or self._read(
            self._consumer.take(self._limits.messages, self._limits.seconds, self._limits.bytes)
        )
        self._meter.reach("intake", BROKER)
        if batch is None:
            self._replay()
            return 0
        committing = self._committing.submit(self._commit_all, batch)
        try:
            self._ahead = self._read(self._gather(committing))
            claimed = committing.result()
        except (OutOfStep, TransientError):
            # A commit under way and the same messages, come again, would wait for each other.
            wait([committing])
            self._give_back()
            raise
        self._consumer.ack(batch.last)
        self._claiming += claimed
        if self._claiming >= _CLAIMING_BATCHES:
            self._replay()
        return len(batch.arrivals)

    def is_done(self) -> bool:
        """Tell whether everything in the inbound queues has been taken in, or is in the hands of another intake.

        Raises:
            TransientError: the broker failed.
        """
        return self._ahead is None and not self._claiming and self._consumer.is_drained()

    def close(self) -> None:
        """Give back what was taken and not committed."""
        self._committing.shutdown()
        self._give_back()

    def _give_back(self) -> None:
        # What is not acknowledged comes again only on a new connection.
        self._ahead = None
        self._consumer.close()

    def _replay(self) -> None:
        if self._claiming:
            parking.replay_ready(self._engine, self._reader, self._rules())
            self._claiming = 0

    def _gather(self, committing: Future[Any]) -> list[Delivery]:
        """Take until the batch is full or the one before it committed: what is taken early only waits elsewhere."""
        deliveries: list[Delivery] = []
        # With less room than one message may need, the next one could be too much.
        room = self._limits.bytes
        while len(deliveries) < self._limits.messages and room >= MAX_MESSAGE_BYTES and not committing.done():
            taken = self._consumer.take(self._limits.messages - len(deliveries), _TICK_SECONDS, room)
            room -= sum(len(delivery.body) for delivery in taken)
            deliveries += taken
        return deliveries

    def _read(self, deliveries: Sequence[Delivery]) -> _Batch | None:
        if not deliveries:
            return None
        since, rules = monotonic(), self._rules()
        arrivals = [Arrival(one.queue, one.body, _headers_of(one)) for one in deliveries]
        self._reader.read_all(arrivals, rules.at.today)
        return _Batch(arrivals, rules, deliveries[-1], since)

    def _commit_all(self, batch: _Batch) -> bool:
        """Commit a batch; tell whether identifiers were claimed."""
        with span_of(self._tracer, batch.arrivals):
            claimed = self._commit(batch.arrivals, batch.rules)
        self._meter.batch(len(batch.arrivals), monotonic() - batch.since)
        self._meter.reach("intake", DATABASE)
        return claimed

    def _commit(self, arrivals: Sequence[Arrival], rules: Rules) -> bool:
        """Commit a batch; when the rules fail on it, halve it until the one message at fault is parked.

        Tells whether identifiers were claimed.
        """
        try:
            work = briefly(self._retried)(archive.take_in, self._engine, arrivals, rules)
        except (OutOfStep, TransientError):
            raise
        except Exception:  # noqa: BLE001 - one message the rules fail on must not hold up the others
            _log.exception("batch_failed", messages=len(arrivals), first=arrivals[0].key)
            if len(arrivals) > 1:
                middle = len(arrivals) // 2
                claimed = [self._commit(half, rules) for half in (arrivals[:middle], arrivals[middle:])]
                return any(claimed)
            failure = Failure(Reason.INTERNAL, "Xinglin failed while applying it; the log has the error")
            work = archive.take_in(self._engine, [replace(arrivals[0], statement=None, failure=failure)], rules)
        self._meter.commit(work)
        for row in work.parked:
            _log.warning("parked", message=row.message_key, reason=row.reason, detail=row.detail)
        _log.info(
            "batch",
            received=work.received,
            records=len(work.records.changed),
            parked=len(work.parked),
            dispatches=len(work.dispatches),
        )
        return bool(work.aliases)


def _headers_of(delivery: Delivery) -> Mapping[str, object]:
    headers = dict(delivery.headers)
    headers.pop(USER_ID, None)  # what a sender says of itself
    if delivery.content_type is not None:
        headers[CONTENT_TYPE] = delivery.content_type
    if delivery.user is not None:
        headers[USER_ID] = delivery.user
    return headers
