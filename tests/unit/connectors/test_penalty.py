from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.inspection.messages import PENALTY_KINDS, Penalty, split_kinds
from schemas.party import Party
from tests.unit.schemas.events import sample

PERSON = {
    "CF_XDR_LB": "自然人",
    "CF_XDR_SHXYM": "",
    "CF_FRDB": "",
    "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "41048120000229101X",
}

REQUIRED = [
    "CF_XDR_MC",
    "CF_XDR_LB",
    "CF_WSH",
    "CF_WFXW",
    "CF_SY",
    "CF_YJ",
    "CF_CFLB",
    "CF_NR",
    "CF_JDRQ",
    "CF_YXQ",
    "CF_CFJG",
    "CF_CFJGDM",
    "CF_SJLY",
    "CF_SJLYDM",
]


def penalty(**changes: Any) -> Penalty:
    return Penalty.model_validate(sample("inspection/penalty")["data"] | changes)


def fault(**changes: Any) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        penalty(**changes)
    error = caught.value.errors()[0]
    return error["type"], ".".join(map(str, error["loc"])) or error["msg"]


@pytest.mark.parametrize("item", REQUIRED)
def test_required_items_may_be_neither_left_out_nor_blank(item: str) -> None:
    assert fault(**{item: ""}) == ("missing", item)
    assert fault(**{item: " \u3000"}) == ("missing", item)


@pytest.mark.parametrize("item", ["summary_procedure", "suspected_crime", "conduct"])
def test_the_items_of_the_contract_are_required(item: str) -> None:
    data = sample("inspection/penalty")["data"]
    del data[item]
    with pytest.raises(ValidationError, match="Field required"):
        Penalty.model_validate(data)


@pytest.mark.parametrize(
    ("item", "longest"),
    [
        ("CF_XDR_MC", 200),
        ("CF_XDR_SHXYM", 18),
        ("CF_XDR_GSZC", 50),
        ("CF_XDR_ZZJG", 9),
        ("CF_XDR_SWDJ", 15),
        ("CF_XDR_SYDW", 12),
        ("CF_XDR_SHZZ", 50),
        ("CF_FRDB", 50),
        ("CF_FR_ZJHM", 64),
        ("CF_WSH", 128),
        ("CF_WFXW", 2000),
        ("CF_SY", 5000),
        ("CF_YJ", 2048),
        ("CF_NR", 4000),
        ("CF_NR_ZKDX", 200),
        ("CF_CFJG", 255),
        ("CF_CFJGDM", 18),
        ("BZ", 4000),
    ],
)
def test_lengths_are_those_of_the_national_template(item: str, longest: int) -> None:
    penalty(**{item: "1" * longest})
    assert fault(**{item: "1" * (longest + 1)}) == ("string_too_long", item)


def test_kinds_are_split_and_kept_once_in_order() -> None:
    assert split_kinds("罚款；警告;没收违法所得、没收非法财物； 罚款；") == (
        "罚款",
        "警告",
        "没收违法所得",
        "没收非法财物",
    )
    assert penalty().penalty_kinds == ("警告", "罚款")


@pytest.mark.parametrize("kind", [*PENALTY_KINDS, "其他-责令改正"])
def test_every_kind_on_the_list_is_accepted(kind: str) -> None:
    accepted = penalty(CF_CFLB=kind, CF_NR_FK="1", CF_NR_WFFF="1", CF_NR_ZKDX="卫生许可证 1号")
    assert accepted.penalty_kinds == (kind,)


@pytest.mark.parametrize("text", ["罚金", "警告，罚款", "警告；拘役", "；、;", "其他-", "ZF", "警告;没收"])
def test_a_kind_off_the_list_is_refused(text: str) -> None:
    assert fault(CF_CFLB=text) == ("penalty_kind", "CF_CFLB")


def test_an_unknown_kind_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(ValidationError, match="kind 2 is not on the list; is 责令停产停业 meant"):
        penalty(CF_CFLB="警告；停产停业")


@pytest.mark.parametrize(
    ("changes", "item"),
    [
        ({"CF_CFLB": "罚款", "CF_NR_FK": ""}, "CF_NR_FK"),
        ({"CF_CFLB": "罚款", "CF_NR_FK": "0"}, "CF_NR_FK"),
        ({"CF_CFLB": "没收违法所得", "CF_NR_WFFF": ""}, "CF_NR_WFFF"),
        ({"CF_CFLB": "没收非法财物", "CF_NR_WFFF": ""}, "CF_NR_WFFF"),
        ({"CF_CFLB": "暂扣或者吊销许可证", "CF_NR_ZKDX": ""}, "CF_NR_ZKDX"),
        ({"CF_CFLB": "吊销许可证件", "CF_NR_ZKDX": " "}, "CF_NR_ZKDX"),
        ({"CF_XDR_LB": "法人及非法人组织", "CF_FRDB": ""}, "CF_FRDB"),
        ({"CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": ""}, "CF_XDR_SHXYM"),
        ({"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": ""}, "CF_XDR_SHXYM"),
        (PERSON | {"CF_XDR_ZJLX": ""}, "CF_XDR_ZJLX"),
        (PERSON | {"CF_XDR_ZJHM": ""}, "CF_XDR_ZJHM"),
        (PERSON | {"CF_XDR_SHXYM": "92410481MA9TK8C741"}, "CF_XDR_SHXYM must be blank"),
        (PERSON | {"CF_XDR_GSZC": "410481000001"}, "CF_XDR_GSZC must be blank"),
    ],
)
def test_a_missing_conditional_item_is_named(changes: dict[str, str], item: str) -> None:
    kind, message = fault(**changes)
    assert kind == ("excluded" if "must be blank" in item else "conditional")
    assert message.startswith(item)


