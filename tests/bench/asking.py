"""`python -m tests.bench.asking`: how long those wait who ask why a grade is as it is, or what another policy changes.

On a private PostgreSQL with the archive of `tests.bench.closing`, for every regime that ships: single subjects are
explained as `xinglin explain` does, and all of them assessed under two policies as `xinglin policy diff` does.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from statistics import quantiles

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from credit.grading import loading
from credit.grading.lists import Found
from credit.grading.regime import Regime
from credit.identity import MASKED
from credit.store import migrate
from credit.store.engine import connect, reading
from credit.store.queries.explained import explain_grades
from credit.store.queries.view import View
from credit.store.queries.what_if import compare_policies
from tests.bench import closing
from tests.builders import KEYS, ROOT, connectors, national_law
from tests.servers import DeployedPostgres
from workers.process import calm_collector

_ASKED = 200
"""So many subjects are explained under each regime."""
_DAY = closing.NOW.date()


class _Waits:
    """Seconds that somebody waited, of each time."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Take the time of a block."""
        begun = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - begun)


def explain(engine: Engine, regime: Regime, subjects: int) -> float:
    """Explain subjects from all over the archive one by one; return the seconds within which 99 of 100 are."""
    waits = _Waits()
    for number in range(0, subjects, max(1, subjects // _ASKED)):
        key = closing.id_of(number)
        with waits.timed(), reading(engine) as connection:
            explain_grades(connection, key, regime, closing.YEAR, _DAY, national_law(), View(MASKED, KEYS, _DAY))
    return quantiles(waits.seconds, n=100)[98]


def diff(engine: Engine, regime: Regime) -> tuple[float, int]:
    """Compare a regime with itself without its limits; return the seconds, and how many grades would be others."""
    waits = _Waits()
    editions = [
        edition.model_copy(
            update={"scales": tuple(scale.model_copy(update={"limits": ()}) for scale in edition.scales)}
        )
        for edition in regime.file.editions
    ]
    milder = replace(regime, file=regime.file.model_copy(update={"editions": tuple(editions)}))
    with waits.timed(), reading(engine) as connection:
        at = Found(date(closing.YEAR, 12, 31), datetime(closing.YEAR, 12, 31, tzinfo=UTC))
        found = compare_policies(connection, regime, milder, closing.YEAR, at, MASKED, lambda _: None)
    return waits.seconds[0], found.moved


def _show(engine: Engine, regimes: Mapping[str, Regime], subjects: int) -> None:
    calm_collector()
    table = Table("regime", "explain, 99 of 100, ms", "policy diff, s", "grades moved")
    for code, regime in sorted(regimes.items()):
        slowest, (seconds, moved) = explain(engine, regime, subjects), diff(engine, regime)
        table.add_row(code, f"{slowest * 1000:.0f}", f"{seconds:.1f}", f"{moved:,}")
    Console(highlight=False).print(table)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.asking", description=__doc__)
    options.add_argument("--subjects", type=int, default=closing.SUBJECTS)
    options.add_argument("--records", type=int, default=closing.RECORDS)
    chosen = options.parse_args()
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    postgres = DeployedPostgres()
    try:
        postgres.start()
        engine = connect(postgres.create_database("asking"))
        migrate.upgrade(engine)
        closing.fill(engine, chosen.subjects, chosen.records)
        closing.take_statistics(engine)
        regimes = loading.load(ROOT / "policies" / "regimes", connectors().models())
        _show(engine, regimes, chosen.subjects)
        engine.dispose()
    finally:
        postgres.remove()


if __name__ == "__main__":
    main()
