from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from credit.law import loading
from credit.law.law import Law
from schemas.errors import ConfigurationError, UnusableError
from schemas.party import Organ, Party, RecordKey
from schemas.policy import Confidence
from schemas.reasons import Reason
from schemas.record import Ruling, Severity
from schemas.statement import Category, Fact
from tests.installed import MODELS

SMALL = Path(__file__).parents[2] / "law" / "small"
TODAY = date(2026, 11, 22)
"""A day under the second edition and version of the small law."""

PERSON = Party(kind="person", name="王某")
HOUSEHOLD = Party(kind="individual_business", name="舞钢市示例理发店")
MINOR, GENERAL, SERIOUS = Severity.MINOR, Severity.GENERAL, Severity.SERIOUS


@pytest.fixture(scope="module")
def law() -> Law:
    return loading.load(SMALL, MODELS)


def fact(family: str, category: Category, items: dict[str, Any], **more: Any) -> Fact:
    return Fact(
        key=RecordKey(family, "11410481983690064T", "舞卫医罚〔2026〕12号"),
        organ=Organ(name="舞钢市卫生健康委员会", code="11410481983690064T"),
        party=more.pop("party", Party(kind="organisation", name="舞钢市示例医院")),
        category=category,
        occurred_on=more.pop("occurred_on", date(2026, 3, 6)),
        items=items,
        **more,
    )


def penalty(*kinds: str, text: str = "", fine: str = "", summary: bool = False, **more: Any) -> Fact:
    items = {"penalty_kinds": list(kinds), "CF_NR": text, "CF_NR_FK": fine, "summary_procedure": summary}
    items |= more.pop("also", {})
    return fact("credit.inspection.penalty", Category.PENALTY, items, **more)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (penalty("警告"), MINOR),
        (penalty("其他-警告"), MINOR),
        (penalty("罚款", fine="2.000000"), GENERAL),
        (penalty("吊销许可证件"), SERIOUS),
        (penalty("其他-责令改正"), GENERAL),
        (penalty("其他"), GENERAL),
        (penalty(), GENERAL),
        (penalty("警告", "罚款", fine="2"), GENERAL),
        (penalty("警告", "吊销许可证件", "罚款", fine="2"), SERIOUS),
        (penalty("暂扣或者吊销许可证", text="暂扣医疗机构执业许可证3个月"), GENERAL),
        (penalty("暂扣或者吊销许可证", text="吊销医疗机构执业许可证"), SERIOUS),
        (penalty("罚款", fine="0.15"), MINOR),
        (penalty("罚款", fine="0.150001"), GENERAL),
        (penalty("罚款", fine="0.04", party=PERSON), MINOR),
        (penalty("罚款", fine="0.040001", party=PERSON), GENERAL),
        (penalty("罚款", fine="6", party=PERSON), GENERAL),
        (penalty("罚款", fine="6.000001", party=PERSON), SERIOUS),
        (penalty("罚款", fine="6.000001", party=HOUSEHOLD), GENERAL),
        (penalty("其他-罚款", fine="0.15"), MINOR),
        (penalty("罚款"), GENERAL),  # no amount given: not a small one
        (penalty("警告", fine="2"), GENERAL),  # a fine that the kinds forget
        (penalty("警告", fine="0.15"), MINOR),
        (penalty("罚款", "没收违法所得", fine="0.15"), GENERAL),
        (penalty("罚款", fine="77"), GENERAL),
        (penalty("罚款", fine="77.000001"), SERIOUS),
        (penalty("警告", summary=True), MINOR),
        (penalty("罚款", fine="0.02", summary=True), MINOR),
    ],
)
def test_degree_of_a_penalty(law: Law, of: Fact, expected: Severity) -> None:
    assert law.severity(of, TODAY).severity is expected


@pytest.mark.parametrize(
    ("of", "clause"),
    [
        (penalty("警告", "罚款", fine="2"), "处罚类别“罚款”：试验法 罚款"),
        (penalty("罚款", "没收违法所得"), "处罚类别“罚款”：试验法 罚款"),
        (penalty("没收违法所得", "罚款"), "处罚类别“没收违法所得”：试验法 没收"),
        (penalty("其他-责令改正"), "处罚类别“其他-责令改正”：试验法 其他处罚"),
        (penalty("罚款", fine="78"), "罚款超过77万元：试验法 巨额罚款"),
        (penalty("罚款", fine="0.1"), "罚款不超过0.15万元：试验法 小额罚款"),
        (penalty("警告", fine="2"), "罚款金额：试验法 罚款"),
        (penalty("吊销许可证件", "罚款", fine="78"), "处罚类别“吊销许可证件”：试验法 吊销"),
        (penalty("罚款", summary=True), "简易程序：试验法 简易程序"),
    ],
)
def test_the_clause_names_the_kind_that_weighs_most(law: Law, of: Fact, clause: str) -> None:
    assert law.severity(of, TODAY).clause == clause


