"""`python -m tests.bench.metering`: what counting costs an intake, on a private PostgreSQL and no broker.

Two intakes of one process take turns on one archive, a batch each: one is heard by nobody, the other is counted as with
`--metrics-port`. Processor time is compared, of all threads: the machine may have other work. Who begins changes from
pair to pair, and of the pairs the median tells. Batches differ by more than counting costs; so what it takes in its own
thread is timed besides.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import signal
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from time import process_time, thread_time
from typing import Any

from rich.console import Console

from credit.batch.work import Work
from credit.record.rows import WorkerRow
from tests.bench import counters, traffic
from tests.bench.alone import Broker
from tests.bench.stages import make_settings
from tests.servers import DeployedPostgres
from workers import logs
from workers.intake import Intake
from workers.metrics.meter import SILENT, Meter, Tally
from workers.process import calm_collector
from workers.runtime import Runtime, open_runtime

WARM = 6
_PAIRS = 40
_AHEAD = 2
"""Batches that an intake has read or asked for when it commits the last one that counts."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time a message: without counting, what counting adds, and what it takes by itself.

    Each by pairs.
    """

    silent: list[float]
    added: list[float]
    itself: list[float]

    @property
    def share(self) -> float:
        """What counting takes by itself, as a part of the whole: medians."""
        return median(self.itself) / median(self.silent)


class _Timed(Tally):
    """Counts, and takes note of the processor time of its own thread that an intake's counting took."""

    spent = 0.0

    def commit(self, work: Work) -> None:
        begin = thread_time()
        super().commit(work)
        self.spent += thread_time() - begin

    def batch(self, messages: int, seconds: float) -> None:
        begin = thread_time()
        super().batch(messages, seconds)
        self.spent += thread_time() - begin

    def reach(self, worker: str, *others: str) -> None:
        begin = thread_time()
        super().reach(worker, *others)
        self.spent += thread_time() - begin


def measure(runtime: Runtime, pairs: int) -> Cost:
    """Let two intakes take turns, so many batches each."""
    tally = _Timed(runtime.clock)
    now = runtime.clock()
    worker = WorkerRow("w", "intake", "h", 1, "v", "t", "r", "l", now, now, now)
    tally.load(worker, frozenset(runtime.reader.routes.sources))
    intakes = [_open(runtime, meter, number, pairs) for number, meter in enumerate((SILENT, tally))]
    for _ in range(WARM):
        for intake in intakes:
            intake.step()
    calm_collector()
    gc.disable()  # whoever it met would pay for both
    cost = Cost([], [], [])
    for number in range(pairs):
        spent, tally.spent = [0.0, 0.0], 0.0
        for which in (0, 1) if number % 2 else (1, 0):
            begin = process_time()
            messages = intakes[which].step()
            spent[which] = (process_time() - begin) * 1e6 / messages
        gc.collect(0)
        cost.silent.append(spent[0])
        cost.added.append(spent[1] - spent[0])
        cost.itself.append(tally.spent * 1e6 / messages)
    gc.enable()
    for intake in intakes:
        intake.close()
    return cost


def _open(runtime: Runtime, meter: Meter, number: int, pairs: int) -> Intake:
    """Return an intake with messages of its own: the same kinds in the same order, of other documents."""
    batches = WARM + pairs + _AHEAD
    postings = traffic.postings(number * batches * counters.BATCH, batches * counters.BATCH, date(2026, 11, 22))
    broker: Any = Broker(traffic.deliveries(runtime.reader.routes, postings))
    return Intake(broker, runtime.engine, runtime.reader, runtime.rules, meter=meter)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.metering", description=__doc__)
    options.add_argument("--pairs", type=int, default=_PAIRS, help=f"batches of each (default {_PAIRS})")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = options.parse_args()
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs.configure(logging.CRITICAL)
    postgres = DeployedPostgres()
    with tempfile.TemporaryDirectory(prefix="xinglin-metering-") as folder:
        try:
            postgres.start()
            where = make_settings(Path(folder), postgres.create_database("metering"))
            with open_runtime(where, lambda: counters.NOW) as runtime:
                cost = measure(runtime, chosen.pairs)
        finally:
            postgres.remove()
    low, _, high = quantiles(cost.added, n=4)
    Console(highlight=False).print(
        f"{chosen.pairs} pairs of {counters.BATCH} messages: {median(cost.silent):.0f} µs a message without counting; "
        f"counting takes {median(cost.itself):.2f} µs of them by itself, {cost.share:.2%}; "
        f"with it a batch took {median(cost.added):+.1f} µs a message ({low:+.0f} to {high:+.0f}, the middle half)"
    )
    if chosen.json is not None:
        figures = {
            "silent_us": median(cost.silent),
            "added_us": median(cost.added),
            "itself_us": median(cost.itself),
            "share": cost.share,
        }
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