def test_all_missing_conditional_items_are_named_at_once() -> None:
    _, message = fault(CF_CFLB="罚款；没收违法所得；暂扣或者吊销许可证", CF_NR_FK="", CF_XDR_SHXYM="")
    assert [part.split()[0] for part in message.split("; ")] == [
        "CF_XDR_SHXYM",
        "CF_NR_FK",
        "CF_NR_WFFF",
        "CF_NR_ZKDX",
    ]


def test_an_individual_business_needs_no_legal_representative() -> None:
    assert penalty(CF_FRDB="").CF_FRDB is None


@pytest.mark.parametrize("value", ["0.2", 0.2, "0.200000", Decimal("0.2")])
def test_a_fine_is_in_ten_thousand_yuan(value: object) -> None:
    assert Decimal("0.2") == penalty(CF_NR_FK=value).CF_NR_FK


@pytest.mark.parametrize("value", ["0.2000001", "-0.2", "2千", True, [2]])
def test_a_fine_is_a_plain_amount(value: object) -> None:
    assert fault(CF_NR_FK=value)[1] == "CF_NR_FK"


@pytest.mark.parametrize("item", ["CF_YXQ", "CF_GSJZQ"])
def test_an_end_before_the_decision_is_refused_the_same_day_is_not(item: str) -> None:
    penalty(**{item: "2026/04/13"})
    assert fault(**{item: "2026/04/12"}) == ("date_order", f"{item} is before CF_JDRQ")


@pytest.mark.parametrize(
    "kind", ["身份证", "护照号", "护照", "台湾居民来往内地通行证", "外国人永久居留身份证", "其他-军官证"]
)
def test_kinds_of_identity_document(kind: str) -> None:
    assert penalty(**PERSON | {"CF_XDR_ZJLX": kind}).counterparty().id_type == kind


@pytest.mark.parametrize("kind", ["驾驶证", "其他", "01"])
def test_an_unknown_kind_of_identity_document_is_refused(kind: str) -> None:
    assert fault(**PERSON | {"CF_XDR_ZJLX": kind}) == ("id_type", "CF_XDR_ZJLX")


@pytest.mark.parametrize("item", ["CF_XDR_MC", "CF_FRDB", "CF_WSH", "CF_CFJG"])
@pytest.mark.parametrize("char", ["\u200b", "\u202e", "\x07"])
def test_names_and_numbers_hold_no_hidden_character(item: str, char: str) -> None:
    assert fault(**{item: f"甲{char}乙"}) == ("text_forbidden", item)


def test_a_counterparty_has_the_codes_of_its_kind() -> None:
    business = penalty(
        CF_XDR_GSZC="410481600123", CF_XDR_ZZJG="MA9TK8C74", CF_XDR_ZJHM="41048120000229101X"
    ).counterparty()
    assert business.model_dump(exclude_none=True) == {
        "kind": "individual_business",
        "name": "舞钢市样本美发店",
        "uscc": "92410481MA9TK8C741",
        "org_code": "MA9TK8C74",
        "registration_no": "410481600123",
    }
    person = penalty(**PERSON | {"CF_XDR_MC": "样本人员"}).counterparty()
    assert person.model_dump(exclude_none=True) == {
        "kind": "person",
        "name": "样本人员",
        "id_type": "身份证",
        "id_no": "41048120000229101X",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {
            "CF_XDR_MC": "诊" * 200,
            "CF_XDR_SHXYM": "9" * 18,
            "CF_XDR_ZZJG": "9" * 9,
            "CF_XDR_GSZC": "号" * 50,
        },
        {
            "CF_XDR_LB": "自然人",
            **dict.fromkeys(("CF_XDR_SHXYM", "CF_XDR_GSZC", "CF_XDR_ZZJG", "CF_XDR_SWDJ", "CF_XDR_SYDW"), ""),
            "CF_XDR_SHZZ": "",
            "CF_XDR_ZJLX": "其他-" + "证" * 61,
            "CF_XDR_ZJHM": "9" * 64,
        },
    ],
    ids=["organisation", "person"],
)
def test_whatever_the_items_allow_a_party_allows(changes: dict[str, str]) -> None:
    """The counterparty is made without checking it a second time."""
    found = penalty(**changes).counterparty()
    assert Party.model_validate(found.model_dump(exclude_none=True)) == found


@pytest.mark.parametrize(
    ("kinds", "advice"),
    [
        ("罰款", "write it as 罚款"),
        ("警告；沒收違法所得", "write it as 没收违法所得"),
        ("行政罚款", "write it as 罚款 if that is all of it"),
        ("警告，罚款", "separate several kinds by ；"),
        ("吊销许可证", "is 吊销许可证件 meant?"),
    ],
)
def test_advice_never_drops_a_kind(kinds: str, advice: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(advice)):
        Penalty.model_validate(sample("inspection/penalty")["data"] | {"CF_CFLB": kinds})
