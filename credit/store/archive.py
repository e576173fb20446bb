"""The archive's ways of changing: a batch of messages, and the passing of time. One call is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Date, Engine, Select, and_, bindparam, or_, select, tuple_

from credit.batch.arrival import Arrival
from credit.batch.plan import plan
from credit.batch.recognise import recognise
from credit.batch.settle import settle
from credit.batch.work import Work
from credit.record.rows import FeedRow, NoticeRow, RecordRow
from credit.rules import Rules
from credit.store import outbox, scope, tables, terms
from credit.store.engine import writing
from credit.store.writing import write
from credit.telling import alerts, feeds, notices
from schemas.record import State


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


def settle_again(engine: Engine, records: Sequence[str], rules: Rules) -> Work:
    """Settle records as of today and let notices and feed rows follow, in one transaction.

    The changed records of the work are those whose standing is another than before; the others are not written.
    """
    with writing(engine) as connection:
        work = _read(connection, records, rules)
        before = dict(work.records)
        settle(records, work)
        for name, row in list(work.records.changed.items()):
            if _same(before[name], row):
                del work.records.changed[name]
        write(connection, work)
    return work


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


def raise_overdue(engine: Engine, rules: Rules, limit: int) -> int:
    """Mark replies, feed rows and transfers that have become late, alert the operators once each; return how many."""
    with writing(engine) as connection:
        late_notices = _find_late_notices(connection, rules, limit)
        late_rows = _find_late_rows(connection, rules, limit)
        late_transfers = _find_late_transfers(connection, rules, limit)
        records = {row.record_id for row in late_notices} | {row.record_id for row in late_rows} | {*late_transfers}
        if not records:
            return 0
        work = _read(connection, records, rules)
        for number in sorted(row.notice_no for row in late_notices):
            found = notices.fall_due(work.notices[number], rules.at.today)
            if found is not None:
                work.put_notice(found.row)
                work.dispatches.append(alerts.notice_overdue(found, rules))
        for row_id in sorted(row.row_id for row in late_rows):
            late = feeds.fall_late(work.feed_rows[row_id], rules.at.today)
            if late is not None:
                work.feed_rows.put(row_id, late)
                work.dispatches.append(alerts.feed_late(late, rules))
        for record_id in sorted(late_transfers):
            penalty = work.records[record_id]
            if _lacks_transfer(penalty, rules):
                work.records.put(record_id, penalty._replace(transfer_overdue_since=rules.at.today))
                work.dispatches.append(alerts.transfer_overdue(penalty, rules))
        write(connection, work)
    return len(work.notices.changed) + len(work.feed_rows.changed) + len(work.records.changed)


def _lacks_transfer(penalty: RecordRow, rules: Rules) -> bool:
    """Tell whether a penalty still is as it was found: by now another process may have alerted, or settled it."""
    due = penalty.transfer_by
    return due is not None and due < rules.at.today and penalty.transfer_overdue_since is None


def remember(engine: Engine, forgotten: Sequence[outbox.Forgotten], rules: Rules) -> None:
    """Let messages be sent that nobody would have sent, and alert the operators."""
    with writing(engine) as connection:
        terms.confirm(connection, rules.at.now)
        void = outbox.remember(connection, forgotten)
        alert = alerts.outbox_forgotten(forgotten[0].message_id, len(forgotten), len(void), rules)
        outbox.enqueue(connection, [alert])


def _find_late_notices(connection: Connection, rules: Rules, limit: int) -> list[NoticeRow]:
    notice, today = tables.notice, rules.at.today
    late = or_(
        and_(notice.c.reply_by < today, tables.UNANSWERED),
        and_(
            notice.c.lifted_at.is_not(None),
            notice.c.lift_confirmed_at.is_(None),
            notice.c.lift_reply_by < today,
            notice.c.lift_overdue_since.is_(None),
        ),
        and_(notice.c.lifted_at.is_(None), notice.c.part_reply_by < today, notice.c.part_overdue_since.is_(None)),
    )
    return scope.build(NoticeRow, connection.execute(scope.rows_of(NoticeRow).where(late).limit(limit)))


def _find_late_rows(connection: Connection, rules: Rules, limit: int) -> list[FeedRow]:
    row = tables.feed_row
    late = and_(row.c.due_on < rules.at.today, row.c.result_code.is_(None), row.c.late_since.is_(None))
    return scope.build(FeedRow, connection.execute(scope.rows_of(FeedRow).where(late).limit(limit)))


def _select_late_transfers() -> Select[Any]:
    penalty, transfer, link = tables.record, tables.record.alias("transfer"), tables.link
    ends, linked = (penalty.c.subject_id, transfer.c.subject_id), tuple_(link.c.subject_id, link.c.continued_as)
    same_party = or_(
        ends[0] == ends[1],
        select(link.c.link_id)
        .where(link.c.undone_at.is_(None), or_(linked == tuple_(*ends), linked == tuple_(*reversed(ends))))
        .exists(),
    )
    in_time = select(transfer.c.record_id).where(
        transfer.c.transfers == penalty.c.record_id,
        transfer.c.state != State.WITHDRAWN.value,
        transfer.c.occurred_on <= penalty.c.transfer_by,
        same_party,
    )
    return select(penalty.c.record_id).where(
        penalty.c.transfer_by < bindparam("today", type_=Date),
        penalty.c.transfer_overdue_since.is_(None),
        ~in_time.exists(),
    )


_LATE_TRANSFERS = _select_late_transfers()


def _find_late_transfers(connection: Connection, rules: Rules, limit: int) -> list[str]:
    """Return penalties that suspect a crime whose case was not handed over in time, of the same party."""
    late = _LATE_TRANSFERS.limit(limit)
    return list(connection.execute(late, {"today": rules.at.today}).scalars())