def offence(sanction: str) -> Fact:
    return fact("credit.security.offence", Category.OFFENCE, {"sanction": sanction})


@pytest.mark.parametrize(
    ("of", "expected", "clause"),
    [
        (offence("criminal"), SERIOUS, "涉医违法被拘留：试验法 涉医拘留"),
        (offence("fine"), GENERAL, "涉医违法被罚款：试验法 涉医罚款"),
        (offence("warning"), MINOR, "任何涉医违法：试验法 涉医违法"),
        (fact("credit.insurance.fraud", Category.FRAUD, {"severity": "serious"}), SERIOUS, "严重骗保：试验法 骗保"),
        (
            fact("credit.insurance.fraud", Category.FRAUD, {"severity": "serious"}, party=PERSON),
            SERIOUS,
            "个人严重骗保：试验法 个人骗保",
        ),
        (fact("credit.licensing.permit", Category.PERMIT, {}), None, "未列入失信认定规则：试验法 非失信信息"),
        (fact("credit.elsewhere.thing", Category.CONDUCT, {}), None, "未列入失信认定规则：试验法 非失信信息"),
    ],
)
def test_of_the_rules_that_hold_the_heaviest_counts(law: Law, of: Fact, expected: Severity, clause: str) -> None:
    assert law.severity(of, TODAY) == Ruling(expected, clause)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2020, 1, 1), "旧涉医违法：试验法 旧涉医违法"),
        (date(2026, 3, 31), "旧涉医违法：试验法 旧涉医违法"),
        (date(2026, 4, 1), "任何涉医违法：试验法 涉医违法"),
    ],
)
def test_the_degree_follows_the_edition_of_the_day(law: Law, on: date, expected: str) -> None:
    assert law.severity(offence("warning"), on).clause == expected


@pytest.mark.parametrize(
    ("severity", "as_of", "days", "clause"),
    [
        # A decision of 6 March 2026: the first day is not counted, the last one is.
        (GENERAL, date(2019, 6, 30), (date(2026, 5, 7), date(2029, 3, 6)), "第一版一般"),
        (GENERAL, date(2026, 3, 31), (date(2026, 5, 7), date(2029, 3, 6)), "第一版一般"),
        (SERIOUS, date(2026, 3, 31), (date(2026, 8, 7), date(2029, 10, 6)), "第一版严重"),
        (GENERAL, date(2026, 4, 1), (date(2026, 10, 7), date(2027, 3, 6)), "第二版一般"),
        (SERIOUS, date(2026, 4, 1), (date(2027, 4, 7), date(2029, 3, 6)), "第二版严重"),
    ],
)
def test_the_window_follows_the_version_in_force_on_the_day_of_looking(
    law: Law, severity: Severity, as_of: date, days: tuple[date, date], clause: str
) -> None:
    window = law.window(penalty("罚款"), severity, as_of)
    assert window.public
    assert (window.repairable_from, window.until) == days
    assert window.clause == f"试验法 {clause}"


@pytest.mark.parametrize(
    ("as_of", "changes_on"),
    [
        (date(2019, 1, 1), date(2024, 7, 8)),
        (date(2024, 7, 8), date(2025, 2, 3)),
        (date(2026, 3, 31), date(2026, 4, 1)),
        (date(2026, 4, 1), None),
    ],
)
def test_the_window_says_when_the_law_itself_changes(law: Law, as_of: date, changes_on: date | None) -> None:
    assert law.window(penalty("罚款"), GENERAL, as_of).changes_on == changes_on


