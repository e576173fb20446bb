"""Assessing: current grades and lists follow what is known of subjects, over both stores, whoever assesses and when."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select
from structlog.testing import capture_logs

from credit.batch.arrival import Arrival
from credit.grading.known import Known
from credit.grading.rows import EntryRow, GradeRow
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive, assessing, closing, identities, sweeps, tables, touched
from credit.store.digest import digest
from credit.store.engine import connect, reading, writing
from credit.store.known import read_known
from schemas.regime.when import Scope
from schemas.statement import Act, ActKind
from schemas.states import EntryState
from tests.builders import (
    CLINIC,
    HOSPITAL,
    KEYS,
    NINE,
    NOON,
    arrive,
    assessed_by,
    clinic,
    current_regime,
    honour,
    offence,
    penalty,
    person,
    revoked,
    rules,
    withdrawal,
)
from tests.builders import _act as act_on
from workers.assessor import Assessor
from workers.retry import patiently

pytestmark = pytest.mark.long

OTHER = clinic("舞钢市人民医院", uscc=HOSPITAL)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An empty archive."""
    made = connect(archive_url)
    yield made
    made.dispose()


def followed(now: datetime = NOON) -> Rules:
    return assessed_by(current_regime(), now)


def assessor(engine: Engine, now: datetime = NOON) -> Assessor:
    return Assessor(engine, lambda: followed(now))


def take(engine: Engine, *arrivals: Arrival, now: datetime = NOON) -> None:
    archive.take_in(engine, arrivals, followed(now))


def grades(engine: Engine) -> dict[tuple[str, str, int], str | None]:
    with reading(engine) as connection:
        found = [GradeRow(*row) for row in connection.execute(select(tables.grade))]
    return {(row.subject_id, row.scale, row.year): row.grade for row in found}


def entries(engine: Engine, *states: EntryState) -> dict[tuple[str, str, int, str], EntryRow]:
    with reading(engine) as connection:
        found = [EntryRow(*row) for row in connection.execute(select(tables.list_entry))]
    wanted = states or tuple(EntryState)
    return {(row.subject_id, row.list_id, row.year, row.rule): row for row in found if row.state in wanted}


def waiting(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(tables.touched.c.subject_id)).scalars())


def digest_of(engine: Engine) -> str:
    with reading(engine) as connection:
        return digest(connection, KEYS)


def test_without_a_regime_nobody_is_touched_and_nothing_is_assessed(engine: Engine) -> None:
    archive.take_in(engine, [arrive(penalty())], rules())
    alone = Assessor(engine, rules)
    assert not alone.step()
    assert waiting(engine) == []
    assert grades(engine) == {}


def test_a_fact_is_in_the_current_grade(engine: Engine) -> None:
    worker = assessor(engine)
    worker.finish()
    take(engine, arrive(penalty()), arrive(honour(OTHER), "2"))
    assert sorted(waiting(engine)) == sorted([CLINIC, HOSPITAL])
    worker.finish()
    assert waiting(engine) == []
    assert grades(engine) == {
        (CLINIC, "rating", 2026): "fair",
        (CLINIC, "rating", 2025): "good",
        (HOSPITAL, "rating", 2026): "good",
        (HOSPITAL, "rating", 2025): "good",
    }
    (entry,) = entries(engine).values()
    assert (entry.list_id, entry.year, entry.tier, entry.since) == ("abnormal", 2026, "first", date(2026, 5, 18))


def test_what_was_there_before_a_regime_is_swept(engine: Engine) -> None:
    archive.take_in(engine, [arrive(penalty()), arrive(honour(OTHER), "2")], rules())
    assessor(engine).finish()
    assert grades(engine)[CLINIC, "rating", 2026] == "fair"
    assert grades(engine)[HOSPITAL, "rating", 2026] == "good"


