"""Whether the objectives are met: how many cases there were since a day, and how many of them were good.

A case counts when it is decided: what waits and is still in time is neither good nor bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Date, Float, and_, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from credit.rules import Moment
from credit.store.outbox import KEPT
from credit.store.queries.ledger import read_ledger
from credit.store.tables import feed_row, message, notice, outbox
from credit.telling.feeds import ACCEPTED
from schemas.objectives import Objective

COMMITTED_WITHIN = timedelta(minutes=1)
CONFIRMED_WITHIN = timedelta(minutes=5)
_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Measured:
    """How an objective was met: `share` is the good ones among all, None where there were no cases."""

    objective: Objective
    target: float
    good: int
    bad: int

    @property
    def count(self) -> int:
        """How many cases there were."""
        return self.good + self.bad

    @property
    def share(self) -> float | None:
        """Which part of them was good."""
        return self.good / self.count if self.count else None

    @property
    def met(self) -> bool:
        """Whether the objective is met; without a case it is."""
        return self.share is None or self.share >= self.target


class _Seconds(FunctionElement[float]):
    """The seconds from one instant to another."""

    inherit_cache = True
    type = Float()


@compiles(_Seconds, "postgresql")
def _seconds_of_postgres(element: _Seconds, compiler: SQLCompiler, **more: Any) -> str:
    begin, end = (compiler.process(each, **more) for each in element.clauses)
    return f"extract(epoch FROM {end} - {begin})"


@compiles(_Seconds, "sqlite")
def _seconds_of_sqlite(element: _Seconds, compiler: SQLCompiler, **more: Any) -> str:
    begin, end = (compiler.process(each, **more) for each in element.clauses)
    # Whole seconds and fractions apart: SQLite's own times know no more than milliseconds.
    whole = (f"strftime('%s', substr({each}, 1, 19))" for each in (end, begin))
    return f"({' - '.join(whole)} + substr({end}, 20) - substr({begin}, 20))"


_EARLIEST = date(1970, 1, 1)
"""Before any message; the first days of the calendar have no moment in UTC."""


class _Day(FunctionElement[date]):
    """The day of an instant in Asia/Shanghai, which has had one offset since 1991."""

    inherit_cache = True
    type = Date()


@compiles(_Day, "postgresql")
def _day_of_postgres(element: _Day, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST(timezone('Asia/Shanghai', {compiler.process(element.clauses, **more)}) AS DATE)"


@compiles(_Day, "sqlite")
def _day_of_sqlite(element: _Day, compiler: SQLCompiler, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '+8 hours')"


def measure(connection: Connection, since: date, at: Moment) -> tuple[Measured, ...]:
    """Measure every objective from a day in Asia/Shanghai until now.

    Reads inbox, outbox, notices and feed rows once each. The outbox keeps what was sent for `outbox.KEPT`: of what is
    older only what was late would be left, and none of it counts. Of notices and feed rows only the last version does,
    and what still lacks its answer counts however long ago it was due. The ledger is measured whole.
    """
    begin = datetime.combine(max(since, _EARLIEST), time(), _SHANGHAI)
    return (
        _measure_intake(connection, begin),
        _measure_notices(connection, max(begin, at.now - KEPT), at.now),
        _measure_rows(connection, since, at.today),
        _measure_lifts(connection, since, at.today),
        _measure_ledger(connection),
    )


def _measure_intake(connection: Connection, begin: datetime) -> Measured:
    quick = _Seconds(message.c.event_time, message.c.received_at) <= COMMITTED_WITHIN.total_seconds()
    cases = and_(message.c.received_at >= begin, message.c.event_time.is_not(None))
    return _count(connection, Objective.COMMITTED, cases, quick)


def _measure_notices(connection: Connection, begin: datetime, now: datetime) -> Measured:
    quick = and_(
        outbox.c.sent_at.is_not(None),
        _Seconds(outbox.c.created_at, outbox.c.sent_at) <= CONFIRMED_WITHIN.total_seconds(),
    )
    over = or_(outbox.c.sent_at.is_not(None), outbox.c.created_at < now - CONFIRMED_WITHIN)
    cases = and_(outbox.c.type.startswith("credit.notice."), outbox.c.created_at >= begin, over)
    return _count(connection, Objective.CONFIRMED, cases, quick)


def _measure_rows(connection: Connection, since: date, today: date) -> Measured:
    accepted = feed_row.c.result_code == ACCEPTED
    told = feed_row.c.held.is_(None)
    in_time = and_(told, feed_row.c.result_code.is_not(None), accepted, _Day(feed_row.c.result_at) <= feed_row.c.due_on)
    done = and_(told, feed_row.c.result_code.is_not(None), accepted)
    dropped = and_(told, feed_row.c.version == 0)  # held until its record ended: nothing was ever to be told
    cases = or_(and_(done, feed_row.c.due_on >= since), and_(~done, ~dropped, feed_row.c.due_on < today))
    return _count(connection, Objective.ROWS, cases, in_time)


def _measure_lifts(connection: Connection, since: date, today: date) -> Measured:
    confirmed = notice.c.lift_confirmed_at.is_not(None)
    in_time = and_(confirmed, _Day(notice.c.lift_confirmed_at) <= notice.c.lift_reply_by)
    whole = and_(
        notice.c.lifted_at.is_not(None),
        or_(and_(confirmed, notice.c.lift_reply_by >= since), and_(~confirmed, notice.c.lift_reply_by < today)),
    )
    # Of measures that ended before the others, only that their day has passed is a column.
    part = and_(notice.c.lifted_at.is_(None), notice.c.part_reply_by < today)
    return _count(connection, Objective.LIFTS, or_(whole, part), in_time)


def _measure_ledger(connection: Connection) -> Measured:
    found = read_ledger(connection)
    kept = found.applied + found.repeated + found.superseded + found.conflict + found.parked
    return Measured(Objective.LEDGER, Objective.LEDGER.target, min(found.received, kept), abs(found.received - kept))


def _count(
    connection: Connection, objective: Objective, cases: ColumnElement[bool], good: ColumnElement[bool]
) -> Measured:
    """Count the cases and the good ones among them, all of one table."""
    every, well = connection.execute(select(func.count(), func.count().filter(good)).where(cases)).one()
    return Measured(objective, objective.target, well, every - well)
