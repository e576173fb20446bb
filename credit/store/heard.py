"""Adding up when sources were heard: intake writes it on the row of each batch, and here it is carried to days.

A batch that was added up keeps no more of it, so each is counted once, whenever its transaction ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, delete, func, select, update

from credit.record.rows import HeardRow
from credit.store import bulk, locks
from credit.store.tables import batch, heard
from credit.telling.sources import hear

KEPT = timedelta(days=400)
"""How long a day is kept on which a source was heard; the last one of each for good."""
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_NEWEST = select(heard.c.source, func.max(heard.c.day).label("day")).group_by(heard.c.source).subquery("newest")


class Heard(NamedTuple):
    """What one batch heard: when, and of which sources how many messages, as JSON."""

    at: datetime
    sources: str


def add_up(connection: Connection, now: datetime, limit: int) -> int:
    """Add what up to `limit` batches heard to the days of its sources; return how many there were."""
    locks.hold(connection, ("heard",))
    waiting = select(batch.c.batch_id, batch.c.at, batch.c.heard).where(batch.c.heard.is_not(None))
    found = connection.execute(waiting.order_by(batch.c.batch_id).limit(limit)).all()
    if not found:
        return 0
    bulk.upsert(connection, heard, fold(_read_newest(connection), [Heard(at, said) for _, at, said in found]))
    taken = update(batch).where(batch.c.batch_id.in_([number for number, _, _ in found]))
    connection.execute(taken.values(heard=None))
    outlived = heard.c.day < select(_NEWEST.c.day).where(_NEWEST.c.source == heard.c.source).scalar_subquery()
    connection.execute(delete(heard).where(heard.c.day < (now - KEPT).date(), outlived))
    return len(found)


def fold(newest: Mapping[str, HeardRow], batches: Iterable[Heard]) -> list[HeardRow]:
    """Return the rows that change by what batches heard, given the newest row of each source."""
    last, changed = dict(newest), dict[tuple[str, date], HeardRow]()
    for at, said in sorted(batches):
        for source, messages in json.loads(said).items():
            row = hear(last.get(source), source, at, at.astimezone(_SHANGHAI).date(), messages)
            last[source] = changed[source, row.day] = row
    return list(changed.values())


def _read_newest(connection: Connection) -> dict[str, HeardRow]:
    rows = select(heard).join(_NEWEST, and_(heard.c.source == _NEWEST.c.source, heard.c.day == _NEWEST.c.day))
    return {row.source: HeardRow(*row) for row in connection.execute(rows)}
