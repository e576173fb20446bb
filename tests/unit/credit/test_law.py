from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from credit.law import law as laws
from credit.law.calendar import Calendar
from credit.law.law import Law
from schemas.errors import ConfigurationError, UnusableError
from schemas.party import Organ, Party, RecordKey
from schemas.reasons import Reason
from schemas.record import Severity
from schemas.statement import Category, Fact
from tests.installed import MODELS

NATIONAL = Path(__file__).parents[3] / "policies" / "national"
# National Day of 2026, as if it were the only holiday known.
CALENDAR = Calendar(
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),
    working=frozenset({date(2026, 10, 10)}),
    years=frozenset({2026}),
)
UNDER_R36 = date(2026, 11, 22)

MINOR, GENERAL, SERIOUS = Severity.MINOR, Severity.GENERAL, Severity.SERIOUS


@pytest.fixture(scope="module")
def law() -> Law:
    return laws.load(NATIONAL, CALENDAR, MODELS)


def fact(family: str, category: Category, items: dict[str, Any], **more: Any) -> Fact:
    return Fact(
        key=RecordKey(family, "11410481983690064T", "舞卫医罚〔2026〕12号"),
        organ=Organ(name="舞钢市卫生健康委员会", code="11410481983690064T"),
        party=Party(kind="organisation", name="舞钢市示例医院"),
        category=category,
        occurred_on=more.pop("occurred_on", date(2026, 3, 6)),
        items=items,
        **more,
    )


def penalty(*kinds: str, text: str = "", fine: str = "", summary: bool = False, **more: Any) -> Fact:
    items = {"penalty_kinds": list(kinds), "CF_NR": text, "CF_NR_FK": fine, "summary_procedure": summary}
    return fact("credit.inspection.penalty", Category.PENALTY, items, **more)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (penalty("警告"), MINOR),
        (penalty("通报批评"), MINOR),
        (penalty("其他-通报批评"), MINOR),
        (penalty("罚款", fine="2.000000"), GENERAL),
        (penalty("没收违法所得"), GENERAL),
        (penalty("没收非法财物"), GENERAL),
        (penalty("责令停产停业"), GENERAL),
        (penalty("降低资质等级"), GENERAL),
        (penalty("责令关闭"), SERIOUS),
        (penalty("限制从业"), SERIOUS),
        (penalty("行政拘留"), SERIOUS),
        (penalty("吊销许可证件"), SERIOUS),
        (penalty("暂扣许可证件"), GENERAL),
        (penalty("其他-责令改正"), GENERAL),
        (penalty("其他"), GENERAL),
        (penalty(), GENERAL),
        (penalty("警告", "罚款", fine="2"), GENERAL),
        (penalty("警告", "吊销许可证件", "罚款", fine="2"), SERIOUS),
        (penalty("暂扣或者吊销许可证", text="暂扣医疗机构执业许可证3个月"), GENERAL),
        (penalty("暂扣或者吊销许可证", text="吊销医疗机构执业许可证"), SERIOUS),
        (penalty("暂扣或者吊销执照", text="吊销营业执照"), SERIOUS),
        (penalty("罚款", fine="100"), GENERAL),
        (penalty("罚款", fine="100.000001"), SERIOUS),
        (penalty("警告", summary=True), MINOR),
        (penalty("罚款", fine="0.02", summary=True), MINOR),
    ],
)
def test_degree_of_a_penalty(law: Law, of: Fact, expected: Severity) -> None:
    assert law.severity(of, UNDER_R36).severity is expected


def test_the_clause_names_the_kind_that_weighs_most(law: Law) -> None:
    ruling = law.severity(penalty("警告", "罚款", fine="2"), UNDER_R36)
    assert ruling.clause.startswith("处罚类别“罚款”：国家发展改革委令第36号")


