"""What waits for a person, kind by kind: how much there is, and what is due first.

Every kind is read by an index of what is open, which is little; nothing is counted beyond `MOST`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy import Text as SqlText

from credit.record.clocks import COMPLAINT
from credit.store import tables
from credit.store.queries import answers, duties, feeds, notices, unsettled
from credit.store.queries.page import MOST, Part, choose, comes_after, fits, write_key
from credit.store.queries.piles import after
from credit.store.queries.sight import is_of_organs, is_one_of_organs, is_seen, keep_seen
from credit.store.queries.view import View
from credit.store.tables import act, dispute, duty, feed_row, message, notice, parked, proposal, record, review, subject
from schemas.statement import ActKind
from schemas.states import FeedState, ReviewState
from schemas.work import WorkKind

Wanted = Mapping[str, str]
"""What a list is restricted by: the code of an agency, a feed, a regime, an organ, a reason …, by its name."""
EVERYTHING: Wanted = {}


class Item(NamedTuple):
    """Something that waits: the day that it is ordered by, what it is, what says more of it, and of whom.

    The day is the one that it is due on; of parked messages and of what a feed refused it is the one since which they
    wait, as of what contradicts itself; of complaints, objections and repairs the one that starts their clock. `key` is
    the number of a notice, of a parked message, of a row at a feed or of a proposal, or the id of a record or an act;
    `after` is the key of its place in the list.
    """

    kind: WorkKind
    day: date | datetime
    title: str
    state: str
    key: str
    subject_id: str | None
    name: str | None
    after: str


class Pile(NamedTuple):
    """All that waits of a kind: how many there are, counted to one beyond `MOST`, and the first of them."""

    kind: WorkKind
    number: int
    first: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for a kind.

    `chosen` are the rows that wait, from their own table by the index of what is open, in parts that share none, with
    the key and the order of these; `by` are the columns of theirs that a list may be restricted by. `asked` says of
    them day, title, state, key, subject_id and name.
    """

    chosen: Sequence[Select[Any]]
    key: tuple[ColumnElement[Any], ...]
    order: tuple[ColumnElement[Any], ...]
    asked: Select[Any]
    by: Mapping[str, ColumnElement[Any]]


def read_pile(connection: Connection, view: View, kind: WorkKind, first: int) -> Pile:
    """Return what waits of a kind, with so many of those that are due first."""
    question = _QUESTIONS[kind](view)
    keys = _find_keys(connection, question, Part(limit=MOST + 1), EVERYTHING)
    return Pile(kind, len(keys), tuple(_show(connection, kind, question, keys[:first])))


def find_work(
    connection: Connection, view: View, kind: WorkKind, part: Part, wanted: Wanted = EVERYTHING
) -> list[Item]:
    """Return a part of what waits of a kind, what is due first in front; see `Item.after` for the keys.

    `wanted` restricts it by what the kind has (`_Question.by`); what else it says is passed over.
    """
    question = _QUESTIONS[kind](view)
    return _show(connection, kind, question, _find_keys(connection, question, part, wanted))


def _find_keys(connection: Connection, question: _Question, part: Part, wanted: Wanted) -> list[tuple[Any, ...]]:
    which = [fits(column, wanted.get(name)) for name, column in question.by.items()]
    rest = [each.where(comes_after(question.order, part.after), *which) for each in question.chosen]
    found = connection.execute(choose(question.key, rest, question.order, part.limit))
    return [tuple(row) for row in found]


def _show(connection: Connection, kind: WorkKind, question: _Question, keys: Sequence[tuple[Any, ...]]) -> list[Item]:
    """Return what there is to say of some rows, by their keys."""
    if not keys:
        return []
    asked = question.asked.add_columns(*question.order).where(tuple_(*question.key).in_(keys))
    rows = connection.execute(asked.order_by(*question.order))
    return [Item._make((kind, *row[:6], write_key(row[6:]))) for row in rows]


def _ask_lifts(view: View) -> _Question:
    whole = and_(
        notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None), notice.c.lift_reply_by < view.today
    )
    in_part = and_(notice.c.lifted_at.is_(None), notice.c.part_reply_by < view.today)
    day = case((notice.c.lifted_at.is_(None), notice.c.part_reply_by), else_=notice.c.lift_reply_by)
    return _ask_notices(view, day, or_(whole, in_part))


def _ask_replies(view: View) -> _Question:
    return _ask_notices(view, notice.c.reply_by, and_(tables.UNANSWERED, notice.c.reply_by < view.today))


