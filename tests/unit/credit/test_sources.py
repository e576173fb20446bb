"""When a source is silent: its usual gap, by working days. In 2026 May 1 to 5 are off, Saturday May 9 is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from credit.record.rows import HeardRow
from credit.telling.sources import SourceSeen, hear, judge
from schemas.states import SourceState
from tests.builders import national_law

CALENDAR = national_law().calendar
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int = 9, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def heard(*moments: datetime) -> list[HeardRow]:
    """The rows of a source that was heard at some moments, the newest first."""
    rows: dict[date, HeardRow] = {}
    newest: HeardRow | None = None
    for moment in moments:
        newest = hear(newest, "/inspection", moment, moment.date(), 1)
        rows[newest.day] = newest
    return [rows[day] for day in sorted(rows, reverse=True)]


def seen(rows: Sequence[HeardRow], now: datetime, *, owes: bool | None = None) -> SourceSeen:
    return judge("/inspection", rows, now, now.date(), CALENDAR, owes=owes)


OFFICE_DAYS = [at(day, hour) for day in (13, 14, 15, 16, 17, 20, 21, 22, 23, 24) for hour in (9, 12, 18)]
"""Two weeks of an office: nine, noon and six."""
MONDAYS = [at(2, month=3), at(9, month=3), at(16, month=3), at(23, month=3), at(30, month=3)]


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (at(27, 9), at(27, 18), 9),
        (at(24, 18), at(27, 9), 15),  # Friday evening to Monday morning
        (at(25, 9), at(26, 9), 0),  # a weekend
        (at(30, 18), at(6, 9, month=5), 15),  # over the holidays
        (at(8, 18, month=5), at(9, 9, month=5), 15),  # to a Saturday that is worked
        (at(9, 18, month=5), at(11, 9, month=5), 15),
        (at(27, 18), at(27, 9), 0),
        (at(27), at(27), 0),
    ],
)
def test_time_counts_on_working_days_alone(begin: datetime, end: datetime, hours: int) -> None:
    assert CALENDAR.working_time(begin, end) == timedelta(hours=hours)


def test_the_zone_of_a_moment_does_not_matter() -> None:
    begin, end = at(27, 9).astimezone(ZoneInfo("UTC")), at(28, 9).astimezone(ZoneInfo("America/New_York"))
    assert CALENDAR.working_time(begin, end) == timedelta(hours=24)


def test_a_source_of_office_hours_pauses_by_night() -> None:
    assert seen(heard(*OFFICE_DAYS), at(24, 18)).usual_gap == timedelta(hours=15)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (at(26, 9), SourceState.HEARD),  # the weekend after
        (at(28, 14, 59), SourceState.HEARD),  # six hours of Friday, Monday, and fifteen of Tuesday: nearly 45
        (at(28, 15), SourceState.SILENT),
    ],
)
def test_three_usual_gaps_without_a_word_are_silence(now: datetime, state: SourceState) -> None:
    assert seen(heard(*OFFICE_DAYS), now).state is state


def test_a_holiday_is_no_silence() -> None:
    rows = heard(*OFFICE_DAYS, *(at(day, hour) for day in (27, 28, 29, 30) for hour in (9, 18)))
    assert seen(rows, at(5, 23, month=5)).state is SourceState.HEARD
    assert seen(rows, at(5, 23, month=5)).silence == timedelta(hours=6)
    assert seen(rows, at(7, 15, month=5)).state is SourceState.SILENT


def test_who_sends_on_mondays_is_awaited_for_three_weeks() -> None:
    rows = heard(*MONDAYS)
    assert seen(rows, at(17)).usual_gap == timedelta(days=5)
    assert seen(rows, at(20)).state is SourceState.HEARD  # fourteen working days: April 6 was a holiday
    assert seen(rows, at(21)).state is SourceState.SILENT


def test_who_sends_by_the_minute_is_not_silent_within_an_hour() -> None:
    rows = heard(*(at(day, hour, minute) for day in (13, 14, 15) for hour in range(24) for minute in range(0, 60, 5)))
    assert seen(rows, at(15, 23, 55)).usual_gap == timedelta(minutes=20)
    assert seen(rows, at(16, 0, 54)).state is SourceState.HEARD
    assert seen(rows, at(16, 0, 55)).state is SourceState.SILENT


def test_one_failure_does_not_change_what_is_usual() -> None:
    days = [moment for moment in OFFICE_DAYS if moment.day not in {16, 17}]
    assert seen(heard(*days), at(24, 18)).usual_gap == timedelta(hours=15)


def test_who_sends_on_weekends_alone_is_judged_by_the_weeks_between() -> None:
    days = [at(day, hour, month=3) for day in (7, 8, 14, 15, 21, 22, 28, 29) for hour in (9, 10)]
    assert seen(heard(*days), at(1)).usual_gap == timedelta(days=5)


def test_a_source_heard_once_or_twice_has_no_usual_gap_and_is_not_called_silent() -> None:
    for rows in (heard(at(1)), heard(at(1), at(2)), heard(at(1), at(2), at(3))):
        found = seen(rows, at(1, month=12))
        assert (found.usual_gap, found.state) == (None, SourceState.LEARNING)
        assert found.last_heard == rows[0].last_at


def test_a_source_that_was_never_heard_is_told_so() -> None:
    assert seen([], at(27)) == SourceSeen("/inspection", None, None, None, 0, SourceState.NEVER)


@pytest.mark.parametrize(("owes", "state"), [(False, SourceState.IDLE), (True, SourceState.SILENT)])
def test_an_agency_is_silent_only_while_it_owes_an_answer(owes: bool, state: SourceState) -> None:  # noqa: FBT001
    assert seen(heard(*OFFICE_DAYS), at(30), owes=owes).state is state


def test_messages_of_seven_days_are_counted_with_today() -> None:
    assert seen(heard(*OFFICE_DAYS), at(24, 18)).messages == 15  # of the 18th to the 24th
    assert seen(heard(*OFFICE_DAYS), at(30, 18)).messages == 3


def test_what_comes_late_is_counted_and_makes_no_pause() -> None:
    first = hear(None, "/inspection", at(13, 12), at(13).date(), 2)
    assert hear(first, "/inspection", at(12, 23), at(12).date(), 5) == first._replace(messages=7)


def test_a_day_keeps_its_longest_pause() -> None:
    (row,) = heard(at(13, 9), at(13, 10), at(13, 14), at(13, 15))
    assert (row.messages, row.last_at, row.pause_from, row.pause_until) == (4, at(13, 15), at(13, 10), at(13, 14))
