"""Joint-punishment notices 联合惩戒通知 as listed, and those whose end an agency has not confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, literal, or_, select, tuple_

from credit.record.rows import NoticeRow, SubjectRow
from credit.store.bulk import one_of
from credit.store.queries.page import WHOLE, Part, comes_after, fits, is_chosen, write_key
from credit.store.queries.sight import hangs_on_seen, is_of_organs, is_seen
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


WITH_WHOM = notice.join(record, record.c.record_id == notice.c.record_id).join(
    subject, subject.c.subject_id == notice.c.subject_id
)
"""Notices with their records, and whom they are about."""
_NOTICES = (
    rows_of(NoticeRow)
    .add_columns(
        record.c.sealed_clause,
        record.c.family,
        record.c.document_no,
        record.c.known_at,
        *(subject.c[name] for name in SubjectRow._fields),
    )
    .select_from(WITH_WHOM)
)
_BY_NUMBER = (notice.c.notice_no,)
_NEWEST = (notice.c.issued_at.desc(), notice.c.notice_no.desc())
_OF_RECORDS = _NOTICES.where(one_of(notice.c.record_id, "records")).order_by(*_NEWEST)
_UNCLOSED = select(notice).where(
    or_(
        and_(notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None)),
        and_(notice.c.lifted_at.is_(None), notice.c.part_reply_by.is_not(None)),
    )
)
_UNSENT_AMONG = (
    select(outbox.c.message_id)
    .join(unsent, unsent.c.outbox_id == outbox.c.outbox_id)
    .where(one_of(outbox.c.message_id, "messages"))
)
"""Of all that waits, which may be much, only what is of these notices."""


def find_notices(connection: Connection, view: View, wanted: Filter = EVERYTHING, part: Part = WHOLE) -> list[Notice]:
    """Return the notices that meet a filter, newest first and those never issued last; see `Part`: by their numbers.

    Those about sealed records are for who may see them.
    """
    statement = select(notice).where(hangs_on_seen(view, notice))
    if wanted.subjects is not None:
        of_subjects = select(record.c.record_id).where(record.c.subject_id.in_(sorted(wanted.subjects)))
        statement = statement.where(notice.c.record_id.in_(of_subjects))
    if wanted.agency is not None:
        statement = statement.where(notice.c.agency == wanted.agency)
    if wanted.state is not None:
        statement = statement.where(*_stands(wanted.state, view.today))
    issued = statement.where(notice.c.issued_at.is_not(None))
    never = statement.where(notice.c.issued_at.is_(None))
    last = _find_last(connection, part)
    if last is not None and last.issued_at is None:
        rest = never.where(notice.c.notice_no > last.notice_no)
        return _read_chosen(connection, view, rest, _BY_NUMBER, part.limit)
    if last is not None:
        issued = issued.where(
            tuple_(notice.c.issued_at, notice.c.notice_no)
            < tuple_(literal(last.issued_at, notice.c.issued_at.type), literal(last.notice_no))
        )
    found = _read_chosen(connection, view, issued, _NEWEST, part.limit)
    left = None if part.limit is None else part.limit - len(found)
    if left == 0:
        return found
    return found + _read_chosen(connection, view, never, _BY_NUMBER, left)


def _read_chosen(
    connection: Connection, view: View, chosen: Select[Any], order: Sequence[Any], limit: int | None
) -> list[Notice]:
    asked = _NOTICES.where(is_chosen(_BY_NUMBER, [chosen], order, limit)).order_by(*order)
    return _read(connection, asked, {}, view)


def _find_last(connection: Connection, part: Part) -> Any:
    """Return the notice that a page begins after; None: it is the first page."""
    if not part.after:
        return None
    asked = select(notice.c.issued_at, notice.c.notice_no).where(notice.c.notice_no == part.after)
    return connection.execute(asked).one_or_none()


def read_notice(connection: Connection, view: View, number: str) -> Notice | None:
    """Return the notice of a number; None where there is none, or none that the viewer may see."""
    asked = _NOTICES.where(notice.c.notice_no == number, is_seen(view))
    return next(iter(_read(connection, asked, {}, view)), None)


_IS_UNSENT = (
    exists()
    .where(
        unsent.c.outbox_id == outbox.c.outbox_id,
        outbox.c.message_id == notice.c.notice_no.concat(":issued"),
    )
    .correlate(notice)
)


def _stands(state: NoticeState, today: date) -> list[ColumnElement[bool]]:
    """Return the conditions that a notice stands somewhere, as `credit.telling.notices.status` has it of a row."""
    row = notice.c
    match state:
        case NoticeState.DROPPED:
            return [row.lifted_at.is_not(None), row.issued_at.is_(None)]
        case NoticeState.LIFTED:
            return [row.lifted_at.is_not(None), row.issued_at.is_not(None), row.lift_confirmed_at.is_not(None)]
        case NoticeState.LIFTING:
            return [row.lifted_at.is_not(None), row.issued_at.is_not(None), row.lift_confirmed_at.is_(None)]
    held = [row.lifted_at.is_(None)]
    if state is NoticeState.PREPARED:
        return [*held, row.reply_by.is_(None)]
    held.append(row.reply_by.is_not(None))
    queued = and_(row.reply_state.is_(None), _IS_UNSENT)
    if state is NoticeState.QUEUED:
        return [*held, queued]
    in_time = or_(row.answered, row.reply_by >= today)
    said = row.reply_state.is_(None) if state is NoticeState.ISSUED else row.reply_state == state.value
    return [*held, ~queued, ~in_time if state is NoticeState.OVERDUE else and_(in_time, said)]


def of_records(connection: Connection, records: Iterable[str], view: View) -> list[Notice]:
    """Return the notices about some records, newest first."""
    return _read(connection, _OF_RECORDS.where(is_of_organs(view)), {"records": list(records)}, view)


_CONFIRM_BY = func.coalesce(
    case(
        (and_(notice.c.lifted_at.is_not(None), notice.c.issued_at.is_not(None)), notice.c.lift_reply_by),
        else_=notice.c.part_reply_by,
    ),
    literal(date.max, notice.c.part_reply_by.type),
)
_UNCLOSED_ORDER = (_CONFIRM_BY, notice.c.agency, notice.c.notice_no)


@dataclass(frozen=True, slots=True)
class UnclosedFilter:
    """Which notices whose end nobody confirmed to list; None: all. `late`: whether their day is over."""

    agency: str | None = None
    late: bool | None = None


EVERY_UNCLOSED = UnclosedFilter()


def key_of_unclosed(each: Notice) -> str:
    """Return the key of a notice in the list of those whose end nobody confirmed."""
    return write_key([each.confirm_by or date.max, each.row.agency, each.row.notice_no])


def find_unclosed(
    connection: Connection, view: View, part: Part = WHOLE, wanted: UnclosedFilter = EVERY_UNCLOSED
) -> list[Notice]:
    """Return the notices whose end nobody confirmed, in whole or of some measures, longest due first.

    They say who still acts on a fact that is gone. Pages begin after what `key_of_unclosed` says.
    """
    chosen = _UNCLOSED.where(
        is_of_organs(view, notice),
        comes_after(_UNCLOSED_ORDER, part.after),
        fits(notice.c.agency, wanted.agency),
        fits(view.today > _CONFIRM_BY, wanted.late),
    )
    return _read_chosen(connection, view, chosen, _UNCLOSED_ORDER, part.limit)


def _read(connection: Connection, statement: Select[Any], given: Mapping[str, Any], view: View) -> list[Notice]:
    found = connection.execute(statement, given).all()
    if not found:
        return []
    messages = [_last_message(NoticeRow(*row[:_WIDTH])) for row in found]
    waiting = frozenset(connection.execute(_UNSENT_AMONG, {"messages": messages}).scalars())
    return [_build(row, view, waiting) for row in found]


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
        organ_code="",
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
