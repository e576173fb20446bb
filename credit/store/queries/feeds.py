"""Rows at Credit China 信用中国 and other feeds: what they were told, and what they answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    TextClause,
    and_,
    cast,
    func,
    not_,
    or_,
    select,
    true,
)

from credit.law.calendar import Calendar
from credit.record.rows import FeedRow
from credit.store.bulk import one_of
from credit.store.queries.page import WHOLE, Part, comes_after, fits, is_chosen, write_key
from credit.store.queries.sight import hangs_on_seen, is_about_seen, split_seen
from credit.store.queries.view import View
from credit.store.scope import rows_of
from credit.store.tables import OWED, REFUSED, feed_row, outbox, record, subject
from credit.telling import feeds, portal
from credit.telling.portal import Held
from schemas.states import FeedState


@dataclass(frozen=True, slots=True)
class Entry:
    """A record's row at a feed as of a day.

    `state` is held, or pending, sent, accepted or refused: of the last operation, which the row's `due_on` is the
    deadline of. `late` says that the deadline has passed without an answer, or while the row is held; `held` says why
    it is. The row's `result_message` is as the viewer sees it. Of a row about a subject `document_no` is the list or
    scale and its year, as REGIME/NAME/YEAR, and `family` is blank.
    """

    row: FeedRow
    state: FeedState
    late: bool
    subject_id: str
    name: str
    document_no: str
    family: str = ""
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A row that somebody has to do something about: it is held, refused, late, or due by the next working day.

    `working_days` are those left until it is due, today not counted, below zero those since; None where the law cannot
    be read. `over` says that the day has passed, also of a row that is not `late` because the feed has answered it.
    """

    entry: Entry
    working_days: int | None
    over: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """How many rows a feed has in each state; `shown` are those it shows or will."""

    feed: str
    rows: int
    shown: int
    pending: int
    sent: int
    accepted: int
    refused: int
    held: int
    late: int


def find_entries(connection: Connection, view: View) -> list[Entry]:
    """Return all rows of all feeds: what is late first, then what was refused or is held, then by deadline.

    Rows of sealed records, withdrawn or about to be, are for who may see those.
    """
    found = [_build(row, view) for row in connection.execute(_ENTRIES.where(is_there(view)))]
    return sorted(found, key=_urgency)


def is_there(view: View) -> ColumnElement[bool]:
    """Return the condition that a row is there for the viewer: by its record, or by the subject it is about."""
    if view.viewer.organs is None and view.viewer.sees_sealed:
        return true()
    return or_(_is_of_seen_record(view), _is_of_seen_subject(view))


def _is_of_seen_record(view: View) -> ColumnElement[bool]:
    return and_(feed_row.c.subject_id.is_(None), hangs_on_seen(view, feed_row))


