"""The archive's ways of changing: a batch of messages, and the passing of time. One call is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from credit.batch.arrival import Arrival
from credit.batch.plan import plan
from credit.batch.recognise import recognise
from credit.batch.settle import settle
from credit.batch.work import Work
from credit.record.rows import NoticeRow, RecordRow
from credit.rules import Rules
from credit.store import alerts, outbox, scope, tables, terms
from credit.store.engine import writing
from credit.store.writing import write
from credit.telling import cases


def take_in(engine: Engine, arrivals: Sequence[Arrival], rules: Rules) -> Work:
    """Take a batch of messages in, in one transaction; when this returns, everything they say is committed.

    Raises:
        TransientError: nothing is known to be committed; the same batch may be tried again, what was committed
            after all is then found as a repeat.
    """
    with writing(engine) as connection:
        return take_in_within(connection, arrivals, rules)


def take_in_within(connection: Connection, arrivals: Sequence[Arrival], rules: Rules) -> Work:
    """Take a batch in within the caller's transaction; nothing is committed here."""
    terms.confirm(connection, rules.at.now)
    work = Work(rules)
    recognise(arrivals, rules)
    scope.read(connection, work, arrivals)
    plan(arrivals, work)
    write(connection, work)
    return work


def _read(connection: Connection, records: Iterable[str], rules: Rules) -> Work:
    terms.confirm(connection, rules.at.now)
    work = Work(rules)
    work.records.wanted.update(records)
    scope.read(connection, work)
    return work


class Settled(NamedTuple):
    """The work of settling records again, and the notices about them as they were before."""

    work: Work
    before: Mapping[str, NoticeRow]


def settle_again(engine: Engine, records: Sequence[str], rules: Rules) -> Work:
    """Settle records as of today and let notices and feed rows follow, in one transaction; see `settle_within`."""
    with writing(engine) as connection:
        settled = settle_within(connection, records, rules)
        write(connection, settled.work)
    return settled.work


def settle_within(connection: Connection, records: Sequence[str], rules: Rules) -> Settled:
    """Settle records as of today within the caller's transaction; nothing is written.

    The changed records of the work are those whose standing is another than before.
    """
    work = _read(connection, records, rules)
    before, notices_before = dict(work.records), dict(work.notices)
    settle(records, work)
    for name, row in list(work.records.changed.items()):
        if _same(before[name], row):
            del work.records.changed[name]
    return Settled(work, notices_before)


def _same(before: RecordRow, after: RecordRow) -> bool:
    # A record that was due is never the same: the day of its next change, when it has one, is a later one.
    return before._replace(as_of=after.as_of) == after


def find_records(connection: Connection, after: str, limit: int) -> list[str]:
    """Return the first ids of records that come after one in their order; all come after the empty one."""
    record = tables.record.c
    found = select(record.record_id).where(record.record_id > after).order_by(record.record_id).limit(limit)
    return list(connection.execute(found).scalars())


def find_due_records(connection: Connection, rules: Rules, limit: int) -> list[str]:
    """Return records whose window or law has changed since they were settled."""
    record = tables.record
    due = (
        select(record.c.record_id)
        .where(record.c.changes_on <= rules.at.today, record.c.as_of < rules.at.today)
        .order_by(record.c.changes_on)
        .limit(limit)
    )
    return list(connection.execute(due).scalars())


def remember(engine: Engine, forgotten: Sequence[outbox.Forgotten], rules: Rules) -> None:
    """Let messages be sent that nobody would have sent, and open a case of it."""
    with writing(engine) as connection:
        terms.confirm(connection, rules.at.now)
        void = outbox.remember(connection, forgotten)
        first, found = forgotten[0].message_id, len(forgotten)
        alerts.open_cases(connection, [cases.outbox_forgotten(first, found, len(void), rules.at.now)])
