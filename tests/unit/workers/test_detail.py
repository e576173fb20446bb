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


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("no row of that id was ever sent to credit-china", "从未向 credit-china 报送过该编号的数据行"),
        (
            "XL01-1 was sent to tax; the receipt is from audit by /partner/audit",
            "XL01-1 发给 tax，回执却来自 audit（/partner/audit）",
        ),
        (
            "at: 2026-03-09 is not from 2026-03-10 to 2026-03-12",
            "办理时间（at）2026-03-09 不在 2026-03-10 至 2026-03-12 之间",
        ),
        (
            "XL01-1 is in force at tax but for M07: name these alone",
            "XL01-1 在 tax 仍有效，已解除的只有 M07，请只列这些",
        ),
        ("XL01-1 is in force at tax", "XL01-1 在 tax 仍有效"),
        (
            "user-id: missing, nobody is proven; see users in routing.yaml",
            "user-id: 缺少，无法证明发送单位; 见 routing.yaml 的 users",
        ),
        ("2026-03-20 is after today, 2026-03-10", "2026-03-20 晚于今日 2026-03-10"),
        (
            "CF_NR_FK is 3 万元, above 0.02: no summary procedure",
            "罚款金额（万元）（CF_NR_FK） 为 3 万元，高于 0.02 万元，不适用简易程序",
        ),
        ("CF_CFLB is 罚款: no summary procedure", "处罚类别（CF_CFLB） 为 罚款，不适用简易程序"),
        ("the uscc column holds a person's old number", "统一社会信用代码 栏填了个人证件号码"),
        ("not UTF-8 at byte 12", "第 12 字节起不是 UTF-8"),
    ],
)
def test_what_is_refused_elsewhere_is_told_in_chinese_too(detail: str, told: str) -> None:
    assert say_detail(detail, ITEMS) == told


def test_items_within_items_and_what_is_not_known() -> None:
    assert say_detail("hospital.name: Field required", OFFENCE) == "医疗机构的名称（hospital.name）：缺少"
    assert say_detail("nobody knows this sentence", NO_ITEMS) == "nobody knows this sentence"


def test_a_refused_sender_sees_what_came_and_what_was_expected() -> None:
    detail = "sender: 11410481983690065T may not send by credit.in.x; is 11410481983690064T meant? 12 may"
    assert say_detail(detail, NO_ITEMS) == (
        "发送单位统一社会信用代码（sender）：11410481983690065T 不在 credit.in.x 的许可名单内；"
        "是否指 11410481983690064T？许可的有 12 家"
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


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        (
            "sender: 1 may not send by credit.in.x; expected: 2",
            "发送单位统一社会信用代码（sender）：1 不在 credit.in.x 的许可名单内；应为 2",
        ),
        ("source: credit.in.x takes messages of /x only", "来源（source）：credit.in.x 只接收 /x 的报文"),
        ("sender: Field required", "发送单位统一社会信用代码（sender）：缺少"),
        ("type a.gossip.v1 is not registered: is a.points.v1 meant?", "类型 a.gossip.v1 未登记，是否指 a.points.v1？"),
        (
            "data: CF_NR_ZKDX is required: CF_CFLB names 暂扣 or 吊销",
            "处罚类别（CF_CFLB） 含暂扣或吊销，应填 暂扣或吊销证照（CF_NR_ZKDX）",
        ),
        (
            "nobody has claimed the licence_no, org_code of this party; there is no USCC or personal number",
            "执业许可证号, 组织机构代码 尚未认领给任何主体，报文也没有统一社会信用代码或个人证件号码",
        ),
        ("the licence_no of this party belong to 2 subjects", "该当事人的 执业许可证号 分属 2 个主体"),
    ],
)
def test_what_a_sentence_names_is_called_in_chinese(detail: str, told: str) -> None:
    assert say_detail(detail, ITEMS) == told