@pytest.mark.parametrize(
    ("family", "category", "items", "expected"),
    [
        ("credit.security.offence", Category.OFFENCE, {"sanction": "criminal"}, SERIOUS),
        ("credit.security.offence", Category.OFFENCE, {"sanction": "detention"}, SERIOUS),
        ("credit.security.offence", Category.OFFENCE, {"sanction": "fine"}, GENERAL),
        ("credit.security.offence", Category.OFFENCE, {"sanction": "warning"}, MINOR),
        ("credit.insurance.fraud", Category.FRAUD, {"severity": "serious"}, SERIOUS),
        ("credit.insurance.fraud", Category.FRAUD, {"severity": "general"}, GENERAL),
        ("credit.insurance.agreement", Category.AGREEMENT, {"action": "terminated"}, SERIOUS),
        ("credit.insurance.agreement", Category.AGREEMENT, {"action": "suspended"}, GENERAL),
        ("credit.insurance.agreement", Category.AGREEMENT, {"action": "interview"}, MINOR),
        ("credit.insurance.agreement", Category.AGREEMENT, {"action": "resumed"}, None),
        ("credit.insurance.points", Category.POINTS, {"points": 12}, MINOR),
        ("credit.inspection.points", Category.POINTS, {"points": 4}, MINOR),
        ("credit.inspection.conduct", Category.CONDUCT, {"conduct": "red_packet"}, GENERAL),
        ("credit.inspection.conduct", Category.CONDUCT, {"conduct": "fire_accident"}, SERIOUS),
        ("credit.inspection.conduct", Category.CONDUCT, {"conduct": "public_health_score"}, None),
        ("credit.inspection.check", Category.CHECK, {"result": "uncooperative"}, GENERAL),
        ("credit.inspection.check", Category.CHECK, {"result": "ordered_to_correct"}, None),
        ("credit.inspection.measure", Category.COERCION, {"measure": "coercion"}, None),
        ("credit.inspection.transfer", Category.TRANSFER, {}, None),
        ("credit.licensing.commitment", Category.COMMITMENT, {"state": "breached"}, GENERAL),
        ("credit.licensing.commitment", Category.COMMITMENT, {"state": "kept"}, None),
        ("credit.licensing.registration", Category.REGISTRATION, {"event": "revoked"}, SERIOUS),
        (
            "credit.licensing.registration",
            Category.REGISTRATION,
            {"event": "verification_suspended"},
            GENERAL,
        ),
        ("credit.licensing.registration", Category.REGISTRATION, {"event": "closed"}, None),
        ("credit.licensing.permit", Category.PERMIT, {"XK_ZT": "1"}, None),
        ("credit.office.honour", Category.HONOUR, {"level": "county"}, None),
        ("credit.elsewhere.thing", Category.CONDUCT, {}, None),
    ],
)
def test_degree_of_everything_else(
    law: Law, family: str, category: Category, items: dict[str, Any], expected: Severity | None
) -> None:
    ruling = law.severity(fact(family, category, items), UNDER_R36)
    assert ruling.severity is expected
    assert ruling.clause


@pytest.mark.parametrize(
    ("severity", "as_of", "days", "source"),
    [
        # A decision of 6 March 2026: the first day is not counted, the last one is.
        (GENERAL, date(2019, 6, 30), (date(2026, 6, 7), date(2027, 3, 6)), "527号"),
        (GENERAL, date(2019, 7, 1), (date(2026, 6, 7), date(2027, 3, 6)), "527号"),
        (SERIOUS, date(2023, 4, 30), (date(2026, 9, 7), date(2029, 3, 6)), "527号"),
        (GENERAL, date(2023, 5, 1), (date(2026, 6, 7), date(2029, 3, 6)), "第58号"),
        (SERIOUS, date(2026, 3, 31), (date(2026, 6, 7), date(2029, 3, 6)), "第58号"),
        (GENERAL, date(2026, 4, 1), (date(2026, 6, 7), date(2027, 3, 6)), "第36号"),
        (SERIOUS, date(2026, 4, 1), (date(2027, 3, 7), date(2029, 3, 6)), "第36号"),
    ],
)
def test_the_window_follows_the_version_in_force_on_the_day_of_looking(
    law: Law, severity: Severity, as_of: date, days: tuple[date, date], source: str
) -> None:
    window = law.window(penalty("罚款"), severity, as_of)
    assert window.public
    assert (window.repairable_from, window.until) == days
    assert source in window.clause