@pytest.mark.parametrize(
    ("decided", "until", "repairable_from"),
    [
        (date(2026, 11, 30), date(2027, 11, 30), date(2027, 7, 1)),
        (date(2024, 2, 29), date(2025, 2, 28), date(2024, 9, 30)),
    ],
)
def test_a_month_without_that_day_ends_the_period_on_its_last(
    law: Law, decided: date, until: date, repairable_from: date
) -> None:
    window = law.window(penalty("罚款", occurred_on=decided), GENERAL, TODAY)
    assert (window.until, window.repairable_from) == (until, repairable_from)


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (date(2026, 10, 5), date(2027, 3, 6)),
        (date(2026, 10, 6), date(2026, 10, 6)),
        (date(2027, 3, 6), date(2027, 3, 6)),
        (date(2027, 3, 7), date(2027, 3, 6)),
        (date(2099, 12, 31), date(2027, 3, 6)),
    ],
)
def test_the_source_may_shorten_publicity_down_to_the_minimum_but_not_lengthen_it(
    law: Law, asked: date, until: date
) -> None:
    assert law.window(penalty("罚款", publicity_until=asked), GENERAL, TODAY).until == until


@pytest.mark.parametrize("as_of", [date(2020, 1, 1), date(2024, 1, 1), TODAY])
def test_a_minor_record_is_not_public_and_has_no_end_of_its_own(law: Law, as_of: date) -> None:
    window = law.window(penalty("警告", publicity_until=date(2026, 6, 6)), MINOR, as_of)
    assert (window.public, window.until, window.repairable_from) == (False, None, date(2026, 3, 6))


def test_what_is_not_adverse_ends_when_it_says_itself(law: Law) -> None:
    permit = fact("credit.licensing.permit", Category.PERMIT, {}, valid_until=date(2031, 3, 1))
    honour = fact("credit.office.honour", Category.HONOUR, {}, valid_until=date(2028, 3, 14))
    check = fact("credit.inspection.check", Category.CHECK, {})
    windows = [law.window(each, None, TODAY) for each in (permit, honour, check)]
    assert [window.public for window in windows] == [True, False, False]
    assert [window.until for window in windows] == [date(2031, 3, 1), date(2028, 3, 14), None]
    assert [window.repairable_from for window in windows] == [None, None, None]


def test_what_is_not_adverse_cites_the_clause_of_its_own_kind_or_none(law: Law) -> None:
    """Never that of permits: coercion, a check, an honour are of other kinds."""
    of_kind = {category: law.window(fact("credit.x", category, {}), None, TODAY) for category in Category}
    cited = {category: window.clause for category, window in of_kind.items() if window.clause}
    assert cited == {Category.PERMIT: "试验法 许可公开"}


def test_a_category_that_is_opened_twice_is_refused(edit: Edit) -> None:
    folder = edit("publicity.yaml", "categories: [permit]", "categories: [permit, check, permit]")
    assert "a category is named twice under not_adverse" in refusal(folder)


def test_fines_are_weighed_under_fines_alone(edit: Edit) -> None:
    kind = "      kinds:\n        罚款: {severity: minor, source: {document: 试验法, clause: 罚款}, confidence: high}\n"
    assert "罚款 has its degrees under fines" in refusal(edit("severity.yaml", "      kinds:\n", kind))


@pytest.mark.parametrize("small", ["person_up_to_wan: 6.1", "organisation_up_to_wan: 78"])
def test_a_fine_cannot_be_small_and_huge(edit: Edit, small: str) -> None:
    before = "person_up_to_wan: 0.04" if small.startswith("person") else "organisation_up_to_wan: 0.15"
    assert "a fine would be small and huge at once" in refusal(edit("severity.yaml", before, small))


def test_a_decision_of_today_is_taken_and_one_of_tomorrow_is_not(law: Law) -> None:
    law.check(penalty("警告"), date(2026, 3, 6))
    with pytest.raises(UnusableError) as caught:
        law.check(penalty("警告"), date(2026, 3, 5))
    assert caught.value.reason is Reason.DATE_FUTURE


@pytest.mark.parametrize(
    ("fine", "text"),
    [
        ("888.000001", "罚款"),
        ("20000", "警告，罚款人民币20000元"),
        ("500.000000", "罚款人民币500元"),
        ("500", "罚款人民币伍佰元整"),
        ("500", "处以500元罚款"),
    ],
)
def test_an_implausible_fine_is_held(law: Law, fine: str, text: str) -> None:
    with pytest.raises(UnusableError) as caught:
        law.check(penalty("罚款", fine=fine, text=text), TODAY)
    assert caught.value.reason is Reason.FINE_IMPLAUSIBLE


@pytest.mark.parametrize(
    ("fine", "text"),
    [
        ("888", "罚款888万元"),
        ("2.000000", "警告，罚款人民币20000元"),
        ("0.05", "罚款500元"),
        ("2", "罚款2万元，没收违法所得2元"),
        ("", "罚款0元"),
        ("0.000000", "罚款0元"),
    ],
)
def test_a_plausible_fine_passes(law: Law, fine: str, text: str) -> None:
    law.check(penalty("罚款", fine=fine, text=text), TODAY)


