"""Pieces of PromQL that rules and dashboards have in common."""

from __future__ import annotations

VHOST = "xinglin"
"""The virtual host of the broker, as docs/operate.md has it everywhere."""
DATABASE = "xinglin"
"""The database, as docs/operate.md has it."""
INBOUND = r"credit\\.in\\..+"
"""The inbound queues of `routing.yaml`, as a regular expression in a string of PromQL."""
DEAD = "credit.dead"
"""The queue of dead letters of `routing.yaml`."""

LOOKED = "xinglin_archive_unsent"
"""There while a scheduler can look at the archive; when it last could, another one goes on saying."""

_DISKS = '{fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660"}'
FREE_PART = f"node_filesystem_avail_bytes{_DISKS} / node_filesystem_size_bytes{_DISKS}"
"""Which part of each disk is free."""


def worst(metric: str) -> str:
    """Return the largest value of what several schedulers say of the one archive."""
    return f"max without (instance, job) ({metric})"


def total(metric: str) -> str:
    """Return what there is of something of the archive: 0 while there is none, and nothing while nobody can look."""
    return f"(sum({worst(metric)}) or 0 * max({LOOKED}))"


def quantile(part: float, histogram: str, window: str, *by: str) -> str:
    """Return the quantile of a histogram over a window of time, all workers together, for each value of some labels."""
    return f"histogram_quantile({part}, sum by ({', '.join((*by, 'le'))}) (rate({histogram}_bucket[{window}])))"


def rate(counter: str, window: str, *by: str) -> str:
    """Return how much a counter grows in a second, all workers together, for each value of some labels."""
    return f"sum by ({', '.join(by)}) (rate({counter}[{window}]))" if by else f"sum(rate({counter}[{window}]))"


def within(histogram: str, bound: float, window: str) -> str:
    """Return the rate of what a histogram (with matchers, or without) saw up to a bound that is one of its buckets."""
    name, _, matchers = histogram.partition("{")
    chosen = ", ".join(filter(None, (matchers.rstrip("}"), f'le="{bound}"')))
    return f"sum(rate({name}_bucket{{{chosen}}}[{window}]))"


def count(histogram: str, window: str) -> str:
    """Return the rate of all that a histogram (with matchers, or without) saw."""
    name, brace, matchers = histogram.partition("{")
    return f"sum(rate({name}_count{brace}{matchers}[{window}]))"
