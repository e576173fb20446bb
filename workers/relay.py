"""Relay: from the outbox to the broker. A message counts as sent only when the broker has confirmed it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
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
_DEADLINE_SECONDS = 5.0
_IDLE_SECONDS = 0.2
_CONTENT_TYPE = "application/cloudevents+json"


class Relay:
    """One publisher. A lease that outlives a crash makes the next relay send again, with the same message ids."""

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

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the window at hand is finished first. Troubles are waited out."""
        for attempt in patiently(stop):
            with attempt:
                while not stop.is_set():
                    if self.step() == 0:
                        self.idle()

    def step(self) -> int:
        """Send one window; return how many messages were sent.

        Marking a window as sent and claiming the next one is one transaction.

        Raises:
            TransientError: broker or database failed; what is leased is sent again when the lease ends.
        """
        if not self._held:
            with writing(self._engine) as connection:
                held = self._claim(connection)
            self._held = held
        claimed, self._held = self._held, []
        if not claimed:
            return 0
        try:
            fates = self._publisher.publish([self._compose(row) for row in claimed], _DEADLINE_SECONDS)
        except Exception as error:
            with writing(self._engine) as connection:
                outbox.give_back(connection, self._lease, claimed, type(error).__name__, self._now())
            raise
        return self._settle(claimed, fates)

    def _claim(self, connection: Connection) -> list[Claimed]:
        return outbox.claim(connection, self._lease, WINDOW, self._now())

    def idle(self) -> None:
        """Wait a moment, keeping the connection alive."""
        self._publisher.idle(_IDLE_SECONDS)

    def close(self) -> None:
        """Free what is claimed and not sent, and disconnect."""
        self._publisher.close()
        with writing(self._engine) as connection:
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

    def _settle(self, claimed: list[Claimed], fates: dict[str, Fate]) -> int:
        sent = [row for row in claimed if fates[row.message_id] is Fate.CONFIRMED]
        with writing(self._engine) as connection:
            marked = outbox.mark_sent(connection, self._lease, sent, self._now())
            for fate in (Fate.RETURNED, Fate.REFUSED):
                rows = [row for row in claimed if fates[row.message_id] is fate]
                outbox.give_back(connection, self._lease, rows, fate.value, self._now())
                if rows:
                    keys = sorted({row.routing_key for row in rows})
                    _log.error("not_taken", fate=fate.value, routing_keys=keys, messages=len(rows))
            held = self._claim(connection)
        # Only now: a claim that was not committed would be sent without its lease.
        self._held = held
        _log.info("window", sent=marked)
        return marked
