"""What the archive shows in place of what a row of a file states."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from credit.store.bulk import Question, find, one_of
from credit.store.tables import act, record


class Shown(NamedTuple):
    """What a record or an act shows now: of which document, in which revision, since when, and by which message."""

    document_no: str
    revision: int
    time: datetime
    stated_by: str
    """The key of the message."""


_RECORDS, _ACTS = (
    select(table.c.record_id, table.c.document_no, table.c.revision, table.c.event_time, table.c.stated_by).where(
        one_of(table.c.record_id, "keys")
    )
    for table in (record, act)
)


def find_shown(connection: Connection, record_ids: Iterable[str]) -> dict[str, Shown]:
    """Return what some records and acts show, by their ids; those that there are not are left out."""
    wanted = list(record_ids)
    found = find(connection, Question(_RECORDS, wanted), Question(_ACTS, wanted))
    return {record_id: Shown(*rest) for rows in found for record_id, *rest in rows}