def _is_of_seen_subject(view: View) -> ColumnElement[bool]:
    """Return the condition that a row is about a subject that the viewer sees; such a row has no record."""
    return and_(feed_row.c.subject_id.is_not(None), is_about_seen(view, feed_row.c.subject_id))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows to list; None: all."""

    feed: str | None = None
    state: FeedState | None = None


def find_page(connection: Connection, view: View, wanted: Filter, part: Part) -> list[Entry]:
    """Return a part of the rows that meet a filter, in the order of their ids, which are the keys of `Part`."""
    order = (feed_row.c.row_id,)
    some = _split_there(view, select(feed_row).where(_TOLD, feed_row.c.row_id > part.after, *_restrict(wanted)))
    asked = _ENTRIES.where(is_chosen(order, some, order, part.limit)).order_by(*order)
    return [_build(row, view) for row in connection.execute(asked)]


def _restrict(wanted: Filter) -> list[ColumnElement[bool] | TextClause]:
    return [fits(feed_row.c.feed, wanted.feed), *(stands(wanted.state) if wanted.state is not None else ())]


def _split_there(view: View, statement: Select[Any]) -> list[Select[Any]]:
    """Return a statement restricted to the rows that are there for the viewer, in parts that share no row.

    For who sees some organs: rows of records and rows of subjects, each kind by an index of its own.
    """
    if view.viewer.organs is None:
        return [statement.where(is_there(view))]
    of_subjects = split_seen(view, statement.where(feed_row.c.subject_id.is_not(None)), feed_row.c.subject_id)
    return [statement.where(_is_of_seen_record(view)), *of_subjects]


def stands(state: FeedState) -> list[ColumnElement[bool] | TextClause]:
    """Return the conditions that a row stands somewhere, as `credit.telling.feeds.status` has it of a row."""
    row = feed_row.c
    match state:
        case FeedState.HELD:
            return [OWED, row.held.is_not(None)]
        case FeedState.REFUSED:
            return [REFUSED, row.held.is_(None)]
        case FeedState.ACCEPTED:
            return [row.held.is_(None), row.result_code == feeds.ACCEPTED]
    waits = _is_waiting()
    return [OWED, row.held.is_(None), row.result_code.is_(None), waits if state is FeedState.PENDING else not_(waits)]


EVERYTHING = Filter()


def find_tasks(
    connection: Connection, view: View, calendar: Calendar | None, part: Part = WHOLE, wanted: Filter = EVERYTHING
) -> list[Task]:
    """Return the rows that somebody has to see to, by the day that they are due; see `Task`.

    Rows of sealed records are for who may see those. Without a calendar nothing is near before its day. Pages begin
    after what `key_of` says.
    """
    near = calendar.add_working_days(view.today, 1).on if calendar is not None else view.today
    due = and_(feed_row.c.result_code.is_(None), feed_row.c.due_on <= near)
    # In the words of two indexes: of all rows these are few.
    open_ = or_(and_(OWED, or_(feed_row.c.held.is_not(None), due)), REFUSED)
    order = (feed_row.c.due_on, feed_row.c.feed, feed_row.c.row_id)
    chosen = select(feed_row).where(open_, _TOLD, is_there(view), comes_after(order, part.after), *_restrict(wanted))
    asked = _ENTRIES.where(is_chosen([feed_row.c.row_id], [chosen], order, part.limit)).order_by(*order)
    entries = (_build(row, view) for row in connection.execute(asked))
    return [_make_task(each, calendar, view.today) for each in entries]


def _make_task(entry: Entry, calendar: Calendar | None, today: date) -> Task:
    due_on = entry.row.due_on
    left = calendar.working_days_to(today, due_on) if calendar is not None else None
    return Task(entry, left, due_on < today)


def key_of(task: Task) -> str:
    """Return the key of a row in the list of those that somebody has to see to."""
    row = task.entry.row
    return write_key([row.due_on, row.feed, row.row_id])


def _urgency(entry: Entry) -> tuple[bool, bool, date, str]:
    waits = entry.state in {FeedState.REFUSED, FeedState.HELD}
    return not entry.late, not waits, entry.row.due_on, entry.row.row_id


def find_by_number(connection: Connection, feed: str, numbers: Iterable[str]) -> dict[str, list[FeedRow]]:
    """Return the rows that a feed was told of, by the numbers of their documents, which are in their one form."""
    known = list(numbers)
    asked = (
        rows_of(FeedRow)
        .add_columns(record.c.document_no)
        .join(record, record.c.record_id == feed_row.c.record_id)
        .where(feed_row.c.feed == feed, feed_row.c.version > 0, one_of(record.c.document_no, "numbers"))
    )
    found: dict[str, list[FeedRow]] = {}
    for row in connection.execute(asked, {"numbers": known}):
        found.setdefault(row[-1], []).append(FeedRow(*row[:-1]))
    return found


def of_records(connection: Connection, records: Iterable[str], view: View) -> list[Entry]:
    """Return the rows that show some records, by feed."""
    asked = _OF_RECORDS.where(is_there(view) if view.viewer.organs is not None else true())
    found = [_build(row, view) for row in connection.execute(asked, {"records": list(records)})]
    return sorted(found, key=lambda each: (each.row.feed, each.row.row_id))


def summarise(entries: Sequence[Entry]) -> list[Summary]:
    """Count the rows of each feed by state."""
    by_feed: dict[str, list[Entry]] = {}
    for entry in entries:
        by_feed.setdefault(entry.row.feed, []).append(entry)
    return [_summarise(feed, by_feed[feed]) for feed in sorted(by_feed)]


def _summarise(feed: str, entries: list[Entry]) -> Summary:
    states = [entry.state for entry in entries]
    return Summary(
        feed=feed,
        rows=len(entries),
        shown=sum(entry.row.in_force for entry in entries),
        pending=states.count(FeedState.PENDING),
        sent=states.count(FeedState.SENT),
        accepted=states.count(FeedState.ACCEPTED),
        refused=states.count(FeedState.REFUSED),
        held=states.count(FeedState.HELD),
        late=sum(entry.late for entry in entries),
    )


def _is_waiting() -> ColumnElement[bool]:
    # Sent rows leave the outbox after a while, unsent ones never: what is not waiting there has been sent.
    message_id = feed_row.c.row_id.concat(":").concat(cast(feed_row.c.version, Text))
    return select(outbox.c.outbox_id).where(outbox.c.message_id == message_id, outbox.c.sent_at.is_(None)).exists()


OWNER = func.coalesce(record.c.subject_id, feed_row.c.subject_id)
"""Whom a row is about. One about a subject has no record; whose a record's row is, the record says."""
WITH_WHOM = feed_row.outerjoin(record, record.c.record_id == feed_row.c.record_id).join(
    subject, subject.c.subject_id == OWNER
)
"""Rows with their records, and whom they are about."""
_TOLD = or_(feed_row.c.version > 0, feed_row.c.held.is_not(None))
"""Which rows there are for anybody: those that the feed was told of, or will be."""
_ENTRIES = (
    rows_of(FeedRow)
    .add_columns(_is_waiting(), OWNER, record.c.document_no, subject.c.name, record.c.family)
    .select_from(WITH_WHOM)
    .where(_TOLD)
)
_OF_RECORDS = _ENTRIES.where(one_of(feed_row.c.record_id, "records"))


def _build(found: Row[Any], view: View) -> Entry:
    width = len(FeedRow._fields)
    row = FeedRow(*found[:width])
    unsent, subject_id, document_no, name, family = found[width:]
    return Entry(
        row=row._replace(result_message=view.viewer.text(row.result_message) if row.result_message else None),
        state=feeds.status(row, sent=not unsent),
        late=(row.result_code is None or row.held is not None) and row.due_on < view.today,
        subject_id=subject_id,
        name=name,
        document_no=document_no or row.record_id.partition(":")[2].rpartition("/")[0],
        family=family or "",
        held=portal.read_held(row.held),
    )


def read_entry(connection: Connection, view: View, row_id: str) -> Entry | None:
    """Return a row by its id; None where there is none, or it is not there for the viewer."""
    found = connection.execute(_ENTRIES.where(feed_row.c.row_id == row_id, is_there(view))).one_or_none()
    return _build(found, view) if found is not None else None
