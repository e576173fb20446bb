"""An intake alone: its messages at hand and no broker, so that batches are the same on every run.

As a program it takes messages in with the Xinglin on `PYTHONPATH`, which may be one of another revision:
`tests.bench.against` starts it. So it uses only what every revision has: the seams of the intake, never what is inside.

    python -P alone.py MESSAGES WARM BATCHES NOW

MESSAGES is a file of `write_messages`; so many batches warm up and so many are measured; NOW is the time it is for the
intake. It says a line when it is warm, and waits for one before each batch that is measured; what the batch took is its
answer. The last line, after one more to wait for, is the digest of the archive.
"""

from __future__ import annotations

import json
import logging
import sys
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import process_time, thread_time
from typing import Any

from credit.store import migrate
from credit.store.digest import digest
from credit.store.engine import connect, reading
from workers import logs, settings
from workers.broker import Delivery
from workers.intake import Intake
from workers.process import calm_collector
from workers.runtime import open_runtime

CONTENT_TYPE = "application/cloudevents+json"


class Queue:
    """A consumer that has all its messages at hand.

    `reading_seconds` is the processor time that the thread of the consumer has had between taking messages and
    asking for more or acknowledging: the time of reading them, with whatever functions that is done.
    """

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self._waiting = list(deliveries)
        self._since: float | None = None
        self.reading_seconds = 0.0

    def take(self, limit: int, wait_seconds: float, most_bytes: int = 0) -> list[Delivery]:
        """Take a full batch; messages of a benchmark are small."""
        self._settle()
        taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
        self._since = thread_time()
        return taken

    def ack(self, last: Delivery) -> None:
        """Take note that reading is over."""
        self._settle()

    def close(self) -> None:
        """Do nothing."""

    def _settle(self) -> None:
        if self._since is not None:
            self.reading_seconds += thread_time() - self._since
            self._since = None


class Broker:
    """As much of a broker as an intake asks for: its one consumer is `queue`."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self.queue = Queue(deliveries)

    def consumer(self, queues: Sequence[str], prefetch: int) -> Queue:
        """Return the one consumer."""
        return self.queue


def deliver(queue: str, body: bytes, tag: int) -> Delivery:
    """Return a message as a consumer gives it, of one who is asked for no proof."""
    # Revisions from before users were recorded are run by this file too.
    user: dict[str, Any] = {"user": None} if "user" in Delivery.__match_args__ else {}
    return Delivery(queue, body, {}, CONTENT_TYPE, tag, 1, redelivered=False, **user)


def write_messages(deliveries: Sequence[Delivery], file: Path) -> None:
    """Write the queue and the bytes of each message into a file."""
    file.write_text(json.dumps([[one.queue, b64encode(one.body).decode()] for one in deliveries]))


def _read_messages(file: Path) -> list[Delivery]:
    kept = enumerate(json.loads(file.read_text()), start=1)
    return [deliver(queue, b64decode(body), tag) for tag, (queue, body) in kept]


def main() -> None:
    """Take the messages in and tell what it took."""
    file, warm, batches, now = sys.argv[1:]
    logs.configure(logging.CRITICAL)
    where, moment = settings.read(), datetime.fromisoformat(now)
    engine = connect(where.database_url)
    migrate.upgrade(engine)
    engine.dispose()
    with open_runtime(where, lambda: moment) as runtime:
        # What another revision expects of a broker is not for the types of this one to say.
        broker: Any = Broker(_read_messages(Path(file)))
        intake = Intake(broker, runtime.engine, runtime.reader, runtime.rules)
        for _ in range(int(warm)):
            intake.step()
        calm_collector()
        _say("warm")
        for _ in range(int(batches)):
            begin, read = process_time(), broker.queue.reading_seconds
            messages = intake.step()
            whole, read = process_time() - begin, broker.queue.reading_seconds - read
            _say(json.dumps({"messages": messages, "read": read, "whole": whole}))
        while intake.step():
            pass
        intake.close()
        with reading(runtime.engine) as connection:
            sys.stdout.write(digest(connection, runtime.keyring) + "\n")


def _say(line: str) -> None:
    """Say a line and wait for one."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main()
