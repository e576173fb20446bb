"""How many records of which kind the archive holds, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from credit.store.tables import record


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
