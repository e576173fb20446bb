"""Settling every record again: what an edit of the law or the routes means for the records that are on file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from credit.batch.work import Work
from credit.record.rows import NoticeRow
from credit.store import archive
from credit.store.archive import Settled
from credit.store.engine import reading, undone
from credit.store.queries.census import count_records
from schemas.words import Tone, Worded
from workers.retry import briefly
from workers.runtime import Runtime

_AT_ONCE = 500
_SAMPLE = 3


class Turn(Worded):
    """What becomes of a notice: one that is corrected is lifted and issued anew with other measures or content."""

    ISSUE = "issue", "发出", Tone.BUSY
    CORRECT = "correct", "更正", Tone.WAITING
    LIFT = "lift", "解除", Tone.LEAVING
    LIFT_PART = "lift_part", "部分解除", Tone.LEAVING
    PREPARE = "prepare", "待告知后发出", Tone.WAITING
    DROP = "drop", "取消待发", Tone.PAST


@dataclass(frozen=True, slots=True)
class Example:
    """One of the things counted: the number of the notice or row, and of the document that it rests on."""

    number: str
    document_no: str


@dataclass(frozen=True, slots=True)
class ToAgency:
    """What one agency is told on one ground. The examples leave out what rests on sealed records."""

    agency: str
    ground: str
    what: Turn
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class ToFeed:
    """What one feed is asked to do. The examples leave out what rests on sealed records."""

    feed: str
    kind: str
    operation: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """How many records were settled again, how many of them changed, and what others were told of it."""

    records: int = 0
    changed: int = 0
    issued: int = 0
    lifted: int = 0
    feed_operations: int = 0

    def add(self, records: int, work: Work) -> Effect:
        """Return the sum with a further batch."""
        said = Counter(message.type for message in work.dispatches)
        return Effect(
            records=self.records + records,
            changed=self.changed + len(work.records.changed),
            issued=self.issued + said["credit.notice.issued.v1"],
            lifted=self.lifted + said["credit.notice.lifted.v1"],
            feed_operations=self.feed_operations + said["credit.feed.rows.v1"],
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What settling every record again would bring about, as the archive is now."""

    effect: Effect
    agencies: tuple[ToAgency, ...]
    feeds: tuple[ToFeed, ...]

    @property
    def moves(self) -> bool:
        """Whether anybody would be told anything."""
        return bool(self.agencies or self.feeds)


class _Kind(NamedTuple):
    """What changes are counted by: who is told, on which ground or of which kind of record, and what happens."""

    to: str
    about: str
    what: str


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of one notice or row."""

    of: _Kind
    example: Example
    sealed: bool


@dataclass(slots=True)
class _Tally:
    """Changes counted, with the first few of each kind."""

    counts: Counter[_Kind] = field(default_factory=Counter)
    examples: dict[_Kind, list[Example]] = field(default_factory=dict)

    def add(self, change: _Change) -> None:
        self.counts[change.of] += 1
        kept = self.examples.setdefault(change.of, [])
        if not change.sealed and len(kept) < _SAMPLE:
            kept.append(change.example)


def count(runtime: Runtime) -> int:
    """Return how many records there are to settle."""
    with reading(runtime.engine) as connection:
        return sum(found.records for found in count_records(connection))


def preview(runtime: Runtime, tell: Callable[[int], None]) -> Preview:
    """Say what `apply` would do; the real rules decide, and nothing is written. `tell` is as for `apply`.

    Raises:
        TransientError: the database failed.
    """
    done, notices, rows = Effect(), _Tally(), _Tally()
    for batch in _batches(runtime):
        settled = briefly()(_try, runtime, batch)
        done = done.add(len(batch), settled.work)
        for change in _turns(settled):
            notices.add(change)
        for change in _operations(settled.work):
            rows.add(change)
        tell(len(batch))
    return Preview(
        done,
        tuple(
            ToAgency(of.to, of.about, Turn(of.what), found, tuple(notices.examples[of]))
            for of, found in sorted(notices.counts.items())
        ),
        tuple(
            ToFeed(of.to, of.about, of.what, found, tuple(rows.examples[of]))
            for of, found in sorted(rows.counts.items())
        ),
    )


def apply(runtime: Runtime, tell: Callable[[int], None]) -> Effect:
    """Settle every record by the law and routes as they are now; notices and feed rows follow.

    Each batch, in the order of the record ids, is one transaction. Interrupted anywhere, a further call does the
    rest: what is as it should be stays as it is. `tell` hears how many records each batch had.

    Raises:
        TransientError: the database failed; what was committed stays.
    """
    done = Effect()
    for batch in _batches(runtime):
        done = done.add(len(batch), briefly()(archive.settle_again, runtime.engine, batch, runtime.rules()))
        tell(len(batch))
    return done


def _batches(runtime: Runtime) -> Iterator[list[str]]:
    last = ""
    while True:
        with reading(runtime.engine) as connection:
            batch = archive.find_records(connection, last, _AT_ONCE)
        if not batch:
            return
        yield batch
        last = batch[-1]


def _try(runtime: Runtime, batch: list[str]) -> Settled:
    with undone(runtime.engine) as connection:
        return archive.settle_within(connection, batch, runtime.rules())


def _turns(settled: Settled) -> Iterator[_Change]:
    found = [(row, _turn(settled.before.get(number), row)) for number, row in settled.work.notices.changed.items()]
    lifted = {_pair(row) for row, turn in found if turn is Turn.LIFT}
    issued = {_pair(row) for row, turn in found if turn is Turn.ISSUE}
    for row, turn in found:
        corrected = _pair(row) in lifted & issued
        if corrected and turn is Turn.LIFT:
            continue  # told with the one that takes its place
        what = Turn.CORRECT if corrected else turn
        yield _change(settled.work, row.record_id, _Kind(row.agency, row.ground, what), row.notice_no)


def _turn(before: NoticeRow | None, after: NoticeRow) -> Turn:
    if after.lifted_at is not None:
        return Turn.DROP if after.issued_at is None else Turn.LIFT
    if after.prepared:
        return Turn.PREPARE
    return Turn.ISSUE if before is None or not before.in_force else Turn.LIFT_PART


def _pair(row: NoticeRow) -> tuple[str, str, str]:
    return row.record_id, row.ground, row.agency


def _operations(work: Work) -> Iterator[_Change]:
    for row in work.told_rows():
        yield _change(work, row.record_id, _Kind(row.feed, row.kind, row.operation), row.row_id)


def _change(work: Work, record_id: str, of: _Kind, number: str) -> _Change:
    record = work.records[record_id]
    return _Change(of, Example(number, record.document_no), record.sealed_clause is not None)
