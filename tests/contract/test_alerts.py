"""An alert begins when its condition holds, is raised once however many look, and ends; the same over both stores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, delete, func, insert, select, update

from credit.access.account import ProposalRow
from credit.grading.rows import ReviewRow, SweepRow
from credit.record import places
from credit.record.rows import AlertRow, CaseRow, Decision, DispatchRow, FileRow, HeardRow, ParkedRow, WorkerRow
from credit.store import alerts, archive, outbox, roll, tables, touched
from credit.store import parked as parking
from credit.store.engine import StoreUnavailable, connect, reading, writing
from credit.store.outbox import UNOPENED
from credit.store.queries.alerts import STILL_OPEN, find_alerts
from credit.telling.observation import Books
from schemas.alerts import AlertKind
from schemas.outgoing import OUTGOING
from schemas.routing import BellPlan
from tests.builders import KEYS, NINE, arrive, connectors, national_law, offence, rules, shipped_routes
from tests.contract import archives as rows
from tests.contract.archives import NOON, ORGAN, put
from workers.bells import Bells
from workers.broker import Fate
from workers.lookout import Lookout
from workers.reading import Reader
from workers.scheduler import Scheduler
from workers.watching import Watched, WatchedQueue, Way

TODAY = date(2026, 3, 20)
NOW = NOON + timedelta(days=18)
DAY = timedelta(days=1)
WANG = Decision("王芳", "已向来源单位核实", NOW, "wang")


class Place:
    """An archive, a broker as it is said to be, and two schedulers that look at both."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = NOW
        self.watched = Watched()
        self.restart()

    def restart(self) -> None:
        self.lookouts = [Lookout(self.engine, lambda: self.watched) for _ in range(2)]

    def look(self, times: int = 2) -> None:
        """Let the schedulers look in turn."""
        for turn in range(times):
            self.lookouts[turn % 2].look(rules(self.now))

    def put(self, *given: Any) -> None:
        put(self.engine, *given)

    def set(self, table: Table, **values: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(update(table).values(**values))

    def strand(self, trouble: str, *keys: str) -> None:
        """Let a message of each routing key be in trouble."""
        with writing(self.engine) as connection:
            outbox.enqueue(connection, [DispatchRow(f"{key}:1", "t", key, key, b"", NOW) for key in keys])
            outbox.give_back(connection, "r", outbox.claim(connection, "r", 9, NOW), trouble, NOW)

    def send_all(self) -> None:
        with writing(self.engine) as connection:
            connection.execute(delete(tables.unsent))
            connection.execute(update(tables.outbox).values(sent_at=NOW))

    def beat(self, kind: str, age: timedelta = timedelta(), off: int = 0) -> None:
        with writing(self.engine) as connection:
            now = roll.time_of(connection, self.now) - age
            row = WorkerRow(f"{kind}@h", kind, "h", 7, "0", "0012", "r", "l", now - DAY, now, now, None, off)
            roll.beat(connection, row)

    def held(self, kind: str) -> list[AlertRow]:
        with reading(self.engine) as connection:
            return [row for row in find_alerts(connection, STILL_OPEN) if row.kind == kind]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What left of alerts of a kind, in order: each as the published contract says."""
        sent = select(tables.outbox).where(tables.outbox.c.routing_key == f"alert.{kind}")
        with reading(self.engine) as connection:
            found = connection.execute(sent.order_by(tables.outbox.c.outbox_id)).all()
        opened = [json.loads(KEYS.unseal(row.body, places.of_dispatch(row.message_id))) for row in found]
        for message in opened:
            OUTGOING[message["type"]].model_validate(message["data"])
        return opened

    def acknowledge(self, kind: str) -> None:
        (row,) = self.held(kind)
        with writing(self.engine) as connection:
            alerts.acknowledge(connection, row.alert_id, WANG)


@pytest.fixture
def place(archive_url: str) -> Iterator[Place]:
    """An empty archive, twice watched."""
    engine = connect(archive_url)
    yield Place(engine)
    engine.dispose()


@dataclass(frozen=True)
class Story:
    """What makes an alert begin, what ends it, and what it is about."""

    begin: Callable[[Place], None]
    end: Callable[[Place], None]
    subject: str = ""
    count: int = 1


def wait_in_the_queue(place: Place) -> None:
    place.watched = Watched((WatchedQueue("credit.in.office", Way.IN, 3),))
    place.look()
    place.now += timedelta(minutes=5)


def nobody_sends(place: Place) -> None:
    place.beat("scheduler")
    place.beat("intake")
    place.beat("relay", timedelta(minutes=2))


def take(place: Place, *arrivals: Any) -> None:
    archive.take_in(place.engine, arrivals, rules())


def contradict(place: Place) -> None:
    take(place, arrive(offence(), "1"))
    take(place, arrive(offence(occurred_on=date(2026, 5, 17)), "2", time=NINE + timedelta(hours=1)))
    take(place, arrive(offence(occurred_on=date(2026, 5, 16)), "3", time=NINE + timedelta(hours=2)))


def forget(place: Place) -> None:
    place.put(rows.dispatch("f1:1"))
    with writing(place.engine) as connection:
        connection.execute(delete(tables.unsent))
    with reading(place.engine) as connection:
        found = outbox.find_forgotten(connection)
    archive.remember(place.engine, found, rules(NOW))


def late_lift(**more: Any) -> Any:
    return rows.notice(lift_cause="repaired", lifted_at=NOON, lift_reply_by=TODAY - DAY, **more)


def of_case(kind: str, subject: str = ORGAN) -> Story:
    return Story(
        lambda place: place.put(*(CaseRow(kind, f"r{n}", subject, f"{n}号", "请核实", NOON) for n in range(3))),
        lambda place: place.acknowledge(kind),
        subject,
        3,
    )


def parked(number: int, at: datetime, reason: str = "json.invalid") -> ParkedRow:
    return ParkedRow(f"m{number}", reason, "", at)


def park_and_close(reason: str, at: datetime, count: int, subject: str) -> Story:
    return Story(
        lambda place: place.put(*(parked(n, at, reason) for n in range(count))),
        lambda place: place.set(tables.parked, closed_as="discarded", closed_at=NOW),
        subject,
        count,
    )


def look_at_it(place: Place) -> None:
    with writing(place.engine) as connection:
        parking.note(connection, [1], "look", WANG)


def lose(place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(insert(tables.batch).values(at=NOW, received=2))
    place.restart()  # what is added up is added up in the first round, and then each quarter of an hour


def find(place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(delete(tables.batch))
    place.restart()


def leave_touched(place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(insert(tables.sweep), SweepRow("all", "", NOON, TODAY, None)._asdict())
        touched.touch(connection, ["S1"], NOW - timedelta(minutes=6))


def assess_all(place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(delete(tables.touched))


def hold(place: Place) -> None:
    place.put(rows.dispatch("f1:1"))
    with writing(place.engine) as connection:
        outbox.claim(connection, "r", 9, NOW - timedelta(seconds=31))


def be_heard(place: Place, *days: date) -> None:
    """Let the source of the inspection have been heard at noon of some days."""
    noons = [datetime(day.year, day.month, day.day, 4, tzinfo=UTC) for day in days]
    put(place.engine, *(HeardRow("/inspection", noon.date(), 1, noon, noon - DAY, noon) for noon in noons))


def late_duty(unit: str) -> Any:
    """A duty that was due the day before; of the quiet unit nobody wants to be told."""
    return rows.duty(unit=unit, warn_on=TODAY - 3 * DAY, due_on=TODAY - DAY, alert=unit == "office")


def put_proposals(place: Place, **minutes: int) -> None:
    """Put proposals by their states; what was decided was so many minutes ago."""
    with writing(place.engine) as connection:
        for state, ago in minutes.items():
            decided = None if state == "open" else place.now - timedelta(minutes=ago)
            said = ("withdraw", "撤回", "", b"", state, "chen", "陈晨", "有误", NOON, NOON + 7 * DAY, state)
            row = ProposalRow(f"of-{state}", *said, decided_at=decided)
            connection.execute(insert(tables.proposal).values(row._asdict()))


def open_fall(report_by: date) -> ReviewRow:
    """A fall below an official grade that nobody has decided."""
    return ReviewRow(
        "wugang", "practice", 2025, f"s{report_by}", "pass", "poor", report_by, report_by, state="open", reasons="[]"
    )


def handed(file_id: str, age: timedelta, sent: int = 7) -> FileRow:
    """A file of eight rows of which some were sent."""
    return rows.file(file_id, ORGAN, NOW - age)._replace(state="taken", rows=8, sent=sent)


def object_on(*days: int) -> Callable[[Place], None]:
    """Objections of days of March 2026, each to be answered in three working days; today is Friday the 20th."""
    return lambda place: place.put(
        *(rows.record(f"r{n}") for n in days),
        *(rows.act(f"a{n}", f"r{n}", "objection", "filed", occurred_on=date(2026, 3, n)) for n in days),
    )


def answer(place: Place) -> None:
    place.set(tables.act, act_state="rejected")


STORIES: dict[AlertKind, Story] = {
    AlertKind.LEDGER_UNBALANCED: Story(lose, find, count=2),
    AlertKind.INTERNAL_ERROR: park_and_close("internal.error", NOW, 2, ""),
    AlertKind.INTAKE_STOPPED: Story(
        wait_in_the_queue, lambda place: setattr(place, "watched", Watched()), "credit.in.office", 3
    ),
    AlertKind.WORKER_MISSING: Story(nobody_sends, lambda place: place.beat("relay"), "relay"),
    AlertKind.OUTBOX_OLD: Story(lambda place: place.put(rows.dispatch("f1:1")), Place.send_all),
    AlertKind.TOUCHED_OLD: Story(leave_touched, assess_all),
    AlertKind.CONFIRM_LAG: Story(hold, Place.send_all),
    AlertKind.CONFIRMED_UNSENT: Story(
        lambda place: put_proposals(place, confirmed=6, refused=60, done=60, open=60),
        lambda place: place.set(tables.proposal, state="done"),
    ),
    AlertKind.QUEUE_MISSING: Story(
        lambda place: place.strand(Fate.RETURNED.value, "notice.tax"), Place.send_all, "notice.tax"
    ),
    AlertKind.DISPATCH_UNSOUND: Story(lambda place: place.strand(UNOPENED, "notice.tax"), Place.send_all, "notice.tax"),
    AlertKind.BROKER_ALARM: Story(
        lambda place: setattr(place, "watched", Watched(alarm="low on disk")),
        lambda place: setattr(place, "watched", Watched()),
    ),
    AlertKind.DEAD_LETTERS: Story(
        lambda place: setattr(place, "watched", Watched((WatchedQueue("credit.dead", Way.DEAD, 2),))),
        lambda place: setattr(place, "watched", Watched()),
        count=2,
    ),
    AlertKind.LIFT_OVERDUE: Story(
        lambda place: place.put(late_lift()), lambda place: place.set(tables.notice, lift_confirmed_at=NOW), "tax"
    ),
    AlertKind.NOTICE_OVERDUE: Story(
        lambda place: place.put(*(rows.notice(f"XL{n}-1", reply_by=TODAY - DAY) for n in range(9))),
        lambda place: place.set(tables.notice, answered=True),
        "tax",
        9,
    ),
    AlertKind.FEED_LATE: Story(
        # Due on the next working day, which is Monday.
        lambda place: place.put(rows.record(), rows.feed_row(due_on=TODAY + 3 * DAY)),
        lambda place: place.set(tables.feed_row, result_code="0000", result_at=NOW),
        "credit-china",
    ),
    AlertKind.FEED_REFUSED: Story(
        lambda place: place.put(rows.record(), rows.feed_row(result_code="9001", result_at=NOW)),
        lambda place: place.set(tables.feed_row, result_code=None),
        "credit-china",
    ),
    AlertKind.TRANSFER_OVERDUE: Story(
        lambda place: place.put(rows.record(transfer_by=TODAY - DAY)),
        lambda place: place.put(rows.record("r2", category="transfer", transfers="r1")),
    ),
    AlertKind.DUTY_MISSED: Story(
        lambda place: place.put(*(late_duty(unit) for unit in ("office", "office-quiet"))),
        lambda place: place.set(tables.duty, done_on=TODAY),
        "wugang/office",
    ),
    AlertKind.ANSWER_NEAR: Story(object_on(16, 17, 18, 19), answer, "objection/filed", 2),
    AlertKind.ANSWER_OVERDUE: Story(object_on(13, 16, 17), answer, "objection/filed", 2),
    AlertKind.REVIEW_OVERDUE: Story(
        lambda place: place.put(open_fall(TODAY - DAY), open_fall(TODAY)),
        lambda place: place.set(tables.review, state="confirmed"),
        "wugang",
    ),
    AlertKind.RECORDS_DUE: Story(
        lambda place: place.put(rows.record(changes_on=TODAY, as_of=TODAY - DAY)),
        lambda place: place.set(tables.record, as_of=TODAY),
    ),
    AlertKind.PARKED_GROWING: park_and_close("json.invalid", NOW - timedelta(minutes=59), 21, "json.invalid"),
    AlertKind.PARKED_OLD: Story(
        # On Monday; the third working day after it was Thursday.
        lambda place: place.put(parked(1, datetime.fromisoformat("2026-03-16T23:59+08:00"))),
        look_at_it,
        "json.invalid",
    ),
    AlertKind.FILE_HALF: Story(
        # The second is on its way still, and the third was sent to its last row.
        lambda place: place.put(
            handed("f1", timedelta(minutes=30)), handed("f2", timedelta(minutes=29)), handed("f3", DAY, sent=8)
        ),
        lambda place: place.set(tables.file, sent=8),
    ),
    AlertKind.SOURCE_SILENT: Story(
        # Each day of the week of the 9th; of the next week three days and more are over.
        lambda place: be_heard(place, *(date(2026, 3, 9) + n * DAY for n in range(5))),
        lambda place: be_heard(place, TODAY),
        "/inspection",
    ),
    AlertKind.RECORD_DISPUTED: Story(
        contradict,
        lambda place: take(place, arrive(offence(), "4", revision=2, time=NINE + timedelta(hours=3))),
        offence().key.organ_code,
    ),
    AlertKind.PARTY_DISPUTED: of_case("party-disputed"),
    AlertKind.SPLIT_TARGET: of_case("split-target"),
    AlertKind.WITHDRAWN_REVISED: of_case("withdrawn-revised"),
    AlertKind.NUMBER_UNSOUND: of_case("number-unsound", ""),
    AlertKind.OUTBOX_FORGOTTEN: Story(forget, lambda place: place.acknowledge("outbox-forgotten")),
    AlertKind.LOGIN_FAILURES: of_case("login-failures", ""),
    AlertKind.RIGHTS_CHANGED: of_case("rights-changed", ""),
    AlertKind.CALENDAR_UNCOVERED: Story(
        lambda place: setattr(place, "now", datetime.fromisoformat("2090-03-01T12:00+08:00")),
        lambda place: setattr(place, "now", NOW),
        "2090",
    ),
    AlertKind.CLOCK_OFF: Story(
        lambda place: place.beat("relay", off=1000), lambda place: place.beat("relay", off=-999), "h"
    ),
}


def test_every_kind_has_its_story() -> None:
    elsewhere = {AlertKind.OLD_SNAPSHOT}  # tests/unit/credit/test_conditions.py
    assert STORIES.keys() == set(AlertKind) - elsewhere


@pytest.mark.parametrize("kind", STORIES)
def test_it_is_raised_once_and_ends(place: Place, kind: AlertKind) -> None:
    place.look(1)
    assert place.held(kind) == []
    story = STORIES[kind]
    story.begin(place)
    place.look(3)  # one, the other, and the first again
    (row,) = place.held(kind)
    assert (row.subject, row.severity) == (story.subject, kind.severity)
    (raised,) = place.told(kind)
    said = raised["data"]
    assert raised["type"] == "credit.alert.raised.v1"
    assert (said["alert_id"], said.get("subject", ""), said["count"]) == (row.alert_id, story.subject, story.count)
    assert (said["severity"], said["runbook"]) == (kind.severity, f"docs/operate.md#alert-{kind}")
    story.end(place)
    place.look()
    assert place.held(kind) == []
    _, ended = place.told(kind)
    assert (ended["type"], ended["data"]["alert_id"]) == ("credit.alert.ended.v1", row.alert_id)


def test_the_steps_of_a_repair_have_clocks_of_their_own(place: Place) -> None:
    # Two working days to say whether it is accepted, four from then to decide; today is Friday the 20th.
    days = {"applied": (17, 18, 19, 20), "accepted": (13, 16, 17, 18)}
    for state, some in days.items():
        place.put(
            *(rows.record(f"{state}{n}") for n in some),
            *(rows.act(f"a{state}{n}", f"{state}{n}", "repair", state, occurred_on=date(2026, 3, n)) for n in some),
        )
    place.look()
    held = {
        kind: {row.subject: (row.count, str(row.oldest)[:10]) for row in place.held(kind)}
        for kind in ("answer-overdue", "answer-near")
    }
    assert held == {
        # Due on Thursday the 19th; of the two that are near one is due today and one on Monday.
        "answer-overdue": dict.fromkeys(("repair/applied", "repair/accepted"), (1, "2026-03-19")),
        "answer-near": dict.fromkeys(("repair/applied", "repair/accepted"), (2, "2026-03-20")),
    }
    answer(place)
    place.look()
    assert [place.held(kind) for kind in held] == [[], []]
    assert [len(place.told(kind)) for kind in held] == [4, 4]


def test_a_complaint_is_to_be_answered_by_its_day(place: Place) -> None:
    # Sixty days of any kind: of Sunday, January the 18th, until Thursday, March the 19th; today is Friday the 20th.
    complaints = {18: "overdue", 19: "due today", 22: "due on Monday", 23: "due on Tuesday"}
    place.put(
        *(rows.complaint(f"TS{day}", occurred_on=date(2026, 1, day)) for day in complaints),
        rows.complaint("TSanswered", state="substantiated", occurred_on=date(2026, 1, 2)),
        rows.complaint("TSwithdrawn", occurred_on=date(2026, 1, 2))._replace(state="withdrawn"),
    )
    place.look()
    held = {
        kind: [(row.subject, row.count, json.loads(row.sample)) for row in place.held(kind)]
        for kind in ("answer-overdue", "answer-near")
    }
    assert held == {
        "answer-overdue": [("complaint/received", 1, ["TS18"])],
        "answer-near": [("complaint/received", 2, ["TS19", "TS22"])],
    }
    [row] = place.held("answer-overdue")
    assert (row.detail, str(row.oldest)[:10]) == ("1 件投诉举报已逾期（投诉办结限期），见待办", "2026-03-19")
    place.set(tables.record, fact=rows.complaint("TS1", state="unsubstantiated").fact)
    place.look()
    assert [place.held(kind) for kind in held] == [[], []]


def test_what_comes_again_is_another_alert(place: Place) -> None:
    story = STORIES[AlertKind.DEAD_LETTERS]
    for _ in range(2):
        story.begin(place)
        place.look()
        story.end(place)
        place.look()
    assert [message["id"].split(":")[2] for message in place.told("dead-letters")] == ["raised", "ended"] * 2


def test_two_that_look_at_the_same_moment_raise_it_once(place: Place) -> None:
    STORIES[AlertKind.NOTICE_OVERDUE].begin(place)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda lookout: lookout.look(rules(NOW)), place.lookouts))
    assert len(place.told("notice-overdue")) == 1


def test_old_history_is_one_alert_for_each_agency_with_count_oldest_and_sample(place: Place) -> None:
    place.put(*(rows.notice(f"XL{n:03}-1", reply_by=TODAY - (n + 1) * DAY, agency="tax") for n in range(150)))
    place.put(*(rows.notice(f"XM{n:03}-1", reply_by=TODAY - DAY, agency="police") for n in range(3)))
    place.look()
    (tax,), (police,) = ([row for row in place.held("notice-overdue") if row.subject == name] for name in TWO)
    assert (tax.count, police.count) == (150, 3)
    assert tax.oldest == datetime.fromisoformat("2025-10-22T00:00+08:00")  # 150 days before, and the day after that
    assert json.loads(tax.sample) == [f"XL{n}-1" for n in range(149, 144, -1)]
    assert len(place.told("notice-overdue")) == 2


TWO = ("tax", "police")


def test_more_of_the_same_is_no_message_but_is_counted(place: Place) -> None:
    place.put(rows.notice("XL1-1", reply_by=TODAY - DAY))
    place.look()
    place.put(rows.notice("XL2-1", reply_by=TODAY - 2 * DAY))
    place.look()
    (row,) = place.held("notice-overdue")
    assert (row.count, json.loads(row.sample), "2 件" in row.detail) == (2, ["XL2-1", "XL1-1"], True)
    assert len(place.told("notice-overdue")) == 1


def test_what_cannot_be_seen_leaves_alerts_as_they_are(place: Place) -> None:
    STORIES[AlertKind.INTAKE_STOPPED].begin(place)
    place.look()
    assert len(place.held("intake-stopped")) == 1
    place.restart()  # who has just begun to look does not know since when messages wait
    place.look()
    assert len(place.held("intake-stopped")) == 1
    place.watched = Watched(lost="connection refused")
    place.look()
    assert [len(place.held(kind)) for kind in ("intake-stopped", "broker-alarm")] == [1, 0]
    place.now += timedelta(minutes=1)  # it was not just started anew
    place.look()
    assert [len(place.held(kind)) for kind in ("intake-stopped", "broker-alarm")] == [1, 1]
    place.restart()
    place.look()
    assert len(place.held("broker-alarm")) == 1
    place.watched = Watched()
    place.look()
    assert place.held("broker-alarm") == []


def test_a_queue_that_is_missing_is_so_while_nobody_can_look(place: Place) -> None:
    place.watched = Watched((WatchedQueue("notice.tax", Way.OUT, missing=True),))
    place.look()
    place.watched = Watched(lost="connection refused")
    place.look()
    assert [row.subject for row in place.held("queue-missing")] == ["notice.tax"]
    place.watched = Watched((WatchedQueue("notice.tax", Way.OUT),))
    place.look()
    assert place.held("queue-missing") == []


def test_an_archive_that_cannot_be_added_up_in_time_is_looked_at_all_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_up(*_: Any) -> Books:
        raise StoreUnavailable

    monkeypatch.setattr("workers.lookout.read_books", add_up)
    STORIES[AlertKind.NOTICE_OVERDUE].begin(place)
    place.look()
    assert len(place.held("notice-overdue")) == 1


def test_what_began_in_a_round_that_failed_rings_in_the_next(place: Place, tmp_path: Path) -> None:
    """As when the connection is lost while it is committed."""
    lost: list[Exception] = []

    def watch() -> Watched:
        if lost:
            place.look()
            raise lost.pop()
        return Watched()

    file = tmp_path / "alerts"
    reader = Reader(connectors(), shipped_routes(), national_law())
    bells = Bells({"log": BellPlan(file=str(file))}, {})
    scheduler = Scheduler(place.engine, reader, lambda: rules(NOW), watch, lambda _: 0, bells)
    scheduler.tick()
    STORIES[AlertKind.NOTICE_OVERDUE].begin(place)
    lost.append(StoreUnavailable())
    with pytest.raises(StoreUnavailable):
        scheduler.tick()
    scheduler.tick()
    assert [json.loads(line)["data"]["alert"] for line in file.read_text().splitlines()] == ["notice-overdue"]


def test_a_message_that_has_just_come_stops_no_intake(place: Place) -> None:
    for name in ("credit.in.office", "credit.in.inspection") * 3:
        place.watched = Watched((WatchedQueue(name, Way.IN, 1),))
        place.look()
        place.now += timedelta(minutes=4)
    assert place.held("intake-stopped") == []


def test_nobody_is_told_by_the_queue_that_is_missing(place: Place) -> None:
    place.strand(Fate.RETURNED.value, "alert.feed-late", "notice.tax")
    place.look()
    assert {row.subject for row in place.held("queue-missing")} == {"alert.feed-late", "notice.tax"}
    assert [message["data"]["subject"] for message in place.told("queue-missing")] == ["notice.tax"]


def test_a_person_who_acknowledges_is_written_down_and_closes_cases_alone(place: Place) -> None:
    STORIES[AlertKind.SPLIT_TARGET].begin(place)
    STORIES[AlertKind.NOTICE_OVERDUE].begin(place)
    place.look()
    for kind in ("split-target", "notice-overdue"):
        place.acknowledge(kind)
    place.look()
    assert place.held("split-target") == []
    (row,) = place.held("notice-overdue")  # it holds as long as it is true, whoever has seen it
    assert (row.acknowledged_by, row.note, row.account) == (WANG.by, WANG.why, WANG.account)
    with reading(place.engine) as connection:
        closed = connection.execute(select(tables.alert_case.c.closed_by, func.count()).group_by("closed_by")).all()
    assert closed == [(WANG.by, 3)]


def test_a_case_that_came_after_the_last_round_is_not_closed_unseen(place: Place) -> None:
    STORIES[AlertKind.SPLIT_TARGET].begin(place)
    place.look()
    place.put(CaseRow("split-target", "r9", ORGAN, "9号", "请核实", NOW - timedelta(seconds=1)))
    place.acknowledge("split-target")
    place.look()
    (row,) = place.held("split-target")
    assert (row.count, json.loads(row.sample)) == (1, ["9号"])


def test_a_case_about_a_sealed_record_or_an_act_on_one_names_no_document(place: Place) -> None:
    place.put(rows.record("r1", sealed_clause="某条例"), rows.act("a1", "r1", "withdrawal", "void"), rows.record("r2"))
    for about in ("r1", "a1", "r2"):
        place.put(CaseRow("split-target", about, about, f"{about}号", f"{about}号 请核实", NOON))
    place.look()
    told = {row.subject: (row.detail, json.loads(row.sample)) for row in place.held("split-target")}
    hidden = ("所涉记录已封存，请由有权查看的人员核实", ["（已封存）"])
    assert told == {"r1": hidden, "a1": hidden, "r2": ("r2号 请核实", ["r2号"])}


def test_what_others_write_keeps_no_alert_from_leaving(place: Place) -> None:
    hostile = "号\u202e\n\x1b[31m" * 60
    place.put(CaseRow("split-target", "r1", ORGAN, hostile, hostile, NOON))
    place.watched = Watched(lost=hostile * 200)
    place.look()
    place.now += timedelta(minutes=1)
    place.look()
    (case,), (alarm,) = (place.told(kind) for kind in ("split-target", "broker-alarm"))
    assert len(case["data"]["sample"][0]) == 128
    told = [case["data"]["detail"], case["data"]["sample"][0], alarm["data"]["detail"]]
    assert not {"\u202e", "\x1b", "\n"} & {*"".join(told)}


def test_an_alert_that_is_over_cannot_be_acknowledged(place: Place) -> None:
    with writing(place.engine) as connection, pytest.raises(alerts.NotOpen, match="no open alert 7"):
        alerts.acknowledge(connection, 7, WANG)


def test_a_case_that_is_seen_again_after_it_was_closed_is_open_again(place: Place) -> None:
    case = CaseRow("number-unsound", "s1", "", "s1", "请核查", NOON)
    for _ in range(2):
        with writing(place.engine) as connection:
            alerts.open_cases(connection, [case, case])
        place.look()
        place.acknowledge("number-unsound")
        place.look()
    assert len(place.told("number-unsound")) == 4
