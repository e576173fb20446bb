"""What intake writes of the sources it hears, how it is added up by day, and what is read of it; on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select

from credit.record.rows import HeardRow
from credit.rules import Moment
from credit.store import archive, heard, tables
from credit.store.engine import connect, reading, writing
from credit.store.queries.observation import observe
from credit.telling.sources import SourceSeen
from schemas.reasons import Reason
from schemas.states import SourceState
from tests.builders import NOON, arrive, fail, national_law, offence, penalty, rules, shipped_routes
from tests.contract import archives as rows

DAY = timedelta(days=1)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


def take(engine: Engine, at: datetime, *sources: str) -> None:
    """A batch that heard sources at a moment."""
    said = json.dumps({source: sources.count(source) for source in sources}) if sources else None
    with writing(engine) as connection:
        connection.execute(insert(tables.batch).values(at=at, received=len(sources), heard=said))


def add_up(engine: Engine, limit: int = 500) -> int:
    with writing(engine) as connection:
        return heard.add_up(connection, NOON, limit)


def days(engine: Engine) -> list[HeardRow]:
    with reading(engine) as connection:
        found = connection.execute(select(tables.heard).order_by(tables.heard.c.source, tables.heard.c.day))
        return [HeardRow(*row) for row in found]


def read(engine: Engine, *sources: str, now: datetime = NOON) -> dict[str, SourceSeen]:
    at = Moment(now, (now + timedelta(hours=8)).date())
    with reading(engine) as connection:
        seen = observe(connection, at, national_law(), sources).sources
    assert [each.source for each in seen] == list(sources)
    return {each.source: each for each in seen}


def test_a_batch_says_which_sources_the_gate_let_in(engine: Engine) -> None:
    stranger = fail("3", Reason.SENDER_UNPROVEN)
    stranger.event, stranger.refused = arrive(penalty()).event, True
    batch = [arrive(penalty(), "1"), arrive(penalty(), "1"), arrive(offence(), "2"), stranger]
    archive.take_in(engine, batch, rules())
    replayed = replace(arrive(penalty("舞卫医罚〔2026〕9号"), "9"), parked_id=7)
    archive.take_in(engine, [replayed], rules())
    with reading(engine) as connection:
        (said,) = connection.execute(select(tables.batch.c.heard)).scalars()
    assert json.loads(said) == {"/inspection": 2, "/security": 1}


def test_each_batch_is_added_up_once_whatever_its_lot(engine: Engine) -> None:
    for minute in range(5):
        take(engine, NOON + timedelta(minutes=minute), "/inspection", "/inspection", "/office")
    take(engine, NOON)
    assert [add_up(engine, 2) for _ in range(4)] == [2, 2, 1, 0]
    last, longest = NOON + timedelta(minutes=4), (NOON, NOON + timedelta(minutes=1))
    assert days(engine) == [
        HeardRow("/inspection", date(2026, 6, 1), 10, last, *longest),
        HeardRow("/office", date(2026, 6, 1), 5, last, *longest),
    ]


def test_a_day_begins_at_midnight_in_shanghai_and_ends_a_pause(engine: Engine) -> None:
    before, after = (
        datetime.fromisoformat("2026-05-31T23:59:00+08:00"),
        datetime.fromisoformat("2026-06-01T00:30+08:00"),
    )
    take(engine, before, "/inspection")
    add_up(engine)
    take(engine, after, "/inspection")
    add_up(engine)
    assert days(engine) == [
        HeardRow("/inspection", date(2026, 5, 31), 1, before),
        HeardRow("/inspection", date(2026, 6, 1), 1, after, before, after),
    ]


def test_what_was_not_added_up_yet_is_read_all_the_same(engine: Engine) -> None:
    moments = [NOON - n * DAY for n in range(12, -1, -1)]
    for moment in moments[:6]:
        take(engine, moment, "/inspection")
    add_up(engine)
    for moment in moments[6:]:
        take(engine, moment, "/inspection", "/inspection")
    before = read(engine, "/inspection", "/office")
    assert before["/inspection"] == SourceSeen("/inspection", NOON, DAY, timedelta(), 14, SourceState.HEARD)
    assert before["/office"].state is SourceState.NEVER
    add_up(engine)
    assert read(engine, "/inspection", "/office") == before


def test_the_gap_is_found_in_the_last_thirty_days_that_were_heard(engine: Engine) -> None:
    monthly = [NOON - n * 7 * DAY for n in range(60, 31, -1)]
    daily = [NOON - n * DAY for n in range(45, -1, -1)]
    for moment in (*monthly, *daily):
        take(engine, moment, "/inspection")
    add_up(engine)
    assert read(engine, "/inspection")["/inspection"].usual_gap == DAY


def test_an_agency_that_owes_an_answer_past_its_day_is_silent_and_another_is_idle(engine: Engine) -> None:
    for n in range(50, 40, -1):
        take(engine, NOON - n * DAY, "/partner/finance", "/partner/tax", "/feed/credit-china")
    add_up(engine)
    rows.put(engine, rows.notice("XL01-1", agency="finance", reply_by=date(2026, 5, 31)))
    rows.put(engine, rows.notice("XL02-1", agency="tax", reply_by=date(2026, 6, 1)))
    rows.put(engine, rows.record(), rows.feed_row(feed="credit-china", due_on=date(2026, 5, 29), result_code=None))
    seen = read(engine, "/partner/finance", "/partner/tax", "/feed/credit-china")
    assert {source: each.state for source, each in seen.items()} == {
        "/partner/finance": SourceState.SILENT,
        "/partner/tax": SourceState.IDLE,
        "/feed/credit-china": SourceState.SILENT,
    }


def test_old_days_are_forgotten_but_for_the_last_of_a_source(engine: Engine) -> None:
    for moment in (NOON - 500 * DAY, NOON - 450 * DAY):
        take(engine, moment, "/inspection", "/office")
    take(engine, NOON, "/office")
    add_up(engine)
    assert [(row.source, row.last_at) for row in days(engine)] == [
        ("/inspection", NOON - 450 * DAY),
        ("/office", NOON),
    ]


def test_the_sources_of_the_routes_are_all_who_may_send() -> None:
    sources = shipped_routes().sources
    assert list(sources) == sorted(sources)
    assert {"/inspection", "/office", "/partner/police", "/feed/credit-china"} <= set(sources)
    assert len(sources) == 8 + len(shipped_routes().partners) + len(shipped_routes().feeds)
