"""What does not depend on how busy a machine is: statements, round trips and WAL bytes of a fixed set of messages.

libpq itself tells what goes over the wire, so they are counted whichever way the store speaks to it.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from psycopg import pq
from sqlalchemy import Connection, event, text

from credit.store.engine import reading
from tests.bench import traffic
from tests.bench.alone import Broker
from workers.intake import Intake
from workers.runtime import open_runtime
from workers.settings import Settings

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
BATCH = 500
BATCHES = 6
BASELINE = Path(__file__).with_name("baseline.json")
#: WAL differs a little from run to run: where rows fall on pages is not the same, and vacuum comes when it likes.
WAL_TOLERANCE = 0.10


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts for each message taken in, but for what it needs to be right at all: those are totals."""

    messages: int
    batches: int
    statements: int
    round_trips: int
    wal_bytes_per_message: float


def count(where: Settings) -> Counters:
    """Take fixed messages in and count; `where` is an empty Xinglin on PostgreSQL. The first batch warms up."""
    with tempfile.TemporaryFile() as trace, open_runtime(where, lambda: NOW) as runtime:
        postings = traffic.postings(0, BATCH * BATCHES, date(2026, 11, 22))
        broker: Any = Broker(traffic.deliveries(runtime.reader.routes, postings))
        intake = Intake(broker, runtime.engine, runtime.reader, runtime.rules)
        intake.step()
        with reading(runtime.engine) as connection:
            start = _wal_position(connection)
        runtime.engine.dispose()

        @event.listens_for(runtime.engine, "connect")
        def _trace(connection: Any, _record: object) -> None:
            connection.pgconn.trace(trace.fileno())
            connection.pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)

        batches = 0
        while intake.step():
            batches += 1
        event.remove(runtime.engine, "connect", _trace)
        runtime.engine.dispose()
        with reading(runtime.engine) as connection:
            written = _wal_position(connection) - start
        trace.seek(0)
        sent = Counter(_kinds(trace.read()))
        messages = batches * BATCH
        return Counters(
            messages=messages,
            batches=batches,
            statements=sent["Execute"] + sent["Query"],
            round_trips=sent["Sync"] + sent["Query"],
            wal_bytes_per_message=round(written / messages, 1),
        )


def read_baseline() -> Counters:
    """Return the committed counters."""
    return Counters(**json.loads(BASELINE.read_text()))


def _kinds(trace: bytes) -> list[str]:
    """Return the kinds of what the client sent, in order: lines such as `F<tab>11<tab>Sync`."""
    parts = (line.split(b"\t") for line in trace.splitlines() if line.startswith(b"F\t"))
    return [part[2].decode() for part in parts if len(part) > 2]


def _wal_position(connection: Connection) -> int:
    position = connection.execute(text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))
    return int(position.scalar_one())
