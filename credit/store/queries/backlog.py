"""What is left to do, or was left undone: how much of it there is, and for how long the oldest has waited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from credit.rules import Moment
from credit.store.outbox import count_leased
from credit.store.tables import act, batch, feed_row, message, notice, outbox, parked, record, unsent
from schemas.record import State
from schemas.statement import ActKind, Category


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many wait, the oldest of them since so long ago; deadlines are days, so what missed one waits whole days."""

    count: int
    oldest: timedelta


NOTHING = Waiting(0, timedelta())


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the last attempt to send `count` messages by one routing key ended in."""

    trouble: str
    routing_key: str
    count: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in an archive at a moment.

    `parked` are the open ones, also by reason. Of the `unsent`, some are `leased` by a relay and some were in
    `troubled` attempts. `overdue` notices lack a reply, `unconfirmed` ones were lifted and the agency has not said that
    it ended its measures, `late` feed rows have no answer: the first and the last only once their deadline has passed.
    `prepared` notices wait for their party to be told, since their record is known. `unserved` are the penalties in
    force with which no notice of repair was served, as far as is known, after its day.
    """

    parked: Waiting
    parked_by_reason: dict[str, Waiting]
    unsent: Waiting
    leased: int
    troubled: tuple[Trouble, ...]
    overdue: Waiting
    unconfirmed: Waiting
    late: Waiting
    prepared: Waiting = NOTHING
    unserved: Waiting = NOTHING


_OPEN = parked.c.closed_as.is_(None)
_PARKED = select(parked.c.reason, func.count(), func.min(parked.c.parked_at)).where(_OPEN).group_by(parked.c.reason)
_WAITING = outbox.join(unsent, unsent.c.outbox_id == outbox.c.outbox_id)
_UNSENT = select(func.count(), func.min(outbox.c.created_at)).select_from(_WAITING)
_TROUBLED = (
    select(unsent.c.trouble, outbox.c.routing_key, func.count())
    .select_from(_WAITING)
    .where(unsent.c.trouble.is_not(None))
    .group_by(unsent.c.trouble, outbox.c.routing_key)
)
_UNANSWERED = select(func.count(), func.min(notice.c.reply_by)).where(
    notice.c.issued_at.is_not(None), notice.c.lifted_at.is_(None), ~notice.c.answered
)
_UNCONFIRMED = select(func.count(), func.min(notice.c.lifted_at)).where(
    notice.c.lifted_at.is_not(None), notice.c.lift_confirmed_at.is_(None)
)
_PREPARED = (
    select(func.count(), func.min(record.c.known_at))
    .select_from(notice)
    .join(record, record.c.record_id == notice.c.record_id)
    .where(notice.c.issued_at.is_(None), notice.c.lifted_at.is_(None))
)
_UNSERVED = select(func.count(), func.min(record.c.occurred_on)).where(
    record.c.category == Category.PENALTY.value,
    record.c.state.in_([state.value for state in State if state.counts]),
    record.c.repairable_from.is_not(None),
    ~select(act.c.record_id)
    .where(act.c.target_id == record.c.record_id, act.c.kind == ActKind.REPAIR_NOTICE.value)
    .exists(),
)
_UNTAKEN = select(func.count(), func.min(feed_row.c.due_on)).where(feed_row.c.result_code.is_(None))


def read_backlog(connection: Connection, at: Moment, decided_before: date | None = None) -> Backlog:
    """Count what waits at a moment; of the `unserved` penalties those decided before a day, none if there is none."""
    by_reason = {
        reason: Waiting(count, at.now - oldest)
        for reason, count, oldest in sorted(map(tuple, connection.execute(_PARKED)))
    }
    return Backlog(
        parked=_add_up(by_reason.values()),
        parked_by_reason=by_reason,
        unsent=_since(connection, _UNSENT, at.now),
        leased=count_leased(connection, at.now),
        troubled=tuple(Trouble(*row) for row in sorted(map(tuple, connection.execute(_TROUBLED)))),
        overdue=_after(connection, _UNANSWERED.where(notice.c.reply_by < at.today), at.today),
        unconfirmed=_since(connection, _UNCONFIRMED, at.now),
        prepared=_since(connection, _PREPARED, at.now),
        unserved=NOTHING
        if decided_before is None
        else _after(connection, _UNSERVED.where(record.c.occurred_on < decided_before), at.today),
        late=_after(connection, _UNTAKEN.where(feed_row.c.due_on < at.today), at.today),
    )


def _add_up(parts: Collection[Waiting]) -> Waiting:
    return Waiting(sum(part.count for part in parts), max((part.oldest for part in parts), default=timedelta()))


def _since(connection: Connection, counted: Select[int, Any], now: datetime) -> Waiting:
    count, oldest = connection.execute(counted).one()
    return Waiting(count, now - oldest) if count else NOTHING


def _after(connection: Connection, counted: Select[int, Any], today: date) -> Waiting:
    count, oldest = connection.execute(counted).one()
    return Waiting(count, today - oldest) if count else NOTHING


def count_unaccounted(connection: Connection) -> int:
    """Return how many deliveries were received and are not in the inbox; 0 when the ledger is balanced.

    Reads the whole inbox, as the ledger does.
    """
    received = select(func.coalesce(func.sum(batch.c.received), 0)).scalar_subquery()
    kept = select(func.count() + func.coalesce(func.sum(message.c.repeats), 0)).select_from(message).scalar_subquery()
    return int(connection.execute(select(received - kept)).scalar_one())
