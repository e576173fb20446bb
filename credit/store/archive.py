"""The archive's ways of changing: a batch of messages, and the passing of time. One call is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, and_, or_, select

from credit.batch.arrival import Arrival
from credit.batch.plan import plan
from credit.batch.settle import settle
from credit.batch.work import Changes, Need, Snapshot, enter, need
from credit.record.rows import FeedRow, NoticeRow, RecordRow
from credit.rules import Rules
from credit.store import scope, tables
from credit.store.engine import writing
from credit.store.writing import write
from credit.telling import alerts, feeds, notices


def take_in(engine: Engine, arrivals: Sequence[Arrival], rules: Rules) -> Changes:
    """Take a batch of messages in, in one transaction; when this returns, everything they say is committed.

    Raises:
        TransientError: nothing is known to be committed; the same batch may be tried again, what was committed
            after all is then found as a repeat.
    """
    with writing(engine) as connection:
        return take_in_within(connection, arrivals, rules)


def take_in_within(connection: Connection, arrivals: Sequence[Arrival], rules: Rules) -> Changes:
    """Take a batch in within the caller's transaction; nothing is committed here."""
    entries = enter(arrivals, rules)
    snapshot = scope.read(connection, need(entries), [feed.code for feed in rules.routes.feeds])
    changes = plan(entries, snapshot, rules)
    write(connection, changes, rules.at.now)
    return changes


def _lock(connection: Connection, records: Iterable[str], rules: Rules) -> Snapshot:
    none: frozenset[str] = frozenset()
    wanted = Need(none, frozenset(records), none, frozenset(), none, none, none)
    return scope.read(connection, wanted, [feed.code for feed in rules.routes.feeds])


def settle_again(engine: Engine, records: Sequence[str], rules: Rules) -> Changes:
    """Assess records as of today and let notices and feed rows follow, in one transaction.

    The changes hold the records whose standing is another than before; the others are not written.
    """
    changes = Changes()
    with writing(engine) as connection:
        snapshot = _lock(connection, records, rules)
        before = dict(snapshot.records)
        settle(records, snapshot, changes, rules)
        changes.records = {name: row for name, row in changes.records.items() if not _same(before[name], row)}
        write(connection, changes, rules.at.now)
    return changes


def _same(before: RecordRow, after: RecordRow) -> bool:
    # A record that was due is never the same: the day of its next change, when it has one, is a later one.
    return before._replace(as_of=after.as_of) == after


def find_records(connection: Connection, after: str, limit: int) -> list[str]:
    """Return the first ids of records that come after one in their order; all come after the empty one."""
    record = tables.record.c
    found = select(record.record_id).where(record.record_id > after).order_by(record.record_id).limit(limit)
    return list(connection.execute(found).scalars())


def find_due_records(connection: Connection, rules: Rules, limit: int) -> list[str]:
    """Return records whose window or law has changed since they were assessed."""
    record = tables.record
    due = (
        select(record.c.record_id)
        .where(record.c.changes_on <= rules.at.today, record.c.as_of < rules.at.today)
        .order_by(record.c.changes_on)
        .limit(limit)
    )
    return list(connection.execute(due).scalars())


def raise_overdue(engine: Engine, rules: Rules, limit: int) -> int:
    """Mark replies and feed rows that have become late, and alert the operators once each; return how many."""
    changes = Changes()
    with writing(engine) as connection:
        late_notices, late_rows = _find_late(connection, rules, limit)
        records = {row.record_id for row in late_notices} | {row.record_id for row in late_rows}
        snapshot = _lock(connection, records, rules) if records else Snapshot()
        for number in sorted(row.notice_no for row in late_notices):
            after = notices.fall_due(snapshot.notices[number], rules.at.today)
            if after is not None:
                changes.notices[number] = after
                changes.dispatches.append(alerts.notice_overdue(after, rules))
        for row_id in sorted(row.row_id for row in late_rows):
            late = feeds.fall_late(snapshot.feed_rows[row_id], rules.at.today)
            if late is not None:
                changes.feed_rows[row_id] = late
                changes.dispatches.append(alerts.feed_late(late, rules))
        write(connection, changes, rules.at.now)
    return len(changes.notices) + len(changes.feed_rows)


def _find_late(connection: Connection, rules: Rules, limit: int) -> tuple[list[NoticeRow], list[FeedRow]]:
    notice, row = tables.notice, tables.feed_row
    today = rules.at.today
    late_notice = or_(
        and_(notice.c.reply_by < today, tables.UNANSWERED),
        and_(
            notice.c.lifted_at.is_not(None),
            notice.c.lift_confirmed_at.is_(None),
            notice.c.lift_reply_by < today,
            notice.c.lift_overdue_since.is_(None),
        ),
    )
    late_row = and_(row.c.due_on < today, row.c.result_code.is_(None), row.c.late_since.is_(None))
    found = connection.execute(scope.rows_of(NoticeRow).where(late_notice).limit(limit))
    rows = connection.execute(scope.rows_of(FeedRow).where(late_row).limit(limit))
    return scope.build(NoticeRow, found), scope.build(FeedRow, rows)
