"""From raw figures to the ones that have a target."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.bench import console

#: What each figure is to be: at least so much, or at most. Those that are not here are reported, for comparison.
TARGETS: dict[str, tuple[str, float]] = {
    "peer_ratio": ("≥", 8.0),
    "relay_ratio": ("≥", 0.7),
    "p99_ms": ("≤", 250.0),
    "marking_ratio": ("≥", 0.95),
    "graded_p99_ms": ("≤", 2_000.0),
    "rss_mib": ("≤", 256.0),
    "growth_ratio": ("≥", 0.8),
    "lookup_p99_ms": ("≤", 10.0),
    "closing_seconds": ("≤", 60.0),
    "closing_ratio": ("≤", 3.0),
    "closing_rss_mib": ("≤", 256.0),
    "console_first_ms": ("≤", float(console.FIRST_MS)),
    "console_list_ms": ("≤", float(console.LIST_MS)),
    "public_rate": ("≥", 500.0),
    "public_p99_ms": ("≤", 100.0),
    "public_rendered_rate": ("≥", 500.0),
    "public_rendered_p99_ms": ("≤", 100.0),
}

MEANINGS = {
    "peer_ratio": "one intake process : the faster peer",
    "relay_ratio": "relay : the bare publisher",
    "p99_ms": "publish to commit at half of the highest rate, 99 of 100, ms",
    "marking_ratio": "one intake process that says whom to assess : one that need not",
    "graded_p99_ms": "commit to current grade at half of the rate of one intake, 99 of 100, ms",
    "rss_mib": "peak memory of an intake with all of a backlog waiting, MiB",
    "growth_ratio": "intake with the most records kept : with the fewest",
    "lookup_p99_ms": "look-up of a subject with the most records kept, 99 of 100, ms",
    "closing_seconds": "close of a year of all regimes that ship, s",
    "closing_ratio": "that close : only streaming the same rows",
    "closing_rss_mib": "peak memory of that close, MiB",
    "console_first_ms": "first page of the console, 95 of 100, ms",
    "console_list_ms": "slowest list of the console, 95 of 100, ms",
    "public_rate": "public page on one core, few doors, pages a second",
    "public_p99_ms": "public page on one core, few doors, 99 of 100, ms",
    "public_rendered_rate": "public page on one core, each door for the first time, pages a second",
    "public_rendered_p99_ms": "public page on one core, each door for the first time, 99 of 100, ms",
    "same_rows_ratio_1": "one intake process : one that writes the same rows",
    "same_rows_ratio_2": "two intake processes : two that write the same rows",
    "intake_ratio_1": "one intake process : the bare loop",
    "intake_ratio_2": "two intake processes : the bare loop",
}


def sum_up(raw: dict[str, Any]) -> dict[str, float]:
    """Return the figures by the names of `MEANINGS`."""
    rates = {name: median(found) for name, found in raw["rates"].items()}
    grown = [raw["growth"][key] for key in sorted(raw["growth"], key=int)]
    first, last = (median(each["rates"]) for each in (grown[0], grown[-1]))
    screens, no_lists = raw["console"]["screens"], {console.FIRST, *console.SUMS}
    figures = {
        "peer_ratio": rates["intake_1"] / max(rates["faststream"], rates["celery"]),
        "relay_ratio": rates["relay"] / rates["publisher"],
        "p99_ms": raw["latency"][-1]["p99_ms"],
        "marking_ratio": rates["intake_1_marking"] / rates["intake_1"],
        "graded_p99_ms": raw["assessed"]["p99_ms"],
        "rss_mib": raw["memory"]["peak_mib"],
        "growth_ratio": last / first,
        "lookup_p99_ms": grown[-1]["lookup_p99_ms"],
        "closing_seconds": raw["closing"]["close"],
        "closing_ratio": raw["closing"]["ratio"],
        "closing_rss_mib": raw["closing"]["peak_mib"],
        "console_first_ms": max(each["p95_ms"] for each in screens if each["screen"] == console.FIRST),
        "console_list_ms": max(each["p95_ms"] for each in screens if each["screen"] not in no_lists),
        "public_rate": raw["public"]["pages_a_second"],
        "public_p99_ms": raw["public"]["p99_ms"],
        "public_rendered_rate": raw["public"]["rendered_a_second"],
        "public_rendered_p99_ms": raw["public"]["rendered_p99_ms"],
        "same_rows_ratio_1": rates["intake_1"] / rates["same_rows_1"],
        "same_rows_ratio_2": rates["intake_2"] / rates["same_rows_2"],
        "intake_ratio_1": rates["intake_1"] / rates["floor"],
        "intake_ratio_2": rates["intake_2"] / rates["floor"],
    }
    return {name: round(value, 3) for name, value in figures.items()}


def knee(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Return the latency at the lowest load at which it misses its target; None where it holds at all of them."""
    loads = sorted(raw["latency"], key=lambda each: float(each["rate"]))
    return next((each for each in loads if not holds("p99_ms", each["p99_ms"])), None)


def describe_knee(raw: dict[str, Any]) -> str:
    """Return the sentence that says where the knee is."""
    bound = TARGETS["p99_ms"][1]
    found = knee(raw)
    if found is None:
        most = max(each["share"] for each in raw["latency"])
        return f"The knee lies beyond what was measured: 99 of 100 are within {bound:g} ms up to {most:g} of the rate."
    return (
        f"The knee is at {found['share']:g} of the highest rate, {found['rate']:,.0f} messages a second: the lowest "
        f"load at which the slowest of 100 take more than {bound:g} ms."
    )


def says_target(name: str) -> str:
    """Return the target of a figure in words; a dash where it has none."""
    sign, bound = TARGETS.get(name, ("–", None))
    return sign if bound is None else f"{sign} {bound:g}"


def holds(name: str, value: float) -> bool | None:
    """Return whether a figure meets its target; None where it has none."""
    if name not in TARGETS:
        return None
    sign, bound = TARGETS[name]
    return value >= bound if sign == "≥" else value <= bound
