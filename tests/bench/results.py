"""From raw figures to the ones that have a target."""

from __future__ import annotations

from statistics import median
from typing import Any

#: What each figure is to be: at least so much, or at most.
TARGETS: dict[str, tuple[str, float]] = {
    "intake_ratio_1": ("≥", 0.5),
    "intake_ratio_2": ("≥", 0.8),
    "peer_ratio": ("≥", 20.0),
    "relay_ratio": ("≥", 0.7),
    "p99_ms": ("≤", 250.0),
    "rss_mib": ("≤", 256.0),
    "growth_ratio": ("≥", 0.8),
    "lookup_p99_ms": ("≤", 10.0),
}

MEANINGS = {
    "intake_ratio_1": "one intake process : the bare loop",
    "intake_ratio_2": "two intake processes : the bare loop",
    "peer_ratio": "one intake process : the faster peer",
    "relay_ratio": "relay : the bare publisher",
    "p99_ms": "publish to commit at half of the highest rate, 99 of 100, ms",
    "rss_mib": "peak memory of an intake with all of a backlog waiting, MiB",
    "growth_ratio": "intake with the most records kept : with the fewest",
    "lookup_p99_ms": "look-up of a subject with the most records kept, 99 of 100, ms",
}


def sum_up(raw: dict[str, Any]) -> dict[str, float]:
    """Return the figures that have a target."""
    rates = {name: median(found) for name, found in raw["rates"].items()}
    grown = [raw["growth"][key] for key in sorted(raw["growth"], key=int)]
    first, last = (median(each["rates"]) for each in (grown[0], grown[-1]))
    figures = {
        "intake_ratio_1": rates["intake_1"] / rates["floor"],
        "intake_ratio_2": rates["intake_2"] / rates["floor"],
        "peer_ratio": rates["intake_1"] / max(rates["faststream"], rates["celery"]),
        "relay_ratio": rates["relay"] / rates["publisher"],
        "p99_ms": raw["latency"][-1]["p99_ms"],
        "rss_mib": raw["memory"]["peak_mib"],
        "growth_ratio": last / first,
        "lookup_p99_ms": grown[-1]["lookup_p99_ms"],
    }
    return {name: round(value, 3) for name, value in figures.items()}


def holds(name: str, value: float) -> bool:
    """Return whether a figure meets its target."""
    sign, bound = TARGETS[name]
    return value >= bound if sign == "≥" else value <= bound
