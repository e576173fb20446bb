"""Rows of the national templates: what each states, and what comes back of it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import registry
from schemas.reasons import Reason
from schemas.sheets import REVISION, Context, Kind, RowUnusable, Stated, Template, Written

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.csv"))
HEALTH, HEALTH_CODE = "舞钢市卫生健康委员会", "11410481983690064T"
OFFICE, OFFICE_CODE = "舞钢市社会信用体系建设办公室", "11410481685969382K"
CONTEXT = Context(HEALTH_CODE, {HEALTH: HEALTH_CODE, OFFICE: OFFICE_CODE})
LONG_TERM = "2099/12/31"


@cache
def templates() -> Mapping[str, Template]:
    return registry.load().templates()


@cache
def models() -> Mapping[str, Any]:
    return registry.load().models()


NATIONAL = [name for name, one in templates().items() if one.generation]


def rows(path: Path) -> list[dict[str, str]]:
    codes = {column.title: column.code for column in templates()[path.stem].columns}
    with path.open(encoding="utf-8", newline="") as file:
        return [{codes[title]: text for title, text in row.items() if text} for row in csv.DictReader(file)]


def valid(stated: Stated) -> Any:
    return models()[stated.type].model_validate(stated.data)


def written(template: Template, data: Mapping[str, Any]) -> Written:
    assert template.write is not None
    return template.write(data)


def ours(template: Template) -> set[str]:
    return {column.code for column in template.columns if column.ours}


def example(name: str, **changes: str) -> dict[str, str]:
    values = {column.code: column.example for column in templates()[name].columns if column.example}
    return {code: text for code, text in (values | changes).items() if text}


def read(name: str, context: Context = CONTEXT, /, **changes: str) -> Stated:
    return templates()[name].read(example(name, **changes), context)


def refused(name: str, **changes: str) -> RowUnusable:
    with pytest.raises(RowUnusable) as caught:
        read(name, **changes)
    return caught.value


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_states_what_it_did_and_comes_back(path: Path) -> None:
    template = templates()[path.stem]
    stated = [template.read(row, CONTEXT) for row in rows(path)]
    assert [{"type": one.type, "data": one.data} for one in stated] == json.loads(
        path.with_suffix(".json").read_text(encoding="utf-8")
    )
    for one, row in zip(stated, rows(path), strict=True):
        message = valid(one)
        if one.type == template.type:
            back = written(template, one.data).values
            kept = {code: text for code, text in row.items() if code in ours(template)}
            assert valid(template.read({**back, **kept}, CONTEXT)) == message


def test_every_national_template_has_its_golden_file() -> None:
    assert {path.stem for path in GOLDEN} == set(NATIONAL)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("penalty-v2019", 30),
        ("permit-v2019", 28),
        ("penalty-v2018-organisation", 26),
        ("penalty-v2018-person", 20),
        ("penalty-v2016-organisation", 20),
        ("penalty-v2016-person", 15),
        ("permit-v2016-organisation", 17),
        ("permit-v2016-person", 12),
        ("red-v2016-organisation", 11),
        ("black-v2016-organisation", 11),
        ("black-v2016-person", 7),
        ("grade-v2016", 9),
    ],
)
def test_a_national_template_has_the_columns_of_its_generation(name: str, count: int) -> None:
    columns = templates()[name].columns
    assert len([column for column in columns if not column.ours]) == count
    assert columns[-1] is REVISION


@pytest.mark.parametrize("name", templates())
def test_no_heading_means_two_columns(name: str) -> None:
    columns = templates()[name].columns
    headings = Counter(text for column in columns for text in {column.code, column.title, *column.also})
    assert [text for text, times in headings.items() if times > 1] == []
    assert all(len(choice.word) and choice.code for column in columns for choice in column.choices)
    words = [Counter(choice.word for choice in column.choices) for column in columns]
    assert all(times == 1 for each in words for times in each.values())


@pytest.mark.parametrize("name", templates())
def test_the_example_of_a_template_is_a_row_that_can_be_used(name: str) -> None:
    valid(read(name))


def test_2018_has_no_kind_of_party_and_a_code_says_it() -> None:
    assert read("penalty-v2018-organisation").data["CF_XDR_LB"] == "个体工商户"
    other = read("penalty-v2018-organisation", CF_XDR_SHXYM="12 4104814170481228").data
    assert other["CF_XDR_LB"] == "法人及非法人组织"
    assert read("penalty-v2018-person").data["CF_XDR_LB"] == "自然人"


def test_a_state_is_read_by_its_generation() -> None:
    assert read("permit-v2016-organisation", XK_ZT="0").data["XK_ZT"] == "1"
    assert read("permit-v2018-organisation", XK_ZT="1").data["XK_ZT"] == "1"
    assert read("permit-v2019", XK_ZT="无效").data["XK_ZT"] == "2"
    # What V2019 does not know stays as it is, and is refused where messages are.
    assert read("permit-v2019", XK_ZT="0").data["XK_ZT"] == "0"


@pytest.mark.parametrize("state", ["1", "撤销"])
def test_a_row_of_2016_that_is_revoked_takes_its_record_back(state: str) -> None:
    stated = read("permit-v2016-person", XK_ZT=state, state_on="2026-05-08")
    assert stated.type == "credit.office.withdrawal.v1"
    message = valid(stated)
    assert message.reason == "revoked"
    assert message.target.key == ("credit.licensing.permit", HEALTH_CODE, "舞卫公许〔2026〕18号", "")


def test_a_row_of_2016_whose_state_says_too_little_is_refused() -> None:
    error = refused("penalty-v2016-organisation", CF_ZT="3", state_on="2026-05-08")
    assert (error.reason, error.column) == (Reason.ITEM_INVALID, "CF_ZT")
    error = refused("penalty-v2016-organisation", CF_ZT="1")
    assert (error.reason, error.column) == (Reason.ITEM_MISSING, "state_on")
    assert refused("penalty-v2016-organisation", CF_ZT="9").column == "CF_ZT"


@pytest.mark.parametrize("use", ["1", "2", "仅政府部门内部共享", "内部"])
def test_what_is_not_for_the_public_is_not_taken_from_a_table_of_publications(use: str) -> None:
    assert refused("penalty-v2016-person", CF_SYFW=use).column == "CF_SYFW"
    assert refused("permit-v2016-person", XK_SYFW=use).column == "XK_SYFW"


def test_the_code_of_an_organ_is_never_guessed() -> None:
    error = refused("penalty-v2016-organisation", CF_XZJG="舞钢市卫生局")
    assert (error.reason, error.column) == (Reason.ITEM_MISSING, "CF_CFJGDM")
    given_code = read("penalty-v2016-organisation", CF_XZJG="舞钢市卫生局", CF_CFJGDM=OFFICE_CODE).data
    assert given_code["CF_CFJGDM"] == OFFICE_CODE
    assert refused("red-v2016-person", RDBMQC="某办公室").column == "organ.code"


def test_who_hands_rows_in_is_where_the_data_come_from() -> None:
    assert read("permit-v2016-person").data["XK_LYDW"] == HEALTH
    other = read("permit-v2016-person", XK_LYDW=OFFICE).data
    assert (other["XK_LYDW"], other["XK_LYDWDM"]) == (OFFICE, OFFICE_CODE)
    stranger = read("permit-v2016-person", XK_LYDW="某局").data
    assert "XK_LYDWDM" not in stranger


@pytest.mark.parametrize("name", [name for name in NATIONAL if name.startswith("penalty")])
def test_the_procedure_of_a_penalty_has_no_default(name: str) -> None:
    error = refused(name, summary_procedure="")
    assert (error.reason, error.column) == (Reason.ITEM_MISSING, "summary_procedure")
    told = Context(CONTEXT.sender, CONTEXT.organs, {"summary_procedure": "是"})
    values = example(name, summary_procedure="")
    assert templates()[name].read(values, told).data["summary_procedure"] is True
    assert templates()[name].read({**values, "summary_procedure": "否"}, told).data["summary_procedure"] is False


def test_a_conduct_is_other_only_where_the_words_allow_it() -> None:
    assert refused("penalty-v2019", conduct="").column == "conduct"
    plain = read("penalty-v2019", conduct="", CF_WFXW="未按规定消毒", CF_SY="毛巾未消毒", suspected_crime="").data
    assert (plain["conduct"], plain["suspected_crime"]) == ("other", False)
    assert refused("penalty-v2019", conduct="", CF_WFXW="违法发布医疗广告").column == "conduct"


@pytest.mark.parametrize("words", ["该行为涉嫌非法行医罪", "已移送公安机关", "依法追究刑事责任"])
def test_nobody_is_held_clear_of_a_crime_against_the_words_of_the_decision(words: str) -> None:
    assert refused("penalty-v2019", suspected_crime="", CF_SY=words).column == "suspected_crime"
    assert read("penalty-v2019", suspected_crime="否", CF_SY=words).data["suspected_crime"] is False


@pytest.mark.parametrize(
    ("result", "fine"),
    [
        ("罚款人民币2000元", "0.2"),
        ("警告，并处罚款2,000.00元整", "0.2"),
        ("罚款0.25万元", "0.25"),
        ("罚款：￥3000元；逾期每日按罚款数额的3%加处罚款", "0.3"),
        ("没收违法所得500元，罚款5000元", "0.5"),
    ],
)
def test_the_one_amount_that_a_result_of_2016_names_is_read(result: str, fine: str) -> None:
    data = read("penalty-v2016-organisation", CF_JG=result, CF_CFLB1="罚款", CF_CFLB2="").data
    assert Decimal(data["CF_NR_FK"]) == Decimal(fine)
    assert data["CF_NR"] == result


@pytest.mark.parametrize(
    "result",
    [
        "警告，并处罚款",
        "罚款贰仟元",
        "罚款人民币贰仟元整并没收违法所得3000元",
        "对甲罚款1000元，对乙罚款2000元",
        "罚款2000",
        "罚款2千元",
    ],
)
def test_an_amount_that_can_be_meant_in_two_ways_is_asked_for(result: str) -> None:
    error = refused("penalty-v2016-organisation", CF_JG=result, CF_CFLB1="罚款", CF_CFLB2="")
    assert (error.reason, error.column) == (Reason.ITEM_CONDITIONAL, "CF_NR_FK")
    said = read("penalty-v2016-organisation", CF_JG=result, CF_CFLB1="罚款", CF_CFLB2="", CF_NR_FK="0.2")
    assert said.data["CF_NR_FK"] == "0.2"


def test_2016_says_what_it_cannot_hold() -> None:
    data = read("penalty-v2019", CF_NR_FK="0.123456", CF_YXQ="2027/04/13", CF_XDR_SYDW="事证1").data
    told = written(templates()["penalty-v2016-organisation"], data)
    assert set(told.lost) == {"CF_YXQ", "CF_XDR_SYDW", "CF_CFJGDM", "CF_SJLY", "CF_SJLYDM"}
    assert (told.values["CF_CFLB1"], told.values["CF_CFLB2"]) == ("警告", "罚款")
    whole = written(templates()["penalty-v2016-organisation"], data | {"CF_YXQ": "长期"})
    assert set(whole.lost) == {"CF_XDR_SYDW", "CF_CFJGDM", "CF_SJLY", "CF_SJLYDM"}


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("0.2", "0.20"),
        ("0.002", "0.002"),  # twenty yuan, of which two decimals would make nothing
        ("0.123456", "0.123456"),
        ("12345", "12345.00"),
    ],
)
def test_in_words_an_amount_stands_to_its_last_decimal(amount: str, says: str) -> None:
    data = read("penalty-v2019", CF_NR_FK=amount).data
    told = written(templates()["penalty-v2016-organisation"], data)
    assert told.values["CF_JG"] == f"警告，罚款人民币2000元（罚款金额{says}万元）"
    back = templates()["penalty-v2016-organisation"].read(told.values, CONTEXT).data
    assert Decimal(back["CF_NR_FK"]) == Decimal(amount)


def test_a_permit_that_no_longer_holds_is_not_passed_on_as_one_that_does_without_a_word() -> None:
    data = read("permit-v2019", XK_ZT="无效").data
    assert "XK_ZT" in written(templates()["permit-v2016-organisation"], data).lost
    assert written(templates()["permit-v2018-organisation"], data).values["XK_ZT"] == "2"


@pytest.mark.parametrize("generation", ["v2018", "v2016"])
def test_a_template_of_organisations_takes_no_person_and_the_other_way_round(generation: str) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        written(templates()[f"penalty-{generation}-person"], read("penalty-v2019").data)
    with pytest.raises(ValueError, match="cannot hold"):
        written(templates()[f"permit-{generation}-organisation"], read("permit-v2018-person").data)


def test_another_document_than_a_resident_card_is_no_card_number() -> None:
    data = read("penalty-v2018-person", CF_XDR_ZJLX="护照号", CF_XDR_ZJHM="E12345678").data
    told = written(templates()["penalty-v2016-person"], data)
    assert "CF_SFZ" not in told.values
    assert {"CF_XDR_ZJLX", "CF_XDR_ZJHM"} <= set(told.lost)


TEXT = st.text(alphabet="甲乙丙丁样本医院诊所Abc12（）〔〕号", min_size=1, max_size=12)
AMOUNT = st.integers(1, 99_999_999).map(lambda cents: f"{Decimal(cents).scaleb(-6):.6f}")
DAY = st.dates(date(2016, 1, 1), date(2098, 12, 31)).map(lambda day: f"{day:%Y/%m/%d}")
CARD = st.sampled_from(["410481198001010028", "41048120000229101X", "E12345678"])
PREFIXED = {"penalty": "CF", "permit": "XK"}


@st.composite
def messages(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    prefix, columns = PREFIXED[kind], templates()[f"{kind}-v2019"].columns
    party = draw(st.sampled_from(["法人及非法人组织", "个体工商户", "自然人"]))
    data: dict[str, Any] = {}
    for column in columns:
        if column.ours or (not column.required and draw(st.booleans())):
            continue
        if column.kind in {Kind.DAY, Kind.END}:
            data[column.code] = draw(st.just(LONG_TERM) | DAY if column.kind is Kind.END else DAY)
        else:
            data[column.code] = draw(AMOUNT if column.kind is Kind.AMOUNT else TEXT)
    data |= {f"{prefix}_XDR_LB": party, "XK_XKJG" if kind == "permit" else "CF_CFJG": HEALTH}
    for number in (f"{prefix}_FR_ZJ", f"{prefix}_XDR_ZJ"):
        data.pop(f"{number}LX", None)
        data.pop(f"{number}HM", None)
    if party == "自然人":
        data = {
            code: text for code, text in data.items() if not code.startswith((f"{prefix}_XDR_S", f"{prefix}_XDR_Z"))
        }
        data = {code: text for code, text in data.items() if code not in {f"{prefix}_XDR_GSZC", f"{prefix}_FRDB"}}
        data |= {f"{prefix}_XDR_ZJLX": draw(st.sampled_from(["身份证", "护照号"])), f"{prefix}_XDR_ZJHM": draw(CARD)}
    else:
        data[f"{prefix}_XDR_SHXYM"] = "92410481MA9TK8C741" if party == "个体工商户" else "124104814170481228"
        data |= draw(st.sampled_from([{}, {f"{prefix}_FR_ZJLX": "身份证", f"{prefix}_FR_ZJHM": "410481198001010028"}]))
    if kind == "permit":
        data["XK_ZT"] = draw(st.sampled_from(["1", "2"]))
    else:
        kinds = draw(
            st.lists(st.sampled_from(["警告", "罚款", "没收违法所得", "吊销许可证件"]), min_size=1, unique=True)
        )
        data |= {"CF_CFLB": "；".join(kinds), "summary_procedure": False, "suspected_crime": True, "conduct": "other"}
        money = {"罚款": "CF_NR_FK", "没收违法所得": "CF_NR_WFFF"}
        data = {code: text for code, text in data.items() if code not in money.values()}
        data |= {money[each]: draw(AMOUNT) for each in kinds if each in money}
    return data


@pytest.mark.parametrize("generation", ["V2016", "V2018", "V2019"])
@pytest.mark.parametrize("kind", PREFIXED)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_a_generation_can_hold_comes_back_as_it_was(kind: str, generation: str, data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    party = "person" if message[f"{PREFIXED[kind]}_XDR_LB"] == "自然人" else "organisation"
    fitting = [
        one
        for name, one in templates().items()
        if name.startswith(kind) and one.generation == generation and one.parties in {None, party}
    ]
    assert len(fitting) == 1
    told = written(fitting[0], message)
    back = fitting[0].read(told.values, CONTEXT).data
    assert {code: back.get(code) for code in message if code not in told.lost} == {
        code: text for code, text in message.items() if code not in told.lost
    } | {code: back[code] for code in ("CF_NR_FK", "CF_NR_WFFF") if code in message and code not in told.lost}
    for code in ("CF_NR_FK", "CF_NR_WFFF"):
        if code in message and code not in told.lost:
            assert Decimal(back[code]) == Decimal(message[code])
