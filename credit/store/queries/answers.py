"""The steps of objections and repairs that wait for the authority's answer, and those whose day is near or over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select

from credit.law.law import Law
from credit.record.clocks import CLOCKS
from credit.store import tables
from credit.store.tables import act, record
from schemas.policy import DeadlineName
from schemas.record import State

_ONE_DAY = timedelta(days=1)


class Late(NamedTuple):
    """The conditions that an act is past its day, and that its day is today or comes by the next working day."""

    overdue: ColumnElement[bool]
    near: ColumnElement[bool]


def waits() -> ColumnElement[bool]:
    """Return the condition that an act waits: none of its kind came since about its record, and that still counts."""
    later, target = act.alias("later"), record.alias("target")
    answered = select(later.c.record_id).where(
        later.c.target_id == act.c.target_id, later.c.kind == act.c.kind, later.c.event_time > act.c.event_time
    )
    counting = select(target.c.record_id).where(
        target.c.record_id == act.c.target_id,
        target.c.state.in_([state.value for state in State if state.counts]),
    )
    return and_(tables.OPEN_ACT, counting.exists(), ~answered.exists())


def late(law: Law, today: date) -> Late:
    """Return which acts are late by the law as of a day; the shorter deadline of each clock counts."""
    next_day = law.calendar.add_working_days(today, 1).on + _ONE_DAY
    overdue, near = [], []
    for (kind, state), clock in CLOCKS.items():
        step = and_(act.c.kind == kind, act.c.act_state == state)
        last = _last_start(law, clock.deadline, today)
        overdue.append(and_(step, act.c.occurred_on <= last))
        soon = act.c.occurred_on <= _last_start(law, clock.deadline, next_day)
        near.append(and_(step, act.c.occurred_on > last, soon))
    return Late(or_(false(), *overdue), or_(false(), *near))


def _last_start(law: Law, deadline: DeadlineName, before: date) -> date:
    """Return the last day that starts a clock which runs out before a day."""
    start = before - _ONE_DAY
    while law.due(deadline, start).on >= before:
        start -= _ONE_DAY
    return start
