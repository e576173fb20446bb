"""The floor that writes what an intake writes and decides nothing: the same rows, statements and transactions.

`record` lets a real intake take messages in and keeps what it gave the store to write. `run`, as a process with the
environment of a worker, takes as many messages from the broker, looks at none of them, and writes that. What lies
between this floor and an intake is reading, recognising, looking up and deciding.
"""

from __future__ import annotations

import pickle
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine

from credit.batch.work import Work
from credit.store import archive
from credit.store.engine import connect, writing
from credit.store.writing import write
from tests.bench import traffic
from tests.bench.alone import Broker
from workers import broker, keyfile, settings
from workers.broker import Consumer, Delivery
from workers.intake import BATCH_LIMITS, Intake
from workers.postings import Posting
from workers.process import calm_collector
from workers.runtime import Runtime, load_reader


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of so many messages: for each transaction in order, what the store was given to write."""

    messages: int
    writes: Sequence[Work]


@dataclass(frozen=True, slots=True)
class Part:
    """The batches of some messages, and of those before them that warm up."""

    warm: Sequence[Batch]
    measured: Sequence[Batch]


def record(runtime: Runtime, warm: Sequence[Posting], postings: Sequence[Posting], file: Path) -> None:
    """Take messages in for real, in full batches, and write into a file what came of them."""
    part = Part(_take_in(runtime, warm), _take_in(runtime, postings))
    file.write_bytes(pickle.dumps(part))


def _take_in(runtime: Runtime, postings: Sequence[Posting]) -> list[Batch]:
    at_hand: Any = Broker(traffic.deliveries(runtime.reader.routes, postings))
    batches = []
    with _written() as written:
        intake = Intake(at_hand, runtime.engine, runtime.reader, runtime.rules)
        while messages := intake.step():
            batches.append(Batch(messages, tuple(written)))
            written.clear()
        intake.close()
    last = batches.pop()
    return [*batches, Batch(last.messages, (*last.writes, *written))]


@contextmanager
def _written() -> Iterator[list[Work]]:
    """Give the list of what the store is given to write from now on, one entry a transaction."""
    found: list[Work] = []

    def keep(connection: Connection, work: Work) -> None:
        # A copy of this moment, without what only decides; of the rules, writing looks at the time.
        rules: Any = SimpleNamespace(at=work.rules.at)
        found.append(pickle.loads(pickle.dumps(replace(work, rules=rules, facts={}, numbers={}))))
        write(connection, work)

    with patch.object(archive, "write", keep):
        yield found


def run(files: Sequence[str]) -> None:
    """Write what warms up, then a batch for every full batch of messages; work until killed."""
    where = settings.read()
    parts: list[Part] = [pickle.loads(Path(file).read_bytes()) for file in files]
    engine, inbound = connect(where.database_url), load_reader(where).routes.inbound
    for part in parts:
        for batch in part.warm:
            write_batch(engine, batch)
    calm_collector()
    keys = keyfile.load(where.home, where.environ, servers=where.servers)
    consumer = broker.connect(where.broker_url, keys).consumer(inbound, prefetch=2 * BATCH_LIMITS.messages)
    for part in parts:
        for batch in part.measured:
            last = _take(consumer, batch.messages)
            write_batch(engine, batch)
            consumer.ack(last)
    # What was sent ahead of its last batch goes to the other process.
    consumer.close()
    signal.pause()


def _take(consumer: Consumer, count: int) -> Delivery:
    """Take so many messages, however long it takes; return the last."""
    taken: list[Delivery] = []
    while len(taken) < count:
        taken += consumer.take(count - len(taken), BATCH_LIMITS.seconds)
    return taken[-1]


def write_batch(engine: Engine, batch: Batch) -> None:
    """Write what came of a batch, in transactions as the intake did."""
    for work in batch.writes:
        with writing(engine) as connection:
            write(connection, work)
