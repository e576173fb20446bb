"""Who has to be assessed again: whatever changes what is known of a subject appends it, an assessor takes it off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, insert, literal_column, or_, select, update

from credit.store.bulk import texts
from credit.store.tables import Instant, sweep, touched

_ADD = insert(touched).from_select(
    ["subject_id", "touched_at"],
    select(literal_column("value"), bindparam("at", type_=Instant)).select_from(texts("subjects")).where(exists(sweep)),
)
_READY = or_(touched.c.held_until.is_(None), touched.c.held_until <= bindparam("now", type_=Instant))
_FIRST = select(touched.c.touched_id).where(_READY).limit(1)
_CLAIM = (
    select(touched.c.touched_id, touched.c.subject_id)
    .where(_READY)
    .order_by(touched.c.touched_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)


class Claim(NamedTuple):
    """A touch that an assessor took on; until its transaction ends nobody else can."""

    touched_id: int
    subject_id: str


def touch(connection: Connection, subjects: Collection[str], at: datetime) -> None:
    """Say, in the caller's transaction, that subjects have to be assessed again; nothing where no regime is followed.

    Whether one is, the archive says itself, not the files of whoever writes: these may be older.
    """
    if subjects:
        connection.execute(_ADD, {"subjects": sorted(subjects), "at": at})


def is_waiting(connection: Connection, now: datetime) -> bool:
    """Tell whether anybody has to be assessed."""
    return connection.execute(_FIRST, {"now": now}).first() is not None


def claim(connection: Connection, limit: int, now: datetime) -> list[Claim]:
    """Take on the oldest touches that nobody else has."""
    return [Claim(*row) for row in connection.execute(_CLAIM, {"limit": limit, "now": now})]


def settle(connection: Connection, claims: Collection[Claim]) -> None:
    """Take claimed touches off: their subjects were assessed in this transaction."""
    if claims:
        connection.execute(delete(touched).where(touched.c.touched_id.in_([each.touched_id for each in claims])))


def hold(connection: Connection, claims: Collection[Claim], until: datetime) -> None:
    """Leave claimed touches, and let nobody try again before a time."""
    if claims:
        mine = touched.c.touched_id.in_([each.touched_id for each in claims])
        connection.execute(update(touched).where(mine).values(held_until=until))