def test_of_the_versions_since_the_decision_the_mildest_governs_minimum_and_maximum_apart(edit: Edit) -> None:
    law = loading.load(edit("publicity.yaml", "date: evaluation_date", "date: mildest"), MODELS)
    older = law.window(penalty("罚款"), GENERAL, TODAY)
    assert (older.repairable_from, older.until) == (date(2026, 5, 7), date(2027, 3, 6))
    assert older.clause == "试验法 第二版一般；最短公示期依照 试验法 第一版一般"
    assert law.confidence(older.clause) is Confidence.HIGH
    assert law.confidence("试验法 第二版一般；最短公示期依照 试验法 无此条") is None
    newer = law.window(penalty("罚款", occurred_on=date(2026, 4, 1)), GENERAL, TODAY)
    assert (newer.repairable_from, newer.until, newer.clause) == (
        date(2026, 11, 2),
        date(2027, 4, 1),
        "试验法 第二版一般",
    )


PERSON = Party(kind="person", name="王某")
HOUSEHOLD = Party(kind="individual_business", name="某诊所")


@pytest.mark.parametrize(
    "of",
    [
        penalty("罚款", fine="0.4", summary=True),
        penalty("罚款", fine="0.400001"),
        penalty("罚款", fine="0.4", summary=True)._replace(party=HOUSEHOLD),
        penalty("罚款", fine="0.05", summary=True)._replace(party=PERSON),
        penalty("其他-警告", summary=True),
        penalty("警告", summary=True, also={"CF_NR_WFFF": "0.000000", "CF_NR_ZKDX": " "}),
    ],
)
def test_what_the_summary_procedure_can_decide_passes(law: Law, of: Fact) -> None:
    law.check(of, TODAY)


@pytest.mark.parametrize(
    "of",
    [
        penalty("罚款", fine="0.400001", summary=True),
        penalty("罚款", fine="0.050001", summary=True)._replace(party=PERSON),
        penalty("警告", "责令停产停业", summary=True),
        penalty("其他-责令改正", summary=True),
        penalty("警告", summary=True, also={"CF_NR_WFFF": "0.100000"}),
        penalty("警告", summary=True, also={"CF_NR_ZKDX": "医疗机构执业许可证"}),
    ],
)
def test_what_the_summary_procedure_cannot_have_decided_is_held(law: Law, of: Fact) -> None:
    with pytest.raises(UnusableError) as caught:
        law.check(of, TODAY)
    assert caught.value.reason is Reason.SUMMARY_IMPLAUSIBLE


def test_deadlines_count_as_they_say(law: Law) -> None:
    # 30 September 2026 is a Wednesday; holidays until the 7th, Saturday the 10th is worked.
    assert law.due("feed_publish", date(2026, 9, 30)) == (date(2026, 10, 15), True)
    assert law.due("feed_withdraw", date(2026, 9, 30)) == (date(2026, 10, 3), True)


def test_a_deadline_beyond_the_calendar_says_so(law: Law) -> None:
    assert law.due("feed_publish", date(2026, 12, 30)) == (date(2027, 1, 7), False)


def test_a_measure_is_in_force_from_its_day_on(law: Law) -> None:
    assert law.measure("M01", date(2022, 3, 3)) is None
    assert law.measure("M01", date(2022, 3, 4)) is not None
    assert law.measure("M15", TODAY) is None


@pytest.mark.parametrize(
    ("clause", "confidence"),
    [
        ("处罚类别“罚款”：试验法 罚款", Confidence.MEDIUM),
        ("处罚类别“其他-其他：责令改正”：试验法 其他处罚", Confidence.LOW),  # a name with a colon of its own
        ("简易程序：试验法 简易程序", Confidence.HIGH),
        ("严重骗保：试验法 骗保", Confidence.LOW),  # two provisions of one source: the less sure counts
        ("试验法 第二版一般", Confidence.HIGH),
        ("试验法 第二版", Confidence.HIGH),
        ("旧法 罚款", None),
        ("处罚类别“罚款”：旧法 罚款", None),
        ("", None),
    ],
)
def test_how_sure_the_law_is_of_a_kept_clause(law: Law, clause: str, confidence: Confidence | None) -> None:
    assert law.confidence(clause) is confidence