def test_an_undone_fact_leaves_the_grade_as_if_it_had_never_come(engine: Engine) -> None:
    worker = assessor(engine)
    take(engine, arrive(penalty()))
    worker.finish()
    take(engine, arrive(penalty("舞卫医罚〔2026〕2号"), "2"))
    worker.finish()
    assert grades(engine)[CLINIC, "rating", 2026] == "bad"
    assert (CLINIC, "black", 0, "twice") in entries(engine, EntryState.PREPARED)
    take(engine, arrive(withdrawal(penalty("舞卫医罚〔2026〕2号")), "3"))
    worker.finish()
    assert grades(engine)[CLINIC, "rating", 2026] == "fair"
    assert list(entries(engine)) == [(CLINIC, "abnormal", 2026, "violation")]


def test_who_leaves_a_list_stays_on_file_with_the_day(engine: Engine) -> None:
    worker = assessor(engine)
    take(engine, arrive(penalty()))
    worker.finish()
    later = NOON + timedelta(days=3)
    take(engine, arrive(withdrawal(penalty()), "2"), now=later)
    assessor(engine, later).finish()
    (entry,) = entries(engine).values()
    assert (entry.state, entry.left_on) == ("left", date(2026, 6, 4))
    assert entry.since == date(2026, 5, 18)


def test_a_listing_waits_until_the_party_was_told_and_heard(engine: Engine) -> None:
    worker = assessor(engine)
    take(engine, arrive(offence()))
    worker.finish()
    (entry,) = entries(engine).values()
    assert (entry.rule, entry.state) == ("offence", "prepared")
    telling = act_on(ActKind.TOLD, offence().key, "舞告〔2026〕1号", "answered", date(2026, 5, 25))
    take(engine, arrive(telling, "2"))
    worker.finish()
    (entry,) = entries(engine).values()
    assert (entry.state, entry.since, entry.until) == ("listed", date(2026, 5, 18), date(2027, 5, 18))
    take(engine, arrive(withdrawal(telling), "3"))
    worker.finish()
    (entry,) = entries(engine).values()
    assert entry.state == "prepared"


def test_a_stay_ends_by_itself(engine: Engine) -> None:
    telling = act_on(ActKind.TOLD, offence().key, "舞告〔2026〕1号", "answered", date(2026, 5, 25))
    take(engine, arrive(offence()), arrive(telling, "2"))
    assessor(engine).finish()
    for day, state in ((date(2027, 5, 18), "listed"), (date(2027, 5, 19), "left")):
        assessor(engine, datetime(day.year, day.month, day.day, 4, tzinfo=NOON.tzinfo)).finish()
        (entry,) = entries(engine).values()
        assert entry.state == state
    assert entry.left_on == date(2027, 5, 19)


def test_a_year_that_begins_is_assessed_and_a_closed_one_no_longer(engine: Engine) -> None:
    take(engine, arrive(penalty()))
    assessor(engine).finish()
    new_year = datetime(2027, 1, 1, 1, tzinfo=NOON.tzinfo)
    assessor(engine, new_year).finish()
    assert grades(engine) == {(CLINIC, "rating", 2026): "fair", (CLINIC, "rating", 2027): "good"}
    close(engine, 2026, new_year)
    assessor(engine, new_year + timedelta(days=1)).finish()
    assert grades(engine) == {(CLINIC, "rating", 2027): "good"}


def close(engine: Engine, year: int, moment: datetime | None = None) -> None:
    moment = moment or datetime(year + 1, 1, 20, 4, tzinfo=NOON.tzinfo)
    closing.close(engine, "current", year, Decision("李科长", "", moment), followed(moment))


def february(year: int) -> datetime:
    return datetime(year, 2, 1, tzinfo=NOON.tzinfo)


def test_a_list_by_official_grades_asks_for_years_running(engine: Engine) -> None:
    take(engine, arrive(honour(clinic())))
    assessor(engine).finish()
    for year, listed in ((2025, False), (2026, True), (2027, True), (2028, False)):
        if year == 2028:
            now = february(2029)
            take(engine, arrive(penalty("舞卫医罚〔2028〕1号", occurred_on=date(2028, 3, 1)), "2"), now=now)
        close(engine, year)
        assessor(engine, february(year + 1)).finish()
        found = entries(engine, EntryState.LISTED)
        assert ((CLINIC, "red", 0, "good-twice") in found) is listed, year
        if listed:
            assert found[CLINIC, "red", 0, "good-twice"].since == date(2027, 1, 20)


