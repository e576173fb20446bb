"""How a subject gets a grade: each kind of measure, bands at their edges, limits; on scales of the tests' own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from credit.grading.known import Counted, gather
from credit.grading.scale import assess_by, is_hidden
from credit.grading.who import Attributes
from schemas.regime.scale import Edition, Scale
from tests.unit.grading.builders import BY, CHECK, HONOUR, PENALTY, assess, fact, known, rule, scale, sheet

DOWN = [{"grade": "good", "at_least": "90"}, {"grade": "fair", "at_least": "60"}, {"grade": "bad"}]
UP = [{"grade": "good", "at_most": "0"}, {"grade": "fair", "at_most": "2"}, {"grade": "bad"}]
POINTS = "credit.inspection.points"
LOW = {"source": {"document": "试验法", "clause": "第二条"}, "confidence": "low"}


def sheets(**more: Any) -> dict[str, Any]:
    said = {"kind": "sheet", "when": {"family": CHECK}, "of_each_line": "lowest", "full": "100", "decimals": 2}
    return rule("sheet", **{**said, "inspectors": 2, **more})


def by_sheet(**more: Any) -> Scale:
    return scale(measure=sheets(**more), bands=DOWN)


def by_start() -> Scale:
    less = [
        rule("fine", when=[{"family": PENALTY}], points="10"),
        rule("taken", when=[{"family": POINTS}], item="points"),
    ]
    more = [rule("honour", when=[{"family": HONOUR}], points="5")]
    said = {"kind": "start", "start": "95", "least": "0", "most": "100", "less": less, "more": more}
    return scale(measure=rule("points", **said), bands=DOWN)


@pytest.mark.parametrize(
    ("marks", "number", "grade"),
    [
        (100, "100.00", "good"),
        (90, "90.00", "good"),
        (89.995, "90.00", "good"),
        (89.9949, "89.99", "fair"),
        (60, "60.00", "fair"),
        (59.995, "60.00", "fair"),
        (59.99, "59.99", "bad"),
        (0, "0.00", "bad"),
    ],
)
def test_a_number_is_rounded_half_up_and_a_band_has_its_lower_edge(marks: float, number: str, grade: str) -> None:
    found = assess(by_sheet(), [sheet("2026-03-01", ("a", marks, 100))])
    assert (found.number, found.grade) == (Decimal(number), grade)


def test_of_several_sheets_the_lowest_share_of_a_line_counts() -> None:
    facts = [sheet("2026-03-01", ("a", 5, 10), ("b", 10, 10)), sheet("2026-09-01", ("a", 12, 20), ("c", 3, 10))]
    assert assess(by_sheet(), facts).number == Decimal("60.00")  # 5/10, 10/10 and 3/10


def test_or_the_line_of_the_latest_sheet_where_the_scale_says_so() -> None:
    facts = [sheet("2026-03-01", ("a", 5, 10), ("b", 10, 10)), sheet("2026-09-01", ("a", 9, 10))]
    assert assess(by_sheet(of_each_line="latest"), facts).number == Decimal("95.00")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ([], "没有评分的检查"),
        ([sheet("2026-03-01", ("a", 9, 10), inspectors=1)], "人数少于 2 人"),
        ([sheet("2026-03-01", ("a", 9, 10), applicable=False)], "没有适用的检查项目"),
        ([sheet("2025-12-31", ("a", 9, 10))], "没有评分的检查"),
        ([fact(CHECK, "2026-03-01", inspectors=2)], "没有适用的检查项目"),
    ],
)
def test_what_cannot_be_measured_gets_no_grade_and_says_why(facts: list[Any], why: str) -> None:
    found = assess(by_sheet(), facts)
    assert (found.number, found.grade) == (None, None)
    assert why in found.reasons[0].effect


def test_sheets_of_several_years_count_where_the_scale_says_so() -> None:
    two = by_sheet(of_each_line="latest", years=2)
    assert assess(two, [sheet("2025-01-01", ("a", 9, 10))]).grade == "good"
    assert assess(two, [sheet("2024-12-31", ("a", 9, 10))]).grade is None
    assert assess(two, [sheet("2027-01-01", ("a", 9, 10))]).grade is None


@pytest.mark.parametrize(
    ("days", "grade"),
    [
        (("2026-03-31",), None),
        (("2026-03-31", "2026-06-29"), None),
        (("2026-03-31", "2026-06-30"), "good"),  # three months after the 31st end on the last of June
        (("2026-03-01", "2026-04-01", "2026-06-01"), "good"),
    ],
)
def test_a_subject_of_the_year_needs_its_sheets_so_far_apart(days: tuple[str, ...], grade: str | None) -> None:
    new = by_sheet(of_each_line="latest", new_subjects={"sheets": 2, "apart_months": 3, **LOW})
    facts = [sheet(day, ("a", 9, 10)) for day in days]
    assert assess(new, facts, licensed_on=date(2026, 2, 10)).grade == grade
    assert assess(new, facts, licensed_on=date(2025, 12, 31)).grade == "good"
    assert assess(new, facts).grade == "good"


@pytest.mark.parametrize(("count", "grade"), [(0, "good"), (1, "fair"), (2, "fair"), (3, "bad")])
def test_a_count_of_facts(count: int, grade: str) -> None:
    counted = scale(measure=rule("count", kind="count", when=[{"family": PENALTY}]), bands=UP)
    facts = [fact(day=f"2026-05-{day:02}") for day in range(1, count + 1)]
    assert assess(counted, [*facts, fact(day="2025-12-31"), fact(day="2027-01-01")]).grade == grade


def test_a_sum_goes_by_its_cycle_where_it_has_one() -> None:
    plain = rule("sum", kind="sum", when=[{"family": POINTS}], item="points")
    facts = [fact(POINTS, "2026-01-10", points=1, cycle=2025), fact(POINTS, "2026-06-01", points=2, cycle=2026)]
    assert assess(scale(measure=plain, bands=UP), facts).number == 3
    assert assess(scale(measure=plain | {"cycle": "cycle"}, bands=UP), facts).number == 2


def test_a_start_is_kept_between_its_ends() -> None:
    honours = [fact(HONOUR, "2026-02-01"), fact(HONOUR, "2026-03-01")]
    assert assess(by_start(), []).number == 95
    assert assess(by_start(), honours).number == 100
    assert assess(by_start(), [fact(day=f"2026-03-{day:02}") for day in range(1, 12)]).number == 0


def test_each_fact_that_adds_or_takes_is_a_reason() -> None:
    found = assess(by_start(), [fact(), fact(POINTS, points=3)])
    assert (found.number, found.grade) == (Decimal(82), "fair")
    assert [reason.rule for reason in found.reasons] == ["fine", "taken", "points", "band-fair"]


def test_without_a_measure_everybody_begins_in_the_best_grade() -> None:
    assert assess(scale(), []).grade == "good"


LIMITS = [
    rule("once", at_most="fair", when=[{"family": PENALTY}]),
    rule("twice", at_most="bad", when=[{"family": PENALTY}], times=2),
    rule("missing", at_most="fair", unless=[{"family": HONOUR}]),
]
HONOURED = fact(HONOUR, "2026-01-01")


@pytest.mark.parametrize(
    ("facts", "grade", "rules"),
    [
        ([HONOURED], "good", set()),
        ([HONOURED, fact()], "fair", {"once"}),
        ([HONOURED, fact(), fact(day="2026-06-01")], "bad", {"once", "twice"}),
        ([fact(HONOUR, "2025-12-31")], "fair", {"missing"}),
        ([], "fair", {"missing"}),
    ],
)
def test_the_strictest_limit_wins_and_all_that_hold_are_told(facts: list[Any], grade: str, rules: set[str]) -> None:
    found = assess(scale(limits=LIMITS), facts)
    assert found.grade == grade
    assert {reason.rule for reason in found.reasons} - {"start"} == rules


def test_a_limit_lowers_and_never_raises() -> None:
    low = scale(measure=sheets(), bands=DOWN, limits=LIMITS[:1])
    assert assess(low, [sheet("2026-03-01", ("a", 1, 10)), fact()]).grade == "bad"


def test_a_limit_in_force_looks_at_facts_of_any_year() -> None:
    lasting = scale(limits=[rule("once", at_most="fair", when=[{"family": PENALTY}], in_force=True)])
    assert assess(lasting, [fact(day="2019-01-01")]).grade == "fair"


def test_a_reason_cites_its_clause_its_records_and_how_sure_it_is() -> None:
    bands = scale(measure=sheets(), bands=DOWN, basis=LOW)
    measured, band = assess(bands, [sheet("2026-03-01", ("a", 9, 10))]).reasons
    assert [cited.occurred_on for cited in measured.records] == [date(2026, 3, 1)]
    assert measured.clause == "试验法 第一条"
    assert (band.clause, band.confidence.value) == ("试验法 第二条", "low")


def test_bands_without_a_basis_of_their_own_rest_on_the_edition() -> None:
    band = assess(by_sheet(), [sheet("2026-03-01", ("a", 9, 10))]).reasons[-1]
    assert (band.clause, band.confidence.value) == ("试验法 第一条", "high")


DAYS = st.dates(date(2025, 6, 1), date(2026, 12, 31)).map(str)
ADVERSE = st.builds(fact, day=DAYS, severity=st.sampled_from([None, "serious"]))
ANY_SCALE = [
    scale(limits=LIMITS),
    scale(measure=rule("count", kind="count", when=[{"family": PENALTY}]), bands=UP, limits=LIMITS[:1]),
    by_start(),
]


@pytest.mark.parametrize("by", ANY_SCALE, ids=["limits", "count", "start"])
@settings(max_examples=40, deadline=None)
@given(facts=st.lists(ADVERSE, max_size=5), another=ADVERSE, order=st.randoms())
def test_another_adverse_fact_never_raises_and_order_never_matters(
    by: Scale, facts: list[Any], another: Any, order: Any
) -> None:
    before, after = assess(by, facts), assess(by, [*facts, another])
    assert before.grade is not None
    assert after.grade is not None
    assert by.rank(after.grade) >= by.rank(before.grade)
    mixed = [*facts, another]
    order.shuffle(mixed)
    assert assess(by, mixed) == after


WITHOUT_SOURCE = {key: each for key, each in LIMITS[0].items() if key != "source"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"measure": sheets(), "bands": DOWN[:2]}, "a gap"),
        ({"measure": sheets()}, "a gap"),
        ({"measure": sheets(), "bands": [DOWN[0], {"grade": "fair", "at_least": "90"}, DOWN[2]]}, "an overlap"),
        ({"measure": sheets(), "bands": [DOWN[0], {"grade": "fair", "at_least": "95"}, DOWN[2]]}, "an overlap"),
        ({"measure": sheets(), "bands": [UP[0], {"grade": "fair", "at_most": "0"}, UP[2]]}, "an overlap"),
        ({"measure": sheets(), "bands": [DOWN[0], UP[1], DOWN[2]]}, "all have at_most"),
        ({"measure": sheets(), "bands": [DOWN[1], DOWN[0], DOWN[2]]}, "best grade to the worst"),
        ({"bands": DOWN}, "without a measure"),
        ({"limits": [rule("none", at_most="good", when=[{"family": PENALTY}])]}, "best grade"),
        ({"limits": [rule("odd", at_most="excellent", when=[{"family": PENALTY}])]}, "no grade of the scale"),
        ({"limits": [rule("empty", at_most="bad")]}, "needs when, unless or both"),
        ({"limits": [LIMITS[0], LIMITS[0]]}, "same id"),
        ({"measure": sheets(), "bands": [{"grade": "good", "at_least": 90}, *DOWN[1:]]}, "decimal in quotes"),
        ({"measure": sheets(), "bands": [{"grade": "good", "at_least": "NaN"}, *DOWN[1:]]}, "finite"),
        ({"measure": sheets(kind="mark"), "bands": DOWN}, "kind"),
        ({"limits": [WITHOUT_SOURCE]}, "source"),
        ({"follows": {"odd": {"supervision": "重点监督", **BY}}}, "no grade of the scale"),
        ({"follows": {"bad": {"supervision": "重点监督", **BY, "visits": {"at_least": 2, "at_most": 1}}}}, "below"),
    ],
)
def test_a_scale_that_cannot_be_right_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        scale(**more)


def test_a_line_that_the_latest_sheet_finds_not_to_apply_counts_no_more_in_score_or_limit() -> None:
    star = rule("star", at_most="bad", in_force=True, when=[{"family": CHECK, "line": {"met": [False]}}])
    by = scale(measure=sheets(of_each_line="latest", years=2), bands=DOWN, limits=[star])
    failed = sheet("2025-05-04", ("a", 0, 50), met=False)
    rest = sheet("2025-06-04", ("b", 50, 50))
    gone = sheet("2026-02-01", ("a", 0, 50), met=False, applicable=False)
    held = sheet("2026-03-01", ("a", 0, 50), met=False, inspectors=1)
    before, after = assess(by, [failed, rest]), assess(by, [failed, rest, gone, held])
    assert (before.number, before.grade) == (Decimal("50.00"), "bad")
    assert (after.number, after.grade) == (Decimal("100.00"), "bad")  # the line is still said to be unmet
    met = scale(measure=sheets(of_each_line="latest", years=2), bands=DOWN, limits=[star | _APPLIES])
    assert assess(met, [failed, rest, gone, held]).grade == "good"


_APPLIES = {"when": [{"family": CHECK, "line": {"met": [False], "applicable": [True]}}]}


def _shown(*facts: Counted, licensed: bool) -> bool:
    ended = {"family": "credit.licensing.registration", "items": {"event": ["revoked"]}}
    by = scale(hidden_when=[ended, {"family": "credit.office.listing"}])
    return not is_hidden(by, gather("s", "c", Attributes(licensed=licensed), facts))


def test_who_is_licensed_again_after_its_licence_was_revoked_is_shown_again() -> None:
    revoked = fact("credit.licensing.registration", "2024-05-01", event="revoked")
    assert not _shown(revoked, licensed=False)
    assert _shown(revoked, licensed=True)
    assert not _shown(revoked, fact("credit.office.listing"), licensed=True)


@pytest.mark.parametrize(
    ("licensed_on", "facts", "years"),
    [
        (date(2026, 12, 31), [], [2026, 2027]),
        (date(2027, 1, 1), [], [2027]),
        (date(2027, 1, 1), [fact(HONOUR, "2026-12-31")], [2026, 2027]),
        (None, [], [2026, 2027]),
    ],
)
def test_nobody_is_assessed_for_a_year_before_its_licence_unless_something_is_known_of_then(
    licensed_on: date | None, facts: list[Counted], years: list[int]
) -> None:
    found = known(*facts, licensed_on=licensed_on)
    edition = Edition.model_validate({"effective_from": date(2020, 1, 1), "scales": [scale()], **BY})
    assert [year for year in (2026, 2027) if list(assess_by(edition, found, "trial", year))] == years