@pytest.mark.parametrize(
    ("as_of", "changes_on"),
    [
        (date(2019, 1, 1), date(2019, 7, 1)),
        (date(2026, 3, 31), date(2026, 4, 1)),
        (date(2026, 4, 1), None),
    ],
)
def test_the_window_says_when_the_law_itself_changes(law: Law, as_of: date, changes_on: date | None) -> None:
    assert law.window(penalty("罚款"), GENERAL, as_of).changes_on == changes_on


@pytest.mark.parametrize(
    ("decided", "until", "repairable_from"),
    [
        (date(2026, 11, 30), date(2027, 11, 30), date(2027, 3, 1)),
        (date(2024, 2, 29), date(2025, 2, 28), date(2024, 5, 30)),
    ],
)
def test_a_month_without_that_day_ends_the_period_on_its_last(
    law: Law, decided: date, until: date, repairable_from: date
) -> None:
    window = law.window(penalty("罚款", occurred_on=decided), GENERAL, UNDER_R36)
    assert (window.until, window.repairable_from) == (until, repairable_from)


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (date(2026, 9, 6), date(2026, 9, 6)),
        (date(2027, 3, 6), date(2027, 3, 6)),
        (date(2027, 3, 7), date(2027, 3, 6)),
        (date(2099, 12, 31), date(2027, 3, 6)),
    ],
)
def test_the_source_may_shorten_publicity_but_not_lengthen_it(law: Law, asked: date, until: date) -> None:
    assert law.window(penalty("罚款", publicity_until=asked), GENERAL, UNDER_R36).until == until


@pytest.mark.parametrize("as_of", [date(2020, 1, 1), date(2024, 1, 1), UNDER_R36])
def test_a_minor_record_is_not_public_and_has_no_end_of_its_own(law: Law, as_of: date) -> None:
    window = law.window(penalty("警告", publicity_until=date(2026, 6, 6)), MINOR, as_of)
    assert (window.public, window.until, window.repairable_from) == (False, None, date(2026, 3, 6))


def test_what_is_not_adverse_ends_when_it_says_itself(law: Law) -> None:
    permit = fact("credit.licensing.permit", Category.PERMIT, {}, valid_until=date(2031, 3, 1))
    honour = fact("credit.office.honour", Category.HONOUR, {}, valid_until=date(2028, 3, 14))
    check = fact("credit.inspection.check", Category.CHECK, {})
    windows = [law.window(each, None, UNDER_R36) for each in (permit, honour, check)]
    assert [window.public for window in windows] == [True, False, False]
    assert [window.until for window in windows] == [date(2031, 3, 1), date(2028, 3, 14), None]
    assert [window.repairable_from for window in windows] == [None, None, None]


def test_a_decision_of_today_is_taken_and_one_of_tomorrow_is_not(law: Law) -> None:
    law.check(penalty("警告"), date(2026, 3, 6))
    with pytest.raises(UnusableError) as caught:
        law.check(penalty("警告"), date(2026, 3, 5))
    assert caught.value.reason is Reason.DATE_FUTURE


@pytest.mark.parametrize(
    ("fine", "text"),
    [
        ("1000.000001", "罚款"),
        ("20000", "警告，罚款人民币20000元"),
        ("500.000000", "罚款人民币500元"),
        ("500", "罚款人民币伍佰元整"),
        ("500", "处以500元罚款"),
    ],
)
def test_an_implausible_fine_is_held(law: Law, fine: str, text: str) -> None:
    with pytest.raises(UnusableError) as caught:
        law.check(penalty("罚款", fine=fine, text=text), UNDER_R36)
    assert caught.value.reason is Reason.FINE_IMPLAUSIBLE


