"""`python -m tests.bench --scale small|full`: measure, print, write bench.json."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import time
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import course, results
from tests.bench.place import open_place
from workers import logs

_BAR = 48
_MARKS = {True: "[green]holds[/green]", False: "[red]missed[/red]", None: ""}


def main() -> None:
    """Run from the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("--scale", choices=course.SCALES, default="full")
    options.add_argument("--output", type=Path, default=Path("bench.json"))
    chosen = options.parse_args()
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs.configure(logging.CRITICAL)
    console, begin = Console(highlight=False), time.monotonic()

    def tell(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - begin:6.1f} s  {line}[/dim]")

    with open_place() as place:
        raw = course.run(place, course.SCALES[chosen.scale], tell)
    figures = results.sum_up(raw)
    seconds = round(time.monotonic() - begin)
    knee = results.knee(raw)
    content = {**figures, "p99_knee": knee and knee["share"], "scale": chosen.scale, "seconds": seconds, "raw": raw}
    chosen.output.write_text(json.dumps(content, indent=2) + "\n")
    _show(console, figures, raw)
    console.print(f"{chosen.output} written after {seconds} s")


def _show(console: Console, figures: dict[str, float], raw: dict[str, Any]) -> None:
    table = Table("figure", "what it compares", "measured", "target", "")
    for name, value in figures.items():
        table.add_row(
            name, results.MEANINGS[name], f"{value:g}", results.says_target(name), _MARKS[results.holds(name, value)]
        )
    console.print(table)
    rates = {name: median(found) for name, found in raw["rates"].items()}
    rates |= {f"intake_1 at {records}": median(each["rates"]) for records, each in raw["growth"].items()}
    most = max(rates.values())
    console.print("messages a second, medians")
    for name, rate in rates.items():
        console.print(f"{name:>20}  {'█' * max(round(rate / most * _BAR), 1)} {rate:,.0f}")
    for each in raw["latency"]:
        times = f"p50 {each['p50_ms']:,} ms, p99 {each['p99_ms']:,} ms"
        console.print(f"{'latency':>20}  {each['rate']:,.0f} a second: {times}, processors {each['busy']:.0%} at work")
    console.print(results.describe_knee(raw))
    for spender in ("workers", "database"):
        spent = (f"{name} {each[spender]:,.0f}" for name, each in raw["processor_us"].items())
        console.print(f"processor time of {spender}, µs a message: {', '.join(spent)}")
    for name in ("memory", "counters"):
        console.print(f"{name:>20}  {', '.join(f'{key} {value:,}' for key, value in raw[name].items())}")


if __name__ == "__main__":
    main()