def _ask_notices(view: View, day: ColumnElement[Any], which: ColumnElement[bool]) -> _Question:
    # Of a notice about a sealed record somebody has to see to the end: the number and the agency are shown to all.
    hidden = record.c.sealed_clause.is_not(None) if not view.viewer.sees_sealed else null().is_not(None)
    asked = select(
        day.label("day"),
        notice.c.notice_no.label("title"),
        notice.c.agency.label("state"),
        notice.c.notice_no.label("key"),
        case((hidden, null()), else_=notice.c.subject_id).label("subject_id"),
        case((hidden, null()), else_=subject.c.name).label("name"),
    ).select_from(notices.WITH_WHOM)
    chosen = select(notice).where(which, is_of_organs(view, notice))
    by = {"agency": notice.c.agency}
    return _Question([chosen], (notice.c.notice_no,), (day, notice.c.notice_no), asked, by)


def _ask_reviews(view: View) -> _Question:
    asked = select(
        review.c.report_by,
        (review.c.from_grade + " → " + review.c.to_grade).label("title"),
        review.c.state,
        review.c.regime.label("key"),
        review.c.subject_id,
        subject.c.name,
    ).join(subject, subject.c.subject_id == review.c.subject_id, isouter=True)
    order = (review.c.report_by, review.c.regime, review.c.scale, review.c.subject_id, review.c.to_grade)
    chosen = keep_seen(view, select(review).where(review.c.state == ReviewState.OPEN.value), review.c.subject_id)
    return _Question([chosen], tuple(review.primary_key), order, asked, {"regime": review.c.regime})


def _ask_acts(view: View, kind: ActKind) -> _Question:
    """Ask for acts that wait; by the day that starts their clock, which their state tells (`clocks.CLOCKS`)."""
    target = record.alias("target")
    seen = select(target.c.record_id).where(target.c.record_id == act.c.target_id, is_seen(view, target))
    asked = (
        select(
            act.c.occurred_on,
            act.c.document_no.label("title"),
            act.c.act_state,
            record.c.document_no.label("key"),
            record.c.subject_id,
            subject.c.name,
        )
        .select_from(act)
        .join(record, record.c.record_id == act.c.target_id)
        .join(subject, subject.c.subject_id == record.c.subject_id)
    )
    chosen = select(act).where(answers.waits(), act.c.kind == kind.value, seen.exists())
    organ = select(target.c.organ_code).where(target.c.record_id == act.c.target_id).scalar_subquery()
    by = {"step": act.c.act_state, "organ": organ}
    return _Question([chosen], (act.c.record_id,), (act.c.occurred_on, act.c.record_id), asked, by)


def _ask_complaints(view: View) -> _Question:
    """Ask for complaints that nobody has answered; by the day that starts their clock."""
    asked = select(
        record.c.occurred_on,
        record.c.document_no.label("title"),
        literal(COMPLAINT[1]).label("state"),
        record.c.record_id.label("key"),
        record.c.subject_id,
        subject.c.name,
    ).join(subject, subject.c.subject_id == record.c.subject_id)
    chosen = select(record).where(answers.complaint_waits(), is_seen(view))
    by = {"organ": record.c.organ_code}
    return _Question([chosen], (record.c.record_id,), (record.c.occurred_on, record.c.record_id), asked, by)


def _ask_disputed(view: View) -> _Question:
    found = unsettled.select_unasked(view).subquery("found")
    asked = select(
        found.c.event_time,
        found.c.document_no.label("title"),
        found.c.organ_code.label("state"),
        found.c.record_id.label("key"),
        found.c.subject_id,
        subject.c.name,
    ).join(subject, subject.c.subject_id == found.c.subject_id)
    by = {"organ": found.c.organ_code}
    return _Question([select(found)], (found.c.record_id,), (found.c.event_time, found.c.record_id), asked, by)


def _ask_sources(view: View) -> _Question:
    """Ask for the questions to sources that are open: the revision still shows, and nobody decided about it since."""
    about = func.coalesce(act.c.target_id, dispute.c.record_id)
    shown = func.coalesce(act.c.revision, record.c.revision)
    source = (
        dispute.outerjoin(act, act.c.record_id == dispute.c.record_id)
        .join(record, record.c.record_id == about)
        .join(subject, subject.c.subject_id == record.c.subject_id)
    )
    organ = func.coalesce(act.c.organ_code, record.c.organ_code)
    asked = select(
        dispute.c.due_on,
        func.coalesce(act.c.document_no, record.c.document_no).label("title"),
        organ.label("state"),
        dispute.c.record_id.label("key"),
        record.c.subject_id,
        subject.c.name,
    ).select_from(source)
    chosen = (
        select(dispute)
        .select_from(source)
        .where(
            tables.ASKED,
            shown == dispute.c.revision,
            func.coalesce(act.c.disputed, record.c.disputed),
            ~unsettled.is_taken_since(),
            is_seen(view),
        )
    )
    order = (dispute.c.due_on, dispute.c.dispute_id)
    return _Question([chosen], (dispute.c.dispute_id,), order, asked, {"organ": organ})


