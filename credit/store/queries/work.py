"""What waits for a person, kind by kind: how much there is, and what is due first.

Every kind is read by an index of what is open, which is little; nothing is counted beyond `MOST`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, null, or_, select, true
from sqlalchemy import Text as SqlText

from credit.store import tables
from credit.store.queries.duties import ORDER as DUTY_ORDER
from credit.store.queries.duties import is_shown
from credit.store.queries.feeds import is_there
from credit.store.queries.observation import after
from credit.store.queries.page import Part, comes_after, write_key
from credit.store.queries.sight import is_of_organs, is_seen, keep_seen
from credit.store.queries.view import View
from credit.store.tables import act, dispute, duty, feed_row, message, notice, parked, proposal, record, review, subject
from schemas.record import State
from schemas.statement import ActKind
from schemas.states import DisputeStep, ReviewState
from schemas.work import WorkKind

MOST = 1000
"""So many are counted of each kind at most: who has more knows that there are many."""


class Item(NamedTuple):
    """Something that waits: the day that it is ordered by, what it is, what says more of it, and of whom.

    The day is the one that it is due on; of parked messages, of what a feed refused, and of objections and repairs it
    is the one since which they wait. `key` is the number of a notice, of a parked message, of a row at a feed or of
    a proposal; `after` is the key of its place in the list.
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
    """All that waits of a kind: how many there are, or `MOST` where there are more, and the first of them."""

    kind: WorkKind
    number: int
    more: bool
    first: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for a kind: six columns, day, title, state, key, subject_id and name; and the order of its rows."""

    asked: Select[Any]
    order: tuple[ColumnElement[Any], ...]


def read_piles(connection: Connection, view: View, first: int) -> list[Pile]:
    """Return what waits, kind by kind, each with so many of those that are due first."""
    piles = []
    for kind in WorkKind:
        question = _QUESTIONS[kind](view)
        some = question.asked.with_only_columns(literal(1)).limit(MOST + 1).subquery()
        number: int = connection.execute(select(func.count()).select_from(some)).scalar_one()
        items = find_work(connection, view, kind, Part(limit=first)) if number else []
        piles.append(Pile(kind, min(number, MOST), number > MOST, tuple(items)))
    return piles


def find_work(connection: Connection, view: View, kind: WorkKind, part: Part) -> list[Item]:
    """Return a part of what waits of a kind, what is due first in front; see `Item.after` for the keys."""
    question = _QUESTIONS[kind](view)
    asked = question.asked.add_columns(*question.order).where(comes_after(question.order, part.after))
    found = connection.execute(asked.order_by(*question.order).limit(part.limit))
    return [Item._make((kind, *row[:6], write_key(row[6:]))) for row in found]


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
    asked = (
        select(
            day.label("day"),
            notice.c.notice_no.label("title"),
            notice.c.agency.label("state"),
            notice.c.notice_no.label("key"),
            case((hidden, null()), else_=notice.c.subject_id).label("subject_id"),
            case((hidden, null()), else_=subject.c.name).label("name"),
        )
        .select_from(notice)
        .join(record, record.c.record_id == notice.c.record_id)
        .join(subject, subject.c.subject_id == notice.c.subject_id)
        .where(which, is_of_organs(view))
    )
    return _Question(asked, (day, notice.c.notice_no))


def _ask_reviews(view: View) -> _Question:
    asked = (
        select(
            review.c.report_by,
            (review.c.from_grade + " → " + review.c.to_grade).label("title"),
            review.c.state,
            review.c.regime.label("key"),
            review.c.subject_id,
            subject.c.name,
        )
        .select_from(review)
        .join(subject, subject.c.subject_id == review.c.subject_id, isouter=True)
        .where(review.c.state == ReviewState.OPEN.value)
    )
    order = (review.c.report_by, review.c.regime, review.c.scale, review.c.subject_id, review.c.to_grade)
    return _Question(keep_seen(view, asked, review.c.subject_id), order)


def _ask_acts(view: View, kind: ActKind) -> _Question:
    """Ask for acts that wait, where none of their kind was said of the record since and the record still counts."""
    waiting = select(act).where(tables.OPEN_ACT).subquery("waiting")
    answered = select(act.c.record_id).where(
        act.c.target_id == waiting.c.target_id,
        act.c.kind == waiting.c.kind,
        act.c.event_time > waiting.c.event_time,
    )
    asked = (
        select(
            waiting.c.occurred_on,
            waiting.c.document_no.label("title"),
            waiting.c.act_state,
            record.c.document_no.label("key"),
            record.c.subject_id,
            subject.c.name,
        )
        .select_from(waiting)
        .join(record, record.c.record_id == waiting.c.target_id)
        .join(subject, subject.c.subject_id == record.c.subject_id)
        .where(
            waiting.c.kind == kind.value,
            record.c.state.in_([state.value for state in State if state.counts]),
            ~answered.exists(),
            is_seen(view),
        )
    )
    return _Question(asked, (waiting.c.occurred_on, waiting.c.record_id))


def _ask_sources(view: View) -> _Question:
    """Ask for the questions to sources that are open: the revision still shows, and nobody decided about it since."""
    about = func.coalesce(act.c.target_id, dispute.c.record_id)
    shown = func.coalesce(act.c.revision, record.c.revision)
    decided = dispute.alias("decided")
    since = select(decided.c.dispute_id).where(
        decided.c.record_id == dispute.c.record_id,
        decided.c.revision == dispute.c.revision,
        decided.c.dispute_id > dispute.c.dispute_id,
        decided.c.step == DisputeStep.TAKEN.value,
        decided.c.undone_at.is_(None),
    )
    asked = (
        select(
            dispute.c.due_on,
            func.coalesce(act.c.document_no, record.c.document_no).label("title"),
            func.coalesce(act.c.organ_code, record.c.organ_code).label("state"),
            dispute.c.record_id.label("key"),
            record.c.subject_id,
            subject.c.name,
        )
        .select_from(dispute)
        .join(act, act.c.record_id == dispute.c.record_id, isouter=True)
        .join(record, record.c.record_id == about)
        .join(subject, subject.c.subject_id == record.c.subject_id)
        .where(
            tables.ASKED,
            shown == dispute.c.revision,
            func.coalesce(act.c.disputed, record.c.disputed),
            ~since.exists(),
            is_seen(view),
        )
    )
    return _Question(asked, (dispute.c.due_on, dispute.c.dispute_id))


def _ask_refused(view: View) -> _Question:
    return _ask_rows(view, feed_row.c.result_at, and_(tables.REFUSED, feed_row.c.held.is_(None)))


def _ask_held(view: View) -> _Question:
    late = or_(feed_row.c.held.is_not(None), feed_row.c.due_on < view.today)
    return _ask_rows(view, feed_row.c.due_on, and_(tables.OWED, late))


def _ask_rows(view: View, day: ColumnElement[Any], which: ColumnElement[bool]) -> _Question:
    owner = func.coalesce(record.c.subject_id, feed_row.c.subject_id)
    asked = (
        select(
            day.label("day"),
            func.coalesce(record.c.document_no, feed_row.c.record_id).label("title"),
            feed_row.c.feed.label("state"),
            feed_row.c.row_id.label("key"),
            owner.label("subject_id"),
            subject.c.name,
        )
        .select_from(feed_row)
        .join(record, record.c.record_id == feed_row.c.record_id, isouter=True)
        .join(subject, subject.c.subject_id == owner)
        .where(which, is_there(view))
    )
    return _Question(asked, (day, feed_row.c.row_id))


def _ask_duties(view: View) -> _Question:
    # Of none of the tables beside it the title may tell what is sealed: a duty is named by itself.
    asked = (
        select(
            duty.c.due_on,
            duty.c.duty.label("title"),
            duty.c.regime.label("state"),
            duty.c.unit.label("key"),
            func.nullif(duty.c.subject_id, "").label("subject_id"),
            subject.c.name,
        )
        .select_from(duty)
        .join(subject, subject.c.subject_id == duty.c.subject_id, isouter=True)
        .where(duty.c.done_on.is_(None), is_shown(view))
    )
    return _Question(asked, DUTY_ORDER)


def _ask_proposals(view: View) -> _Question:
    # What is of no single organ names subjects of any.
    organs = view.viewer.organs
    mine = true() if organs is None else proposal.c.organ.in_(sorted(organs))
    asked = (
        select(
            proposal.c.expires_at,
            proposal.c.about.label("title"),
            proposal.c.kind.label("state"),
            proposal.c.proposal_id.label("key"),
            null().label("subject_id"),
            null().label("name"),
        )
        .select_from(proposal)
        .where(proposal.c.decided_at.is_(None), proposal.c.expires_at >= after(view.today - timedelta(days=1)), mine)
    )
    return _Question(asked, (proposal.c.expires_at, proposal.c.proposal_id))


def _ask_parked(view: View) -> _Question:
    organs = view.viewer.organs
    mine = true() if organs is None else message.c.sender.in_(sorted(organs))
    asked = (
        select(
            parked.c.parked_at,
            parked.c.message_key.label("title"),
            parked.c.reason.label("state"),
            parked.c.parked_id.cast(SqlText).label("key"),
            null().label("subject_id"),
            null().label("name"),
        )
        .select_from(parked)
        .join(message, message.c.message_key == parked.c.message_key)
        .where(parked.c.closed_as.is_(None), mine)
    )
    return _Question(asked, (parked.c.parked_at, parked.c.parked_id))


_QUESTIONS: Mapping[WorkKind, Callable[[View], _Question]] = {
    WorkKind.LIFTS: _ask_lifts,
    WorkKind.REPLIES: _ask_replies,
    WorkKind.REVIEWS: _ask_reviews,
    WorkKind.OBJECTIONS: partial(_ask_acts, kind=ActKind.OBJECTION),
    WorkKind.REPAIRS: partial(_ask_acts, kind=ActKind.REPAIR),
    WorkKind.ASKED: _ask_sources,
    WorkKind.REFUSED: _ask_refused,
    WorkKind.HELD: _ask_held,
    WorkKind.DUTIES: _ask_duties,
    WorkKind.PROPOSALS: _ask_proposals,
    WorkKind.PARKED: _ask_parked,
}
