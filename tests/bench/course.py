"""The course of one run: what is measured, in which order, how often."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.bench import (
    assessing,
    closing,
    console,
    counters,
    filled,
    growth,
    latency,
    peer_rates,
    public,
    rates,
    traffic,
)
from tests.bench.place import Place
from workers.postings import Posting
from workers.runtime import SHANGHAI, wall_clock

Tell = Callable[[str], None]
Rates = dict[str, list[float]]
Measures = dict[str, Callable[[], rates.Pace]]
#: Messages that warm up, and those that are measured.
Said = tuple[list[Posting], list[Posting]]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything. Rounds are odd in number where a median is to be one that was measured."""

    rounds: int
    messages: int
    peer_messages: int
    peer_rounds: int
    backlog: int
    latency_seconds: float
    growth_rounds: int
    growth_messages: int
    records: tuple[int, ...]
    subjects: int
    console_records: int
    console_times: int
    public_pages: int


SCALES = {
    "small": Scale(2, 6_000, 300, 1, 8_000, 3.0, 1, 2_000, (10_000, 100_000), 4_000, 100_000, 5, 2_000),
    "full": Scale(
        5,
        16_000,
        1_500,
        3,
        80_000,
        15.0,
        3,
        8_000,
        (10_000, 100_000, 1_000_000),
        20_000,
        console.RECORDS,
        console.TIMES,
        public.ASKED,
    ),
}


_WARM = 400
_BACKLOGS = 4
_SHARES = (0.125, 0.25, 0.375, 0.5)


class Supply:
    """Messages that no earlier call has given, about towns that nobody has heard of."""

    def __init__(self) -> None:
        self._today = wall_clock().astimezone(SHANGHAI).date()
        self._town = 0

    def take(self, count: int) -> list[Posting]:
        """Return so many."""
        postings = traffic.postings(self._town, count, self._today)
        self._town += traffic.towns_of(count)
        return postings


