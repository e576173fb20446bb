"""Draws by hashed tickets: every ticket below can be had by `printf 'seed\\nnumber\\nid' | sha256sum`."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from credit.grading import draws
from credit.grading.draws import Ballot, Entrant, Inspector, TooFewInspectors, Why
from credit.grading.known import Known
from credit.grading.who import Attributes
from schemas.regime.supervision import Draw

SOURCE = {"source": {"document": "试验办法", "clause": "第一条"}, "confidence": "high"}
NUMBER = "small/random/2026"


def draw(**more: Any) -> Draw:
    said = {"id": "random", "name": "双随机抽查", "subjects": {"roles": ["institution"]}, "inspectors": 2, **SOURCE}
    return Draw.model_validate(said | more)


BY_GRADE = draw(scale="rating", shares={"a": "0.05", "d": "1"}, other="0.20")


def ballot(
    entrants: list[Entrant], inspectors: int | list[Inspector] = 4, rule: Draw = BY_GRADE, number: str = NUMBER
) -> Ballot:
    if isinstance(inspectors, int):
        inspectors = [Inspector(f"P{each}") for each in range(inspectors)]
    return draws.fill(rule, number, entrants, inspectors)


def entrants(grade: str | None, count: int, start: int = 0) -> list[Entrant]:
    return [Entrant(f"H{each:03}", f"H{each:03}", grade) for each in range(start, start + count)]


@pytest.mark.parametrize(
    ("share", "of", "drawn"),
    [
        ("0.05", 1, 1),
        ("0.05", 20, 1),
        ("0.05", 21, 2),
        ("0.05", 0, 0),
        ("0.20", 5, 1),
        ("0.20", 6, 2),
        ("0.5", 3, 2),
        ("1", 7, 7),
        ("0.3333333333333333333333333333", 3, 1),
        ("0.3333333333333333333333333334", 3, 2),
    ],
)
def test_a_share_is_rounded_up(share: str, of: int, drawn: int) -> None:
    assert draws.count(Decimal(share), of) == drawn


@pytest.mark.parametrize(
    ("ids", "made"),
    [
        (["H000"], "51468a78922b9d78938cff901cf1d564dd38fcf644e9d05308edbf7bfbd30470"),
        (["H000", "P1"], "5d9c4ef495b191bf127cbd4c5d83e56e36ce7e2a13d31224bb86cf7f525e2dd3"),
    ],
)
def test_a_ticket_is_a_hash_that_anybody_can_make(ids: list[str], made: str) -> None:
    assert draws.ticket("7", NUMBER, *ids) == made


def test_shares_are_of_each_grade_and_proved() -> None:
    everybody = [*entrants("a", 21), *entrants("c", 6, 100), *entrants("d", 3, 200), *entrants(None, 1, 300)]
    outcome = draws.hold(ballot(everybody), "7")
    assert [(lot.grade, lot.population, str(lot.share), lot.drawn, lot.besides) for lot in outcome.lots] == [
        ("a", 21, "0.05", 2, 0),
        ("c", 6, "0.20", 2, 0),
        ("d", 3, "1", 3, 0),
        (None, 1, "0.20", 1, 0),
    ]
    assert Counter(visit.grade for visit in outcome.visits) == {"a": 2, "c": 2, "d": 3, None: 1}
    lowest = sorted(entrants("a", 21), key=lambda each: draws.ticket("7", NUMBER, each.subject_id))[:2]
    assert {visit.subject_id for visit in outcome.visits if visit.grade == "a"} == {each.subject_id for each in lowest}


def test_without_shares_and_without_a_grade_everybody_is_one_lot() -> None:
    known = Known("H1", "H1", Attributes(roles=frozenset({"institution"})))
    entrant = draws.enter(draw(other="0.2"), known, "a", (), 2026)
    assert entrant == Entrant("H1", "H1", None)


def test_who_must_be_inspected_is_so_besides_the_share_and_once() -> None:
    tickets = sorted(entrants("a", 40), key=lambda each: draws.ticket("7", NUMBER, each.subject_id))
    drawn, left, listed = tickets[0], tickets[20], tickets[30]
    must = [
        drawn._replace(rules=("complaint",)),
        left._replace(rules=("complaint",), lists=("black",)),
        listed._replace(lists=("black",)),
    ]
    others = [each for each in tickets if each not in {drawn, left, listed}]
    outcome = draws.hold(ballot([*must, *others]), "7")
    assert [(visit.subject_id, visit.why) for visit in outcome.visits] == [
        (tickets[0].subject_id, Why.DRAWN),
        (tickets[1].subject_id, Why.DRAWN),
        (left.subject_id, Why.ALWAYS),
        (listed.subject_id, Why.LIST),
    ]
    assert (outcome.lots[0].drawn, outcome.lots[0].besides) == (2, 2)


def test_a_subject_out_of_scope_takes_no_part() -> None:
    practitioner = Known("P1", "P1", Attributes(roles=frozenset({"practitioner"})))
    assert draws.enter(BY_GRADE, practitioner, "a", (), 2026) is None
    assert draws.enter(BY_GRADE, Known("H1", "H1", Attributes()), "a", (), 2026) is None


def test_nobody_goes_where_he_has_an_interest_or_to_himself() -> None:
    entrant = Entrant("H001", "C001", None)
    team = [Inspector("P1", ("C001",)), Inspector("P2", ("H001",)), Inspector("H001"), Inspector("P3"), Inspector("P4")]
    (visit,) = draws.hold(ballot([entrant], team), "7").visits
    assert sorted(visit.inspectors) == ["P3", "P4"]


@pytest.mark.parametrize(
    ("able", "interested", "missing"),
    [(0, 0, 2), (1, 0, 1), (1, 5, 1), (0, 3, 2)],
    ids=["none", "one", "one able", "no able"],
)
def test_too_few_inspectors_are_refused_with_how_many_are_missing(able: int, interested: int, missing: int) -> None:
    team = [Inspector(f"P{each}") for each in range(able)] + [
        Inspector(f"Q{each}", ("H000",)) for each in range(interested)
    ]
    with pytest.raises(TooFewInspectors, match=f"{missing} are missing for H000") as refused:
        draws.hold(ballot(entrants("d", 1), team), "7")
    assert (refused.value.missing, refused.value.needed) == (missing, 2)


def test_nobody_is_drawn_of_nobody_even_without_inspectors() -> None:
    assert draws.hold(ballot([], 0), "7").visits == ()


def test_one_inspector_goes_everywhere_where_one_is_enough() -> None:
    rule = draw(other="1", inspectors=1)
    outcome = draws.hold(ballot(entrants(None, 5), 1, rule), "7")
    assert [visit.inspectors for visit in outcome.visits] == [("P0",)] * 5


def test_somebody_who_cannot_go_is_replaced_by_the_next_who_may() -> None:
    team = [Inspector("P1"), Inspector("P2"), Inspector("P3", ("H000",)), Inspector("P4")]
    held = ballot(entrants("d", 1), team)
    (visit,) = draws.hold(held, "7").visits
    instead = draws.replace(held, "7", [visit], visit, [visit.inspectors[0]])
    assert instead in {"P1", "P2", "P4"} - set(visit.inspectors)
    changed = visit._replace(inspectors=(instead, visit.inspectors[1]))
    with pytest.raises(TooFewInspectors, match="1 are missing"):
        draws.replace(held, "7", [changed], changed, visit.inspectors)


def test_who_has_fewer_visits_is_sent_instead() -> None:
    held = ballot(entrants("d", 3), [Inspector(each) for each in "PQRS"])
    visits = [
        draws.Visit("H000", "d", Why.DRAWN, ("P", "Q")),
        draws.Visit("H001", "d", Why.DRAWN, ("P", "R")),
        draws.Visit("H002", "d", Why.DRAWN, ("Q", "R")),
    ]
    assert draws.replace(held, "7", visits, visits[0], ["P"]) == "S"


def test_a_ballot_reads_back_and_its_digest_tells_any_change() -> None:
    held = ballot([Entrant("H1", "C1", "a", ("complaint",), ("black",))], [Inspector("P1", ("C2", "C1"))])
    assert draws.load(draws.dump(held)) == held
    for other in (
        held._replace(number="small/random/2027"),
        held._replace(other=Decimal("0.21")),
        held._replace(together=1),
        held._replace(inspectors=()),
        held._replace(entrants=(held.entrants[0]._replace(grade="b"),)),
    ):
        assert other.digest != held.digest


def test_a_fresh_seed_is_of_digits_and_another_each_time() -> None:
    seeds = {draws.make_seed() for _ in range(20)}
    assert len(seeds) == 20
    assert all(len(seed) == 24 and seed.isdecimal() for seed in seeds)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"shares": {"a": "0.1"}}, "need the scale"),
        ({"scale": "rating"}, "draws nobody"),
        ({"other": "0"}, "greater than 0"),
        ({"other": "1.01"}, "less than or equal to 1"),
        ({"other": "0.2", "inspectors": 0}, "greater than or equal to 1"),
    ],
)
def test_a_draw_that_cannot_be_held_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        draw(**change)


_GRADES = st.sampled_from(["a", "b", "d", None])
_ENTRANTS = st.dictionaries(
    st.integers(0, 60),
    st.tuples(_GRADES, st.sampled_from([(), ("complaint",)]), st.sampled_from([(), ("black",)])),
    max_size=40,
).map(lambda found: [Entrant(f"H{key}", f"H{key}", *value) for key, value in found.items()])
_SEEDS = st.text("0123456789", min_size=1, max_size=8)


@settings(deadline=None)
@given(_ENTRANTS, _SEEDS, st.randoms(use_true_random=False))
def test_order_never_matters_and_a_draw_repeats(found: list[Entrant], seed: str, shuffler: random.Random) -> None:
    team = [Inspector(f"P{each}", (f"H{each}",)) for each in range(5)]
    first = ballot(found, team)
    shuffler.shuffle(found)
    shuffler.shuffle(team)
    again = ballot(found, team)
    assert again.digest == first.digest
    assert draws.hold(again, seed) == draws.hold(first, seed) == draws.hold(draws.load(draws.dump(first)), seed)


@settings(deadline=None)
@given(_ENTRANTS, _SEEDS)
def test_every_draw_keeps_its_promises(found: list[Entrant], seed: str) -> None:
    team = [Inspector(f"P{each}", (f"H{each}", f"H{each + 7}")) for each in range(6)]
    outcome = draws.hold(ballot(found, team), seed)
    visited = [visit.subject_id for visit in outcome.visits]
    assert len(set(visited)) == len(visited)
    must = {each.subject_id for each in found if each.rules or each.lists}
    assert must <= set(visited)
    for lot in outcome.lots:
        of = [each for each in found if each.grade == lot.grade]
        assert lot.population == len(of)
        assert lot.drawn == draws.count(lot.share, len(of))
        assert lot.drawn == sum(visit.why is Why.DRAWN for visit in outcome.visits if visit.grade == lot.grade)
    interests = {each.inspector_id: each.interests for each in team}
    for visit in outcome.visits:
        assert len(set(visit.inspectors)) == 2
        assert all(visit.subject_id not in interests[each] for each in visit.inspectors)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(2, 9), _SEEDS)
def test_without_interests_loads_differ_by_one_at_most(subjects: int, inspectors: int, seed: str) -> None:
    outcome = draws.hold(ballot(entrants("d", subjects), inspectors), seed)
    load = Counter({f"P{each}": 0 for each in range(inspectors)})
    load.update(each for visit in outcome.visits for each in visit.inspectors)
    assert max(load.values()) - min(load.values()) <= 1


@given(_ENTRANTS, _SEEDS)
@settings(deadline=None)
def test_what_is_held_against_others_never_changes_who_is_drawn(found: list[Entrant], seed: str) -> None:
    clean = [each._replace(rules=(), lists=()) for each in found]

    def drawn(of: list[Entrant]) -> set[str]:
        return {visit.subject_id for visit in draws.hold(ballot(of), seed).visits if visit.why is Why.DRAWN}

    assert drawn(found) == drawn(clean)
