"""Assessment by every shipped regime: what is held against a subject never helps it, and order never matters."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from math import floor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.grading import lists, loading
from credit.grading.answers import know
from credit.grading.known import Counted, Known, gather
from credit.grading.quota import Candidate, fill, places
from credit.grading.regime import Regime
from credit.grading.result import Result
from credit.grading.scale import assess, assess_by, families_of
from credit.grading.who import Attributes
from schemas.record import State
from schemas.regime.cases import ExpectedGrade, GradeCase, StatedFact
from schemas.regime.lists import FactEntry, SubjectList
from schemas.regime.scale import CountMeasure, Edition, Quota, Scale, SheetMeasure, StartMeasure, SumMeasure
from schemas.regime.when import Scope, When
from tests.installed import MODELS

REGIMES = Path(__file__).parents[2] / "policies" / "regimes"
CODES = sorted(home.parent.name for home in REGIMES.glob("*/regime.yaml"))
YEAR = 2026
DAY = date(YEAR, 12, 31)
NOW = datetime(YEAR, 12, 31, 4, tzinfo=UTC)
ORGAN = "11410481983690064T"
days = st.dates(date(YEAR - 1, 1, 1), DAY)


class Place(NamedTuple):
    """A scale of a regime."""

    regime: Regime
    scale: Scale


class Listed(NamedTuple):
    """An entry by facts on a list of a regime."""

    regime: Regime
    subjects: Scope
    list: SubjectList
    entry: FactEntry


@cache
def regime(code: str) -> Regime:
    return loading.make(loading.read(REGIMES / code, MODELS))


def scales() -> list[Place]:
    return [Place(of, scale) for of in map(regime, CODES) for scale in getattr(of.edition(YEAR), "scales", ())]


def entries() -> list[Listed]:
    return [
        Listed(of, each.subjects, each, entry)
        for of in map(regime, CODES)
        for edition in (of.lists.editions[-1:] if of.lists else ())
        for each in edition.lists
        for entry in each.enter
        if isinstance(entry, FactEntry) and entry.when and entry.stays_months is None
    ]


def adverse(scale: Scale) -> list[When]:
    """Return what lowers a subject: the facts of limits, and those of a measure of which more is worse."""
    found = [when for limit in scale.limits for when in limit.when]
    more_is_worse = any(band.at_most is not None for band in scale.bands)
    match scale.measure:
        case CountMeasure(when=when) | SumMeasure(when=when) if more_is_worse:
            found += when
        case StartMeasure(less=less):
            found += [when for change in less for when in change.when]
        case _:
            pass
    return found


def others(scale: Scale) -> list[When]:
    """Return what helps a subject, so that it has something to lose."""
    found = [when for limit in scale.limits for when in limit.unless]
    if isinstance(scale.measure, StartMeasure):
        found += [when for change in scale.measure.more for when in change.when]
    return found


def subject(scope: Scope, facts: Iterable[Counted]) -> Known:
    who = Attributes(
        roles=frozenset(scope.roles[:1] or ("institution",)),
        level=next(iter(scope.levels), None),
        district=next(iter(scope.districts), None),
        specialties=frozenset(scope.specialties[:1]),
        licensed=scope.licensed is not False,
        licensed_on=date(2015, 3, 1),
    )
    return gather("s", "c", who, facts)


def fact(number: int, when: When, day: date, cycle: str | None = None, item: str | None = None) -> Counted:
    """Return a fact that meets a condition."""
    items: dict[str, Any] = {name: values[0] for name, values in when.items.items()}
    items |= {name: texts[0] for name, texts in when.contains.items()}
    items |= {name: float(least) for name, least in when.at_least.items()}
    items |= {name: float(top - 1) for name, top in when.below.items()}
    if when.line:
        line = {"code": f"L{number}", "full_marks": 10, "marks": 0, "applicable": True, "star": 0, "met": False}
        items |= {"inspectors": 2, "items": [line | {name: values[0] for name, values in when.line.items()}]}
    if item is not None:
        items |= {item: 3}
    if cycle is not None:
        items |= {cycle: day.year}
    severity = when.severity[0].value if when.severity else "minor"
    return Counted(f"{number:03}", when.family, ORGAN, f"{number}号", day, NOW, severity, items)


def sheet(measure: SheetMeasure, marks: int) -> Counted:
    line = {"code": "A1", "full_marks": 100, "marks": marks, "applicable": True, "star": 0, "met": True}
    items = {name: values[0] for name, values in measure.when.items.items()}
    items |= {"inspectors": max(measure.inspectors, 2), "items": [line]}
    return Counted("sheet", measure.when.family, ORGAN, "sheet", date(YEAR, 9, 1), NOW, None, items)


@st.composite
def histories(draw: st.DrawFn, scale: Scale) -> list[Counted]:
    """Facts for and against a subject of a scale; the last of them is against it."""
    against, both = adverse(scale), [*adverse(scale), *others(scale)]
    picked = [draw(st.sampled_from(both)) for _ in range(draw(st.integers(0, 5)))]
    picked.append(draw(st.sampled_from(against)))
    item, cycle = getattr(scale.measure, "item", None), getattr(scale.measure, "cycle", None)
    found = [fact(number, when, draw(days), cycle, item) for number, when in enumerate(picked)]
    if isinstance(scale.measure, SheetMeasure):
        found.insert(0, sheet(scale.measure, draw(st.integers(0, 100))))
    return found


def result(place: Place, facts: Iterable[Counted]) -> Result:
    known = subject(place.scale.subjects, facts)
    return next(each for each in assess(known, place.regime, YEAR) if each.scale == place.scale.id)


SCALES = [pytest.param(each, id=f"{each.regime.code}-{each.scale.id}") for each in scales() if adverse(each.scale)]
ENTRIES = [pytest.param(each, id=f"{each.regime.code}-{each.list.id}-{each.entry.id}") for each in entries()]


@pytest.mark.parametrize("place", SCALES)
@settings(max_examples=20)
@given(data=st.data())
def test_another_adverse_fact_never_raises_a_grade(place: Place, data: st.DataObject) -> None:
    *before, last = data.draw(histories(place.scale))
    was, now = result(place, before).grade, result(place, [*before, last]).grade
    assert was is None or (now is not None and place.scale.rank(now) >= place.scale.rank(was))


@pytest.mark.parametrize("place", SCALES)
@settings(max_examples=20)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_the_order_of_facts_never_matters(place: Place, data: st.DataObject, seed: int) -> None:
    facts = data.draw(histories(place.scale))
    shuffled = facts.copy()
    random.Random(seed).shuffle(shuffled)
    assert result(place, shuffled) == result(place, facts)


EDITIONS = [(of, edition) for of in map(regime, CODES) if (edition := of.edition(YEAR)) is not None]
ANY_FACT = st.builds(
    fact,
    st.integers(0, 99),
    st.sampled_from([each for _, edition in EDITIONS for _, each in loading.walk(edition) if isinstance(each, When)]),
    days,
)


@pytest.mark.parametrize(("of", "edition"), EDITIONS, ids=[of.code for of, _ in EDITIONS])
@settings(max_examples=30)
@given(data=st.data(), facts=st.lists(ANY_FACT, max_size=8), began=st.dates(date(YEAR - 2, 1, 1), date(YEAR + 1, 3, 1)))
def test_facts_of_families_that_an_edition_does_not_ask_for_change_nothing(
    of: Regime, edition: Edition, data: st.DataObject, facts: list[Counted], began: date
) -> None:
    whole = subject(data.draw(st.sampled_from(edition.scales)).subjects, facts)
    whole = whole._replace(who=whole.who._replace(licensed_on=began))  # type: ignore[attr-defined]
    asked = {family: each for family, each in whole.facts.items() if family in families_of(edition)}
    for year in (YEAR - 1, YEAR):
        assert [*assess_by(edition, whole._replace(facts=asked), of.code, year)] == [
            *assess_by(edition, whole, of.code, year)
        ]


@pytest.mark.parametrize("place", SCALES)
@settings(max_examples=20)
@given(data=st.data(), undone=st.sampled_from([*(state for state in State if not state.counts), "sealed"]))
def test_what_is_undone_is_as_if_it_had_never_come(place: Place, data: st.DataObject, undone: State | str) -> None:
    *before, last = data.draw(histories(place.scale))
    how = {"sealed": True} if undone == "sealed" else {"state": undone}
    known = [know(case_of(place, facts)) for facts in (_state(before), [*_state(before), *_state([last], **how)])]
    assert known[0] == known[1]
    assert [*assess(known[0], place.regime, YEAR)] == [*assess(known[1], place.regime, YEAR)]


def case_of(place: Place, facts: list[StatedFact]) -> GradeCase:
    expect = ExpectedGrade(scale=place.scale.id, grade=None)
    return GradeCase(name="试", day=DAY, facts=tuple(facts), expect=expect)


def _state(facts: Iterable[Counted], **how: Any) -> list[StatedFact]:
    return [
        StatedFact(
            family=each.family, occurred_on=each.occurred_on, severity=each.severity, items=dict(each.items), **how
        )
        for each in facts
    ]


@pytest.mark.parametrize("listed", ENTRIES)
@settings(max_examples=20)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_another_fact_never_takes_a_subject_off_a_list_or_to_a_milder_tier(
    listed: Listed, data: st.DataObject, seed: int
) -> None:
    """And the order of facts decides neither, nor since when it is there."""
    whens = st.lists(st.sampled_from(listed.entry.when), min_size=1, max_size=7)
    facts = [fact(number, when, data.draw(days)) for number, when in enumerate(data.draw(whens))]
    shuffled = facts.copy()
    random.Random(seed).shuffle(shuffled)
    assert [*places_on(listed, shuffled)] == [*places_on(listed, facts)]
    tiers = [tier.id for tier in listed.list.tiers]
    before, after = dict(places_on(listed, facts[:-1])), dict(places_on(listed, facts))
    for year, (tier, _) in before.items():
        assert year in after
        assert tier is None or tiers.index(after[year][0] or "") <= tiers.index(tier)


def places_on(listed: Listed, facts: Iterable[Counted]) -> Iterator[tuple[int, tuple[str | None, date]]]:
    known = subject(listed.subjects, facts)
    for row in lists.want(known, listed.regime, lists.Told(), lists.Found(DAY, NOW)):
        if (row.list_id, row.rule) == (listed.list.id, listed.entry.id):
            yield row.year, (row.tier, row.since)


RIVALS = st.lists(
    st.tuples(
        st.decimals(Decimal(90), Decimal(92), places=2),
        st.integers(0, 2),
        st.none() | st.dates(date(2015, 1, 1), date(2015, 1, 3)),
    ),
    max_size=30,
)
QUOTAS = [
    pytest.param(each.scale.quota, each.scale, id=f"{each.regime.code}-{each.scale.id}")
    for each in scales()
    if each.scale.quota is not None
]


@pytest.mark.parametrize(("quota", "scale"), QUOTAS)
@settings(max_examples=40)
@given(rivals=RIVALS, more=st.integers(0, 200), seed=st.integers(0, 2**32))
def test_a_quota_never_exceeds_its_share_and_the_best_stay(
    quota: Quota, scale: Scale, rivals: list[tuple[Decimal, int, date | None]], more: int, seed: int
) -> None:
    blank = Result("r", scale.id, YEAR, "", date(2021, 1, 1), None, quota.grade, ())
    candidates = [
        Candidate(blank._replace(subject_id=f"{number:02}", number=score), licensed_on, f"{number:02}")
        for number, (score, _, licensed_on) in enumerate(rivals)
    ]
    assessed = len(candidates) + more
    found = {each.subject_id: each for each in fill(quota, scale, candidates, assessed)}
    kept = {name for name, each in found.items() if each.grade == quota.grade}
    assert len(kept) == min(len(candidates), places(quota, assessed)) <= floor(quota.share * assessed)
    moved = found.keys() - kept
    assert all(found[name].grade == quota.others for name in moved)
    scores = {each.code: each.result.number or Decimal(0) for each in candidates}
    assert not kept or not moved or min(scores[name] for name in kept) >= max(scores[name] for name in moved)
    random.Random(seed).shuffle(candidates)
    assert {each.subject_id: each for each in fill(quota, scale, candidates, assessed)} == found