def run(place: Place, scale: Scale, tell: Tell) -> dict[str, Any]:
    """Measure everything; return the raw figures. `tell` hears of each one as it comes."""
    supply = Supply()
    # Of other towns each, so that two processes can write their rows without a word between them.
    parts = [(supply.take(_WARM), supply.take(scale.messages // 2)) for _ in range(2)]
    warm, postings = ([posting for part in parts for posting in part[place]] for place in range(2))
    raw: dict[str, Any] = {"machine": _machine(), "rates": {}, "processor_us": {}}
    _take_turns(scale.rounds, _intakes(place, parts, (warm, postings)), raw, tell)
    _take_turns(scale.peer_rounds, _peers(place, (warm[:100], postings[: scale.peer_messages])), raw, tell)
    _take_turns(scale.rounds, _relays(place, postings), raw, tell)
    raw["latency"] = _latency(place, scale, (warm, raw["rates"], supply), tell)
    raw["assessed"] = _assessed(place, scale, (warm, raw["rates"], supply), tell)
    raw["memory"] = _memory(place, warm, supply.take(scale.backlog), tell)
    raw["growth"] = _growth(place, scale, supply, tell)
    raw["closing"] = _closing(place, scale, tell)
    raw["console"] = _console(place, scale, tell)
    raw["public"] = _public(scale, tell)
    place.create_database("counted")
    raw["counters"] = asdict(counters.count(place.settings(place.postgres.url_of("counted"))))
    return raw


def _closing(place: Place, scale: Scale, tell: Tell) -> dict[str, Any]:
    """Close a year of every regime that ships, with five records for each subject."""
    place.create_database("closed")
    found = closing.measure(place.postgres.url_of("closed"), scale.subjects, scale.subjects * 5)
    tell(f"close of all regimes: {found['close']:.1f} s, {found['ratio']:.2f} × streaming the same rows")
    return found


def _console(place: Place, scale: Scale, tell: Tell) -> dict[str, Any]:
    """Ask for every screen of the console, over an archive that holds much."""
    with place.round() as kept:
        filled.fill(kept, scale.console_records)
        tell(f"archive of the console filled with {scale.console_records:,} records")
        found = list(console.measure(kept, scale.console_records, scale.console_times))
    for each in found:
        if each.is_late:
            tell(f"console, {each.whose}, {each.screen}: p50 {each.p50_ms:,} ms, p95 {each.p95_ms:,} ms")
    return {"records": scale.console_records, "screens": [each._asdict() for each in found]}


def _public(scale: Scale, tell: Tell) -> dict[str, Any]:
    found = public.measure(scale.public_pages)
    tell(f"public page, few doors: {found.pages_a_second:,} a second, p99 {found.p99_ms} ms")
    tell(f"public page, each rendered: {found.rendered_a_second:,} a second, p99 {found.rendered_p99_ms} ms")
    return found._asdict()


def _machine() -> dict[str, Any]:
    return {
        "processors": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "on": wall_clock().astimezone(SHANGHAI).date().isoformat(),
    }


def _take_turns(rounds: int, measures: Measures, raw: dict[str, Any], tell: Tell) -> None:
    """Measure one after the other, again and again, so that a bad minute of the machine hits all of them."""
    found: dict[str, list[rates.Pace]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
            tell(f"{name}: {found[name][-1].rate:,.0f} messages a second")
    for name, paces in found.items():
        raw["rates"][name] = [round(pace.rate, 1) for pace in paces]
        raw["processor_us"][name] = {
            spender: round(median(pace.processor[spender] for pace in paces), 1) for spender in paces[0].processor
        }


def _intakes(place: Place, parts: Sequence[Said], said: Said) -> Measures:
    first, second = rates.record_rows(place, parts)
    return {
        "floor": lambda: rates.bare_loop(place, *said),
        "same_rows_1": lambda: rates.write_same_rows(place, [[first, second]], said[1]),
        "intake_1": lambda: rates.intake(place, 1, *said),
        "intake_1_marking": lambda: assessing.mark(place, *said),
        "same_rows_2": lambda: rates.write_same_rows(place, [[first], [second]], said[1]),
        "intake_2": lambda: rates.intake(place, 2, *said),
    }


def _peers(place: Place, said: Said) -> Measures:
    return {
        "faststream": lambda: peer_rates.faststream(place, *said),
        "celery": lambda: peer_rates.celery(place, *said),
    }


def _relays(place: Place, postings: Sequence[Posting]) -> Measures:
    rows = rates.dispatches(place, postings, _BACKLOGS)
    return {
        "publisher": lambda: rates.bare_publisher(place, rows),
        "relay": lambda: rates.relay(place, rows),
    }


def _latency(
    place: Place, scale: Scale, given: tuple[list[Posting], Rates, Supply], tell: Tell
) -> list[dict[str, Any]]:
    """Measure at shares of the highest rate, the half last: that one has a target."""
    warm, rated, supply = given
    processes = 1 if median(rated["intake_1"]) > median(rated["intake_2"]) else 2
    highest = median(rated[f"intake_{processes}"])
    latencies = []
    for share in _SHARES:
        rate = highest * share
        found = latency.measure(place, processes, rate, warm, supply.take(int(rate * scale.latency_seconds)))
        p50, p99 = (round(found.quantile(part) * 1000, 1) for part in (0.5, 0.99))
        tell(f"latency at {rate:,.0f} messages a second: p50 {p50} ms, p99 {p99} ms")
        spent = {name: round(each, 1) for name, each in found.processor.items()}
        measured = {"p50_ms": p50, "p99_ms": p99, "processor_us": spent, "busy": round(found.busy, 3)}
        latencies.append({"processes": processes, "share": share, "rate": round(rate, 1), **measured})
    return latencies


def _assessed(place: Place, scale: Scale, given: tuple[list[Posting], Rates, Supply], tell: Tell) -> dict[str, float]:
    """Measure how long after its commit a fact is in the current grade, at half of the rate of one intake."""
    warm, rated, supply = given
    rate = median(rated["intake_1"]) / 2
    times = assessing.measure(place, rate, warm, supply.take(int(rate * scale.latency_seconds)))
    p50, p99 = (round(latency.quantile(times, part) * 1000, 1) for part in (0.5, 0.99))
    tell(f"commit to current grade at {rate:,.0f} messages a second: p50 {p50} ms, p99 {p99} ms")
    return {"rate": round(rate, 1), "p50_ms": p50, "p99_ms": p99}


def _memory(place: Place, warm: list[Posting], backlog: list[Posting], tell: Tell) -> dict[str, float]:
    with place.round() as kept:
        (before,) = kept.ask("SELECT pg_database_size(current_database())")
        pace = rates.intake_within(kept, 1, warm, backlog)
        (after,) = kept.ask("SELECT pg_database_size(current_database())")
    kept_bytes = (int(str(after)) - int(str(before))) / (len(backlog) + len(warm))
    tell(
        f"memory with {len(backlog):,} messages waiting: {pace.peak_mib:.0f} MiB; {kept_bytes:,.0f} bytes kept for each"
    )
    return {
        "backlog": len(backlog),
        "peak_mib": round(pace.peak_mib, 1),
        "kept_bytes_per_message": round(kept_bytes),
        "processor_ms_per_message": round(pace.processor["workers"] / 1000, 3),
    }


def _growth(place: Place, scale: Scale, supply: Supply, tell: Tell) -> dict[str, dict[str, Any]]:
    models = supply.take(1_000)
    names = {records: growth.prepare(place, records, models) for records in scale.records}
    tell("archives filled")
    found: dict[str, dict[str, Any]] = {str(records): {"rates": []} for records in scale.records}
    warm = supply.take(800)
    for _ in range(scale.growth_rounds):
        postings = supply.take(scale.growth_messages)
        for records, name in names.items():
            with place.keep(name) as kept:
                rate = rates.intake_within(kept, 1, warm, postings).rate
                found[str(records)]["rates"].append(round(rate, 1))
                tell(f"intake_1 with {records:,} records kept: {rate:,.0f} messages a second")
        warm = supply.take(800)
    for records, name in names.items():
        with place.keep(name) as kept:
            times = growth.look_up(kept, records, wall_clock().astimezone(SHANGHAI).date())
        p50, p99 = (round(latency.quantile(times, share) * 1000, 2) for share in (0.5, 0.99))
        found[str(records)] |= {"lookup_p50_ms": p50, "lookup_p99_ms": p99}
        tell(f"look-up among {records:,} records: p50 {p50} ms, p99 {p99} ms")
    return found
