"""Joint-punishment notices 联合惩戒通知 as listed, and those whose end an agency has not confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from credit.record.rows import NoticeRow, SubjectRow
from credit.store.bulk import one_of
from credit.store.queries.subjects import show_identifier
from credit.store.queries.view import View
from credit.store.scope import rows_of
from credit.store.tables import notice, record, subject
from credit.telling import notices
from schemas.states import NoticeState


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as of a day. `measures` are those of the row, `reply` is what the agency said, both as JSON values.

    `overdue` is of the reply while the notice is in force, and of the confirmation once it is lifted. `identifier` and
    `reply` are as the viewer sees them. Of a notice about a sealed record a viewer without the right sees the agency,
    the number and the days, since somebody has to follow it; who it is about and why are empty.
    """

    row: NoticeRow
    state: NoticeState
    overdue: bool
    measures: tuple[dict[str, str], ...]
    name: str
    identifier: str
    family: str
    document_no: str
    reply: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which notices to list; None: all. `subjects` are the members of a lineage."""

    agency: str | None = None
    state: NoticeState | None = None
    subjects: frozenset[str] | None = None


EVERYTHING = Filter()


_NOTICES = (
    rows_of(NoticeRow)
    .add_columns(
        record.c.sealed_clause, record.c.family, record.c.document_no, *(subject.c[name] for name in SubjectRow._fields)
    )
    .join(record, record.c.record_id == notice.c.record_id)
    .join(subject, subject.c.subject_id == notice.c.subject_id)
    .order_by(notice.c.issued_at.desc(), notice.c.notice_no)
)
_OF_SUBJECTS = _NOTICES.where(one_of(record.c.subject_id, "subjects"))
_OF_RECORDS = _NOTICES.where(one_of(notice.c.record_id, "records"))
_UNCLOSED = _NOTICES.where(notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None))


def find_notices(connection: Connection, view: View, wanted: Filter = EVERYTHING) -> list[Notice]:
    """Return the notices that meet a filter, newest first; those about sealed records for who may see them."""
    statement, given = _NOTICES, {}
    if wanted.subjects is not None:
        statement, given = _OF_SUBJECTS, {"subjects": list(wanted.subjects)}
    if wanted.agency is not None:
        statement = statement.where(notice.c.agency == wanted.agency)
    if not view.viewer.sees_sealed:
        statement = statement.where(record.c.sealed_clause.is_(None))
    found = [_build(row, view) for row in connection.execute(statement, given)]
    return [each for each in found if wanted.state in {None, each.state}]


def of_records(connection: Connection, records: Iterable[str], view: View) -> list[Notice]:
    """Return the notices about some records, newest first."""
    return [_build(row, view) for row in connection.execute(_OF_RECORDS, {"records": list(records)})]


def find_unclosed(connection: Connection, view: View) -> list[Notice]:
    """Return the lifted notices that nobody confirmed: who still acts on a fact that is gone, longest due first."""
    found = [_build(row, view) for row in connection.execute(_UNCLOSED)]
    return sorted(found, key=lambda each: (each.row.lift_reply_by or date.max, each.row.agency, each.row.notice_no))


def _build(found: Row[Any], view: View) -> Notice:
    width = len(NoticeRow._fields)
    row = NoticeRow(*found[:width])
    sealed, family, document_no, *rest = found[width:]
    about = SubjectRow(*rest)
    if sealed is not None and not view.viewer.sees_sealed:
        return _conceal(row, view)
    state = notices.status(row, view.today)
    said = row.reply_detail
    return Notice(
        row=row._replace(reply_detail=view.viewer.text(said) if said else None),
        state=state,
        overdue=_is_overdue(row, state, view),
        measures=tuple(json.loads(row.measures)),
        name=about.name,
        identifier=show_identifier(about, view.keyring, view.viewer),
        family=family,
        document_no=document_no,
        reply=view.viewer.value(json.loads(said)) if said else None,
    )


def _conceal(row: NoticeRow, view: View) -> Notice:
    state = notices.status(row, view.today)
    bare = row._replace(
        record_id="",
        subject_id="",
        ground="",
        digest=b"",
        measures="[]",
        from_on=date.min,
        until_on=None,
        reply_detail=None,
    )
    overdue = _is_overdue(row, state, view)
    return Notice(bare, state, overdue, measures=(), name="", identifier="", family="", document_no="", reply=None)


def _is_overdue(row: NoticeRow, state: NoticeState, view: View) -> bool:
    late_lift = state is NoticeState.LIFTING and row.lift_reply_by is not None and row.lift_reply_by < view.today
    return state is NoticeState.OVERDUE or late_lift


def find_agencies(connection: Connection) -> frozenset[str]:
    """Return the agencies that were ever sent a notice, those no longer routed to as well."""
    return frozenset(connection.execute(select(notice.c.agency).distinct()).scalars())
