"""What waits for the authority's answer, steps of objections and repairs and complaints; and what of it is late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select

from credit.law.law import Law
from credit.record.clocks import CLOCKS, COMPLAINT
from credit.store import tables
from credit.store.tables import act, record
from schemas.policy import DeadlineName
from schemas.record import State

_ONE_DAY = timedelta(days=1)


class Late(NamedTuple):
    """The conditions that something is past its day, and that its day is today or comes by the next working day."""

    overdue: ColumnElement[bool]
    near: ColumnElement[bool]


def waits() -> ColumnElement[bool]:
    """Return the condition that an act waits: none of its kind came since about its record, and that still counts."""
    later, target = act.alias("later"), record.alias("target")
    answered = select(later.c.record_id).where(
        later.c.target_id == act.c.target_id, later.c.kind == act.c.kind, later.c.event_time > act.c.event_time
    )
    counting = select(target.c.record_id).where(target.c.record_id == act.c.target_id, _counts(target))
    return and_(tables.OPEN_ACT, counting.exists(), ~answered.exists())


def complaint_waits() -> ColumnElement[bool]:
    """Return the condition that a record is a complaint that nobody has answered, and that still counts."""
    return and_(tables.OPEN_COMPLAINT, _counts(record))


def _counts(of: Any) -> ColumnElement[bool]:
    state: ColumnElement[str] = of.c.state
    return state.in_([each.value for each in State if each.counts])


def late(law: Law, today: date) -> Late:
    """Return which acts are late by the law as of a day; the shorter deadline of each clock counts."""
    overdue, near = [], []
    for (kind, state), clock in CLOCKS.items():
        if (kind, state) == COMPLAINT:
            continue
        step = and_(act.c.kind == kind, act.c.act_state == state)
        found = _run_out(law, clock.deadline, today, act.c.occurred_on)
        overdue.append(and_(step, found.overdue))
        near.append(and_(step, found.near))
    return Late(or_(false(), *overdue), or_(false(), *near))


def late_complaints(law: Law, today: date) -> Late:
    """Return which complaints are late by the law as of a day."""
    return _run_out(law, CLOCKS[COMPLAINT].deadline, today, record.c.occurred_on)


def _run_out(law: Law, deadline: DeadlineName, today: date, start: ColumnElement[date]) -> Late:
    """Return which days start a clock that ran out before a day, or does so by the next working day."""
    next_day = law.calendar.add_working_days(today, 1).on + _ONE_DAY
    last = _last_start(law, deadline, today)
    return Late(start <= last, and_(start > last, start <= _last_start(law, deadline, next_day)))


def _last_start(law: Law, deadline: DeadlineName, before: date) -> date:
    """Return the last day that starts a clock which runs out before a day."""
    start = before - _ONE_DAY
    while law.due(deadline, start).on >= before:
        start -= _ONE_DAY
    return start
