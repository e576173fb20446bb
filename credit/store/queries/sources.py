"""When each source of messages was last heard, its usual gap, and whether it is silent."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from credit.law.calendar import Calendar
from credit.record.rows import HeardRow
from credit.rules import Moment
from credit.store.heard import Heard, fold
from credit.store.tables import batch, heard
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
    connection: Connection, at: Moment, calendar: Calendar, sources: Sequence[str], owing: Collection[str]
) -> tuple[SourceSeen, ...]:
    """Return how each of the sources is seen at a moment, in their order; one that was never heard too.

    `owing` are those that owe an answer whose day has passed.

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
    return tuple(
        judge(source, rows[source], at.now, at.today, calendar, owes=source in owing if _answers(source) else None)
        for source in sources
    )


def _answers(source: str) -> bool:
    return source.startswith(_ANSWERS)