def test_a_corrected_result_takes_off_the_list_that_rested_on_it(engine: Engine) -> None:
    take(engine, arrive(honour(clinic())))
    assessor(engine).finish()
    close(engine, 2025)
    close(engine, 2026)
    assessor(engine, february(2027)).finish()
    assert {key[1] for key in entries(engine, EntryState.LISTED)} == {"red"}
    late = penalty("舞卫医罚〔2026〕1号", occurred_on=date(2026, 12, 1))
    take(engine, arrive(late, "2"), now=february(2027))
    assessor(engine, february(2027)).finish()
    assert {key[1] for key in entries(engine, EntryState.LISTED)} == {"abnormal"}


def test_a_list_by_official_grades_follows_a_close_and_its_correction(engine: Engine) -> None:
    """Good in two years running; the second time only since the penalty was withdrawn, long after the close."""
    take(engine, arrive(penalty()), arrive(honour(OTHER), "2"))
    closed = datetime(2027, 1, 12, 4, tzinfo=NOON.tzinfo)
    for year in (2025, 2026):
        close(engine, year, closed)
    assessor(engine, closed).finish()
    red = {key: row.since for key, row in entries(engine, EntryState.LISTED).items() if row.list_id == "red"}
    assert red == {(HOSPITAL, "red", 0, "good-twice"): date(2027, 1, 12)}
    later = closed + timedelta(days=30)
    take(engine, arrive(withdrawal(penalty()), "3"), now=later)
    assessor(engine, later).finish()
    found = entries(engine, EntryState.LISTED)
    assert found[CLINIC, "red", 0, "good-twice"].since == date(2027, 2, 11)


def test_subjects_that_are_linked_have_one_grade_and_two_when_they_part(engine: Engine) -> None:
    worker = assessor(engine)
    take(engine, arrive(penalty()), arrive(penalty("舞卫医罚〔2026〕2号", party=OTHER), "2"))
    worker.finish()
    with writing(engine) as connection:
        number = identities.add_link(connection, CLINIC, HOSPITAL, Decision("李科长", "更名", NOON))
    worker.finish()
    assert grades(engine) == {(HOSPITAL, "rating", 2026): "bad", (HOSPITAL, "rating", 2025): "good"}
    assert {key[0] for key in entries(engine)} == {HOSPITAL}
    with writing(engine) as connection:
        identities.undo_link(connection, number, Decision("李科长", "查明为两家", NOON))
    worker.finish()
    assert {key: grade for key, grade in grades(engine).items() if key[2] == 2026} == {
        (CLINIC, "rating", 2026): "fair",
        (HOSPITAL, "rating", 2026): "fair",
    }


def test_a_record_that_goes_to_another_party_touches_both(engine: Engine) -> None:
    worker = assessor(engine)
    worker.finish()
    take(engine, arrive(penalty()))
    worker.finish()
    take(engine, arrive(penalty(party=OTHER), "2", revision=2, time=NINE + timedelta(hours=1)))
    assert sorted(waiting(engine)) == sorted([CLINIC, HOSPITAL])
    worker.finish()
    assert grades(engine) == {(HOSPITAL, "rating", 2026): "fair", (HOSPITAL, "rating", 2025): "good"} | {
        (CLINIC, "rating", year): "good" for year in (2025, 2026)
    }


def test_a_subject_that_was_closed_has_a_hidden_grade(engine: Engine) -> None:
    take(engine, arrive(revoked()))
    assessor(engine).finish()
    with reading(engine) as connection:
        hidden = dict(connection.execute(select(tables.grade.c.scale, tables.grade.c.hidden)).all())
    assert hidden["rating"] is True


