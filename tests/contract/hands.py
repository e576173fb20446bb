"""What other processes do with a broker."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection

from tests.builders import KEYS
from workers.broker import Outgoing, connect

PATIENCE = 60.0


def hold(url: str, told: Connection) -> None:
    """Take three messages, say so and hold them until killed."""
    consumer = connect(url, KEYS).consumer(["all"], prefetch=100)
    told.send([delivery.body for delivery in consumer.take(3, PATIENCE)])
    signal.pause()


def write(url: str, name: str) -> None:
    """Publish ten messages of that name in each of twenty batches."""
    publisher = connect(url, KEYS).publisher()
    for batch in range(20):
        ids = [f"{name}-{batch}-{number}" for number in range(10)]
        publisher.publish([Outgoing(i, "events", "x", i.encode(), "text/plain", {}) for i in ids], PATIENCE)
    publisher.close()