# What a policy file may not say.

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    folder = tmp_path / "national"
    shutil.copytree(SMALL, folder)

    def change(name: str, old: str, new: str) -> Path:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        loading.load(folder, MODELS)
    return str(caught.value).replace(f"{folder}/", "")


def line_of(folder: Path, name: str, text: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_the_day_of_decision_may_govern_instead(edit: Edit) -> None:
    law = loading.load(edit("publicity.yaml", "date: evaluation_date", "date: decision_date"), MODELS)
    assert law.window(penalty("罚款"), GENERAL, TODAY).until == date(2029, 3, 6)  # that of the first version


def test_an_ended_measure_is_not_in_force_the_day_after(edit: Edit) -> None:
    folder = edit(
        "measures.yaml",
        "effective_from: 2022-03-04",
        "effective_from: 2022-03-04\n    effective_to: 2026-11-21",
    )
    law = loading.load(folder, MODELS)
    assert law.measure("M01", date(2026, 11, 21)) is not None
    assert law.measure("M01", date(2026, 11, 22)) is None


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
        f"severity.yaml:{line}: editions[1].rules[0].when.items.sanktion: "
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
        f"severity.yaml:{line}: editions[1].rules[2].when.items.sanction[1]: "
        "unknown value 'crimnal' (did you mean 'criminal'?)"
    )


def test_versions_out_of_order(edit: Edit) -> None:
    folder = edit("publicity.yaml", "effective_from: 2026-04-01", "effective_from: 2024-07-08")
    line = line_of(folder, "publicity.yaml", "code: T2") + 1
    assert refusal(folder) == (
        f"publicity.yaml:{line}: versions[1].effective_from: must be after the 2024-07-08 of the entry before it"
    )


def test_a_minimum_longer_than_the_maximum(edit: Edit) -> None:
    folder = edit("publicity.yaml", "max_months: 36", "max_months: 1")
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
    folder = edit("measures.yaml", "    legal_basis: 试验法\n", "")
    line = line_of(folder, "measures.yaml", "code: M01")
    assert refusal(folder) == f"measures.yaml:{line}: measures[0]: a measure of class 1 needs its legal_basis"


def test_a_measure_twice_at_the_same_time(edit: Edit) -> None:
    folder = edit("measures.yaml", "code: M02", "code: M01")
    assert refusal(folder).endswith("measures[1].code: M01 is in force from 2022-03-04, when an entry before still is")


def test_a_provision_without_source(edit: Edit) -> None:
    folder = edit("plausibility.yaml", ", confidence: high", "")
    assert refusal(folder) == "plausibility.yaml:2: fine: 'confidence' is missing"


@pytest.mark.parametrize(
    ("revision", "sent_at", "reason"),
    [
        (77, "2026-11-22T08:00:00+08:00", None),
        (78, "2026-11-22T08:00:00+08:00", Reason.REVISION_IMPLAUSIBLE),
        (2**31 - 1, "2026-11-22T08:00:00+08:00", Reason.REVISION_IMPLAUSIBLE),
        (1, "2026-11-25T15:59:59.999999Z", None),
        (1, "2026-11-25T16:00:00Z", Reason.TIME_IMPLAUSIBLE),
        (1, "2026-11-26T07:00:00+15:00", Reason.TIME_IMPLAUSIBLE),
        (1, "2026-11-26T06:59:59+15:00", None),
        (1, "2099-01-01T00:00:00+08:00", Reason.TIME_IMPLAUSIBLE),
        (1, "9999-12-31T23:59:59-12:00", Reason.TIME_IMPLAUSIBLE),
        (1, "0001-01-01T00:00:00+14:00", None),
    ],
)
def test_what_would_outrank_every_later_message_is_held(
    law: Law, revision: int, sent_at: str, reason: Reason | None
) -> None:
    try:
        law.check_order(revision, datetime.fromisoformat(sent_at), date(2026, 11, 22))
        found = None
    except UnusableError as error:
        found = error.reason
    assert found is reason


def test_the_limit_is_data(edit: Edit) -> None:
    law = loading.load(edit("plausibility.yaml", "above_wan: 888", "above_wan: 1.5"), MODELS)
    assert law.plausibility.fine.above_wan == Decimal("1.5")
    with pytest.raises(UnusableError):
        law.check(penalty("罚款", fine="1.6", text="罚款"), TODAY)


def test_a_missing_file_is_named(edit: Edit) -> None:
    folder = edit("plausibility.yaml", "fine:", "fine:")
    (folder / "plausibility.yaml").unlink()
    assert refusal(folder).startswith("plausibility.yaml: cannot be read")
