"""Rows of lists and grades of each shipped regime, as their own templates and models read them back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from credit.grading import loading
from credit.grading.regime import Regime
from credit.grading.result import Cited, Step, because, dump
from credit.grading.rows import EntryRow, OfficialRow
from credit.record.rows import SubjectRow
from credit.routing.routes import Feed
from credit.telling import subject_rows
from credit.telling.assessments import Shown as Party
from credit.telling.feeds import Shown
from credit.telling.subject_rows import Place, Standing
from schemas.regime.lists import SubjectList
from schemas.regime.scale import NationalGrade
from schemas.routing import Followed
from schemas.sheets import Context, Template
from tests.builders import CLINIC, HEALTH, NOON, OFFICE, ROOT, connectors, rules

REGIMES = loading.load_followed(
    ROOT / "policies" / "regimes",
    {name: Followed(from_year=2024) for name in ("dongxihu", "jiexi", "wugang", "yichang", "yuxi")},
    connectors().models(),
)
"""All that are shipped."""
DAY = date(2026, 5, 18)
RECOGNISER = "舞钢市发展和改革委员会"
"""What routing.yaml calls the organ of this code."""
TEMPLATES = connectors().templates()
SITE = Feed(
    code="site",
    name="卫生监督信息网",
    generation="V2016",
    kinds=frozenset({"list", "grade"}),
    person_kinds=frozenset(),
    tables={
        ("black", "organisation"): TEMPLATES["black-v2016-organisation"],
        ("red", "organisation"): TEMPLATES["red-v2016-organisation"],
        ("grade", "organisation"): TEMPLATES["grade-v2016"],
    },
)
HOSPITAL = Party(SubjectRow(CLINIC, "organisation", "舞钢安康诊所", "舞钢安康诊所", None, b"", NOON), CLINIC)
GRADES = [
    (regime, scale.id, grade)
    for regime in REGIMES.values()
    for scale in regime.file.editions[-1].scales
    for grade in scale.grades
]
LISTS = [(regime, each) for regime in REGIMES.values() if regime.lists for each in regime.lists.editions[-1].lists]


def show(regime: Regime, place: Place, standing: Standing) -> Shown:
    found = subject_rows.show(SITE, place, standing, HOSPITAL, replace(rules(), regimes={regime.code: regime}))
    assert found is not None
    return found


def read(template: Template, items: dict[str, str]) -> None:
    """Read a row back as any other of its template, by its model: it raises what is wrong with it."""
    organs = {HEALTH.name: HEALTH.code, RECOGNISER: OFFICE.code}
    stated = template.read(items, Context(sender=HEALTH.code, organs=organs))
    connectors().models()[stated.type].model_validate(stated.data)


def show_grade(regime: Regime, scale: str, grade: str) -> Shown:
    result = OfficialRow(regime.code, scale, 2026, CLINIC, 1, DAY, None, grade, None, "[]", "close", DAY, NOON)
    return show(regime, Place("grade", regime.code, scale, 0, CLINIC), Standing(result=result))


@pytest.mark.parametrize(("regime", "scale", "grade"), GRADES, ids=lambda each: getattr(each, "code", each))
def test_a_grade_leaves_by_a_word_of_the_table_or_not_at_all(regime: Regime, scale: str, grade: str) -> None:
    shown = show_grade(regime, scale, grade)
    if shown.opposite is None:
        assert shown.faults == ()
        assert shown.items["PDJG"] in get_args(NationalGrade)
        read(TEMPLATES["grade-v2016"], shown.items)
    else:
        assert shown.opposite == "no_equivalent:PDJG"
        assert "PDJG" not in shown.items


def test_which_grades_have_an_equivalent() -> None:
    said = {
        (regime.code, scale, grade): shown.items["PDJG"]
        for regime, scale, grade in GRADES
        if (shown := show_grade(regime, scale, grade)).opposite is None
    }
    assert said == {
        ("jiexi", "rating", "a"): "A级",
        ("jiexi", "rating", "b"): "B级",
        ("jiexi", "rating", "c"): "C级",
        ("jiexi", "rating", "d"): "D级",
        ("jiexi", "rating", "e"): "E级",
        ("wugang", "rating", "excellent"): "A级",
        ("yichang", "public-place", "a"): "A级",
        ("yichang", "public-place", "b"): "B级",
        ("yichang", "public-place", "c"): "C级",
    }


def entry(regime: Regime, listed: SubjectList, *cited: Cited) -> EntryRow:
    rule = listed.enter[0]
    reasons = dump([because(Step.LIST, rule.id, f"{listed.name}：{rule.name}", rule, records=cited)])
    tier = listed.tiers[0].id if listed.tiers else None
    kind, state = listed.kind.value, "listed"
    return EntryRow(regime.code, listed.id, kind, 0, CLINIC, rule.id, tier, DAY, None, state, reasons, None, DAY, NOON)


def by(family: str, number: str = "舞信〔2026〕9号") -> Cited:
    return Cited(f"{family}/{number}", f"credit.{family}", OFFICE.code, number, DAY)


@pytest.mark.parametrize(("regime", "listed"), LISTS, ids=lambda each: getattr(each, "code", None) or each.id)
def test_a_listing_leaves_by_the_decision_that_recognises_it(regime: Regime, listed: SubjectList) -> None:
    place = Place("list", regime.code, listed.id, 0, CLINIC)
    praised = listed.kind in {"red", "commendation"}
    recognised = by("office.honour" if praised else "office.listing")
    shown = show(regime, place, Standing((entry(regime, listed, recognised),)))
    if praised and listed.level is None:
        assert shown.faults == ("not_stated:RYDJ",)
        return
    assert shown.faults == ()
    read(TEMPLATES["red-v2016-organisation" if praised else "black-v2016-organisation"], shown.items)
    assert (shown.items["RDWH"], shown.items["RDBMQC" if praised else "RDDW"]) == ("舞信〔2026〕9号", RECOGNISER)


@pytest.mark.parametrize(
    "cited",
    [
        (),
        (by("inspection.penalty"),),
        (by("office.listing"), by("office.listing", "舞信〔2026〕10号")),
        (by("office.listing"), by("inspection.penalty")),
    ],
    ids=["by a grade", "by a penalty", "by two decisions", "by a decision and a penalty"],
)
def test_a_listing_that_no_single_decision_recognises_is_held(cited: tuple[Cited, ...]) -> None:
    regime, listed = REGIMES["wugang"], next(each for regime, each in LISTS if each.id == "black")
    place = Place("list", regime.code, listed.id, 0, CLINIC)
    shown = show(regime, place, Standing((entry(regime, listed, *cited),)))
    assert shown.faults == ("not_stated:RDWH",)


def test_an_organ_without_a_name_is_not_called_by_its_code() -> None:
    regime, listed = next((regime, each) for regime, each in LISTS if each.kind == "black")
    unknown = by("office.listing")._replace(organ_code="11410481MB1234567X")
    place = Place("list", regime.code, listed.id, 0, CLINIC)
    assert show(regime, place, Standing((entry(regime, listed, unknown),))).faults == ("not_stated:RDDW",)
