"""When the sources of messages were heard, how long they usually pause, and which of them is silent.

Time is counted on working days alone: a day of offices has 24 hours, a weekend or holiday none, wherever a source
would send by night or on Sundays as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_high

from credit.law.calendar import Calendar
from credit.record.rows import HeardRow
from schemas.states import SourceState

SHOWN_DAYS = 7
"""Of so many days the messages are counted, today among them."""
LOOKED_AT = 30
"""The usual gap is found in the last so many days on which a source was heard."""
TOO_LONG = 3
"""A source that was not heard for so many usual gaps is silent."""
_LEAST_PAUSES = 3
_LEAST_GAP = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A source of messages, as its envelopes name it: `/inspection`, `/partner/police`.

    `usual_gap` is how long it usually pauses, None where it was not heard often enough to tell; `silence` is for how
    long it has paused by now, None where it was never heard. Both count working time. `messages` are those of the last
    seven days.
    """

    source: str
    last_heard: datetime | None
    usual_gap: timedelta | None
    silence: timedelta | None
    messages: int
    state: SourceState


def hear(newest: HeardRow | None, source: str, at: datetime, day: date, messages: int) -> HeardRow:
    """Return the row of the day on which a source was heard `at` a moment with so many messages.

    `newest` is its newest row before: of the same day it is carried on, of another one it ends the pause that this row
    begins with. What comes late, from before it was last heard, is counted with the newest row.
    """
    if newest is None:
        return HeardRow(source, day, messages, at)
    if at <= newest.last_at:
        return newest._replace(messages=newest.messages + messages)
    if day > newest.day:
        return HeardRow(source, day, messages, at, newest.last_at, at)
    row = newest._replace(messages=newest.messages + messages, last_at=at)
    longest = row.pause_until - row.pause_from if row.pause_from and row.pause_until else timedelta()
    return row._replace(pause_from=newest.last_at, pause_until=at) if at - newest.last_at > longest else row


def judge(
    source: str, rows: Sequence[HeardRow], now: datetime, today: date, calendar: Calendar, *, owes: bool | None
) -> SourceSeen:
    """Return how a source is seen by its rows of late, the newest first.

    `owes` is None of a source that speaks by itself. An agency or platform answers: it is silent only while it owes an
    answer whose day has passed.
    """
    since = today - timedelta(days=SHOWN_DAYS)
    messages = sum(row.messages for row in rows if row.day > since)
    gap = find_usual_gap(rows, calendar)
    if not rows:
        return SourceSeen(source, None, None, None, messages, SourceState.NEVER)
    last = rows[0].last_at
    silence = calendar.working_time(last, now)
    if gap is None:
        state = SourceState.LEARNING
    elif silence < TOO_LONG * gap:
        state = SourceState.HEARD
    else:
        state = SourceState.IDLE if owes is False else SourceState.SILENT
    return SourceSeen(source, last, gap, silence, messages, state)


def find_usual_gap(rows: Iterable[HeardRow], calendar: Calendar) -> timedelta | None:
    """Return how long a source usually pauses: of the longest pause of each day, the one in the middle.

    So a night counts for who sends by day, a week for who sends on Mondays, and one failure changes nothing. Pauses
    within days off say nothing. None with fewer than three pauses; a source is never expected within 20 minutes.
    """
    bounds = ((row.pause_from, row.pause_until) for row in rows)
    pauses = (calendar.working_time(begin, end) for begin, end in bounds if begin and end)
    counted = [pause for pause in pauses if pause]
    return max(median_high(counted), _LEAST_GAP) if len(counted) >= _LEAST_PAUSES else None
