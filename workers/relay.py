"""Relay: from the outbox to the broker. A message counts as sent only when the broker has confirmed it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine

from credit.store import outbox
from credit.store.engine import writing
from credit.store.outbox import Claimed
from credit.vault import Keyring
from workers.broker import Broker, Fate, Outgoing
from workers.retry import patiently

_log = structlog.get_logger(__name__)

WINDOW = 1000
"""Messages published and not yet marked as sent, at most: what a relay that dies leaves to be sent again."""
_SHARE = WINDOW // 2
_DEADLINE_SECONDS = 5.0
_IDLE_SECONDS = 0.2
_CONTENT_TYPE = "application/cloudevents+json"


class Relay:
    """One publisher. A lease that outlives a crash makes the next relay send again, with the same message ids.

    While one half of a window is published, the database marks the half before it and leases the half after it.
    """

    def __init__(
        self, broker: Broker, engine: Engine, exchange: str, keyring: Keyring, now: Callable[[], datetime]
    ) -> None:
        """Open the publisher; `exchange` is where everything that leaves is published."""
        self._engine = engine
        self._exchange = exchange
        self._keyring = keyring
        self._now = now
        self._publisher = broker.publisher()
        self._lease = uuid.uuid4().hex
        self._held: list[Claimed] = []
        self._published: list[tuple[Claimed, Fate]] = []

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is at hand is finished first. Troubles are waited out."""
        for attempt in patiently(stop):
            with attempt:
                while not stop.is_set():
                    if self.step() == 0:
                        self.idle()

    def step(self) -> int:
        """Publish what is leased and, meanwhile, book; return how many messages the broker confirmed.

        They are marked as sent by the next step, or by `close`.

        Raises:
            TransientError: broker or database failed. What was published is kept until it is marked, and nothing
                else is published before; what was not confirmed is sent again.
        """
        if not self._held:
            self._book()
        claimed, self._held = self._held, []
        if not claimed:
            return 0
        try:
            with ThreadPoolExecutor(1) as clerk:
                booked = clerk.submit(self._book)
                fates = self._publisher.publish([self._compose(row) for row in claimed], _DEADLINE_SECONDS)
        except Exception as error:
            self._hand_back(claimed, error)
            raise
        self._published += [(row, fates[row.message_id]) for row in claimed]
        booked.result()
        return sum(fate is Fate.CONFIRMED for fate in fates.values())

    def idle(self) -> None:
        """Wait a moment, keeping the connection alive."""
        self._publisher.idle(_IDLE_SECONDS)

    def close(self) -> None:
        """Mark what was sent, free what is leased and was not, and disconnect."""
        self._publisher.close()
        with writing(self._engine) as connection:
            self._settle(connection)
            outbox.release(connection, self._lease)

    def _compose(self, row: Claimed) -> Outgoing:
        return Outgoing(
            message_id=row.message_id,
            exchange=self._exchange,
            routing_key=row.routing_key,
            body=self._keyring.unseal(row.body, b"outbox"),
            content_type=_CONTENT_TYPE,
            headers={},
        )

    def _book(self) -> None:
        """Settle what was published and lease what comes next, in one transaction."""
        with writing(self._engine) as connection:
            self._settle(connection)
            held = outbox.claim(connection, self._lease, _SHARE, self._now())
        # Only now: a claim that was not committed would be sent without its lease.
        self._published, self._held = [], held

    def _settle(self, connection: Connection) -> None:
        sent = [row for row, fate in self._published if fate is Fate.CONFIRMED]
        marked = outbox.mark_sent(connection, self._lease, sent, self._now())
        for fate in (Fate.RETURNED, Fate.REFUSED):
            if rows := [row for row, each in self._published if each is fate]:
                outbox.give_back(connection, self._lease, rows, fate.value, self._now())
                keys = sorted({row.routing_key for row in rows})
                _log.error("not_taken", fate=fate.value, routing_keys=keys, messages=len(rows))
        if marked:
            _log.info("marked", sent=marked)

    def _hand_back(self, claimed: list[Claimed], error: Exception) -> None:
        rows, self._held = claimed + self._held, []
        with writing(self._engine) as connection:
            outbox.hand_back(connection, self._lease, rows, type(error).__name__)
