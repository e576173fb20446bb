from __future__ import annotations

from decimal import Decimal

import pytest

from credit.law.amounts import fines_in


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
        ("没收违法所得500元", []),
        ("责令改正，罚款", []),
        ("", []),
    ],
)
def test_fines_in_the_text_of_a_decision(text: str, yuan: list[str]) -> None:
    assert fines_in(text) == {Decimal(amount) for amount in yuan}