def test_who_is_covered_no_longer_loses_the_grade(engine: Engine) -> None:
    register = revoked(items={"event": "registered"})
    take(engine, arrive(register))
    worker = assessor(engine)
    worker.finish()
    assert (CLINIC, "points", 2026) in grades(engine)
    take(engine, arrive(withdrawal(register), "2"))
    worker.finish()
    assert (CLINIC, "points", 2026) not in grades(engine)


def test_what_has_not_changed_is_not_written_again(engine: Engine) -> None:
    take(engine, arrive(penalty()))
    assessor(engine).finish()
    tomorrow = NOON + timedelta(days=1)
    assessor(engine, tomorrow).finish()
    with reading(engine) as connection:
        assert set(connection.execute(select(tables.grade.c.as_of)).scalars()) == {date(2026, 6, 1)}


def test_a_regime_that_is_not_followed_any_more_leaves_nothing(engine: Engine) -> None:
    take(engine, arrive(penalty()))
    assessor(engine).finish()
    Assessor(engine, lambda: rules(NOON + timedelta(hours=1))).finish()
    assert grades(engine) == {}
    assert entries(engine) == {}
    archive.take_in(engine, [arrive(penalty("舞卫医罚〔2026〕2号"), "2")], rules())
    assert waiting(engine) == []


def test_an_assessor_with_older_regimes_stands_back(engine: Engine) -> None:
    (regime,) = current_regime().values()
    edited = {"current": replace(regime, lists=None)}
    older = assessor(engine)
    newer = Assessor(engine, lambda: assessed_by(edited, NOON + timedelta(hours=1)))
    take(engine, arrive(penalty()))
    older.finish()
    assert entries(engine)
    newer.finish()
    take(engine, arrive(penalty("舞卫医罚〔2026〕2号"), "2"))
    assert not older.step()
    newer.finish()
    assert entries(engine, EntryState.LISTED) == {}
    assert grades(engine)[CLINIC, "rating", 2026] == "bad"


