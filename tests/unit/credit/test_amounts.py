from __future__ import annotations

from decimal import Decimal

import pytest

from credit.law.amounts import amounts_in, find_wrong_unit, fines_in


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("警告，罚款人民币20000元", ["20000"]),
        ("罚款2万元", ["20000"]),
        ("罚款1.5万元", ["15000"]),
        ("罚款２００元", ["200"]),
        ("处以20,000元罚款", ["20000"]),
        ("处人民币3000元的罚款", ["3000"]),
        ("罚款人民币贰万元整（￥20000.00元）", ["20000"]),
        ("罚款人民币（大写）十二万三千元", ["123000"]),
        ("罚款壹仟零伍元", ["1005"]),
        ("罚款十五元", ["15"]),
        ("没收违法所得500元，罚款壹仟伍佰元", ["1500"]),
        ("没收违法所得2万元；罚款3000元", ["3000"]),
        ("罚款零点零五万元", ["500"]),
        ("罚款一点五万元", ["15000"]),
        ("罚款伍佰", ["500"]),
        ("罚款五00元", ["500"]),
        ("罰款伍佰塊", ["500"]),
        ("罚款百分之三", []),
        ("没收违法所得500元", []),
        ("责令改正，罚款", []),
        ("", []),
    ],
)
def test_fines_in_the_text_of_a_decision(text: str, yuan: list[str]) -> None:
    assert fines_in(text) == {Decimal(amount) for amount in yuan}


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("￥500", ["500"]),
        ("¥500.00元", ["500"]),
        ("RMB500", ["500"]),
        ("人民币：500", ["500"]),
        ("500元人民币", ["500"]),
        ("伍佰圆整", ["500"]),
        ("伍 佰 元 整", ["500"]),
        ("贰萬圓", ["20000"]),
        ("3千5百元", ["3500"]),
        ("二〇〇〇元", ["2000"]),
        ("伍佰元伍角", ["500.5"]),
        ("500元、2万5千元和1亿元", ["500", "25000", "100000000"]),
        ("2026年10月，第47条，3人", []),
    ],
)
def test_every_amount_of_a_text(text: str, yuan: list[str]) -> None:
    assert amounts_in(text) == tuple(map(Decimal, yuan))


@pytest.mark.parametrize(
    "text",
    [
        "罚款500元",
        "罚款人民币500元",
        "罚款￥500",
        "罚款¥500.00",
        "罚款500圆",
        "罚款人民币伍佰圆整",
        "处以五百元的罚款",
        "处500元人民币罚款",
        "罚款金额：500.00元",
        "罚款RMB500",
        "罚款500",
        "罚款（大写）伍佰元整（小写）500.00",
        "处人民币５００元",
        "没收违法所得500万元，罚款500元",
        "罚款300元，没收200元",
    ],
)
def test_yuan_in_an_item_of_ten_thousand_yuan_are_found(text: str) -> None:
    assert find_wrong_unit(Decimal(500), Decimal(10000), text, "罚款") == 500


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("500", "罚款500万元"),
        ("500", "罚款伍佰万元整（￥5,000,000.00）"),
        ("2", "没收违法所得2元，罚款20000元"),
        ("1.5", "没收违法所得1500元，并处十倍罚款"),
        ("0.33", "罚款3333.33元"),
        ("1.5", "对甲罚款10000元，对乙罚款5000元"),
        ("2", "没收违法所得15000元，罚款5000元，合计20000元"),
        ("3", "警告，罚款"),
        ("0.05", "罚款500元（合0.05万元）"),
    ],
)
def test_what_agrees_or_only_differs_is_left_alone(amount: str, text: str) -> None:
    assert find_wrong_unit(Decimal(amount), Decimal(10000), text, "罚款") is None
