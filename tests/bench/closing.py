"""`python -m tests.bench.closing`: how long the close of a year takes beside only streaming the same rows.

On a private PostgreSQL and on SQLite, all regimes that ship, each over the whole archive. Before each close all records
that count are streamed once, by the very statement and the very code by which a close reads them, and nothing is done
with them; that is what a close is held against. A close reads every one of these rows, also those whose facts its
regime does not ask for. What is measured runs in a process of its own, whose peak of memory is told.

On PostgreSQL the years are then closed once more, in another archive of the same facts, by two processes that each take
the next regime: as two commands on a machine with two processors, which do not wait for each other.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, select

from credit.grading import loading
from credit.identity.organisations import is_uscc
from credit.record.rows import Decision, RecordRow, SubjectRow
from credit.rules import Rules
from credit.store import bulk, closing, migrate, tables
from credit.store.engine import connect, reading, writing
from credit.store.known import stream_rows
from tests.builders import HEALTH, KEYS, ROOT, connectors, rules
from tests.contract import archives
from tests.servers import DeployedPostgres
from workers.process import calm_collector

SUBJECTS, RECORDS = 20_000, 100_000
YEAR = 2025
NOW = datetime(2026, 1, 20, 4, tzinfo=UTC)
_LOT = 5_000
_ROLES = ("institution", "practitioner", "public_place", "practitioner")
_FACTS: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
    ("credit.inspection.penalty", "general", {"penalty_kinds": ["罚款"], "conduct": "other"}),
    ("credit.office.honour", None, {"title": "诚信单位", "level": "city"}),
    ("credit.inspection.conduct", None, {"conduct": "overtreatment"}),
    ("credit.inspection.points", "minor", {"points": 4, "cycle": YEAR}),
    ("credit.licensing.commitment", None, {"state": "kept", "matter": "执业登记"}),
    ("credit.insurance.points", "minor", {"points": 2, "year": YEAR}),
)


_STATED: dict[str, Any] = {
    "organ": {"name": "舞钢市卫生健康委员会", "code": HEALTH.code},
    "party": {"kind": "organisation", "name": "某单位"},
    "valid_from": None,
    "valid_until": None,
    "publicity_until": None,
}
"""What a record says besides its items."""


def fill(engine: Engine, subjects: int, records: int) -> None:
    """Fill an archive: every subject registered, inspected, and with a few facts of the year."""
    sealed = KEYS.seal(b"11010519491231002X", b"bench")
    with writing(engine) as connection:
        for first in range(0, subjects, _LOT):
            lot = range(first, min(first + _LOT, subjects))
            bulk.copy(connection, tables.subject, [_subject(number, sealed) for number in lot])
    rows = _records(subjects, records)
    with writing(engine) as connection:
        while lot_of_rows := [row for _, row in zip(range(_LOT), rows, strict=False)]:
            bulk.copy(connection, tables.record, lot_of_rows)


def _subject(number: int, sealed: bytes) -> SubjectRow:
    # Persons as well have a code here: what is sealed of them is opened in the same time, and is not what is measured.
    name = f"第{number}号"
    return SubjectRow(id_of(number), "organisation", name, name, None, sealed, NOW)


@cache
def id_of(number: int) -> str:
    """Return the id of a subject by its number: a unified code."""
    body = f"1241{number * 7919 % 10**13:013}"
    return next(f"{body}{check}" for check in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_uscc(f"{body}{check}"))


def _records(subjects: int, records: int) -> Iterator[RecordRow]:
    for number in range(records):
        subject, turn = number % subjects, number // subjects
        family, severity, items = _fact(subject, turn)
        yield archives.record(
            f"r{number:08}",
            id_of(subject),
            family=family,
            severity=severity,
            document_no=f"舞卫〔{YEAR}〕{number}号",
            occurred_on=date(2020, 3, 1) if turn == 0 else date(YEAR, 1 + number % 12, 1 + number % 28),
            fact=json.dumps(_STATED | {"items": items}, ensure_ascii=False),
            public_until=None,
        )


def _fact(subject: int, turn: int) -> tuple[str, str | None, dict[str, Any]]:
    role = _ROLES[subject % len(_ROLES)]
    if turn == 0:
        items = {"event": "registered", "role": role, "level": "primary", "district": "530402", "specialties": ["内科"]}
        return "credit.licensing.registration", None, items
    if turn == 1 and role != "practitioner":
        scheme = "wugang-onsite" if role == "institution" else "public-place"
        lost = subject % 5
        lines = [
            {
                "code": f"A{line}",
                "full_marks": 5,
                "marks": 5 - (line < lost),
                "applicable": True,
                "star": 0,
                "met": True,
            }
            for line in range(20)
        ]
        return "credit.inspection.check", None, {"scheme": scheme, "inspectors": 2, "items": lines}
    return _FACTS[(subject * 3 + turn) % len(_FACTS)]


@cache
def _rules() -> Rules:
    """Return the rules with all regimes that ship, loaded once in a process."""
    calm_collector()
    return replace(rules(NOW), regimes=loading.load(ROOT / "policies" / "regimes", connectors().models()))


def run(url: str) -> dict[str, Any]:
    """Close the year of every regime in this process; return seconds, and the peak of memory in MiB."""
    engine, by = connect(url), _rules()
    found: dict[str, Any] = {"regimes": {}}
    for code in sorted(by.regimes):
        streamed, closed = _Watch(), _Watch()
        with streamed, reading(engine) as connection:
            rows = sum(1 for _ in stream_rows(connection))
        with closed:
            row = closing.close(engine, code, YEAR, _BY, by)
        with reading(engine) as connection:
            count = tables.outbox.c.routing_key == f"assessment.{code}"
            told = len(connection.execute(select(tables.outbox.c.outbox_id).where(count)).all())
        results = row.assessed + row.not_assessed
        found["regimes"][code] = {
            "rows": rows, "results": results, "told": told, "digest": row.digest,
            "stream": streamed.seconds, "close": closed.seconds,
            "stream_processor": streamed.processor, "close_processor": closed.processor,
        }  # fmt: skip
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name in ("stream", "close", "stream_processor", "close_processor"):
        found[name] = sum(each[name] for each in found["regimes"].values())
    found["ratio"] = found["close"] / found["stream"]
    engine.dispose()
    return found


_BY = Decision("李科长", "", NOW)


def _codes() -> list[str]:
    """Return the regimes that ship, and be ready to close a year of them."""
    return sorted(_rules().regimes)


def _close_one(url: str, code: str) -> str:
    """Close the year of one regime; return the digest of its results."""
    engine = connect(url)
    try:
        return closing.close(engine, code, YEAR, _BY, _rules()).digest
    finally:
        engine.dispose()


class Together(NamedTuple):
    """All closes by two processes: wall seconds from the first to the last, and the digests by regime."""

    seconds: float
    digests: dict[str, str]


def close_together(url: str, subjects: int, records: int) -> Together:
    """Fill an empty archive and close its year by two processes, each of which takes the next regime."""
    _fill_anew(url, subjects, records)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as both:
        started = [both.submit(_codes) for _ in range(8)]  # more than one takes while the other starts
        codes = started[0].result()
        wait(started)
        watch = _Watch()
        with watch:
            asked = {code: both.submit(_close_one, url, code) for code in codes}
            digests = {code: each.result() for code, each in asked.items()}
    return Together(watch.seconds, digests)


class _Watch:
    """Seconds that go by within a block, and those that this process had a processor."""

    seconds = processor = 0.0

    def __enter__(self) -> None:
        self.seconds, self.processor = -time.perf_counter(), -time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter()
        self.processor += time.process_time()


def take_statistics(engine: Engine) -> None:
    """Let PostgreSQL look at what it has, as it does by itself some time after a load."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def measure(url: str, subjects: int = SUBJECTS, records: int = RECORDS) -> dict[str, Any]:
    """Fill an empty archive and close its year in a process of its own."""
    _fill_anew(url, subjects, records)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        return alone.submit(run, url).result()


