"""Every metric there is: its name, what it means, its labels, and for a histogram its bounds.

Here and nowhere else. Names and help are what Prometheus shows; times are seconds, moments seconds since 1970 (UTC).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a metric is, by the name that Prometheus has for it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `bounds` are the upper bounds of a histogram's buckets; above the last there is one more."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which Prometheus keeps it."""
        if self.kind is Kind.HISTOGRAM:
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        return (self.name,)


_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""For what takes a part of a second: a batch, a confirm, a round. 10 is a limit of an alert."""
_SLOW = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0)
"""For how late something is. 60, 300 and 900 are what is promised and alerted on."""
_MESSAGES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 300.0, 400.0, 500.0)

# A worker process, of itself.
INFO = Metric(
    "xinglin_worker_info",
    Kind.GAUGE,
    "1; the labels say what this process is and has loaded: its version, and the digests of routing and law.",
    ("kind", "version", "routing", "law"),
)
HEARTBEAT = Metric(
    "xinglin_worker_heartbeat_timestamp_seconds",
    Kind.GAUGE,
    "When this process last said in the archive that it is there.",
)
RETRIES = Metric(
    "xinglin_retries_total",
    Kind.COUNTER,
    "How often a worker waited out a trouble and tried again, by the kind of trouble.",
    ("worker", "trouble"),
)
CONNECTION = Metric(
    "xinglin_connection_up",
    Kind.GAUGE,
    "1 when the last thing a worker did with the broker or the database succeeded, 0 when it failed.",
    ("worker", "to"),
)
INTAKE_MESSAGES = Metric(
    "xinglin_intake_messages_total",
    Kind.COUNTER,
    "Messages committed, by source and by what became of them; sources that routing.yaml does not know are other.",
    ("source", "outcome"),
)
INTAKE_BATCH_MESSAGES = Metric(
    "xinglin_intake_batch_messages",
    Kind.HISTOGRAM,
    "How many messages a batch had.",
    bounds=_MESSAGES,
)
INTAKE_BATCH_SECONDS = Metric(
    "xinglin_intake_batch_seconds",
    Kind.HISTOGRAM,
    "How long a batch took from the moment it was taken from the broker until it was committed.",
    bounds=_QUICK,
)
INTAKE_DELAY = Metric(
    "xinglin_intake_delay_seconds",
    Kind.HISTOGRAM,
    "How long after the time that its sender gave it a message was committed.",
    ("source",),
    _SLOW,
)
RELAY_MESSAGES = Metric(
    "xinglin_relay_messages_total",
    Kind.COUNTER,
    "Messages by family (notice, feed, assessment, alert) and by their fate (confirmed, returned, refused, unopened).",
    ("family", "fate"),
)
RELAY_CONFIRM = Metric(
    "xinglin_relay_confirm_seconds",
    Kind.HISTOGRAM,
    "How long after it was published the broker confirmed a message.",
    bounds=_QUICK,
)
RELAY_DELAY = Metric(
    "xinglin_relay_delay_seconds",
    Kind.HISTOGRAM,
    "How long after it was committed the broker confirmed a message, by family.",
    ("family",),
    _SLOW,
)
ROUNDS = Metric("xinglin_scheduler_rounds_total", Kind.COUNTER, "Rounds of the scheduler that ended in order.")
ROUND_SECONDS = Metric(
    "xinglin_scheduler_round_seconds", Kind.HISTOGRAM, "How long a round of the scheduler took.", bounds=_SLOW
)
LAST_ROUND = Metric(
    "xinglin_scheduler_last_round_timestamp_seconds", Kind.GAUGE, "When the last round of the scheduler ended."
)
ASSESSED = Metric("xinglin_assessor_subjects_total", Kind.COUNTER, "Subjects that were assessed.")
ASSESS_SECONDS = Metric(
    "xinglin_assessor_batch_seconds", Kind.HISTOGRAM, "How long a batch of subjects took to assess.", bounds=_QUICK
)

# The archive and the broker, as the scheduler's process sees them.
PARKED = Metric(
    "xinglin_archive_parked", Kind.GAUGE, "Parked messages that nobody has decided, by reason.", ("reason",)
)
PARKED_OLDEST = Metric(
    "xinglin_archive_parked_oldest_seconds", Kind.GAUGE, "How long the oldest of them has been parked.", ("reason",)
)
UNSENT = Metric("xinglin_archive_unsent", Kind.GAUGE, "Messages of the outbox that are still to be sent.")
UNSENT_OLDEST = Metric(
    "xinglin_archive_unsent_oldest_seconds", Kind.GAUGE, "How long ago the oldest of them was committed."
)
UNSENT_TROUBLED = Metric(
    "xinglin_archive_unsent_troubled",
    Kind.GAUGE,
    "Messages still to be sent whose last attempt failed, by the trouble.",
    ("trouble",),
)
TOUCHED = Metric("xinglin_archive_touched", Kind.GAUGE, "Subjects that are still to be assessed, each change once.")
TOUCHED_OLDEST = Metric(
    "xinglin_archive_touched_oldest_seconds", Kind.GAUGE, "How long ago the oldest of these changes was committed."
)
NOTICES_OVERDUE = Metric(
    "xinglin_archive_notices_overdue", Kind.GAUGE, "Notices in force without a reply in their days.", ("agency",)
)
NOTICES_OVERDUE_OLDEST = Metric(
    "xinglin_archive_notices_overdue_oldest_seconds",
    Kind.GAUGE,
    "How long ago the last day of the oldest of them was.",
    ("agency",),
)
LIFTS_OVERDUE = Metric(
    "xinglin_archive_lifts_overdue",
    Kind.GAUGE,
    "Lifted notices of which the agency has not said in its days that it ended its measures.",
    ("agency",),
)
LIFTS_OVERDUE_OLDEST = Metric(
    "xinglin_archive_lifts_overdue_oldest_seconds",
    Kind.GAUGE,
    "How long ago the last day of the oldest of them was.",
    ("agency",),
)
FEED_ROWS_LATE = Metric(
    "xinglin_archive_feed_rows_late", Kind.GAUGE, "Rows of a feed without an answer in their legal days.", ("feed",)
)
FEED_ROWS_REFUSED = Metric(
    "xinglin_archive_feed_rows_refused", Kind.GAUGE, "Rows whose last answer of the feed is a refusal.", ("feed",)
)
RECORDS_DUE = Metric(
    "xinglin_archive_records_due", Kind.GAUGE, "Records whose day of change has come and that are not settled again."
)
TRANSFERS_OVERDUE = Metric(
    "xinglin_archive_transfers_overdue",
    Kind.GAUGE,
    "Penalties that suspect a crime whose case was not handed over in its days.",
)
DUTIES_MISSED = Metric(
    "xinglin_archive_duties_missed",
    Kind.GAUGE,
    "Duties of regimes that were not done by their day, of those that an operator is told of.",
    ("unit",),
)
LEDGER_DIFFERENCE = Metric(
    "xinglin_archive_ledger_difference", Kind.GAUGE, "Messages received and not in the inbox; 0 when all is well."
)
OUTBOX = Metric(
    "xinglin_archive_outbox",
    Kind.GAUGE,
    "Messages of the outbox by state: sent, unsent, forgotten (neither; `outbox-forgotten`).",
    ("state",),
)
SOURCE_SILENCE = Metric(
    "xinglin_archive_source_silence_seconds",
    Kind.GAUGE,
    "For how long a source has not been heard, in working days of 24 hours.",
    ("source",),
)
SOURCE_GAP = Metric(
    "xinglin_archive_source_gap_seconds",
    Kind.GAUGE,
    "For how long a source is usually not heard, in working days of 24 hours.",
    ("source",),
)
WORKERS = Metric("xinglin_archive_workers", Kind.GAUGE, "Worker processes at work on the archive, by kind.", ("kind",))
ALERTS_OPEN = Metric(
    "xinglin_archive_alerts_open", Kind.GAUGE, "Alerts that were raised and have not ended.", ("alert", "severity")
)
OBSERVED = Metric(
    "xinglin_archive_observed_timestamp_seconds",
    Kind.GAUGE,
    "When the archive was looked at to say what the metrics of the archive say.",
)
QUEUE_MESSAGES = Metric(
    "xinglin_broker_queue_messages", Kind.GAUGE, "Messages that wait in a queue of the broker.", ("queue",)
)
QUEUE_CONSUMERS = Metric(
    "xinglin_broker_queue_consumers", Kind.GAUGE, "Consumers of a queue of the broker.", ("queue",)
)

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
"""All of them, in the order of this module."""
