"""What is added up over the whole archive: whether its books balance, and which penalties lack a notice of repair."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Date, Select, bindparam, func, select

from credit.law.law import Law
from credit.rules import Moment
from credit.store.queries.piles import ALONE, NAMED, asking, in_piles, read_missed
from credit.store.tables import act, batch, message, outbox, record, unsent
from credit.telling.observation import NOTHING, Books
from schemas.record import State
from schemas.statement import ActKind, Category

_ONE_DAY = timedelta(days=1)
_UNSERVED = in_piles(
    asking(ALONE, NAMED, record.c.occurred_on).where(
        record.c.category == Category.PENALTY.value,
        record.c.state.in_([state.value for state in State if state.counts]),
        record.c.repairable_from.is_not(None),
        ~select(act.c.record_id)
        .where(act.c.target_id == record.c.record_id, act.c.kind == ActKind.REPAIR_NOTICE.value)
        .exists(),
        record.c.occurred_on < bindparam("day", type_=Date),
    )
)


def _choose_sums() -> Select[Any]:
    received = select(func.coalesce(func.sum(batch.c.received), 0)).scalar_subquery()
    kept = select(func.count() + func.coalesce(func.sum(message.c.repeats), 0)).select_from(message).scalar_subquery()
    waiting = select(func.count()).select_from(unsent).scalar_subquery()
    return select(received - kept, waiting, func.count(), func.count(outbox.c.sent_at)).select_from(outbox)


_SUMS = _choose_sums()


def read_books(connection: Connection, at: Moment, law: Law | None) -> Books:
    """Add up the whole archive: reads the inbox, the outbox and the records once each."""
    difference, to_send, every, sent = connection.execute(_SUMS).one()
    day = _find_unserved_before(law, at.today)
    unserved = NOTHING
    if day is not None:
        unserved = read_missed(connection, _UNSERVED, {"day": day}).get("", NOTHING)
    return Books(int(difference), sent, to_send, every - sent - to_send, unserved)


def _find_unserved_before(law: Law | None, today: date) -> date | None:
    """Return the first day of decision whose notice of repair may still be served in time."""
    day = today
    while law is not None and law.due("repair_notice", day - _ONE_DAY).on >= today:
        day -= _ONE_DAY
    return day if law is not None else None
