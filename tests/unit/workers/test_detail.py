"""Why a message is parked, as a clerk reads it."""

from __future__ import annotations

import pytest
from typer import BadParameter

from connectors.registry import load
from credit.identity import IdKind
from schemas.reasons import Reason
from schemas.states import NoticeState
from workers.cli.choices import choose
from workers.show.detail import NO_ITEMS, say_detail

ITEMS = load().vocabulary().items("credit.inspection.penalty")
OFFENCE = load().vocabulary().items("credit.security.offence")


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("CF_SY: holds the character U+000C", "违法事实（CF_SY）：含有字符 U+000C"),
        ("CF_WSH: Field required", "处罚决定书文号（CF_WSH）：缺少"),
        (
            "data: CF_NR_FK must be above zero: CF_CFLB names 罚款",
            "处罚类别（CF_CFLB） 含罚款，罚款金额（万元）（CF_NR_FK） 应大于零",
        ),
        ("data: CF_XDR_ZZJG must be blank for 自然人", "自然人的 组织机构代码（CF_XDR_ZZJG） 应为空"),
        (
            "CF_CFLB: kind 2 is not on the list; is 吊销许可证件 meant? If not, write it as 其他-…",
            "处罚类别（CF_CFLB）：第 2 种不在名录；是否指 吊销许可证件？否则写作 其他-…",
        ),
        (
            "CF_XDR_ZJLX: is not a kind of identity document on the list; write it as 身份证",
            "自然人证件类型（CF_XDR_ZJLX）：不在名录；请写作 身份证",
        ),
        (
            "CF_JDRQ: is not a date of the calendar; CF_WSH: Field required",
            "处罚决定日期（CF_JDRQ）：不是日历上的日期；处罚决定书文号（CF_WSH）：缺少",
        ),
    ],
)
def test_items_are_called_by_their_titles(detail: str, told: str) -> None:
    assert say_detail(detail, ITEMS) == told


def test_items_within_items_and_what_is_not_known() -> None:
    assert say_detail("hospital.name: Field required", OFFENCE) == "医疗机构的名称（hospital.name）：缺少"
    assert say_detail("Expecting value at line 1, column 1", NO_ITEMS) == "Expecting value at line 1, column 1"


def test_a_refused_sender_sees_what_came_and_what_was_expected() -> None:
    detail = "sender: 11410481983690065T may not send by credit.in.x; is 11410481983690064T meant? 12 may"
    assert say_detail(detail, NO_ITEMS) == (
        "11410481983690065T 不在 credit.in.x 的许可名单内；是否指 11410481983690064T？许可的有 12 家"
    )


@pytest.mark.parametrize(
    ("value", "known", "told"),
    [
        ("person", [each.value for each in Reason], "是否指 'person_id.check_digit' 或 'person_id.form'"),
        ("item.invalidd", [each.value for each in Reason], "是否指 'item.invalid'"),
        ("licence", IdKind, "是否指 'licence_no'"),
        ("exec", NoticeState, "是否指 'executed'（已执行） 或 'partly_executed'（部分执行）"),
        ("已执行", NoticeState, "是否指 'executed'（已执行）"),
        ("xyz", ["finance", "tax"], "可选：'finance'、'tax'"),
    ],
)
def test_a_wrong_value_is_answered_with_what_was_meant(value: str, known: list[str], told: str) -> None:
    with pytest.raises(BadParameter) as caught:
        choose("--x", value, known)
    assert told in caught.value.message
