"""Joint-punishment notices 联合惩戒通知 as listed, and those whose end an agency has not confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, or_, select

from credit.record.rows import NoticeRow, SubjectRow
from credit.store.bulk import one_of
from credit.store.queries.subjects import show_identifier
from credit.store.queries.view import View
from credit.store.scope import rows_of
from credit.store.tables import notice, outbox, record, subject, unsent
from credit.telling import notices
from credit.telling.messages import notice_message_id
from schemas.states import NoticeState


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as of a day. `measures` are those of the row, `reply` is what the agency said, both as JSON values.

    `ended` are the measures that ended before the others, by code. `unsent` says that its last message, of the issue or
    of the lift, has not left: no queue took it, or no relay has yet. `overdue` is of the reply while the notice is in
    force, and of the confirmation, due by `confirm_by`, once it or a part of it is lifted. What is only prepared has
    waited for its party to be told since `prepared_at`, when its record became known. `identifier` and `reply` are
    as the viewer sees them. Of a notice about a sealed record a viewer without the right sees the agency, the number
    and the days, since somebody has to follow it; who it is about and why are empty.
    """

    row: NoticeRow
    state: NoticeState
    overdue: bool
    confirm_by: date | None
    measures: tuple[dict[str, str], ...]
    ended: dict[str, dict[str, str]]
    unsent: bool
    prepared_at: datetime | None
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
        record.c.sealed_clause,
        record.c.family,
        record.c.document_no,
        record.c.known_at,
        *(subject.c[name] for name in SubjectRow._fields),
    )
    .join(record, record.c.record_id == notice.c.record_id)
    .join(subject, subject.c.subject_id == notice.c.subject_id)
    .order_by(notice.c.issued_at.desc(), notice.c.notice_no)
)
_OF_SUBJECTS = _NOTICES.where(one_of(record.c.subject_id, "subjects"))
_OF_RECORDS = _NOTICES.where(one_of(notice.c.record_id, "records"))
_UNCLOSED = _NOTICES.where(
    or_(
        and_(notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None)),
        and_(notice.c.lifted_at.is_(None), notice.c.part_reply_by.is_not(None)),
    )
)
_UNSENT = (
    select(outbox.c.message_id)
    .join(unsent, unsent.c.outbox_id == outbox.c.outbox_id)
    .where(outbox.c.routing_key.startswith("notice."))
)
_UNSENT_AMONG = (
    select(outbox.c.message_id)
    .join(unsent, unsent.c.outbox_id == outbox.c.outbox_id)
    .where(one_of(outbox.c.message_id, "messages"))
)
"""For few notices: of all that waits, which may be much, only what is theirs."""


def find_notices(connection: Connection, view: View, wanted: Filter = EVERYTHING) -> list[Notice]:
    """Return the notices that meet a filter, newest first; those about sealed records for who may see them."""
    statement, given = _NOTICES, {}
    if wanted.subjects is not None:
        statement, given = _OF_SUBJECTS, {"subjects": list(wanted.subjects)}
    if wanted.agency is not None:
        statement = statement.where(notice.c.agency == wanted.agency)
    if not view.viewer.sees_sealed:
        statement = statement.where(record.c.sealed_clause.is_(None))
    found = _read(connection, statement, given, view)
    return [each for each in found if wanted.state in {None, each.state}]


def of_records(connection: Connection, records: Iterable[str], view: View) -> list[Notice]:
    """Return the notices about some records, newest first."""
    found = connection.execute(_OF_RECORDS, {"records": list(records)}).all()
    if not found:
        return []
    messages = [_last_message(NoticeRow(*row[:_WIDTH])) for row in found]
    waiting = frozenset(connection.execute(_UNSENT_AMONG, {"messages": messages}).scalars())
    return [_build(row, view, waiting) for row in found]


def find_unclosed(connection: Connection, view: View) -> list[Notice]:
    """Return the notices whose end nobody confirmed, in whole or of some measures, longest due first.

    They say who still acts on a fact that is gone.
    """
    found = _read(connection, _UNCLOSED, {}, view)
    return sorted(found, key=lambda each: (each.confirm_by or date.max, each.row.agency, each.row.notice_no))


def _read(connection: Connection, statement: Select[Any], given: Mapping[str, Any], view: View) -> list[Notice]:
    waiting = frozenset(connection.execute(_UNSENT).scalars())
    return [_build(row, view, waiting) for row in connection.execute(statement, given)]


class _Follow(NamedTuple):
    """Where a notice stands, and by when its end has to be confirmed, if it has to be."""

    state: NoticeState
    confirm_by: date | None
    unsent: bool
    today: date
    prepared_at: datetime | None

    @property
    def overdue(self) -> bool:
        return self.state is NoticeState.OVERDUE or (self.confirm_by is not None and self.confirm_by < self.today)


_WIDTH = len(NoticeRow._fields)
"""So many columns in front are those of the notice."""


def _last_message(row: NoticeRow) -> str:
    return notice_message_id(row, "issued" if row.lifted_at is None else "lifted")


def _build(found: Row[Any], view: View, waiting: frozenset[str]) -> Notice:
    row = NoticeRow(*found[:_WIDTH])
    sealed, family, document_no, known_at, *rest = found[_WIDTH:]
    about = SubjectRow(*rest)
    queued = _last_message(row) in waiting
    state = notices.status(row, view.today, unsent=queued)
    confirm_by = row.lift_reply_by if state is NoticeState.LIFTING else row.part_reply_by
    follow = _Follow(state, confirm_by, queued, view.today, known_at if row.prepared else None)
    if sealed is not None and not view.viewer.sees_sealed:
        return _conceal(row, follow)
    said = row.reply_detail
    return Notice(
        row=row._replace(reply_detail=view.viewer.text(said) if said else None),
        state=state,
        overdue=follow.overdue,
        confirm_by=confirm_by,
        measures=tuple(json.loads(row.measures)),
        ended=notices.ended_measures(row),
        unsent=queued,
        prepared_at=follow.prepared_at,
        name=about.name,
        identifier=show_identifier(about, view.keyring, view.viewer),
        family=family,
        document_no=document_no,
        reply=view.viewer.value(json.loads(said)) if said else None,
    )


def _conceal(row: NoticeRow, follow: _Follow) -> Notice:
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
    return Notice(
        row=bare,
        state=follow.state,
        overdue=follow.overdue,
        confirm_by=follow.confirm_by,
        measures=(),
        ended={},
        unsent=follow.unsent,
        prepared_at=follow.prepared_at,
        name="",
        identifier="",
        family="",
        document_no="",
        reply=None,
    )


def find_agencies(connection: Connection) -> frozenset[str]:
    """Return the agencies that were ever sent a notice, those no longer routed to as well."""
    return frozenset(connection.execute(select(notice.c.agency).distinct()).scalars())
