"""Handing out reports by the public page, each once.

The archive's side lays a report ready; the page adds a row that says it was taken; the archive's side reads that, and
removes both. Whose row comes first has the report, be it another visitor or the desk that takes it back: the key of the
table decides, however many ask at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from credit.store.showing.reading import add_new
from credit.store.showing.rows import ReportRow, TakenRow
from credit.store.showing.tables import report, taken

AGAIN = timedelta(minutes=15)
"""For so long the form that took a report gets it again: what was sent to it may not have arrived."""
_REVOKED = "revoked"
"""Who took a report where the desk did; a form is a digest, and none of them is this word."""
_AT_ONCE = 1000


def lay(connection: Connection, row: ReportRow) -> None:
    """Lay a report ready."""
    connection.execute(insert(report).values(row._asdict()))


def is_there(connection: Connection, name: str, now: datetime) -> bool:
    """Tell whether a report lies under a name, taken or not: most who guess are told no without a write."""
    return _find(connection, name, now) is not None


def take(connection: Connection, name: str, form: str, now: datetime) -> bytes | None:
    """Take a report for a form, and return it as it was sealed; None where there is none, or another one took it.

    What is found is looked for after the row was added: by then nobody can remove the report who has not seen the row.
    A row that stands for nothing is removed with the rest.
    """
    if not add_new(connection, taken, TakenRow(name, form, now)):
        mine = select(taken.c.name).where(taken.c.name == name, taken.c.by == form, taken.c.at > now - AGAIN)
        if connection.execute(mine).first() is None:
            return None
    return _find(connection, name, now)


def revoke(connection: Connection, name: str, now: datetime) -> bool:
    """Take a report back; tells whether nobody else had taken it."""
    if add_new(connection, taken, TakenRow(name, _REVOKED, now)):
        return True
    return connection.execute(select(taken.c.by).where(taken.c.name == name)).scalar_one_or_none() == _REVOKED


class Left(NamedTuple):
    """What lies about: who took which report, and the reports that nobody can fetch any more."""

    taken: tuple[TakenRow, ...]
    over: frozenset[str]


def read_left(connection: Connection, now: datetime) -> Left:
    """Return what there is to write down and to remove; at most so much of each as fits into one step."""
    rows = connection.execute(select(taken).order_by(taken.c.at).limit(_AT_ONCE))
    # The page's clock may be a little behind: what it still takes for fetchable stays a while.
    over = select(report.c.name).where(report.c.expires_at <= now - AGAIN).limit(_AT_ONCE)
    return Left(tuple(TakenRow(*row) for row in rows), frozenset(connection.execute(over).scalars()))


def is_revoked(row: TakenRow) -> bool:
    """Tell whether the desk took a report back."""
    return row.by == _REVOKED


def remove(connection: Connection, names: Collection[str]) -> None:
    """Remove reports and who took them."""
    for table in (report, taken):
        connection.execute(delete(table).where(table.c.name.in_(names)))


def _find(connection: Connection, name: str, now: datetime) -> bytes | None:
    wanted = select(report.c.sealed).where(report.c.name == name, report.c.expires_at > now)
    return connection.execute(wanted).scalar_one_or_none()
