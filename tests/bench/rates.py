"""Rates of intake and relay, each beside its floor, in short rounds that take turns: the machine is noisy."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from credit.record import places
from credit.vault import Keyring
from tests.bench import floor, same_rows
from tests.bench.place import Effort, Place, Round, measure
from workers.broker import Outgoing
from workers.postings import Posting

A_QUEUE = "credit.in.inspection"
TAKEN_IN = "SELECT coalesce(sum(received), 0) FROM batch"
_WINDOW = 1000
_SAME_ROWS = "import sys; from tests.bench import same_rows; same_rows.run(sys.argv[1:])"
#: Of those filled in before, all have been sent.
_UNSENT = "INSERT INTO unsent (outbox_id, stream) SELECT outbox_id, stream FROM outbox WHERE sent_at IS NULL ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Pace:
    """What came of some messages: how many a second, and the processor microseconds of each by who spent them."""

    rate: float
    processor: Mapping[str, float]
    peak_mib: float = 0.0
    """The largest peak of memory of a worker."""


def pace(effort: Effort, messages: int, peak_mib: float = 0.0) -> Pace:
    """Return the pace of so many messages."""
    each = {name: seconds / messages * 1e6 for name, seconds in effort.processor.items()}
    return Pace(messages / effort.seconds, each, peak_mib)


def intake(place: Place, processes: int, warm: Sequence[Posting], postings: Sequence[Posting]) -> Pace:
    """Return the pace of so many intakes on an empty archive."""
    with place.round() as kept:
        return intake_within(kept, processes, warm, postings)


def intake_within(kept: Round, processes: int, warm: Sequence[Posting], postings: Sequence[Posting]) -> Pace:
    """Return the pace on the archive of a round."""
    workers = [kept.start_xinglin("intake") for _ in range(processes)]
    kept.wait_for_consumers(A_QUEUE, processes, workers)
    (before,) = kept.ask(TAKEN_IN)
    known = int(str(before)) + len(warm)
    kept.send(warm)
    kept.wait_for(TAKEN_IN, known, workers)
    done = (TAKEN_IN, known + len(postings), "batch")
    effort = measure(kept, workers, lambda: kept.send(postings), done)
    return pace(effort, len(postings), max(worker.peak_mib for worker in workers))


def bare_loop(place: Place, warm: Sequence[Posting], postings: Sequence[Posting]) -> Pace:
    """Return the pace of the floor, one process."""
    distinct = "SELECT count(*) FROM kept"
    with place.round() as kept:
        with kept.connect() as connection:
            connection.execute(floor.TABLE.encode())
        worker = kept.start(sys.executable, "-m", "tests.bench.floor")
        kept.wait_for_consumers(A_QUEUE, 1, [worker])
        kept.send(warm)
        known = len({posting.body for posting in warm})
        kept.wait_for(distinct, known, [worker])
        expected = known + len({posting.body for posting in postings})
        effort = measure(kept, [worker], lambda: kept.send(postings), (distinct, expected, "kept"))
    return pace(effort, len(postings))


def record_rows(place: Place, parts: Sequence[tuple[Sequence[Posting], Sequence[Posting]]]) -> list[Path]:
    """Return a file for each part, its warming messages first, of the rows that an intake on its own makes of it."""
    files = [place.folder / f"rows_{number}.pickle" for number in range(len(parts))]
    for file, (warm, postings) in zip(files, parts, strict=True):
        with place.round() as kept:
            same_rows.record(kept.runtime, warm, postings, file)
    return files


def write_same_rows(place: Place, shares: Sequence[Sequence[Path]], postings: Sequence[Posting]) -> Pace:
    """Return the pace of writing recorded rows, with a process for each share of the files."""
    with place.round() as kept:
        workers = [kept.start(sys.executable, "-c", _SAME_ROWS, *files) for files in shares]
        kept.wait_for_consumers(A_QUEUE, len(workers), workers)
        (warm,) = kept.ask(TAKEN_IN)
        done = (TAKEN_IN, int(str(warm)) + len(postings), "batch")
        effort = measure(kept, workers, lambda: kept.send(postings), done)
    return pace(effort, len(postings))


def dispatches(place: Place, postings: Sequence[Posting], times: int) -> list[tuple[object, ...]]:
    """Return outbox rows as an intake makes them from these messages, a backlog that takes seconds to send.

    Each is there so many times, as messages of their own about others: a body opens in the row of its message alone.
    """
    with place.round() as kept:
        worker = kept.start_xinglin("intake")
        kept.send(postings)
        kept.wait_for(TAKEN_IN, len(postings), [worker])
        with kept.connect() as connection:
            rows = connection.execute(
                "SELECT message_id, type, routing_key, stream, body, created_at FROM outbox ORDER BY outbox_id"
            ).fetchall()
        keyring = kept.runtime.keyring
    return [_rename(row, f"-{number}", keyring) for number in range(times) for row in rows]


def _rename(row: tuple[Any, ...], suffix: str, keyring: Keyring) -> tuple[object, ...]:
    message_id, kind, key, stream, body, *rest = row
    name = f"{message_id}{suffix}"
    plain = keyring.unseal(body, places.of_dispatch(message_id))
    return (name, kind, key, f"{stream}{suffix}", keyring.seal(plain, places.of_dispatch(name)), *rest)


def relay(place: Place, rows: Sequence[tuple[object, ...]]) -> Pace:
    """Return the pace of one relay that finds these rows in its outbox."""
    with place.round() as kept:
        worker = kept.start_xinglin("relay")
        warm = len(rows) // 10
        _fill(kept, rows[:warm])
        unsent = "SELECT -count(*) FROM unsent"
        kept.wait_for(unsent, 0, [worker])
        effort = measure(kept, [worker], lambda: _fill(kept, rows[warm:]), (unsent, 0, "outbox"))
    return pace(effort, len(rows) - warm)


def _fill(kept: Round, rows: Sequence[tuple[object, ...]]) -> None:
    columns = "message_id, type, routing_key, stream, body, created_at"
    statement = f"COPY outbox ({columns}) FROM STDIN (FORMAT BINARY)".encode()
    with kept.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            copy.set_types(["text", "text", "text", "text", "bytea", "timestamptz"])
            for row in rows:
                copy.write_row(row)
        cursor.execute(_UNSENT)


def bare_publisher(place: Place, rows: Sequence[tuple[object, ...]]) -> Pace:
    """Return the pace of a publisher with a window of confirms, of the same bodies to the same queues."""
    with place.round() as kept:
        keyring, exchange = kept.runtime.keyring, kept.runtime.reader.routes.exchange_out
        outgoing = [
            Outgoing(
                str(row[0]),
                exchange,
                str(row[2]),
                keyring.unseal(_bytes(row[4]), places.of_dispatch(str(row[0]))),
                "",
                {},
            )
            for row in rows
        ]
        publisher = kept.runtime.broker.publisher()
        warm = len(outgoing) // 10
        publisher.publish(outgoing[:warm], 60)
        before, own, begin = kept.processor_seconds([]), process_time(), monotonic()
        for start in range(warm, len(outgoing), _WINDOW):
            publisher.publish(outgoing[start : start + _WINDOW], 60)
        seconds, after = monotonic() - begin, kept.processor_seconds([])
        spent = {name: after[name] - before[name] for name in after} | {"workers": process_time() - own}
        publisher.close()
    return pace(Effort(seconds, spent), len(outgoing) - warm)


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