def _fill_anew(url: str, subjects: int, records: int) -> None:
    engine = connect(url)
    migrate.upgrade(engine)
    fill(engine, subjects, records)
    if engine.dialect.name == "postgresql":
        take_statistics(engine)
    engine.dispose()


def main() -> None:
    """Measure on both stores and print."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.closing", description=__doc__)
    options.add_argument("--subjects", type=int, default=SUBJECTS)
    options.add_argument("--records", type=int, default=RECORDS)
    chosen = options.parse_args()
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    postgres = DeployedPostgres()
    with tempfile.TemporaryDirectory(prefix="xinglin-closing-") as folder:
        try:
            postgres.start()
            urls = {
                "PostgreSQL": postgres.create_database("closing"),
                "SQLite": f"sqlite:///{Path(folder) / 'archive.sqlite'}",
            }
            figures = {store: measure(url, chosen.subjects, chosen.records) for store, url in urls.items()}
            together = close_together(postgres.create_database("together"), chosen.subjects, chosen.records)
        finally:
            postgres.remove()
    _show(figures, together)


def _show(figures: dict[str, dict[str, Any]], together: Together) -> None:
    console = Console(highlight=False)
    for store, found in figures.items():
        table = Table(store, "rows", "results", "told", "stream s", "close s")
        for code, each in found["regimes"].items():
            counts = (f"{each[name]:,}" for name in ("rows", "results", "told"))
            table.add_row(code, *counts, f"{each['stream']:.2f}", f"{each['close']:.2f}")
        console.print(table)
        processor = f"{found['close_processor']:.1f} s of a processor : {found['stream_processor']:.1f} s"
        total = (
            f"{found['close']:.1f} s, {found['ratio']:.2f} × streaming ({processor}), peak {found['peak_mib']:.0f} MiB"
        )
        console.print(f"{store}: {total}")
    ratio = together.seconds / figures["PostgreSQL"]["stream"]
    console.print(f"PostgreSQL, by two processes: {together.seconds:.1f} s, {ratio:.2f} × streaming in one")
    digests = [{code: each["digest"] for code, each in found["regimes"].items()} for found in figures.values()]
    same = all(each == together.digests for each in digests)
    console.print("the same results" if same else "results differ")


if __name__ == "__main__":
    main()
