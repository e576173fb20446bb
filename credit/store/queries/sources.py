"""When each source of messages was last heard, its usual gap, and whether it is silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select, union

from credit.law.calendar import Calendar
from credit.record.rows import HeardRow
from credit.rules import Moment
from credit.store.heard import Heard, fold
from credit.store.tables import batch, feed_row, heard, notice
from credit.telling.sources import LOOKED_AT, SourceSeen, judge

_AT_MOST = 10_000
"""So many batches are read that the scheduler has not added up yet: the newest, some hours of them."""
_ANSWERS = ("/partner/", "/feed/")
_PLACED = select(
    heard, func.row_number().over(partition_by=heard.c.source, order_by=heard.c.day.desc()).label("place")
).subquery("placed")
_OF_LATE = select(*(_PLACED.c[name] for name in HeardRow._fields)).where(_PLACED.c.place <= LOOKED_AT)
_WAITING = (
    select(batch.c.at, batch.c.heard)
    .where(batch.c.heard.is_not(None))
    .order_by(batch.c.batch_id.desc())
    .limit(_AT_MOST)
)


def read_sources(
    connection: Connection, at: Moment, calendar: Calendar, sources: Sequence[str]
) -> tuple[SourceSeen, ...]:
    """Return how each of the sources is seen at a moment, in their order; one that was never heard too.

    Reads at most thirty days of each, and what the scheduler has not added up yet.
    """
    rows: dict[str, list[HeardRow]] = {source: [] for source in sources}
    for row in sorted(
        (HeardRow(*each) for each in connection.execute(_OF_LATE)), key=lambda row: row.day, reverse=True
    ):
        rows.setdefault(row.source, []).append(row)
    newest = {source: found[0] for source, found in rows.items() if found}
    for row in fold(newest, [Heard(*each) for each in connection.execute(_WAITING)]):
        known = rows.setdefault(row.source, [])
        if known and known[0].day == row.day:
            known[0] = row
        else:
            known.insert(0, row)
    owing = set(connection.execute(_select_owing(at)).scalars())
    return tuple(
        judge(source, rows[source], at.now, at.today, calendar, owes=source in owing if _answers(source) else None)
        for source in sources
    )


def _answers(source: str) -> bool:
    return source.startswith(_ANSWERS)


def _select_owing(at: Moment) -> Select[Any]:
    """Return the question which agencies and platforms owe an answer whose day has passed."""
    agency = select((literal("/partner/") + notice.c.agency).label("source"))
    unanswered = agency.where(
        notice.c.issued_at.is_not(None), notice.c.lifted_at.is_(None), ~notice.c.answered, notice.c.reply_by < at.today
    )
    unconfirmed = agency.where(
        notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None), notice.c.lift_reply_by < at.today
    )
    untaken = select((literal("/feed/") + feed_row.c.feed).label("source")).where(
        feed_row.c.result_code.is_(None), feed_row.c.due_on < at.today
    )
    return select(union(unanswered, unconfirmed, untaken).subquery().c.source)
