"""Reading what is true of an archive at a moment: what waits, what missed its day, who is at work, which alerts hold.

A constant number of questions, each answered by an index or from what is small; `read_books` alone reads whole tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
)

from credit.law.law import Law
from credit.record.clocks import CLOCKS, COMPLAINT
from credit.record.rows import WorkerRow
from credit.rules import Moment
from credit.store import files, roll, sweeps, tables
from credit.store.outbox import count_leased
from credit.store.queries import answers, sending
from credit.store.queries.alerts import STILL_OPEN, find_alerts
from credit.store.queries.books import read_books
from credit.store.queries.cases import read_cases
from credit.store.queries.piles import (
    ALONE,
    NAMED,
    TODAY,
    Values,
    after,
    asking,
    in_piles,
    read_groups,
    read_missed,
    read_pile,
    read_piles,
)
from credit.store.queries.sources import read_sources
from credit.store.tables import (
    Instant,
    act,
    batch,
    duty,
    feed_row,
    link,
    notice,
    parked,
    parked_event,
    proposal,
    record,
    review,
    touched,
)
from credit.telling.observation import NOTHING, Observation, Parked, Waiting, doing
from credit.telling.sources import SourceSeen
from schemas.access import ProposalState
from schemas.record import State
from schemas.states import ReviewState

FRESH = timedelta(hours=1)
"""What was parked since then is fresh."""
WORK = ("intake", "relay", "scheduler")
"""The kinds of work that there always are."""
ASSESSING = "assessor"
"""The work that is only there where a regime is followed."""
_ONE_DAY = timedelta(days=1)


def observe(
    connection: Connection,
    at: Moment,
    law: Law | None,
    sources: Sequence[str] = (),
    *,
    workers: Sequence[str] = (),
    books: bool = False,
) -> Observation:
    """Return what is true of the archive; `books` adds what takes seconds where it is large.

    `sources` are those that may send, `workers` the kinds of work that the routes call for besides those that there
    always are. Without the law no day is near, no penalty lacks its notice of repair, and no source is seen.
    """
    now, today = at.now, at.today
    by_day: Values = {"today": today}
    rolled_at, rolled = roll.time_of(connection, now), tuple(roll.read(connection))
    near = law.calendar.add_working_days(today, 1).on if law is not None else today - _ONE_DAY
    rows = _read_rows(connection, today, near)
    unanswered = _read_unanswered(connection, law, today)
    followed = sweeps.read(connection) is not None
    seen = Observation(
        at=at,
        parked=_read_parked(connection, now),
        unsent=sending.read_unsent(connection),
        leased=count_leased(connection, now),
        unconfirmed=sending.read_unconfirmed(connection, now),
        troubled=sending.read_troubled(connection),
        confirmed=read_pile(connection, _CONFIRMED),
        touched=_read_touched(connection) if followed else NOTHING,
        notices_overdue=read_missed(connection, _NOTICES_OVERDUE, by_day),
        lifts_overdue=read_missed(connection, _LIFTS_OVERDUE, by_day),
        feed_rows_late=rows.late,
        feed_rows_near=rows.near,
        feed_rows_refused=rows.refused,
        records_due=_read_due(connection, today),
        transfers_overdue=read_missed(connection, _TRANSFERS_OVERDUE, by_day).get("", NOTHING),
        duties_missed=read_missed(connection, _DUTIES_MISSED, by_day),
        answers_near=unanswered.near,
        answers_overdue=unanswered.overdue,
        reviews_overdue=read_missed(connection, _REVIEWS_OVERDUE, by_day),
        prepared=read_pile(connection, _PREPARED),
        files_half=read_pile(connection, _HALF, {"taken_by": now - files.SENT_WITHIN}),
        cases=read_cases(connection),
        alerts=tuple(find_alerts(connection, STILL_OPEN)),
        workers=rolled,
        rolled_at=rolled_at,
        at_work=_count_at_work(rolled, rolled_at, (*WORK, *((ASSESSING,) if followed else ()), *workers)),
        taken_at=connection.execute(_LAST_BATCH).scalar_one_or_none(),
        oldest_transaction=read_oldest_transaction(connection),
        sources=(),
        books=read_books(connection, at, law) if books else None,
    )
    if law is None or not sources:
        return seen
    owing = _name_owing((*seen.notices_overdue, *seen.lifts_overdue), seen.feed_rows_late)
    return replace(seen, sources=read_sources(connection, at, law.calendar, sources, owing))


def see_sources(connection: Connection, at: Moment, law: Law | None, sources: Sequence[str]) -> tuple[SourceSeen, ...]:
    """Return how each of the sources is seen, as `observe` does, and nothing else; none without the law."""
    if law is None:
        return ()
    by_day = {"today": at.today}
    agencies = [name for owing in _OWING_AGENCIES for name in connection.execute(owing, by_day).scalars()]
    feeds = connection.execute(_OWING_FEEDS, by_day).scalars()
    return read_sources(connection, at, law.calendar, sources, _name_owing(agencies, feeds))


def _name_owing(agencies: Iterable[str], feeds: Iterable[str]) -> set[str]:
    return {f"/partner/{each}" for each in agencies} | {f"/feed/{each}" for each in feeds}


_OPEN = parked.c.closed_as.is_(None)
_UNTOUCHED = ~select(parked_event.c.event_id).where(parked_event.c.parked_id == parked.c.parked_id).exists()

_PARKED_NOW = asking(parked.c.reason, parked.c.parked_id, parked.c.parked_at).where(_OPEN)
_PARKED = in_piles(_PARKED_NOW)
_PARKED_UNTOUCHED = in_piles(_PARKED_NOW.where(_UNTOUCHED))
_PARKED_FRESH = (
    select(parked.c.reason, func.count())
    .where(_OPEN, parked.c.parked_at > bindparam("since", type_=Instant))
    .group_by(parked.c.reason)
)
_OVERDUE = asking(notice.c.agency, notice.c.notice_no, notice.c.reply_by).where(
    tables.UNANSWERED, notice.c.reply_by < TODAY
)
_NOTICES_OVERDUE = in_piles(_OVERDUE)
_REVIEWS_OVERDUE = in_piles(
    asking(review.c.regime, review.c.subject_id, review.c.report_by).where(
        review.c.state == ReviewState.OPEN.value, review.c.report_by < TODAY
    )
)
_UNANSWERED_ROWS = asking(feed_row.c.feed, feed_row.c.record_id, feed_row.c.due_on).where(tables.OWED)
_LATE_ROWS = _UNANSWERED_ROWS.where(feed_row.c.due_on < TODAY)
_ROWS_LATE = in_piles(_LATE_ROWS)
_ROWS_NEAR = in_piles(_UNANSWERED_ROWS.where(feed_row.c.due_on <= bindparam("near", type_=Date)))
_ROWS_REFUSED = in_piles(asking(feed_row.c.feed, feed_row.c.record_id, feed_row.c.result_at).where(tables.REFUSED))
_ROW_NAMES = select(record.c.record_id, NAMED).where(record.c.record_id.in_(bindparam("known", expanding=True)))
_PREPARED = in_piles(
    asking(ALONE, notice.c.notice_no, record.c.known_at)
    .join_from(notice, record, record.c.record_id == notice.c.record_id)
    .where(tables.PREPARED)
)
_CONFIRMED = in_piles(
    asking(ALONE, proposal.c.proposal_id, proposal.c.decided_at).where(
        tables.UNFINISHED, proposal.c.state == ProposalState.CONFIRMED.value
    )
)
_HALF = in_piles(
    asking(ALONE, func.substr(tables.file.c.file_id, 1, files.NAMED_BY), tables.file.c.taken_at).where(files.IS_HALF)
)
_LAST_BATCH = select(batch.c.at).order_by(batch.c.batch_id.desc()).limit(1)
_TOUCHED = select(func.count(), func.min(touched.c.touched_at))
_RECORDS_DUE = in_piles(
    asking(ALONE, NAMED, record.c.changes_on).where(record.c.changes_on <= TODAY, record.c.as_of < TODAY)
)


def _read_parked(connection: Connection, now: datetime) -> dict[str, Parked]:
    new: dict[str, int] = {row[0]: row[1] for row in connection.execute(_PARKED_FRESH, {"since": now - FRESH})}
    untouched = read_piles(connection, _PARKED_UNTOUCHED)
    return {
        reason: Parked(pile, new.get(reason, 0), untouched.get(reason, NOTHING))
        for reason, pile in read_piles(connection, _PARKED).items()
    }


def _read_touched(connection: Connection) -> Waiting:
    count, since = connection.execute(_TOUCHED).one()
    return Waiting(count, since) if count else NOTHING


def _choose_lifts() -> Select[Any]:
    """Return the question for lifts past their day: of whole notices, and of measures that ended before the others."""
    whole = asking(notice.c.agency, notice.c.notice_no, notice.c.lift_reply_by).where(
        notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None), notice.c.lift_reply_by < TODAY
    )
    part = asking(notice.c.agency, notice.c.notice_no, notice.c.part_reply_by).where(
        notice.c.lifted_at.is_(None), notice.c.part_reply_by < TODAY
    )
    return select(union_all(whole, part).subquery("lifts"))


_LIFTS = _choose_lifts()
_LIFTS_OVERDUE = in_piles(_LIFTS)
_OWING_AGENCIES = tuple(select(asked.subquery().c.group).distinct() for asked in (_OVERDUE, _LIFTS))
_OWING_FEEDS = select(_LATE_ROWS.subquery().c.group).distinct()


class _Rows(NamedTuple):
    late: dict[str, Waiting]
    near: dict[str, Waiting]
    refused: dict[str, Waiting]


def _read_rows(connection: Connection, today: date, near: date) -> _Rows:
    """Read how rows of feeds stand. Of many that are late, the records of those alone are read that are named."""
    found = _Rows(
        late=read_missed(connection, _ROWS_LATE, {"today": today}),
        near=read_missed(connection, _ROWS_NEAR, {"near": near}),
        refused=read_piles(connection, _ROWS_REFUSED),
    )
    known = {name for groups in found for waiting in groups.values() for name in waiting.sample}
    names: dict[str, str] = {row[0]: row[1] for row in connection.execute(_ROW_NAMES, {"known": list(known)})}
    return _Rows(*({feed: _name(waiting, names) for feed, waiting in groups.items()} for groups in found))


def _name(waiting: Waiting, names: Mapping[str, str]) -> Waiting:
    return replace(waiting, sample=tuple(names.get(each, each) for each in waiting.sample))


def _read_due(connection: Connection, today: date) -> Waiting:
    found = read_groups(connection, _RECORDS_DUE, {"today": today}).get("")
    return Waiting(found.number, after(found.since - _ONE_DAY), found.sample) if found else NOTHING


class _Unanswered(NamedTuple):
    """What waits for an answer whose day has passed, or is near."""

    overdue: dict[str, Waiting]
    near: dict[str, Waiting]


def _read_unanswered(connection: Connection, law: Law | None, today: date) -> _Unanswered:
    """Return what waits for an answer and is late; without the law nothing is."""
    if law is None:
        return _Unanswered({}, {})
    pairs = zip(answers.late(law, today), answers.late_complaints(law, today), strict=True)
    return _Unanswered(*(_read_answers(connection, law, *late) for late in pairs))


def _read_answers(
    connection: Connection, law: Law, acts: ColumnElement[bool], complaints: ColumnElement[bool]
) -> dict[str, Waiting]:
    """Return what waits for an answer and is late in a way, by its step, each since its clock ran out."""
    groups = read_groups(connection, in_piles(_ANSWERS.where(acts)))
    groups |= read_groups(connection, in_piles(_COMPLAINTS.where(complaints)))
    found = {}
    for step, pile in groups.items():
        kind, _, state = step.partition("/")
        due = law.due(CLOCKS[kind, state].deadline, pile.since).on
        found[step] = Waiting(pile.number, after(due), pile.sample)
    return found


_ANSWERS = (
    asking(act.c.kind + "/" + act.c.act_state, NAMED, act.c.occurred_on)
    .join_from(act, record, record.c.record_id == act.c.target_id)
    .where(answers.waits())
)
"""The steps that wait. Which of them are late is a matter of the law of the day."""
_COMPLAINTS = asking(literal("/".join(COMPLAINT)), NAMED, record.c.occurred_on).where(answers.complaint_waits())


def is_handed_over() -> ColumnElement[bool]:
    """Return the condition that a transfer which stands hands over the case of a penalty, of the same party."""
    transfer = record.alias("transfer")
    ends, linked = (record.c.subject_id, transfer.c.subject_id), tuple_(link.c.subject_id, link.c.continued_as)
    same_party = or_(
        ends[0] == ends[1],
        select(link.c.link_id)
        .where(link.c.undone_at.is_(None), or_(linked == tuple_(*ends), linked == tuple_(*reversed(ends))))
        .exists(),
    )
    found = select(transfer.c.record_id).where(
        transfer.c.transfers == record.c.record_id, transfer.c.state != State.WITHDRAWN.value, same_party
    )
    return found.exists()


_TRANSFERS_OVERDUE = in_piles(
    asking(ALONE, NAMED, record.c.transfer_by).where(record.c.transfer_by < TODAY, ~is_handed_over())
)


def _choose_duties() -> Select[Any]:
    """Return the question for duties past their day by regime and unit, each named by itself and what it is about."""
    about = func.coalesce(record.c.document_no, func.nullif(duty.c.about, ""), duty.c.period)
    named = and_(record.c.record_id == duty.c.about, record.c.sealed_clause.is_(None))
    return (
        asking(duty.c.regime + "/" + duty.c.unit, duty.c.duty + " " + about, duty.c.due_on)
        .join_from(duty, record, named, isouter=True)
        .where(duty.c.done_on.is_(None), duty.c.due_on < TODAY, duty.c.alert)
    )


_DUTIES_MISSED = in_piles(_choose_duties())


def _count_at_work(workers: Sequence[WorkerRow], now: datetime, work: Sequence[str]) -> Mapping[str, int]:
    alive = [row.kind for row in workers if roll.is_at_work(row, now)]
    return {kind: sum(map(alive.count, doing(kind))) for kind in work}


_OLDEST_TRANSACTION = text("""
SELECT max(age) FROM (
    SELECT clock_timestamp() - xact_start AS age FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type <> 'autovacuum worker'
    AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
    UNION ALL SELECT clock_timestamp() - prepared FROM pg_prepared_xacts WHERE database = current_database()
) AS ages
""")


def read_oldest_transaction(connection: Connection) -> timedelta | None:
    """Return for how long the oldest other transaction of the database has been open; None: the store has no server.

    Those of other databases, and vacuuming itself, keep no rows of this one.
    """
    if connection.dialect.name != "postgresql":
        return None
    return connection.execute(_OLDEST_TRANSACTION).scalar_one() or timedelta()
