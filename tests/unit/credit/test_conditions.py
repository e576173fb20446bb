"""When each alert holds, to the second and the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from credit.law import loading
from credit.record.rows import AlertRow, WorkerRow
from credit.rules import Moment
from credit.telling import conditions
from credit.telling.conditions import Flow, Inbound, Sight
from credit.telling.observation import Parked, Waiting
from credit.telling.sources import SourceSeen
from schemas.alerts import AlertKind
from schemas.states import SourceState
from tests.builders import ROOT, national_law
from tests.installed import MODELS
from tests.observed import observation

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
AT = Moment(NOW, date(2026, 3, 20))
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


HEARD = SourceSeen("/security", NOW - 9 * DAY, DAY, 7 * DAY, 0, SourceState.HEARD)


def find(flow: Flow | None = None, **more: Any) -> conditions.Found:
    return conditions.find(Sight(observation(AT, **more), national_law(), flow))


def kinds(found: conditions.Found) -> set[str]:
    return {each.kind.value for each in found.wanted}


def test_every_kind_has_its_condition() -> None:
    assert conditions.CONDITIONS.keys() == set(AlertKind)


def test_where_all_is_well_nothing_is_wanted() -> None:
    found = find(Flow(), sources=(HEARD,))
    assert (found.wanted, found.unseen) == ((), frozenset())


def test_what_nobody_looked_at_is_unseen() -> None:
    found = find(books=None)
    unseen = {"ledger-unbalanced", "intake-stopped", "broker-alarm", "dead-letters", "source-silent"}
    assert {kind.value for kind in found.unseen} == unseen


@pytest.mark.parametrize(("age", "held"), [(5 * MINUTE, False), (5 * MINUTE + SECOND, True)])
def test_a_message_may_wait_five_minutes_to_be_sent(*, age: timedelta, held: bool) -> None:
    assert kinds(find(unsent=Waiting(1, NOW - age))) == ({"outbox-old"} if held else set())


@pytest.mark.parametrize(("age", "held"), [(10 * MINUTE, False), (10 * MINUTE + SECOND, True)])
def test_a_transaction_may_be_open_ten_minutes(*, age: timedelta, held: bool) -> None:
    assert kinds(find(oldest_transaction=age)) == ({"old-snapshot"} if held else set())


@pytest.mark.parametrize("state", SourceState)
def test_a_source_that_is_silent_is_wanted_and_no_other(state: SourceState) -> None:
    found = find(sources=(replace(HEARD, state=state),))
    silent = state is SourceState.SILENT
    assert [(each.subject, each.oldest) for each in found.wanted] == ([("/security", NOW - 9 * DAY)] if silent else [])


@pytest.mark.parametrize(("fresh", "held"), [(20, False), (21, True)])
def test_twenty_of_a_reason_may_be_parked_in_an_hour(*, fresh: int, held: bool) -> None:
    parked = {"json.invalid": Parked(Waiting(fresh, NOW), fresh, Waiting(fresh, NOW))}
    assert kinds(find(parked=parked)) == ({"parked-growing"} if held else set())


@pytest.mark.parametrize(("fresh", "held"), [(10, False), (11, True), (20, True)])
def test_what_was_parked_goes_on_until_half_as_many_are_left(*, fresh: int, held: bool) -> None:
    parked = {"json.invalid": Parked(Waiting(fresh, NOW), fresh, Waiting(fresh, NOW))}
    begun = AlertRow(1, "parked-growing", "json.invalid", "ticket", NOW, None, 21, None, "", "[]")
    assert kinds(find(parked=parked, alerts=(begun,))) == ({"parked-growing"} if held else set())


@pytest.mark.parametrize(
    ("parked_at", "today", "held"),
    [
        ("2026-03-16T23:59+08:00", "2026-03-19", False),  # from Monday: Tuesday, Wednesday, Thursday
        ("2026-03-16T23:59+08:00", "2026-03-20", True),
        ("2026-03-17T00:00+08:00", "2026-03-20", False),
        ("2026-03-20T12:00+08:00", "2026-03-25", False),  # over a weekend
        ("2026-03-20T12:00+08:00", "2026-03-26", True),
    ],
)
def test_three_whole_working_days_may_nobody_touch_what_is_parked(*, parked_at: str, today: str, held: bool) -> None:
    since = Waiting(1, datetime.fromisoformat(parked_at), ("7",))
    seen = observation(Moment(NOW, date.fromisoformat(today)), parked={"json.invalid": Parked(since, 0, since)})
    found = conditions.find(Sight(seen, national_law()))
    assert [each.subject for each in found.wanted if each.kind == "parked-old"] == (["json.invalid"] if held else [])


@pytest.mark.parametrize(
    ("waited", "consumers", "taken", "held"),
    [
        (5 * MINUTE, 1, 6 * MINUTE, True),
        (5 * MINUTE - SECOND, 1, 6 * MINUTE, None),
        (5 * MINUTE, 1, 5 * MINUTE, False),  # it is slow, and does not stand still
        (MINUTE, 0, SECOND, True),
        (MINUTE - SECOND, 0, SECOND, None),
        (9 * MINUTE, None, SECOND, False),
    ],
)
def test_intake_has_stopped_when_nothing_is_taken_or_nobody_reads(
    *, waited: timedelta, consumers: int | None, taken: timedelta, held: bool | None
) -> None:
    flow = Flow((Inbound("credit.in.office", 3, NOW - waited, consumers),))
    found = find(flow, taken_at=NOW - taken)
    assert (AlertKind.INTAKE_STOPPED in found.unseen) is (held is None)
    assert ("intake-stopped" in kinds(found)) is bool(held)


def worker(kind: str, heard: timedelta = timedelta(), since: timedelta = DAY, **more: Any) -> WorkerRow:
    at = NOW - heard
    return WorkerRow(kind, kind, "h", 7, "0", "0012", "r", "l", NOW - since, at, at)._replace(**more)


@pytest.mark.parametrize(
    ("workers", "missing"),
    [
        ((), []),  # nobody is on the roll, as where files are fed in
        ((worker("relay", DAY),), []),  # nor a scheduler
        ((worker("scheduler"),), ["intake", "relay"]),
        ((worker("scheduler", since=MINUTE - SECOND),), []),  # the others may be about to start
        ((worker("scheduler"), worker("relay", MINUTE)), ["intake", "relay"]),
        ((worker("scheduler"), worker("relay", 59 * SECOND), worker("intake", 59 * SECOND)), []),
        ((worker("scheduler"), worker("relay", DAY, ended_at=NOW - 59 * SECOND)), ["intake"]),
    ],
)
def test_a_kind_of_work_may_be_without_a_worker_for_a_minute(
    workers: tuple[WorkerRow, ...], missing: list[str]
) -> None:
    found = find(workers=workers, at_work={"intake": 0, "relay": 0, "scheduler": 1})
    assert [each.subject for each in found.wanted if each.kind == "worker-missing"] == missing


@pytest.mark.parametrize(
    ("kind", "missing"), [("all", ["frontend"]), ("carrier", ["frontend"]), ("frontend", ["carrier"])]
)
def test_what_only_some_routes_call_for_is_missed_too(kind: str, missing: list[str]) -> None:
    found = find(
        workers=(worker("scheduler"), worker(kind)),
        at_work={"scheduler": 1} | {work: int(work not in missing) for work in ("carrier", "frontend")},
    )
    assert [each.subject for each in found.wanted if each.kind == "worker-missing"] == missing


def test_a_year_that_is_not_known_is_told_a_month_ahead() -> None:
    shipped = loading.load(ROOT / "policies" / "national", MODELS)
    law = replace(shipped, calendar=replace(shipped.calendar, years=frozenset(range(2004, 2027))))
    for today, years in ((date(2026, 11, 8), []), (date(2026, 11, 9), ["2027"])):
        found = conditions.find(Sight(observation(Moment(NOW, today)), law))
        assert [each.subject for each in found.wanted if each.kind == "calendar-uncovered"] == years


@pytest.mark.parametrize(
    ("roll", "hosts"),
    [
        ((worker("relay", clock_off_ms=1000),), ["h"]),
        ((worker("relay", clock_off_ms=-999),), []),
        ((worker("relay", MINUTE, clock_off_ms=9000),), []),  # killed: nobody says that it has ended
        ((worker("relay", clock_off_ms=0), worker("relay", DAY, clock_off_ms=9000)), []),  # and started anew
        ((worker("relay", clock_off_ms=9000, ended_at=NOW),), []),
    ],
)
def test_a_clock_is_off_where_a_worker_is_that_was_heard_lately(roll: tuple[WorkerRow, ...], hosts: list[str]) -> None:
    assert [each.subject for each in find(workers=roll).wanted if each.kind == "clock-off"] == hosts