@pytest.mark.parametrize(
    ("fine", "text"),
    [
        ("1000", "罚款1000万元"),
        ("2.000000", "警告，罚款人民币20000元"),
        ("0.05", "罚款500元"),
        ("2", "罚款2万元，没收违法所得2元"),
        ("", "罚款0元"),
        ("0.000000", "罚款0元"),
    ],
)
def test_a_plausible_fine_passes(law: Law, fine: str, text: str) -> None:
    law.check(penalty("罚款", fine=fine, text=text), UNDER_R36)


def test_deadlines_count_as_they_say(law: Law) -> None:
    # 30 September 2026 is a Wednesday; holidays until the 7th, Saturday the 10th is worked.
    assert law.due("feed_publish", date(2026, 9, 30)) == (date(2026, 10, 15), True)
    assert law.due("feed_withdraw", date(2026, 9, 30)) == (date(2026, 10, 3), True)
    assert law.due("crime_transfer", date(2026, 9, 30)) == (date(2026, 10, 10), True)


def test_a_deadline_beyond_the_calendar_says_so(law: Law) -> None:
    assert law.due("feed_publish", date(2026, 12, 30)) == (date(2027, 1, 8), False)


def test_fourteen_measures_are_on_the_list(law: Law) -> None:
    assert sorted(law.measures) == [f"M{number:02}" for number in range(1, 15)]
    measure = law.measure("M09", UNDER_R36)
    assert measure is not None
    assert measure.name == "纳入重点监管范围"
    assert measure.target_kinds == {"organisation", "individual_business"}


def test_a_measure_is_in_force_from_its_day_on(law: Law) -> None:
    assert law.measure("M01", date(2021, 12, 15)) is None
    assert law.measure("M01", date(2021, 12, 16)) is not None
    assert law.measure("M15", UNDER_R36) is None


