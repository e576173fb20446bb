"""Sweeps: every subject is assessed again where the regimes are others than before, and as each day begins.

So what passes with time alone (a year, the stay on a list, a licence, the hearing of a party) needs no day of its own.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum, auto
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from credit.grading.rows import SweepRow
from credit.store import terms, touched
from credit.store.tables import duty, duty_shown, grade, list_entry, record, sweep
from credit.store.tables import touched as touches

_AT_ONCE = 500
_NAME = "all"
_START = ""
_SWEEP = select(sweep)
_LOCKED_SWEEP = _SWEEP.with_for_update()


class Edition(NamedTuple):
    """The regimes that an assessor follows, by code, the digest of what they say, and when they were loaded."""

    codes: tuple[str, ...]
    digest: str
    loaded_at: datetime


class Need(Enum):
    """What an assessor has to do before, or instead of, assessing who was touched."""

    NOTHING = auto()
    BEGIN = auto()
    GO_ON = auto()
    STAND_BACK = auto()


def read(connection: Connection, *, lock: bool = False) -> SweepRow | None:
    """Return the sweep of the archive; None where no regime is followed."""
    row = connection.execute(_LOCKED_SWEEP if lock else _SWEEP).first()
    return None if row is None else SweepRow(*row)


def find_need(row: SweepRow | None, mine: Edition, today: date) -> Need:
    """Return what is to do; an assessor with other regimes than the sweep's stands back, unless it loaded them later.

    A day that begins waits for the sweep of the day before.
    """
    if row is None:
        return Need.BEGIN if mine.codes else Need.NOTHING
    if row.edition != mine.digest:
        return Need.BEGIN if mine.loaded_at > row.loaded_at else Need.STAND_BACK
    if row.reached is not None:
        return Need.GO_ON
    return Need.BEGIN if row.day < today else Need.NOTHING


def begin(connection: Connection, mine: Edition, today: date) -> None:
    """Begin a sweep, if it is still needed; what is of regimes that are not followed any more goes."""
    row = read(connection, lock=True)
    if row is None:
        # Whoever began to write before may not see the row, and would touch nobody: it has ended then.
        terms.move(connection)
        row = read(connection, lock=True)
    if find_need(row, mine, today) is not Need.BEGIN:
        return
    connection.execute(delete(sweep))
    for table in (grade, list_entry, duty, duty_shown):
        connection.execute(delete(table).where(table.c.regime.not_in(mine.codes)))
    if not mine.codes:
        connection.execute(delete(touches))
        return
    loaded_at = mine.loaded_at if row is None else max(row.loaded_at, mine.loaded_at)
    begun = SweepRow(_NAME, mine.digest, loaded_at, today, _START)
    connection.execute(insert(sweep), begun._asdict())


def start_again(connection: Connection) -> None:
    """Let every subject be assessed again; without a sweep no regime is followed, and there is nothing to do."""
    connection.execute(sweep.update().values(reached=_START))


def go_on(connection: Connection, mine: Edition, now: datetime) -> int:
    """Touch the next subjects of a sweep; return how many. None are left when it returns 0."""
    row = read(connection, lock=True)
    if row is None or row.edition != mine.digest or row.reached is None:
        return 0
    following = select(record.c.subject_id).where(record.c.subject_id > row.reached).distinct()
    found = list(connection.execute(following.order_by(record.c.subject_id).limit(_AT_ONCE)).scalars())
    touched.touch(connection, found, now)
    reached = found[-1] if len(found) == _AT_ONCE else None
    connection.execute(sweep.update().values(reached=reached))
    return len(found)