def _ask_refused(view: View) -> _Question:
    return _ask_rows(view, feed_row.c.result_at, and_(*feeds.stands(FeedState.REFUSED)))


def _ask_held(view: View) -> _Question:
    late = or_(feed_row.c.held.is_not(None), feed_row.c.due_on < view.today)
    return _ask_rows(view, feed_row.c.due_on, and_(tables.OWED, late))


def _ask_rows(view: View, day: ColumnElement[Any], which: ColumnElement[bool]) -> _Question:
    asked = select(
        day.label("day"),
        func.coalesce(record.c.document_no, feed_row.c.record_id).label("title"),
        feed_row.c.feed.label("state"),
        feed_row.c.row_id.label("key"),
        feeds.OWNER.label("subject_id"),
        subject.c.name,
    ).select_from(feeds.WITH_WHOM)
    chosen = select(feed_row).where(which, feeds.is_there(view))
    return _Question([chosen], (feed_row.c.row_id,), (day, feed_row.c.row_id), asked, {"feed": feed_row.c.feed})


def _ask_duties(view: View) -> _Question:
    # Of none of the tables beside it the title may tell what is sealed: a duty is named by itself.
    asked = select(
        duty.c.due_on,
        duty.c.duty.label("title"),
        duty.c.regime.label("state"),
        duty.c.unit.label("key"),
        func.nullif(duty.c.subject_id, "").label("subject_id"),
        subject.c.name,
    ).join(subject, subject.c.subject_id == duty.c.subject_id, isouter=True)
    chosen = duties.split_shown(view, select(duty).where(duty.c.done_on.is_(None)))
    return _Question(chosen, duties.KEY, duties.ORDER, asked, {"regime": duty.c.regime, "unit": duty.c.unit})


def _ask_proposals(view: View) -> _Question:
    # What is of no single organ names subjects of any.
    mine = is_one_of_organs(view, proposal.c.organ)
    asked = select(
        proposal.c.expires_at,
        proposal.c.about.label("title"),
        proposal.c.kind.label("state"),
        proposal.c.proposal_id.label("key"),
        null().label("subject_id"),
        null().label("name"),
    )
    valid = proposal.c.expires_at >= after(view.today - timedelta(days=1))
    chosen = select(proposal).where(proposal.c.decided_at.is_(None), valid, mine)
    order = (proposal.c.expires_at, proposal.c.proposal_id)
    return _Question([chosen], (proposal.c.proposal_id,), order, asked, {"kind": proposal.c.kind})


def _ask_parked(view: View) -> _Question:
    asked = select(
        parked.c.parked_at,
        parked.c.message_key.label("title"),
        parked.c.reason.label("state"),
        parked.c.parked_id.cast(SqlText).label("key"),
        null().label("subject_id"),
        null().label("name"),
    )
    sent = select(message.c.message_key).where(
        message.c.message_key == parked.c.message_key, is_one_of_organs(view, message.c.sender)
    )
    mine = true() if view.viewer.organs is None else sent.exists()
    chosen = select(parked).where(parked.c.closed_as.is_(None), mine)
    order = (parked.c.parked_at, parked.c.parked_id)
    return _Question([chosen], (parked.c.parked_id,), order, asked, {"reason": parked.c.reason})


_QUESTIONS: Mapping[WorkKind, Callable[[View], _Question]] = {
    WorkKind.LIFTS: _ask_lifts,
    WorkKind.REPLIES: _ask_replies,
    WorkKind.REVIEWS: _ask_reviews,
    WorkKind.COMPLAINTS: _ask_complaints,
    WorkKind.OBJECTIONS: partial(_ask_acts, kind=ActKind.OBJECTION),
    WorkKind.REPAIRS: partial(_ask_acts, kind=ActKind.REPAIR),
    WorkKind.DISPUTED: _ask_disputed,
    WorkKind.ASKED: _ask_sources,
    WorkKind.REFUSED: _ask_refused,
    WorkKind.HELD: _ask_held,
    WorkKind.DUTIES: _ask_duties,
    WorkKind.PROPOSALS: _ask_proposals,
    WorkKind.PARKED: _ask_parked,
}
