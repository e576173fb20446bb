"""`python -m tests.bench.stages`: where the processor time of an intake goes, on a private PostgreSQL and no broker.

With `--against REVISION` it measures this version beside another revision instead, and tells the ratios.

Every stage is timed in its own thread and without what it waits for. A profiler would show more places and wrong
proportions: it slows down small functions most.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from time import process_time, thread_time
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from credit import vault
from credit.store import archive, migrate, scope
from credit.store.engine import connect
from tests.bench import against, counters, traffic
from tests.bench.against import AHEAD, BATCHES, WARM
from tests.bench.alone import Broker
from tests.bench.place import processor_seconds
from tests.servers import DeployedPostgres
from workers import keyfile, logs, settings
from workers.intake import Intake
from workers.process import calm_collector
from workers.reading import Reader
from workers.runtime import Runtime, open_runtime

_ROUNDS = 5
#: What is timed, in this version: by whom it is called, and by which name.
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("read: decode, validate, map", Reader, "read_all"),
    ("recognise: identify and hash the parties", archive, "recognise"),
    ("look up: lock and read the archive", scope, "read"),
    ("decide: merge, find standing, notices, feed rows, seal", archive, "plan"),
    ("write: statements and their parameters", archive, "write"),
)


def measure(runtime: Runtime, database: Callable[[], float]) -> tuple[dict[str, float], float, float]:
    """Return the microseconds a message of each stage, of the whole intake, and of the database.

    `database` tells the processor seconds that the database has had.
    """
    postings = traffic.postings(0, counters.BATCH * (WARM + BATCHES + AHEAD), date(2026, 11, 22))
    broker: Any = Broker(traffic.deliveries(runtime.reader.routes, postings))
    spent: defaultdict[str, float] = defaultdict(float)
    with ExitStack() as stack:
        for name, owner, function in STAGES:
            timed = _time(getattr(owner, function), name, spent)
            stack.enter_context(patch.object(owner, function, timed))
        intake = Intake(broker, runtime.engine, runtime.reader, runtime.rules)
        for _ in range(WARM):
            intake.step()
        calm_collector()
        spent.clear()
        begin, database_begin = process_time(), database()
        messages = sum(intake.step() for _ in range(BATCHES))
        whole, beside = process_time() - begin, database() - database_begin
        intake.close()
    each = 1e6 / messages
    return {name: spent[name] * each for name, _, _ in STAGES}, whole * each, beside * each


def _time(function: Callable[..., Any], name: str, spent: defaultdict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any) -> Any:
        begin = thread_time()
        try:
            return function(*args)
        finally:
            spent[name] += thread_time() - begin

    return timed


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.stages", description=__doc__)
    options.add_argument("--against", metavar="REVISION", help="measure beside this revision, in turns")
    options.add_argument("--rounds", type=int, default=_ROUNDS, help=f"turns of both (default {_ROUNDS})")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = options.parse_args()
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs.configure(logging.CRITICAL)
    figures, same = (_show_stages(), True) if chosen.against is None else _compare(chosen.against, chosen.rounds)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")
    if not same:
        sys.exit(1)


def _compare(revision: str, rounds: int) -> tuple[dict[str, Any], bool]:
    """Measure beside a revision and print; return the figures, and whether both made the same of the messages."""
    try:
        compared = against.compare(revision, rounds, Console(stderr=True, highlight=False).print)
    except against.Failed as failed:
        raise SystemExit(str(failed)) from None
    table = Table("µs a message, medians", "this version", compared.revision, "ratio")
    for name, (this, that, ratio) in compared.medians().items():
        table.add_row(against.COMPARED[name], f"{this:.0f}", f"{that:.0f}", f"{ratio:.3f}")
    console = Console(highlight=False)
    console.print(table)
    same = len(compared.digests) == 1
    console.print("digest: the same" if same else f"digests differ: {', '.join(sorted(compared.digests))}")
    return compared.as_json(), same


def _show_stages() -> dict[str, Any]:
    postgres = DeployedPostgres()
    with tempfile.TemporaryDirectory(prefix="xinglin-stages-") as folder:
        try:
            postgres.start()
            where = make_settings(Path(folder), postgres.create_database("stages"))
            with open_runtime(where, lambda: counters.NOW) as runtime:
                stages, whole, beside = measure(runtime, lambda: processor_seconds(postgres.process_id or 0))
        finally:
            postgres.remove()
    table = Table("stage", "µs a message")
    rest = whole - sum(stages.values())
    rows = {**stages, "the rest: commits, replays, freeing memory": rest, "the intake": whole, "the database": beside}
    for name, each in rows.items():
        table.add_row(name, f"{each:.0f}")
    Console().print(table)
    return {"us_a_message": {name: round(each, 1) for name, each in rows.items()}}


def make_settings(folder: Path, url: str) -> settings.Settings:
    """Return the settings of a new Xinglin in a database, whose keys lie in a folder; it has no broker."""
    keys = folder / "keys.json"
    keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
    engine = connect(url)
    migrate.upgrade(engine)
    engine.dispose()
    environ = {
        "XINGLIN_DATABASE_URL": url,
        "XINGLIN_BROKER_URL": "amqp://127.0.0.1:1/none",
        "XINGLIN_KEY_FILE": str(keys),
    }
    return settings.read(environ, home=folder / "home")


if __name__ == "__main__":
    main()