def test_the_next_change_of_the_law(law: Law) -> None:
    days = [date(2019, 6, 30), date(2019, 7, 1), date(2023, 1, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [law.changes_after(day) for day in days] == [
        date(2019, 7, 1),
        date(2021, 12, 16),
        date(2023, 5, 1),
        date(2026, 4, 1),
        None,
    ]


# What a policy file may not say.

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    folder = tmp_path / "national"
    shutil.copytree(NATIONAL, folder)

    def change(name: str, old: str, new: str) -> Path:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        laws.load(folder, CALENDAR, MODELS)
    return str(caught.value).replace(f"{folder}/", "")


def line_of(folder: Path, name: str, text: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_the_day_of_decision_may_govern_instead(edit: Edit) -> None:
    law = laws.load(edit("publicity.yaml", "date: evaluation_date", "date: decision_date"), CALENDAR, MODELS)
    assert law.window(penalty("罚款"), GENERAL, UNDER_R36).until == date(2029, 3, 6)


def test_an_ended_measure_is_not_in_force_the_day_after(edit: Edit) -> None:
    folder = edit(
        "measures.yaml",
        "effective_from: 2021-12-16",
        "effective_from: 2021-12-16\n    effective_to: 2026-11-21",
    )
    law = laws.load(folder, CALENDAR, MODELS)
    assert law.measure("M01", date(2026, 11, 21)) is not None
    assert law.measure("M01", date(2026, 11, 22)) is None
    assert law.changes_after(date(2026, 11, 21)) == date(2026, 11, 22)


def test_a_misspelled_degree(edit: Edit) -> None:
    folder = edit("severity.yaml", "severity: minor", "severity: mionr")
    line = line_of(folder, "severity.yaml", "mionr")
    assert refusal(folder) == (
        f"severity.yaml:{line}: editions[0].penalties.summary_procedure.severity: "
        "unknown value 'mionr' (did you mean 'minor'?)"
    )


def test_an_item_that_the_message_does_not_have(edit: Edit) -> None:
    folder = edit("severity.yaml", "{sanction: [fine]}", "{sanktion: [fine]}")
    line = line_of(folder, "severity.yaml", "sanktion")
    assert refusal(folder) == (
        f"severity.yaml:{line}: editions[0].rules[1].when.items.sanktion: "
        "credit.security.offence has no item 'sanktion' (did you mean 'sanction'?)"
    )


def test_a_family_that_no_connector_reads(edit: Edit) -> None:
    folder = edit("severity.yaml", "family: credit.security.offence", "family: credit.security.ofence")
    line = line_of(folder, "severity.yaml", "ofence")
    assert refusal(folder) == (
        f"severity.yaml:{line}: editions[0].rules[0].when.family: "
        "no connector reads 'credit.security.ofence' (did you mean 'credit.security.offence'?)"
    )


def test_a_value_that_the_item_cannot_have(edit: Edit) -> None:
    folder = edit("severity.yaml", "[detention, criminal]", "[detention, crimnal]")
    line = line_of(folder, "severity.yaml", "crimnal")
    assert refusal(folder) == (
        f"severity.yaml:{line}: editions[0].rules[0].when.items.sanction[1]: "
        "unknown value 'crimnal' (did you mean 'criminal'?)"
    )


def test_versions_out_of_order(edit: Edit) -> None:
    folder = edit("publicity.yaml", "effective_from: 2023-05-01", "effective_from: 2019-07-01")
    line = line_of(folder, "publicity.yaml", "code: R58") + 1
    assert refusal(folder) == (
        f"publicity.yaml:{line}: versions[1].effective_from: must be after the 2019-07-01 of the entry before it"
    )


def test_a_minimum_longer_than_the_maximum(edit: Edit) -> None:
    folder = edit("publicity.yaml", "max_months: 12", "max_months: 2")
    line = line_of(folder, "publicity.yaml", "general:")
    assert refusal(folder) == (
        f"publicity.yaml:{line}: versions[0].periods.general: min_months is longer than max_months"
    )


def test_a_deadline_of_another_name(edit: Edit) -> None:
    folder = edit("deadlines.yaml", "  notice_reply:", "  notice_repply:")
    parent = line_of(folder, "deadlines.yaml", "deadlines:")
    line = line_of(folder, "deadlines.yaml", "notice_repply")
    assert refusal(folder).splitlines() == [
        f"deadlines.yaml:{parent}: deadlines: 'notice_reply' is missing",
        f"deadlines.yaml:{line}: deadlines.notice_repply: unknown key 'notice_repply' (did you mean 'notice_reply'?)",
    ]


def test_a_measure_of_class_one_without_law(edit: Edit) -> None:
    folder = edit("measures.yaml", "    legal_basis: 中华人民共和国行政许可法等，按具体事项\n", "")
    line = line_of(folder, "measures.yaml", "code: M01")
    assert refusal(folder) == f"measures.yaml:{line}: measures[0]: a measure of class 1 needs its legal_basis"


def test_a_measure_twice_at_the_same_time(edit: Edit) -> None:
    folder = edit("measures.yaml", "code: M02", "code: M01")
    assert refusal(folder).endswith("measures[1].code: M01 is in force from 2021-12-16, when an entry before still is")


def test_a_provision_without_source(edit: Edit) -> None:
    folder = edit("plausibility.yaml", "  confidence: low\n", "")
    assert refusal(folder) == "plausibility.yaml:2: fine: 'confidence' is missing"


def test_the_limit_is_data(edit: Edit) -> None:
    law = laws.load(edit("plausibility.yaml", "above_wan: 1000", "above_wan: 1.5"), CALENDAR, MODELS)
    assert law.plausibility.fine.above_wan == Decimal("1.5")
    with pytest.raises(UnusableError):
        law.check(penalty("罚款", fine="1.6", text="罚款"), UNDER_R36)


def test_a_missing_file_is_named(edit: Edit) -> None:
    folder = edit("plausibility.yaml", "fine:", "fine:")
    (folder / "plausibility.yaml").unlink()
    assert refusal(folder).startswith("plausibility.yaml: cannot be read")
