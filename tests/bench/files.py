"""`python -m tests.bench.files`: how long a file takes from the disk to its verdict, and how much memory.

100,000 rows of 30 columns, penalties of 20,000 organisations, as a workbook and as CSV, go the whole way with two
intakes on private servers; 1,000,000 rows of CSV are read, written down and sent without being answered, for the memory
alone. What is measured runs in a process of its own, whose peak of memory is told.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import resource
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import xlsxwriter
from rich.console import Console
from rich.table import Table

from tests.bench.place import Place, Round, open_place
from tests.sheets import PENALTY
from workers.demo.town.people import uscc
from workers.files import taking, verdicts
from workers.files.ending import finish
from workers.files.taking import Who
from workers.files.waiting import Waiting
from workers.process import calm_collector
from workers.runtime import open_runtime
from workers.settings import Settings

ROWS, MANY_ROWS = 100_000, 1_000_000
TARGETS = {"xlsx": 60.0, "csv": 40.0}
"""Seconds for the whole way, by the kind of file."""
MOST_MIB = 512.0
_INTAKES = 2
_FILLED = {
    "CF_XDR_GSZC": "",
    "CF_XDR_ZZJG": "",
    "CF_XDR_SWDJ": "",
    "CF_XDR_SYDW": "",
    "CF_XDR_SHZZ": "",
    "CF_FR_ZJLX": "",
    "CF_FR_ZJHM": "",
    "CF_NR_WFFF": "",
    "BZ": "样本",
}
_ROW = PENALTY | _FILLED
"""A row of 30 columns."""
_PARTIES = 20_000


def make_rows(count: int) -> Iterator[list[str]]:
    """Return the header and so many rows, each with its own document number, of parties that come again and again."""
    yield list(_ROW)
    for number in range(1, count + 1):
        party = number % _PARTIES
        its = {
            "CF_XDR_MC": f"舞钢市样本{party}美发店",
            "CF_XDR_SHXYM": uscc("92", f"MA9{party:05}"),
            "CF_WSH": f"舞卫公罚〔2026〕{number}号",
        }
        yield list((_ROW | its).values())


def make_file(path: Path, count: int) -> Path:
    """Write a file of the kind that its ending names."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(make_rows(count))
        return path
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet("行政处罚")
    for number, row in enumerate(make_rows(count)):
        for column, text in enumerate(row):
            if text:
                sheet.write_string(number, column, text)
    book.close()
    return path


def go(settings: Settings, path: Path, answered: bool) -> dict[str, float]:  # noqa: FBT001 - of a process of its own
    """Take a file the whole way; return the seconds of each part, and the peak of memory in MiB."""
    calm_collector()
    took: dict[str, float] = {}
    began = last = time.monotonic()

    def part(name: str) -> None:
        nonlocal last
        took[name], last = time.monotonic() - last, time.monotonic()

    with open_runtime(settings) as opened:
        taken = taking.take(opened, path, Who(opened.reader.routes.authority, "bench"))
        part("read and written down")
        taking.publish(opened, taken)
        part("sent")
        if answered:
            waiting = Waiting(opened, taken)
            while not waiting.is_over():
                time.sleep(0.5)
            part("through")
            finish(opened, path, taken.row.file_id, verdicts.verdict_path(path))
            part("verdict")
        taken.close()
    took["whole"] = time.monotonic() - began
    took["peak MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return took


def measure(kept: Round, path: Path, *, answered: bool) -> dict[str, float]:
    """Return what a file takes in a round."""
    workers = [kept.start_xinglin("intake") for _ in range(_INTAKES if answered else 0)]
    if workers:
        kept.wait_for_consumers("credit.in.inspection", len(workers), workers)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(go, kept.runtime.settings, path, answered).result()


def run(place: Place, folder: Path, count: int, many: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the figures of each file."""
    for kind in TARGETS:
        path = make_file(folder / f"rows.{kind}", count)
        with place.round() as kept:
            yield kind, measure(kept, path, answered=True)
    if many:
        with place.round() as kept:
            yield "csv, many", measure(kept, make_file(folder / "many.csv", many), answered=False)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument(
        "--many", type=int, default=MANY_ROWS, help="rows of the file that is measured for memory; 0: none"
    )
    parser.add_argument("--json", type=Path, help="write the figures there too")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console, found = Console(), {}
    with tempfile.TemporaryDirectory() as folder, open_place() as place:
        for name, took in run(place, Path(folder), asked.rows, asked.many):
            found[name] = took
            console.print(_show(name, took))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))


def _show(name: str, took: dict[str, float]) -> Table:
    table = Table("part", "took", "target", title=name)
    for part, value in took.items():
        bound = MOST_MIB if part == "peak MiB" else TARGETS.get(name) if part == "whole" else None
        table.add_row(part, f"{value:,.1f}", "–" if bound is None else f"≤ {bound:g}")
    return table


if __name__ == "__main__":
    main()
