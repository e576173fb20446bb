"""Joint-punishment notices 联合惩戒通知 as listed, and those whose end an agency has not confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from credit.record.rows import NoticeRow
from credit.store.bulk import one_of
from credit.store.queries.subjects import show_identifier
from credit.store.scope import rows_of
from credit.store.tables import notice, record, subject
from credit.telling import notices
from credit.vault import Keyring
from schemas.notice import NoticeState


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as of a day. `reply` is what the agency said, `overdue` whether it owes an answer too long.

    `overdue` is of the reply while the notice is in force, and of the confirmation once it is lifted.
    """

    notice_no: str
    state: NoticeState
    overdue: bool
    agency: str
    ground: str
    measures: tuple[dict[str, str], ...]
    subject_id: str
    name: str
    identifier: str
    record_id: str
    family: str
    document_no: str
    from_on: date
    until_on: date | None
    issued_at: datetime
    reply_by: date
    reply_state: str | None
    replied_at: datetime | None
    reply: dict[str, Any] | None
    lift_cause: str | None
    lifted_at: datetime | None
    lift_reply_by: date | None
    lift_confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which notices to list; None: all. `subjects` are the members of a lineage."""

    agency: str | None = None
    state: NoticeState | None = None
    subjects: frozenset[str] | None = None


EVERYTHING = Filter()


_NOTICES = (
    rows_of(NoticeRow)
    .add_columns(record.c.family, record.c.document_no, subject.c.kind, subject.c.name, subject.c.identifier)
    .join(record, record.c.record_id == notice.c.record_id)
    .join(subject, subject.c.subject_id == notice.c.subject_id)
    .order_by(notice.c.issued_at.desc(), notice.c.notice_no)
)
_OF_SUBJECTS = _NOTICES.where(one_of(record.c.subject_id, "subjects"))
_OF_RECORDS = _NOTICES.where(one_of(notice.c.record_id, "records"))
_UNCLOSED = _NOTICES.where(notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None))


def find_notices(connection: Connection, keyring: Keyring, today: date, wanted: Filter = EVERYTHING) -> list[Notice]:
    """Return the notices that meet a filter, newest first."""
    statement, given = _NOTICES, {}
    if wanted.subjects is not None:
        statement, given = _OF_SUBJECTS, {"subjects": list(wanted.subjects)}
    if wanted.agency is not None:
        statement = statement.where(notice.c.agency == wanted.agency)
    found = [_build(row, keyring, today) for row in connection.execute(statement, given)]
    return [each for each in found if wanted.state in {None, each.state}]


def of_records(connection: Connection, records: Iterable[str], keyring: Keyring, today: date) -> list[Notice]:
    """Return the notices about some records, newest first."""
    return [_build(row, keyring, today) for row in connection.execute(_OF_RECORDS, {"records": list(records)})]


def find_unclosed(connection: Connection, keyring: Keyring, today: date) -> list[Notice]:
    """Return the lifted notices that nobody confirmed: who still acts on a fact that is gone, longest due first."""
    found = [_build(row, keyring, today) for row in connection.execute(_UNCLOSED)]
    return sorted(found, key=lambda each: (each.lift_reply_by or date.max, each.agency, each.notice_no))


def _build(found: Row[Any], keyring: Keyring, today: date) -> Notice:
    width = len(NoticeRow._fields)
    row = NoticeRow(*found[:width])
    family, document_no, kind, name, identifier = found[width:]
    state = notices.status(row, today)
    late_lift = state is NoticeState.LIFTING and row.lift_reply_by is not None and row.lift_reply_by < today
    return Notice(
        notice_no=row.notice_no,
        state=state,
        overdue=state is NoticeState.OVERDUE or late_lift,
        agency=row.agency,
        ground=row.ground,
        measures=tuple(json.loads(row.measures)),
        subject_id=row.subject_id,
        name=name,
        identifier=show_identifier(row.subject_id, kind, identifier, keyring),
        record_id=row.record_id,
        family=family,
        document_no=document_no,
        from_on=row.from_on,
        until_on=row.until_on,
        issued_at=row.issued_at,
        reply_by=row.reply_by,
        reply_state=row.reply_state,
        replied_at=row.replied_at,
        reply=json.loads(row.reply_detail) if row.reply_detail else None,
        lift_cause=row.lift_cause,
        lifted_at=row.lifted_at,
        lift_reply_by=row.lift_reply_by,
        lift_confirmed_at=row.lift_confirmed_at,
    )


def find_agencies(connection: Connection) -> frozenset[str]:
    """Return the agencies that were ever sent a notice, those no longer routed to as well."""
    return frozenset(connection.execute(select(notice.c.agency).distinct()).scalars())
