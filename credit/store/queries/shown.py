"""What the archive shows in place of what a row of a file states."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, exists, select

from credit.store.bulk import Question, find, one_of
from credit.store.tables import act, alert_case, record
from schemas.alerts import AlertKind


class Shown(NamedTuple):
    """What a record or an act shows now: of which document, in which revision, since when, and by which message."""

    document_no: str
    revision: int
    time: datetime
    stated_by: str
    """The key of the message."""
    of_several: bool = False
    """Whether several parties were named under its number, and nobody has said yet what is meant."""


_RECORDS, _ACTS = (
    select(
        table.c.record_id,
        table.c.document_no,
        table.c.revision,
        table.c.event_time,
        table.c.stated_by,
        exists(
            select(alert_case.c.about).where(
                alert_case.c.kind == AlertKind.PARTY_DISPUTED.value,
                alert_case.c.about == table.c.record_id,
                alert_case.c.closed_at.is_(None),
            )
        ),
    ).where(one_of(table.c.record_id, "keys"))
    for table in (record, act)
)


def find_shown(connection: Connection, record_ids: Iterable[str]) -> dict[str, Shown]:
    """Return what some records and acts show, by their ids; those that there are not are left out."""
    wanted = list(record_ids)
    found = find(connection, Question(_RECORDS, wanted), Question(_ACTS, wanted))
    return {record_id: Shown(*rest) for rows in found for record_id, *rest in rows}
