"""How many records of which kind the archive holds, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from credit.store.tables import record, subject


@dataclass(frozen=True, slots=True)
class Count:
    """So many records of one category, state and severity; `disputed` of them contradict themselves."""

    category: str
    state: str
    severity: str | None
    records: int
    subjects: int
    disputed: int


def count_records(connection: Connection) -> list[Count]:
    """Count the records by category, state and severity, in that order."""
    keys = (record.c.category, record.c.state, record.c.severity)
    disputed = func.count().filter(record.c.disputed)
    subjects = func.count(record.c.subject_id.distinct())
    found = connection.execute(select(*keys, func.count(), subjects, disputed).group_by(*keys))
    return sorted((Count(*row) for row in found), key=lambda row: (row.category, row.state, row.severity or ""))


def find_busiest(connection: Connection) -> str | None:
    """Return the USCC of the organisation with the most records; None in an archive without any."""
    count = func.count()
    found = connection.execute(
        select(record.c.subject_id)
        .join(subject, subject.c.subject_id == record.c.subject_id)
        .where(subject.c.kind != "person")
        .group_by(record.c.subject_id)
        .order_by(count.desc(), record.c.subject_id)
        .limit(1)
    )
    return found.scalar_one_or_none()


def count_subjects(connection: Connection) -> int:
    """Return how many subjects have records."""
    return connection.execute(select(func.count(record.c.subject_id.distinct()))).scalar_one()
