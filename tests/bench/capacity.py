"""`python -m tests.bench.capacity bench.json docs/capacity.md`: put the figures of a run into the page.

The page says in `<!-- figures NAME -->` lines where each table goes; everything up to `<!-- end -->` is replaced.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import results

_WORKING_DAYS = 250
_MESSAGES_PER_INHABITANT = 0.1
_PEAK_DAY = 10
_BUSY_HOUR_SECONDS = 3600
_LOAD = 0.5
_HISTORY_YEARS = 10
_COPIES = 3
#: Yuan a year, as assumed: a virtual processor with 4 GiB of memory, and a GB of replicated disk.
_YUAN_PROCESSOR, _YUAN_GB = 1200, 4


@dataclass(frozen=True, slots=True)
class Area:
    """An area that one Xinglin serves."""

    name: str
    inhabitants: float
    processors: int


AREAS = (
    Area("county", 0.5e6, 4),
    Area("city", 5e6, 12),
    Area("province", 60e6, 24),
    Area("nation", 1.4e9, 96),
)


def write(bench: Path, page: Path) -> None:
    """Replace the tables of the page."""
    content = json.loads(bench.read_text())
    tables = {
        "run": _run,
        "targets": _targets,
        "rates": _rates,
        "console": _console,
        "processors": _processors,
        "growth": _growth,
        "latency": _latency,
        "costs": _costs,
        "assumptions": _assumptions,
        "plan": _plan,
    }
    text = page.read_text(encoding="utf-8")
    for name, make in tables.items():
        pattern = rf"(<!-- figures {name} -->\n).*?(<!-- end -->)"
        made = "\n".join(make(content))
        text, found = re.subn(pattern, lambda match: f"{match[1]}{made}\n{match[2]}", text, flags=re.DOTALL)  # noqa: B023 - used at once
        if found != 1:
            raise SystemExit(f"{page}: no place, or more than one, for the figures {name!r}")
    page.write_text(text, encoding="utf-8")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


def _run(content: dict[str, Any]) -> list[str]:
    machine = content["raw"]["machine"]
    said = (
        f"Measured on {machine['on']}: {machine['processors']} processors and {machine['memory_gib']:g} GiB, shared by "
        f"broker, database, workers and publisher; {machine['system']}, Python {machine['python']}; scale "
        f"`{content['scale']}`, {content['seconds']} s."
    )
    return [said]


def _targets(content: dict[str, Any]) -> list[str]:
    return _table(
        ("Figure", "What it is", "Measured", "Target", "Holds"),
        (
            (
                f"`{name}`",
                meaning,
                f"{content[name]:g}",
                results.says_target(name),
                _HOLDS[results.holds(name, content[name])],
            )
            for name, meaning in results.MEANINGS.items()
        ),
    )


_HOLDS = {True: "yes", False: "**no**", None: "–"}
_NAMES = {
    "floor": "bare loop, one process",
    "same_rows_1": "the same rows, one process",
    "intake_1": "Xinglin intake, one process",
    "intake_1_marking": "Xinglin intake that says whom to assess, one process",
    "same_rows_2": "the same rows, two processes",
    "intake_2": "Xinglin intake, two processes",
    "faststream": "the job with FastStream, one process",
    "celery": "the job with Celery, one process",
    "publisher": "bare publisher with a window of confirms",
    "relay": "Xinglin relay, one process",
}


def _console(content: dict[str, Any]) -> list[str]:
    """How long each screen takes: half, and 95 of 100, of those who see all organs, one, and a small one."""
    found = content["raw"]["console"]
    whose = list(dict.fromkeys(each["whose"] for each in found["screens"]))
    times: dict[str, dict[str, str]] = {}
    for each in found["screens"]:
        times.setdefault(each["screen"], {})[each["whose"]] = f"{each['p50_ms']:g}, {each['p95_ms']:g}"
    rows = [(screen, *(mine.get(each, "–") for each in whose)) for screen, mine in times.items()]
    said = f"With {found['records']:,} records: milliseconds of half and of 95 of 100, as seen by who sees"
    return [said, "", *_table(("Screen of the console", *whose), rows)]


_SPENDERS = ("workers", "broker", "database")


def _rates(content: dict[str, Any]) -> list[str]:
    found = content["raw"]["rates"]
    rows = [
        (_NAMES[name], f"{median(rates):,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}", len(rates))
        for name, rates in found.items()
    ]
    return _table(("What", "Messages a second", "From – to", "Rounds"), rows)


def _processors(content: dict[str, Any]) -> list[str]:
    """Who has the processors, and what an intake takes beside what its rows take."""
    spent = content["raw"]["processor_us"]
    rows = [
        (_NAMES[name], *(f"{each[who]:,.0f}" for who in _SPENDERS), f"{sum(each.values()):,.0f}")
        for name, each in spent.items()
    ]
    one, two = (_beside(spent[f"intake_{number}"], spent[f"same_rows_{number}"]) for number in (1, 2))
    said = (
        f"By processor time of workers and database together, one intake takes {one:.1f} times what writing the same "
        f"rows takes; two take {two:.1f} times as much as two that write them."
    )
    head = ("Processor time of a message, µs", *_SPENDERS, "together")
    return [*_table(head, rows), "", said]


def _beside(intake: dict[str, float], floor: dict[str, float]) -> float:
    of_both = ("workers", "database")
    return sum(intake[who] for who in of_both) / sum(floor[who] for who in of_both)


def _growth(content: dict[str, Any]) -> list[str]:
    rows = [
        (
            f"{int(records):,}",
            f"{median(each['rates']):,.0f}",
            f"{each['lookup_p50_ms']:g} ms",
            f"{each['lookup_p99_ms']:g} ms",
        )
        for records, each in content["raw"]["growth"].items()
    ]
    return _table(("Records kept", "Intake, messages a second", "Look-up, half", "Look-up, 99 of 100"), rows)


def _costs(content: dict[str, Any]) -> list[str]:
    raw = content["raw"]
    counted, memory = raw["counters"], raw["memory"]
    messages = counted["messages"]
    rows = (
        ("processor time of the intake", f"{memory['processor_ms_per_message']:.3f} ms"),
        ("statements", f"{counted['statements'] / messages:.3f}"),
        ("round trips to the database", f"{counted['round_trips'] / messages:.3f}"),
        ("bytes of write-ahead log", f"{counted['wal_bytes_per_message']:,.0f}"),
        ("bytes kept, indexes and outbox included", f"{memory['kept_bytes_per_message']:,}"),
    )
    said = f"An intake with {memory['backlog']:,} messages waiting peaks at {memory['peak_mib']:g} MiB."
    return [*_table(("For each message, in batches of 500", ""), rows), "", said]


def _latency(content: dict[str, Any]) -> list[str]:
    rows = [
        (
            f"{each['rate']:,.0f}",
            f"{each['share']:g}",
            each["processes"],
            f"{each['p50_ms']:g} ms",
            f"{each['p99_ms']:g} ms",
            f"{each['busy']:.0%}",
            *(f"{each['processor_us'][who]:,.0f}" for who in (*_SPENDERS, "publisher")),
        )
        for each in content["raw"]["latency"]
    ]
    latency = ("Publish to commit, half", "99 of 100")
    spent = (f"{_SPENDERS[0]}, µs a message", *_SPENDERS[1:], "publisher")
    head = ("Messages a second", "Of the highest rate", "Intakes", *latency, "Processors at work", *spent)
    return [*_table(head, rows), "", results.describe_knee(content["raw"])]


def _assumptions(_content: dict[str, Any]) -> list[str]:
    inhabitants = ", ".join(f"{area.name} {area.inhabitants:,.0f}" for area in AREAS)
    processors = ", ".join(f"{area.name} {area.processors}" for area in AREAS)
    said = (
        f"{_MESSAGES_PER_INHABITANT} messages per inhabitant and year: permits, registrations, checks, penalties",
        f"Inhabitants: {inhabitants}",
        f"{_WORKING_DAYS} working days; the busiest has {_PEAK_DAY} times the messages of an average one, in one hour",
        f"A process is planned at {_LOAD} of the rate it was measured at, on processors like those of the run",
        f"The first load brings {_HISTORY_YEARS} years of history at the full rate of the intakes of its row",
        f"Virtual processors for everything: {processors}; {_YUAN_PROCESSOR:,} yuan a year for one with 4 GiB",
        f"Disk for {_HISTORY_YEARS + 1} years of messages in {_COPIES} copies, at {_YUAN_GB} yuan a GB and year",
        "Prices are assumed, not offered",
    )
    return [f"- {sentence}." for sentence in said]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one area needs."""

    messages: float
    peak: float
    intakes: int
    relays: int
    first_load_hours: float
    kept_gb: float
    wal_gb: float
    yuan: float


