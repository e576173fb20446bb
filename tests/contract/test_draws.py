"""Draws as they are held and kept: the same over both stores, repeated, proved, and with somebody sent instead."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from credit.grading import draws as drawing
from credit.grading.draws import TooFewInspectors
from credit.grading.rows import EntryRow, OfficialRow
from credit.identity import MASKED
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive, draws, tables
from credit.store.draws import AlreadyDrawn, Held, NoSuchDraw, NotOnVisit
from credit.store.engine import connect, reading, writing
from credit.store.queries.draws import find_draws, find_inspector, read_draw, read_plan
from credit.store.queries.page import Part
from credit.store.queries.view import View
from schemas.party import Party, RecordKey
from schemas.statement import Category, Fact
from tests.builders import HEALTH, KEYS, NOON, arrive, assessed_by, honour, person
from tests.regimes import CHECK, PENALTY, SOURCE, regime
from workers.assessor import Assessor
from workers.demo.town.people import town

PLACES = town().medical[:12]
PEOPLE = town().practitioners[:5]
MARCH = date(2026, 3, 2)
DECISION = Decision("李科长", "", NOON, "clerk")
RANDOM = {
    "id": "random",
    "name": "双随机抽查",
    "subjects": {"roles": []},
    "scale": "rating",
    "shares": {"good": "0.2", "poor": "1"},
    "always": [{"id": "complaint", "name": "被投诉", "when": [{"family": "credit.office.complaint"}], **SOURCE}],
    "lists": ["black"],
    "inspectors": 2,
    **SOURCE,
}
FREQUENCIES = [
    {"id": "good", "name": "优秀", "scale": "rating", "grades": ["good"], "visits": {"at_least": 1}, **SOURCE},
    {"id": "poor", "name": "较差", "scale": "rating", "grades": ["poor"], "visits": {"at_least": 4}, **SOURCE},
]
SUPERVISION: dict[str, Any] = {
    "draws": [RANDOM],
    "frequencies": FREQUENCIES,
    "left_out": [{"family": CHECK, "items": {"reason": ["complaint"]}}],
}
FINED = {
    "id": "fined",
    "name": "受到处罚",
    "at_most": "poor",
    "when": [{"family": "credit.inspection.penalty"}],
    **SOURCE,
}


def followed() -> Rules:
    return assessed_by({"small": regime(supervision=SUPERVISION, limits=(FINED,))}, NOON)


def place(number: int) -> Party:
    return Party(kind="organisation", name=PLACES[number].name, uscc=PLACES[number].uscc)


def fact(family: str, number: str, party: Party, category: Category, day: date = MARCH, **items: Any) -> Fact:
    return Fact(RecordKey(family, HEALTH.code, number), HEALTH, party, category, day, items)


def inspector(number: int, state: str = "active", day: date = MARCH, *interests: int) -> Fact:
    one = PEOPLE[number]
    of = [{"name": PLACES[each].name, "uscc": PLACES[each].uscc} for each in interests]
    items = {"state": state, "units": ["卫生监督所"], "interests": of, "certificate_no": f"执法{number}"}
    return fact(draws.INSPECTOR, f"执{number}-{day}", person(one.name, one.id_no), Category.WORK, day, **items)


def works_at(number: int, where: int) -> Fact:
    one, there = PEOPLE[number], PLACES[where]
    items = {"role": "practitioner", "event": "registered", "workplace": there.name, "workplace_uscc": there.uscc}
    party = person(one.name, one.id_no)
    return fact("credit.licensing.registration", f"登{number}", party, Category.REGISTRATION, MARCH, **items)


def fill(url: str) -> Engine:
    """An archive of ten hospitals that are good and two that are poor, and five inspectors, one of them away."""
    engine = connect(url)
    facts = [honour(place(number), f"荣{number}") for number in range(12)]
    facts += [fact(PENALTY, f"罚{n}", place(n), Category.PENALTY, CF_NR="罚款") for n in (0, 1)]
    facts += [fact("credit.office.complaint", "诉2", place(2), Category.VOICE)]
    facts += [inspector(0, "active", MARCH, 0), inspector(1), inspector(2), inspector(3)]
    facts += [inspector(4), inspector(4, "away", date(2026, 3, 9)), works_at(1, 1)]
    archive.take_in(engine, [arrive(each, str(number)) for number, each in enumerate(facts)], followed())
    Assessor(engine, followed).finish()
    return engine


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = fill(archive_url)
    yield made
    made.dispose()


def hold(engine: Engine, period: str = "2026", seed: str = "20260601") -> Held:
    found, what = draws.find(followed(), "small", "random")
    return draws.hold(engine, followed(), what, found, period, seed, DECISION)


def ids(*numbers: int) -> list[str]:
    return [PLACES[number].uscc for number in numbers]


def people(engine: Engine) -> dict[str, str]:
    """The inspectors by id."""
    with reading(engine) as connection:
        names = connection.execute(tables.subject.select().where(tables.subject.c.kind == "person"))
        return {row.subject_id: row.name for row in names}


def test_shares_are_met_the_listed_come_besides_and_nobody_with_an_interest_goes(engine: Engine) -> None:
    held = hold(engine)
    report = json.loads(held.row.report)
    assert [(lot["grade"], lot["population"], lot["drawn"]) for lot in report["lots"]] == [
        ("good", 15, 3),  # ten hospitals, and five inspectors whom no rule leaves out
        ("poor", 2, 2),
    ]
    drawn = {row.subject_id: row for row in held.drawn}
    assert {*ids(0, 1, 2)} <= drawn.keys()
    assert drawn[ids(2)[0]].why in {"drawn", "always"}
    names = people(engine)
    teams = {row.subject_id: {names[each] for each in json.loads(row.inspectors)} for row in held.drawn}
    assert PEOPLE[0].name not in teams[ids(0)[0]]  # an interest
    assert PEOPLE[1].name not in teams[ids(1)[0]]  # the workplace
    assert all(PEOPLE[4].name not in team and len(team) == 2 for team in teams.values())  # away


def test_both_stores_draw_the_same_and_it_is_proved(engine: Engine, template_archive: Path, tmp_path: Path) -> None:
    other = fill(f"sqlite:///{shutil.copy(template_archive, tmp_path / 'other.sqlite')}")
    held, again = hold(engine), hold(other)
    assert held.drawn == again.drawn
    assert (held.row.population, held.row.report) == (again.row.population, again.row.report)
    assert draws.verify(held).differences == ()
    other.dispose()


def test_a_draw_that_was_touched_is_not_proved(engine: Engine) -> None:
    held = hold(engine)
    ballot = drawing.load(zlib.decompress(held.row.ballot))
    smaller = drawing.dump(ballot._replace(entrants=ballot.entrants[1:]))
    assert draws.verify(replace(held, row=held.row._replace(ballot=zlib.compress(smaller)))).differences
    assert draws.verify(replace(held, row=held.row._replace(seed="8"))).differences
    assert draws.verify(replace(held, drawn=held.drawn[1:])).differences


def test_a_period_is_drawn_once(engine: Engine) -> None:
    first = hold(engine)
    with pytest.raises(AlreadyDrawn):
        hold(engine, seed="other")
    second = hold(engine, "2026-Q2")
    assert first.row.population != second.row.population  # the number is of the ballot
    with reading(engine) as connection:
        assert sorted(row.draw_no for row in find_draws(connection)) == [
            "small/random/2026",
            "small/random/2026-Q2",
        ]


def test_too_few_inspectors_refuse_the_draw_and_keep_nothing(engine: Engine) -> None:
    gone = [inspector(number, "left", date(2026, 4, 1)) for number in (2, 3)]
    archive.take_in(engine, [arrive(each, f"g{number}") for number, each in enumerate(gone)], followed())
    with pytest.raises(TooFewInspectors) as refused:
        hold(engine)
    assert refused.value.missing == 1
    with reading(engine) as connection:
        assert find_draws(connection) == []


@pytest.mark.parametrize(
    ("code", "name", "told"), [("other", "random", "is not followed"), ("small", "rand", "random")]
)
def test_what_there_is_not_is_refused_with_what_there_is(code: str, name: str, told: str) -> None:
    with pytest.raises(NoSuchDraw, match=told):
        draws.find(followed(), code, name)


def test_who_cannot_go_is_replaced_by_the_next_and_the_proof_holds(engine: Engine) -> None:
    held = hold(engine)
    row = held.drawn[0]
    cannot, stays = json.loads(row.inspectors)
    decision = Decision("李科长", "病假", NOON, "clerk")
    done = draws.replace(engine, followed(), held.row.draw_no, row.subject_id, cannot, decision)
    with reading(engine) as connection:
        after = draws.read(connection, held.row.draw_no)
        shown = read_draw(connection, held.row.draw_no, View(MASKED, KEYS, NOON.date()))
    assert json.loads(after.drawn[0].inspectors) == [done.instead, stays]
    assert done.instead not in {cannot, stays}
    assert draws.first_team(after.drawn[0]) == (cannot, stays)
    assert draws.verify(after).differences == ()
    assert [(each.by, each.why, each.inspector.inspector_id) for each in shown.visits[0].replaced] == [
        ("李科长", "病假", cannot)
    ]
    with pytest.raises(NotOnVisit):
        draws.replace(engine, followed(), held.row.draw_no, row.subject_id, cannot, decision)
    with pytest.raises(NotOnVisit):
        draws.replace(engine, followed(), held.row.draw_no, "nobody", stays, decision)
    with pytest.raises(NoSuchDraw):
        draws.replace(engine, followed(), "small/random/1999", row.subject_id, stays, decision)


def test_nobody_who_went_away_since_is_sent_instead(engine: Engine) -> None:
    held = hold(engine)
    row = held.drawn[0]
    team = set(json.loads(row.inspectors))
    away = [
        inspector(number, "away", date(2026, 5, 1))
        for number, one in enumerate(PEOPLE[:4])
        if one.name not in {people(engine)[each] for each in team}
    ]
    archive.take_in(engine, [arrive(each, f"a{number}") for number, each in enumerate(away)], followed())
    with pytest.raises(TooFewInspectors):
        draws.replace(engine, followed(), held.row.draw_no, row.subject_id, team.pop(), DECISION)


def test_inspectors_are_said_by_certificate_name_or_id(engine: Engine) -> None:
    number = hold(engine).row.draw_no
    with reading(engine) as connection:
        shown = read_draw(connection, number, View(MASKED, KEYS, NOON.date()))
    visit = shown.visits[0]
    one = visit.inspectors[0]
    assert one.certificate_no is not None
    for said in (one.certificate_no, one.name, one.inspector_id):
        assert find_inspector(shown, visit.subject_id, said) == one.inspector_id
    with pytest.raises(NotOnVisit):
        find_inspector(shown, visit.subject_id, "无此人")


def official(number: int, grade: str, year: int = 2025, version: int = 1) -> OfficialRow:
    days = (date(2026, 1, 20), NOON)
    return OfficialRow(
        "small", "rating", year, ids(number)[0], version, date(2020, 1, 1), None, grade, None, "[]", "close", *days
    )


def test_the_last_official_grade_goes_before_how_it_stands(engine: Engine) -> None:
    rows = [official(5, "good", 2024), official(5, "poor"), official(6, "poor"), official(6, "good", version=2)]
    rows.append(official(7, "poor", 2027))  # after the year of the draw
    with writing(engine) as connection:
        connection.execute(insert(tables.official), [row._asdict() for row in rows])
    with reading(engine) as connection:
        grades = draws.read_grades(connection, "small", 2026)["rating"]
    assert [grades[each] for each in ids(5, 6, 7)] == ["poor", "good", "good"]


def test_a_grade_that_is_no_longer_shown_is_none(engine: Engine) -> None:
    with writing(engine) as connection:
        mine = tables.grade.c.subject_id == ids(5)[0]
        connection.execute(update(tables.grade).where(mine).values(hidden=True))
    with reading(engine) as connection:
        assert ids(5)[0] not in draws.read_grades(connection, "small", 2026)["rating"]


def test_lists_are_those_of_the_year_and_those_without_one(engine: Engine) -> None:
    def entry(number: int, year: int, state: str) -> EntryRow:
        days = (date(2026, 1, 1), None)
        row = ("small", "black", "black", year, ids(number)[0], "rule", "first")
        return EntryRow(*row, *days, state, "[]", None, date(2026, 1, 1), NOON)

    rows = [entry(5, 0, "listed"), entry(6, 2026, "listed"), entry(7, 2025, "listed"), entry(8, 0, "prepared")]
    with writing(engine) as connection:
        connection.execute(insert(tables.list_entry), [row._asdict() for row in rows])
    with reading(engine) as connection:
        listed = draws.read_lists(connection, "small", 2026)
    assert listed == {ids(5)[0]: {"black": "first"}, ids(6)[0]: {"black": "first"}}
    assert {*ids(5, 6)} <= {row.subject_id for row in hold(engine).drawn}


def test_the_plan_against_the_visits_that_count(engine: Engine) -> None:
    visits = [
        fact(CHECK, "查1", place(0), Category.CHECK, reason="routine"),
        fact(CHECK, "查2", place(0), Category.CHECK, date(2025, 3, 2), reason="routine"),
        fact(CHECK, "查3", place(0), Category.CHECK, reason="complaint"),
        fact(CHECK, "查4", place(3), Category.CHECK, reason="routine"),
    ]
    archive.take_in(engine, [arrive(each, f"v{number}") for number, each in enumerate(visits)], followed())
    with reading(engine) as connection:
        found = {
            each.subject_id: each
            for each in read_plan(connection, View(MASKED, KEYS, NOON.date()), followed(), "small", 2026)
        }
        with pytest.raises(NoSuchDraw):
            read_plan(connection, View(MASKED, KEYS, NOON.date()), followed(), "other", 2026)
        paged, after = [], ""
        view = View(MASKED, KEYS, NOON.date())
        while page := read_plan(connection, view, followed(), "small", 2026, Part(after, 2)):
            paged += page
            after = page[-1].subject_id
        lacking = read_plan(connection, view, followed(), "small", 2026, Part("", 3), lacking=True)
    assert paged == sorted(found.values(), key=lambda each: each.subject_id)
    assert lacking == [each for each in paged if each.missing][:3]
    assert len(lacking) == 3
    shown = [(found[each].rule, found[each].done, found[each].missing) for each in ids(0, 1, 2, 3)]
    assert shown == [("poor", 1, 3), ("poor", 0, 4), ("good", 0, 1), ("good", 1, 0)]
