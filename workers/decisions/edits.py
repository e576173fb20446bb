"""Settling every record again: what an edit of the law or the routes means for the records that are on file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from credit.batch.work import Work
from credit.store import archive
from credit.store.engine import reading
from credit.store.queries.census import count_records
from workers.retry import briefly
from workers.runtime import Runtime

_AT_ONCE = 500


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
            feed_operations=self.feed_operations + len(work.feed_rows.changed),
        )


def count(runtime: Runtime) -> int:
    """Return how many records there are to settle."""
    with reading(runtime.engine) as connection:
        return sum(found.records for found in count_records(connection))


def apply(runtime: Runtime, tell: Callable[[int], None]) -> Effect:
    """Settle every record by the law and routes as they are now; notices and feed rows follow.

    Each batch, in the order of the record ids, is one transaction. Interrupted anywhere, a further call does the
    rest: what is as it should be stays as it is. `tell` hears how many records each batch had.

    Raises:
        TransientError: the database failed; what was committed stays.
    """
    done = Effect()
    last = ""
    while True:
        with reading(runtime.engine) as connection:
            batch = archive.find_records(connection, last, _AT_ONCE)
        if not batch:
            return done
        work = briefly()(archive.settle_again, runtime.engine, batch, runtime.rules())
        done = done.add(len(batch), work)
        last = batch[-1]
        tell(len(batch))