def plan(area: Area, raw: dict[str, Any]) -> Plan:
    """Work out what an area needs on the figures of a run."""
    intake, relay = (median(raw["rates"][name]) for name in ("intake_1", "relay"))
    messages = area.inhabitants * _MESSAGES_PER_INHABITANT
    peak = messages / _WORKING_DAYS * _PEAK_DAY / _BUSY_HOUR_SECONDS
    intakes = math.ceil(peak / (intake * _LOAD))
    kept = messages * raw["memory"]["kept_bytes_per_message"] / 1e9
    return Plan(
        messages=messages,
        peak=peak,
        intakes=intakes,
        relays=math.ceil(peak / (relay * _LOAD)),
        first_load_hours=messages * _HISTORY_YEARS / (intake * intakes) / 3600,
        kept_gb=kept,
        wal_gb=messages * raw["counters"]["wal_bytes_per_message"] / 1e9,
        yuan=area.processors * _YUAN_PROCESSOR + kept * (_HISTORY_YEARS + 1) * _COPIES * _YUAN_GB,
    )


def _plan(content: dict[str, Any]) -> list[str]:
    raw = content["raw"]
    head = (
        "",
        "Messages a year",
        "Busy hour, a second",
        "Intakes",
        "Relays",
        "First load",
        "Kept a year",
        "WAL a year",
        "Yuan a year",
    )
    shown = AREAS[-1]
    return [
        *_table(head, (_row(area, plan(area, raw)) for area in AREAS)),
        "",
        _arithmetic(shown, plan(shown, raw), raw),
    ]