def test_a_subject_on_which_the_rules_fail_holds_nobody_up(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    take(engine, arrive(penalty()), arrive(honour(OTHER), "2"))
    worker = assessor(engine)
    worker.finish()

    def fail(known: object, *_: object) -> list[GradeRow]:
        if getattr(known, "subject_id", None) == CLINIC:
            raise ZeroDivisionError
        return []

    take(engine, arrive(penalty("舞卫医罚〔2026〕2号"), "3"), arrive(honour(OTHER, "舞信荣〔2026〕2号"), "4"))
    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(assessing, "grade", fail)
        worker.finish()
    assert [log["subject"] for log in logs if log["event"] == "assessing_failed"] == [CLINIC]
    assert waiting(engine) == [CLINIC]
    assert not worker.step()
    assessor(engine, NOON + timedelta(minutes=11)).finish()
    assert waiting(engine) == []
    assert grades(engine)[CLINIC, "rating", 2026] == "bad"


def test_a_subject_on_which_something_else_fails_is_found_and_set_aside(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = assessor(engine)
    worker.finish()
    take(engine, arrive(penalty()), arrive(honour(OTHER), "2"), arrive(offence(), "3"))

    def fail(connection: Connection, archives: dict[str, set[str]]) -> dict[str, Known]:
        if CLINIC in archives:
            raise ZeroDivisionError
        return read_known(connection, archives)

    with monkeypatch.context() as patched, capture_logs():
        patched.setattr(assessing, "read_known", fail)
        worker.finish()
    assert waiting(engine) == [CLINIC]
    assert len({key[0] for key in grades(engine)}) == 2


MESSAGES: Sequence[Arrival] = (
    arrive(penalty()),
    arrive(penalty("舞卫医罚〔2026〕2号", occurred_on=date(2026, 3, 1)), "2"),
    arrive(penalty("舞卫医罚〔2025〕9号", occurred_on=date(2025, 7, 1)), "3"),
    arrive(penalty("舞卫医罚〔2026〕3号", party=OTHER), "4"),
    arrive(offence(), "5"),
    arrive(honour(OTHER), "6"),
    arrive(revoked(items={"event": "registered"}), "7"),
    arrive(withdrawal(penalty("舞卫医罚〔2026〕2号")), "8"),
    arrive(act_on(ActKind.TOLD, offence().key, "舞告〔2026〕1号", "answered", date(2026, 5, 25)), "9"),
    arrive(offence("舞公行罚决字〔2026〕2号", party=person("李某", "41048120000229101X")), "10"),
    arrive(penalty("舞卫医罚〔2026〕3号", party=OTHER), "11", revision=2, time=NINE + timedelta(hours=1)),
)


def test_order_batches_and_assessors_do_not_matter(engine: Engine) -> None:
    """Each message alone or all at once, assessed after each or at the end, by one or several: one digest."""
    expected = _work_through(engine, list(MESSAGES), 100, 100)
    for seed in range(4):
        _empty(engine)
        order = list(MESSAGES)
        random.Random(seed).shuffle(order)
        assert _work_through(engine, order, seed % 3 + 1, seed + 1) == expected, seed


def _work_through(engine: Engine, messages: Sequence[Arrival], size: int, often: int) -> str:
    worker = assessor(engine)
    worker.finish()
    for number, start in enumerate(range(0, len(messages), size)):
        batch = [replace(each) for each in messages[start : start + size]]
        archive.take_in(engine, batch, followed())
        if number % often == 0:
            worker.finish()
    assessor(engine).finish()
    return digest_of(engine)


def _empty(engine: Engine) -> None:
    with writing(engine) as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())


def test_several_assessors_at_once_and_one_that_dies_end_in_the_same_digest(engine: Engine) -> None:
    expected = _work_through(engine, list(MESSAGES), 100, 100)
    _empty(engine)
    assessor(engine).finish()
    stop = threading.Event()

    def run() -> None:
        Assessor(engine, followed).run(stop)

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(run) for _ in range(3)]
        for each in MESSAGES:
            _die(engine)
            for attempt in patiently(threading.Event()):
                with attempt:
                    archive.take_in(engine, [replace(each)], followed())
        while waiting(engine):
            assert not any(one.done() for one in running)
        stop.set()
        for one in running:
            one.result()
    assert digest_of(engine) == expected


class _Killed(BaseException):
    pass


def _die(engine: Engine) -> None:
    """Claim what is touched, assess it, and end before the commit."""
    with suppress(_Killed), writing(engine) as connection:
        touched.settle(connection, touched.claim(connection, 10, NOON))
        raise _Killed


def test_the_sweep_goes_in_slices(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "_AT_ONCE", 1)
    archive.take_in(engine, [arrive(penalty()), arrive(honour(OTHER), "2"), arrive(offence(), "3")], rules())
    one, other = assessor(engine), assessor(engine)
    while one.step() | other.step():
        pass
    assert len({key[0] for key in grades(engine)}) == 3


def test_the_acts_of_the_office_are_no_fact_of_anybody(engine: Engine) -> None:
    act: Act = withdrawal(penalty())
    take(engine, arrive(act))
    assessor(engine).finish()
    assert grades(engine) == {}


def test_who_left_a_scale_with_its_licence_stays_hidden_on_it(engine: Engine) -> None:
    regime = current_regime()["current"]
    (edition,) = regime.file.editions
    licensed = [each.model_copy(update={"subjects": Scope(licensed=True)}) for each in edition.scales]
    file = regime.file.model_copy(update={"editions": (edition.model_copy(update={"scales": tuple(licensed)}),)})
    following = assessed_by({"current": replace(regime, file=file)})
    archive.take_in(engine, [arrive(revoked())], following)
    Assessor(engine, lambda: following).finish()
    with reading(engine) as connection:
        found = connection.execute(select(tables.grade.c.scale, tables.grade.c.grade, tables.grade.c.hidden)).all()
    assert ("rating", None, True) in set(map(tuple, found))
