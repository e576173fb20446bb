"""Who should be on which list for what there is, since when and until when; and what that changes of who is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from credit.grading.known import Counted, Known, gather
from credit.grading.lists import Found, Told, follow, want
from credit.grading.regime import Regime
from credit.grading.rows import EntryRow, OfficialRow
from credit.grading.who import Attributes
from schemas.regime.lists import ListsFile
from schemas.regime.scale import RegimeFile

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
TODAY = date(2026, 6, 1)
SOURCE = {"source": {"document": "测试文件", "clause": "第一条"}, "confidence": "high"}
PENALTY = {"family": "credit.inspection.penalty"}
HONOUR = {"family": "credit.office.honour"}
TIERS = [
    {"id": "second", "name": "二级", "at_least": 4, "supervision": "每季度", **SOURCE},
    {"id": "first", "name": "一级", "at_least": 1, "supervision": "每年", **SOURCE},
]


def regime(*entries: Mapping[str, object], yearly: bool = False, told: bool = False, **more: object) -> Regime:
    """A regime of one list since 2024, with these ways onto it."""
    one = {
        "id": "list",
        "name": "名单",
        "kind": "abnormal",
        "subjects": {},
        "yearly": yearly,
        "published": True,
        "told_first": {"on": told, **SOURCE},
        "enter": [{"id": f"rule-{n}", "name": "规则", **SOURCE, **entry} for n, entry in enumerate(entries)],
        **SOURCE,
        **more,
    }
    since = {"effective_from": date(2024, 1, 1), **SOURCE}
    scale = {"id": "s", "name": "等级", "subjects": {}, "grades": {"a": "甲", "b": "乙"}, "measure": {"kind": "none"}}
    file: dict[str, object] = {"code": "t", "name": "测试", "authority": "1", "document": "测试文件"}
    file["editions"] = [since | {"scales": [scale]}]
    lists = ListsFile.model_validate({"editions": [since | {"lists": [one]}]})
    return Regime(RegimeFile.model_validate(file), lists)


def by_facts(**more: object) -> dict[str, object]:
    return {"by": "facts", "when": [PENALTY], **more}


def by_grade(**more: object) -> dict[str, object]:
    return {"by": "grade", "scale": "s", "grades": ["a"], **more}


def known(*days: date, family: str = "credit.inspection.penalty") -> Known:
    facts = [Counted(f"r{n}", family, "o", f"{n}号", day, NOW, None, {}) for n, day in enumerate(days)]
    return gather("S", "S", Attributes(licensed_on=date(2020, 5, 5)), facts)


def wanted(found: Known, by: Regime, day: date = TODAY, told: Told | None = None) -> list[EntryRow]:
    return want(found, by, told or Told(), Found(day, NOW))


def official(*grades: str | None, first: int = 2024, version: int = 1, day: int = 20) -> list[OfficialRow]:
    """Official results of years running, each decided in January of the next."""
    return [
        OfficialRow(
            regime="t",
            scale="s",
            year=year,
            subject_id="S",
            version=version,
            edition=date(2024, 1, 1),
            number=None,
            grade=grade,
            previous=None,
            reasons="[]",
            cause="close",
            decided_on=date(year + 1, 1, day),
            decided_at=NOW,
        )
        for year, grade in enumerate(grades, first)
    ]


def told(rows: Sequence[OfficialRow]) -> Told:
    return Told(closed={row.year for row in rows}, official=rows)


@pytest.mark.parametrize(("facts", "tier"), [(1, "first"), (3, "first"), (4, "second"), (9, "second")])
def test_the_tier_is_that_of_so_many_facts(facts: int, tier: str) -> None:
    (row,) = wanted(known(*[TODAY] * facts), regime(by_facts(), yearly=True, tiers=TIERS))
    assert row.tier == tier


def test_an_entry_is_since_the_fact_that_made_it_enough_whatever_came_later() -> None:
    days = (date(2026, 5, 1), date(2026, 2, 1), date(2026, 3, 1))
    (row,) = wanted(known(*days), regime(by_facts(times=2)))
    assert row.since == date(2026, 3, 1)
    assert wanted(known(days[0]), regime(by_facts(times=2))) == []


def test_a_yearly_list_is_one_for_each_year_of_its_facts() -> None:
    found = known(date(2023, 3, 1), date(2024, 3, 1), date(2026, 3, 1), date(2026, 4, 1))
    rows = wanted(found, regime(by_facts(), yearly=True))
    assert [(row.year, row.since) for row in rows] == [(2024, date(2024, 3, 1)), (2026, date(2026, 3, 1))]


def test_what_is_in_force_today_says_nothing_of_a_former_year() -> None:
    rows = wanted(known(date(2024, 3, 1)), regime(by_facts(in_force=True), yearly=True))
    assert [row.year for row in rows] == [2026]


def test_a_list_without_years_takes_facts_of_any() -> None:
    (row,) = wanted(known(date(2023, 3, 1)), regime(by_facts()))
    assert (row.year, row.since) == (0, date(2023, 3, 1))


@pytest.mark.parametrize(
    ("day", "since"),
    [
        (date(2025, 2, 28), date(2024, 2, 29)),  # the last day of a stay that began on 29 February
        (date(2025, 3, 1), date(2024, 8, 1)),  # another one still runs
        (date(2025, 8, 1), date(2024, 8, 1)),
        (date(2025, 8, 2), None),
    ],
)
def test_a_stay_ends_by_itself_unless_a_later_fact_holds_it(day: date, since: date | None) -> None:
    rows = wanted(known(date(2024, 2, 29), date(2024, 8, 1)), regime(by_facts(stays_months=12)), day)
    assert [row.since for row in rows] == ([since] if since else [])


def test_who_has_nothing_against_them_is_listed_since_the_year_or_the_licence() -> None:
    clean: dict[str, object] = {"by": "facts", "unless": [PENALTY]}
    rows = wanted(known(date(2025, 3, 1)), regime(clean, yearly=True))
    assert [(row.year, row.since) for row in rows] == [(2026, date(2026, 1, 1))]  # 2024 is long over
    assert [row.since for row in wanted(known(), regime(clean))] == [date(2020, 5, 5)]
    assert wanted(known(date(2025, 3, 1)), regime(clean)) == []


@pytest.mark.parametrize(
    ("heard", "state"),
    [
        ({}, "prepared"),
        ({"r0": TODAY}, "prepared"),  # told of a fact that did not make it enough
        ({"r1": date(2026, 6, 2)}, "prepared"),  # may answer until today
        ({"r1": TODAY}, "listed"),
        ({"r2": TODAY}, "listed"),
    ],
)
def test_a_listing_waits_for_the_hearing_on_what_made_it_enough(heard: dict[str, date], state: str) -> None:
    days = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
    (row,) = wanted(known(*days), regime(by_facts(times=2), told=True), told=Told(heard=heard))
    assert (row.state, row.since) == (state, date(2026, 2, 1))


def test_a_grade_lists_since_the_first_close_of_an_unbroken_run() -> None:
    by = regime(by_grade(years=2))
    assert wanted(known(), by, told=told(official("a"))) == []
    assert wanted(known(), by, told=told(official("b", "a"))) == []
    assert wanted(known(), by, told=told(official("a", "a", "b"))) == []
    (row,) = wanted(known(), by, told=told(official("a", "a", "a")))
    assert (row.year, row.since) == (0, date(2026, 1, 20))


def test_who_is_not_assessed_in_the_last_closed_year_is_on_no_list_by_a_grade() -> None:
    rows = official("a", "a")
    assert wanted(known(), regime(by_grade()), told=Told(closed={2024, 2025, 2026}, official=rows)) == []


def test_a_corrected_grade_lists_since_its_correction_and_takes_off() -> None:
    first, better = official("b"), official("a", version=2, day=25)
    (row,) = wanted(known(), regime(by_grade()), told=told([*first, *better]))
    assert row.since == date(2025, 1, 25)
    worse = official("b", version=3, day=28)
    assert wanted(known(), regime(by_grade()), told=told([*first, *better, *worse])) == []


def test_a_yearly_list_by_grade_has_each_year_of_its_own() -> None:
    rows = wanted(known(), regime(by_grade(), yearly=True), told=told(official("a", "b")))
    assert [(row.year, row.since) for row in rows] == [(2024, date(2025, 1, 20))]


def test_what_is_as_it_was_is_not_written_and_who_left_has_a_day() -> None:
    by = regime(by_facts(), by_facts(when=[HONOUR]))
    (row,) = wanted(known(TODAY), by)
    later = Found(date(2026, 7, 1), NOW)
    assert follow([replace_day(row, later)], [row], later).put == []
    ((gone,), over) = follow([], [row], later)
    assert (gone.state, gone.left_on, over) == ("left", date(2026, 7, 1), [])
    assert follow([], [gone], later).put == []
    assert follow([row], [gone], later).put == [row]


def test_a_stay_that_was_over_before_anybody_looked_was_left_on_its_day() -> None:
    (row,) = wanted(known(date(2026, 1, 1)), regime(by_facts(stays_months=6)))
    ((gone,), _) = follow([], [row], Found(date(2026, 9, 1), NOW))
    assert gone.left_on == date(2026, 7, 2)


def test_nobody_leaves_who_was_only_prepared() -> None:
    (row,) = wanted(known(TODAY), regime(by_facts(), told=True))
    assert follow([], [row], Found(TODAY, NOW)) == ([], [row])


def replace_day(row: EntryRow, at: Found) -> EntryRow:
    return row._replace(as_of=at.day, changed_at=at.now)


def test_a_regime_without_lists_lists_nobody() -> None:
    assert wanted(known(TODAY), replace(regime(by_facts()), lists=None)) == []


def test_nobody_lacks_anything_in_a_year_before_its_licence() -> None:
    by = regime({"by": "facts", "unless": [HONOUR]}, yearly=True)
    new = known()._replace(who=Attributes(licensed_on=date(2026, 3, 1)))
    assert [entry.year for entry in wanted(new, by)] == [2026]
    assert [entry.year for entry in wanted(known(), by)] == [2025, 2026]