def _row(area: Area, needed: Plan) -> tuple[str, ...]:
    hours = needed.first_load_hours
    return (
        area.name,
        f"{needed.messages:,.0f}",
        f"{needed.peak:,.1f}",
        f"{needed.intakes}",
        f"{needed.relays}",
        f"{hours:,.1f} h" if hours < 48 else f"{hours / 24:,.1f} days",
        f"{needed.kept_gb:,.1f} GB",
        f"{needed.wal_gb:,.1f} GB",
        f"{round(needed.yuan, -2):,.0f}",
    )


def _arithmetic(area: Area, needed: Plan, raw: dict[str, Any]) -> str:
    intake, kept = median(raw["rates"]["intake_1"]), raw["memory"]["kept_bytes_per_message"]
    return (
        f"The {area.name}, worked out: {area.inhabitants:,.0f} × {_MESSAGES_PER_INHABITANT} = {needed.messages:,.0f} "
        f"messages a year; ÷ {_WORKING_DAYS} × {_PEAK_DAY} ÷ {_BUSY_HOUR_SECONDS:,} = {needed.peak:,.1f} a second; "
        f"÷ ({intake:,.0f} × {_LOAD}), rounded up = {needed.intakes} intakes; {needed.messages:,.0f} × "
        f"{_HISTORY_YEARS} ÷ ({intake:,.0f} × {needed.intakes}) ÷ 3,600 = {needed.first_load_hours:,.1f} hours; "
        f"{needed.messages:,.0f} × {kept:,} bytes = {needed.kept_gb:,.1f} GB; "
        f"{area.processors} × {_YUAN_PROCESSOR:,} + "
        f"{needed.kept_gb:,.1f} × {_HISTORY_YEARS + 1} × {_COPIES} × {_YUAN_GB} = {needed.yuan:,.0f} yuan."
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
