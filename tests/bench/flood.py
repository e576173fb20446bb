"""`python -m tests.bench.flood`: how long it takes to see through 20,000 parked messages, and to work them off.

A private PostgreSQL and no broker. Three of four messages are whole and come on a host whose clock is years behind:
parked for their time, they are taken in when they are replayed. The others are damaged in five ways.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from credit.identity import MASKED
from credit.record.rows import Decision
from credit.store.engine import reading
from credit.store.parked import Choice
from credit.store.queries.page import Part
from credit.store.queries.parked import find_parked
from credit.store.queries.parked_piles import find_piles
from schemas.reasons import Reason
from tests.bench import traffic
from tests.bench.alone import Broker
from tests.bench.counters import NOW
from tests.bench.stages import make_settings
from tests.servers import DeployedPostgres
from workers import logs
from workers.broker import Delivery
from workers.decisions.lots import Setting, apply, each_lot
from workers.decisions.parking import Desk, Mending
from workers.intake import Intake
from workers.runtime import Runtime, open_runtime

FLOOD = 20_000
_WHOLE_OF = 4
_BEHIND = datetime(2019, 1, 2, tzinfo=UTC)
_STRANGER = "11410481685969382K"
_PAGE = 200


def _cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _change(**items: str | None) -> Callable[[bytes], bytes]:
    """Return what puts other attributes into the envelope of a message; None takes one out."""

    def damage(body: bytes) -> bytes:
        event = {**json.loads(body), **items}
        return json.dumps({name: item for name, item in event.items() if item is not None}, ensure_ascii=False).encode()

    return damage


def _without_data(body: bytes) -> bytes:
    return json.dumps(json.loads(body) | {"data": {}}, ensure_ascii=False).encode()


_DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    _cut,
    _change(time=None),
    _without_data,
    _change(sender=_STRANGER),
    _change(source="/nowhere"),
)
"""json.invalid, envelope.invalid, item.missing, sender.unknown, source.wrong_queue."""


def flood(whole: Sequence[Delivery]) -> list[Delivery]:
    """Return the messages, every fourth of them damaged in one of five ways."""
    return [
        replace(one, body=_DAMAGES[place // _WHOLE_OF % len(_DAMAGES)](one.body)) if place % _WHOLE_OF == 0 else one
        for place, one in enumerate(whole)
    ]


@dataclass(frozen=True, slots=True)
class Took:
    """What was done with how many messages, and how long it took; `own` are the processor seconds of this program."""

    what: str
    messages: int
    seconds: float
    own: float


def measure(runtime: Runtime, messages: int, tell: Callable[[Took], None]) -> None:
    """Let a flood in and work it off; `tell` hears of each step."""
    postings = traffic.postings(0, messages, date(2026, 11, 22))
    deliveries = flood(traffic.deliveries(runtime.reader.routes, postings))

    @contextmanager
    def timed(name: str) -> Iterator[list[int]]:
        counted: list[int] = []
        begin, own = time.perf_counter(), time.process_time()
        yield counted
        tell(Took(name, sum(counted), time.perf_counter() - begin, time.process_time() - own))

    behind = replace(runtime, clock=lambda: _BEHIND)
    with timed("taken in and parked") as counted:
        intake = Intake(Broker(deliveries), runtime.engine, runtime.reader, behind.rules)  # type: ignore[arg-type]
        while done := intake.step():
            counted.append(done)
    with timed("parked summary") as counted, reading(runtime.engine) as connection:
        piles = find_piles(connection, runtime.view(MASKED))
        counted.append(sum(pile.count for pile in piles))
    with timed("parked list, the last page") as counted, reading(runtime.engine) as connection:
        counted.append(len(find_parked(connection, MASKED, part=Part(limit=_PAGE), newest_first=True)))
    desk = Desk(runtime.engine, runtime.reader, runtime.rules, Decision("bench", "flood", NOW, "bench"))
    with timed("parked replay, all") as counted:
        results: Counter[str] = Counter()
        for lot in each_lot(runtime.engine, Choice()):
            verdicts = desk.replay(lot)
            counted.append(len(verdicts))
            results.update(verdict.outcome for verdict in verdicts)
    assert results["parked"] < messages / 2 < sum(results.values()), results
    setting = [Setting(("source",), "/inspection")]
    with timed("parked mend, one reason") as counted:
        for lot in each_lot(runtime.engine, Choice(reason=Reason.SOURCE_WRONG)):
            counted.append(len(desk.mend(lot, Mending(lambda raw: apply(setting, raw)))))
    with timed("parked discard, the rest") as counted:
        for lot in each_lot(runtime.engine, Choice()):
            counted.append(len(desk.discard(lot)))


def _row(took: Took) -> Iterator[str]:
    yield from (took.what, f"{took.messages:,}", f"{took.seconds:.2f}", f"{took.own:.2f}")


def main() -> None:
    """Run from the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.flood", description=__doc__)
    options.add_argument("--messages", type=int, default=FLOOD)
    chosen = options.parse_args()
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs.configure(logging.CRITICAL)
    table = Table("what", "messages", "seconds", "of them own processor")
    postgres = DeployedPostgres()
    with tempfile.TemporaryDirectory(prefix="xinglin-flood-") as folder:
        try:
            postgres.start()
            where = make_settings(Path(folder), postgres.create_database("flood"))
            with open_runtime(where, lambda: NOW) as runtime:
                measure(runtime, chosen.messages, lambda took: table.add_row(*_row(took)))
        finally:
            postgres.remove()
    Console(highlight=False).print(table)


if __name__ == "__main__":
    main()
