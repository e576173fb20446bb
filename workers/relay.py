"""Relay: from the outbox to the broker. A message counts as sent only when the broker has confirmed it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine

from credit.record import places
from credit.rules import Rules
from credit.store import outbox
from credit.store.engine import writing
from credit.store.outbox import Claimed
from credit.vault import SealBroken
from schemas.errors import OutOfStep, TransientError
from schemas.tracing import TRACEPARENT, find_traceparent
from workers.broker import Broker, Fate, Outgoing
from workers.metrics.meter import BROKER, DATABASE, SILENT, Meter
from workers.retry import patiently

_log = structlog.get_logger(__name__)

WINDOW = 1000
"""Messages published and not yet marked as sent, at most: what a relay that dies leaves to be sent again."""
_SHARE = WINDOW // 3
_DEADLINE_SECONDS = 5.0
_IDLE_SECONDS = 0.2
_CONTENT_TYPE = "application/cloudevents+json"


class _Published(NamedTuple):
    """A message under way, and since when (monotonic)."""

    row: Claimed
    since: float


class _Known(NamedTuple):
    """What became of a message; None where it could not be opened, and so was not published."""

    row: Claimed
    fate: Fate | None


class Relay:
    """One publisher. A lease that outlives a crash makes the next relay send again, with the same message ids.

    While there is a backlog, a third of a window is published, the broker confirms the third before it, and a thread
    of its own books: in one transaction it marks the third before that and leases the one to come.
    """

    def __init__(
        self, broker: Broker, engine: Engine, exchange: str, rules: Callable[[], Rules], meter: Meter = SILENT
    ) -> None:
        """Open the publisher; `exchange` is where everything that leaves is published, `rules` has keys and time."""
        self._engine = engine
        self._exchange = exchange
        self._rules = rules
        self._vault = rules().vault
        self._meter = meter
        self._publisher = broker.publisher()
        self._clerk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clerk")
        self._booking: Future[None] | None = None
        self._lease = uuid.uuid4().hex
        # In the order of a message's way: leased, published, and of known fate but not yet marked.
        self._held: list[Claimed] = []
        self._under_way: dict[str, _Published] = {}
        self._known: list[_Known] = []
        self._in_doubt = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is at hand is finished first. Troubles are waited out."""
        for attempt in patiently(stop, partial(self._meter.retry, "relay")):
            with attempt:
                while not stop.is_set():
                    if self.step() == 0:
                        self.idle()
                    self._meter.reach("relay", BROKER, DATABASE)

    def step(self) -> int:
        """Publish what is leased and, meanwhile, book; return how many messages were published.

        A later step, or `close`, marks them as sent.

        Raises:
            TransientError: broker or database failed. What was published is kept until it is marked, and nothing
                else is published before; what was not confirmed is sent again.
        """
        try:
            return self._advance()
        except TransientError:
            # A claim whose answer was lost may have leased what nobody here knows of.
            self._in_doubt = True
            raise

    def idle(self) -> None:
        """Wait a moment, keeping the connection alive."""
        self._publisher.idle(_IDLE_SECONDS)

    def close(self) -> None:
        """Mark what was sent, free what is leased and was not, and disconnect."""
        with suppress(TransientError):
            self._known += self._send([])
        self._publisher.close()
        self._clerk.shutdown()
        try:
            with writing(self._engine) as connection:
                self._settle(connection)
                outbox.release(connection, self._lease)
        except OutOfStep:
            # The archive is not this program's any more: its lease runs out, and what is not marked is sent again.
            _log.warning("left_leased", messages=len(self._held) + len(self._known))

    def _advance(self) -> int:
        if self._in_doubt or not self._held:
            self._known += self._send([])
            self._book()
            self._in_doubt = False
        claimed, self._held = self._held, []
        if claimed:
            self._booking = self._clerk.submit(self._book)
            fates = self._send(claimed)
            wait([self._booking])
            # Only now: those known before were being marked.
            self._known += fates
            self._booking.result()
        return len(claimed)

    def _send(self, claimed: Sequence[Claimed]) -> list[_Known]:
        """Publish, and return the fates known by now: all but this share's, or all when there is no backlog."""
        composed = [(row, self._compose(row)) for row in claimed]
        outgoing = [message for _, message in composed if message is not None]
        unopened = [self._learn(row, None) for row, message in composed if message is None]
        since = monotonic()
        self._under_way |= {row.message_id: _Published(row, since) for row, message in composed if message is not None}
        if not self._under_way:
            return unopened
        under_way = _SHARE if len(claimed) == _SHARE else 0
        try:
            fates = self._publisher.publish(outgoing, _DEADLINE_SECONDS, under_way)
        except Exception as error:
            self._hand_back(error)
            raise
        return unopened + [self._learn_of(self._under_way.pop(id_), fate) for id_, fate in fates.items()]

    def _learn_of(self, published: _Published, fate: Fate) -> _Known:
        if fate is Fate.CONFIRMED:
            row, since = published
            self._meter.confirm(_family_of(row), monotonic() - since, row.created_at)
        return self._learn(published.row, fate)

    def _learn(self, row: Claimed, fate: Fate | None) -> _Known:
        self._meter.publish(_family_of(row), fate.value if fate is not None else outbox.UNOPENED)
        return _Known(row, fate)

    def _compose(self, row: Claimed) -> Outgoing | None:
        """Open a message; None where it does not open: it is kept back, and the others go on."""
        try:
            body = self._vault.unseal(row.body, places.of_dispatch(row.message_id))
        except SealBroken:
            return None
        trace = find_traceparent(body)
        return Outgoing(
            message_id=row.message_id,
            exchange=self._exchange,
            routing_key=row.routing_key,
            body=body,
            content_type=_CONTENT_TYPE,
            headers={TRACEPARENT: trace} if trace is not None else {},
        )

    def _book(self) -> None:
        """Write down what became of messages, and lease what comes next.

        In doubt, free in between what may be leased already: nothing is under way then.
        """
        with writing(self._engine) as connection:
            marked = self._settle(connection)
            if self._in_doubt:
                outbox.release(connection, self._lease)
            held = outbox.claim(connection, self._lease, _SHARE, self._rules().at.now)
        # Only now: what was not committed is to be marked again, and would be sent without its lease.
        self._known, self._held = [], held
        if marked:
            _log.info("marked", sent=marked)

    def _settle(self, connection: Connection) -> int:
        now = self._rules().at.now
        if unopened := [row for row, fate in self._known if fate is None]:
            self._keep_back(connection, unopened, now)
        sent = [row for row, fate in self._known if fate is Fate.CONFIRMED]
        for fate in (Fate.RETURNED, Fate.REFUSED):
            if rows := [row for row, each in self._known if each is fate]:
                outbox.give_back(connection, self._lease, rows, fate.value, now)
                keys = sorted({row.routing_key for row in rows})
                _log.error("not_taken", fate=fate.value, routing_keys=keys, messages=len(rows))
        return outbox.mark_sent(connection, self._lease, sent, now)

    def _keep_back(self, connection: Connection, unopened: Sequence[Claimed], now: datetime) -> None:
        """Leave what does not open in the outbox, where an alert sees it; what comes after it in its stream waits."""
        outbox.give_back(connection, self._lease, unopened, outbox.UNOPENED, now)
        _log.error("not_opened", messages=[row.message_id for row in unopened])

    def _hand_back(self, error: Exception) -> None:
        """Free what was not confirmed, and what is being leased as well."""
        if self._booking is not None:
            wait([self._booking])
        rows = [*(published.row for published in self._under_way.values()), *self._held]
        self._under_way, self._held = {}, []
        with writing(self._engine) as connection:
            outbox.hand_back(connection, self._lease, rows, type(error).__name__)


def _family_of(row: Claimed) -> str:
    """Return what a message is: notice, feed, assessment or alert, the first word of its routing key."""
    return row.routing_key.partition(".")[0]
