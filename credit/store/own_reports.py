"""The reports that subjects asked for about themselves: what the archive knows of them, which is never their code."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from credit.record.rows import OwnReportRow
from credit.store import locks
from credit.store.bulk import Question, find, one_of
from credit.store.tables import own_report

_OF = (
    select(own_report)
    .where(one_of(own_report.c.subject_id, "keys"))
    .order_by(own_report.c.made_at.desc(), own_report.c.own_report_id.desc())
)
_NAMED = select(own_report).where(one_of(own_report.c.name, "keys"))


def alone(connection: Connection, members: Collection[str]) -> None:
    """Wait until nobody else makes a report of these subjects, so that none is counted twice."""
    locks.hold(connection, [f"own report {member}" for member in members])


def add(connection: Connection, row: OwnReportRow) -> None:
    """Write down that a report was made; the database numbers it."""
    values = row._asdict()
    del values["own_report_id"]
    connection.execute(insert(own_report).values(values))


def read_of(connection: Connection, members: Iterable[str]) -> list[OwnReportRow]:
    """Return the reports of subjects, the newest first."""
    (found,) = find(connection, Question(_OF, members))
    return [OwnReportRow(*row) for row in found]


def read_named(connection: Connection, names: Iterable[str]) -> dict[str, OwnReportRow]:
    """Return reports by the names that they lie under."""
    (found,) = find(connection, Question(_NAMED, names))
    return {row.name: row for row in (OwnReportRow(*each) for each in found)}


def has_form(connection: Connection, form: str) -> bool:
    """Tell whether a form made a report already."""
    return connection.execute(select(own_report.c.name).where(own_report.c.form == form)).first() is not None


def give(connection: Connection, name: str, at: datetime) -> None:
    """Write down when a report was fetched."""
    connection.execute(update(own_report).where(own_report.c.name == name).values(given_at=at))


def revoke(connection: Connection, name: str, at: datetime) -> None:
    """Write down when a report was taken back."""
    connection.execute(update(own_report).where(own_report.c.name == name).values(revoked_at=at))
