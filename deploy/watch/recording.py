"""What Prometheus works out beforehand: the state of the queues from whoever tells it, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.watch import limits
from deploy.watch.asking import VHOST, count, total, within, worst


@dataclass(frozen=True, slots=True)
class Recording:
    """An expression that is kept under a name of its own."""

    record: str
    expr: str


MESSAGES = "xinglin:queue_messages:max"
CONSUMERS = "xinglin:queue_consumers:max"
COMMITTED, COMMITTED_SOON = "xinglin:committed:rate5m", "xinglin:committed_soon:rate5m"
NOTICED, NOTICED_SOON = "xinglin:noticed:rate5m", "xinglin:noticed_soon:rate5m"
FEEDS_IN_TIME = "xinglin:feeds_in_time:bool"
LIFTS_IN_TIME = "xinglin:lifts_in_time:bool"
BALANCED = "xinglin:ledger_balanced:bool"

_NOTICES = 'xinglin_relay_delay_seconds{family="notice"}'


def _either(of_ours: str, of_theirs: str) -> str:
    """Return what the broker itself or else the scheduler says of each queue; one of them may be away."""
    return f'max by (queue) ({of_theirs}{{vhost="{VHOST}"}} or {of_ours})'


def _none(metric: str) -> str:
    """Return 1 while nothing of the kind is there, 0 while something is, and nothing while nobody looks."""
    return f"{total(metric)} == bool 0"


QUEUES = (
    Recording(MESSAGES, _either("xinglin_broker_queue_messages", "rabbitmq_detailed_queue_messages_ready")),
    Recording(CONSUMERS, _either("xinglin_broker_queue_consumers", "rabbitmq_detailed_queue_consumers")),
)
PROMISES = (
    Recording(COMMITTED, count("xinglin_intake_delay_seconds", "5m")),
    Recording(COMMITTED_SOON, within("xinglin_intake_delay_seconds", limits.SLO_COMMITTED_SECONDS, "5m")),
    Recording(NOTICED, count(_NOTICES, "5m")),
    Recording(NOTICED_SOON, within(_NOTICES, limits.SLO_NOTICED_SECONDS, "5m")),
    Recording(FEEDS_IN_TIME, _none("xinglin_archive_feed_rows_late")),
    Recording(LIFTS_IN_TIME, _none("xinglin_archive_lifts_overdue")),
    Recording(BALANCED, f"{worst('xinglin_archive_ledger_difference')} == bool 0"),
)
"""The promises (SLO) that docs/operate.md names; `kept` asks for how far each was kept."""


def kept(good: str, of: str, window: str) -> str:
    """Return which part of what came in a window of time came as promised."""
    return f"sum_over_time({good}[{window}]) / sum_over_time({of}[{window}])"


def kept_always(state: str, window: str) -> str:
    """Return for which part of a window of time something was as promised."""
    return f"avg_over_time({state}[{window}])"
