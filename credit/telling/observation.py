"""What is true of an archive at a moment, as one frozen value: doctor, metrics, alerts and screens read this alone.

`credit.store.queries.observation` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from credit.record.rows import AlertRow, WorkerRow
from credit.rules import Moment
from credit.telling.sources import SourceSeen


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many wait, the oldest of them since a moment (None of none), and a few of them, oldest first, by name.

    What missed a day waits since the beginning of the next one in Asia/Shanghai.
    """

    count: int
    since: datetime | None = None
    sample: tuple[str, ...] = ()

    def age(self, now: datetime) -> timedelta:
        """Return for how long the oldest has waited; nothing where none does."""
        return max(now - self.since, timedelta()) if self.since is not None else timedelta()


NOTHING = Waiting(0)


@dataclass(frozen=True, slots=True)
class Parked:
    """The open parked messages of one reason.

    `fresh` of them came within the hour, and no person has touched any of the `untouched`; samples are their numbers.
    """

    waiting: Waiting
    fresh: int
    untouched: Waiting


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the last attempt to send some messages by one routing key ended in; the sample names the first message."""

    trouble: str
    routing_key: str
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Cases:
    """The open cases of one kind about one subject: what only intake or relay saw, and an alert groups.

    `detail` is what is said of the oldest, in Chinese; the sample has their names, such as document numbers.
    """

    kind: str
    subject: str
    waiting: Waiting
    detail: str


@dataclass(frozen=True, slots=True)
class Books:
    """What is added up over the whole archive, which takes seconds where it is large.

    `difference` is how many deliveries were received and are not in the inbox, and is 0 when the ledger is balanced.
    The outbox is `sent` and `unsent`, and what is neither is `forgotten`: nobody would ever send it. `unserved` are the
    penalties in force with which, as far as is known, no notice of repair was served by its day.
    """

    difference: int
    sent: int
    unsent: int
    forgotten: int
    unserved: Waiting


_NOT_OF_ALL = frozenset({"frontend", "folder"})
"""What a worker that does `all` leaves to others."""


def doing(work: str) -> tuple[str, ...]:
    """Return the kinds of workers that do a kind of work."""
    return (work,) if work in _NOT_OF_ALL else (work, "all")


@dataclass(frozen=True, slots=True)
class Observation:
    """What is true of an archive at a moment.

    `parked` is by reason. Of the `unsent`, some are `leased` by a relay; `unconfirmed` ones were leased so long ago
    that their relay should have known what became of them, and `troubled` are those whose last attempt failed.
    `confirmed` are proposals that a second person confirmed and that are not carried out, since then.
    `touched` are changes whose subjects are still to be assessed; none where no regime is followed.
    `notices_overdue` and `lifts_overdue` (of a whole notice or a part) are past their day, by agency, with their
    numbers. By feed, `feed_rows_late` had to be answered by a day that has passed, `feed_rows_near` by the next working
    day at the latest (the late ones among them), and `feed_rows_refused` were refused.
    `records_due` have to be settled, as their law or window changed; `transfers_overdue` are penalties that suspect a
    crime and whose case was not handed over; `duties_missed` are duties of regimes past their day, by `REGIME/UNIT`,
    of those that say so (`alert` in duties.yaml); `answers_near` and `answers_overdue` are complaints, and steps of
    objections and repairs, that wait for an answer due by the next working day, or by a day that has passed, by
    `KIND/STATE`; `reviews_overdue` are falls below official grades that nobody decided by the day of their report, by
    regime;
    `prepared` notices wait until their party is told. `files_half` were taken and their rows not sent to the last,
    named by the beginning of their ids.
    `workers` is the roll, as of `rolled_at`, its own time. `taken_at` is when a batch was last taken in, None: never.
    `oldest_transaction` is the age of the oldest snapshot or transaction of the database, None where it has none.
    `sources` are those that may send, none where nobody asked for them, or where there is no law to count days by.
    `books` is None where nobody asked for them.
    """

    at: Moment
    parked: Mapping[str, Parked]
    unsent: Waiting
    leased: int
    unconfirmed: Waiting
    troubled: tuple[Trouble, ...]
    confirmed: Waiting
    touched: Waiting
    notices_overdue: Mapping[str, Waiting]
    lifts_overdue: Mapping[str, Waiting]
    feed_rows_late: Mapping[str, Waiting]
    feed_rows_near: Mapping[str, Waiting]
    feed_rows_refused: Mapping[str, Waiting]
    records_due: Waiting
    transfers_overdue: Waiting
    duties_missed: Mapping[str, Waiting]
    answers_near: Mapping[str, Waiting]
    answers_overdue: Mapping[str, Waiting]
    reviews_overdue: Mapping[str, Waiting]
    prepared: Waiting
    files_half: Waiting
    cases: tuple[Cases, ...]
    alerts: tuple[AlertRow, ...]
    workers: tuple[WorkerRow, ...]
    rolled_at: datetime
    at_work: Mapping[str, int]
    """How many workers are alive, by the kind of work (`doing`); of kinds that are not always needed where they are."""
    taken_at: datetime | None
    oldest_transaction: timedelta | None
    sources: tuple[SourceSeen, ...]
    books: Books | None
