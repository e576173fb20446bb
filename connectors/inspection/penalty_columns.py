"""The columns of penalties 行政处罚 in generation V2019, and those of our own.

No generation says what the contract asks for besides: those are columns of ours. The ordinary and the summary
procedure lead to other periods of publicity, so 简易程序 has no default. 涉嫌犯罪 is 否 where it is blank: a blank
cell makes nobody a suspect, and a case that is handed to the police has a message of its own. 行为 is 其他 where it
is blank: it is neither of the two kinds that the regimes count apart. Where the words of the row could mean otherwise,
nothing is taken for granted, and the row has to say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors import national_sheets as national
from connectors.cells import meanings, reader
from connectors.cells import write as write_cell
from connectors.inspection.messages import PENALTY_KINDS, Penalty
from schemas.reasons import Reason
from schemas.sheets import Choice, Column, Kind, RowUnusable

TYPE, FAMILY, PREFIX = "credit.inspection.penalty.v1", "credit.inspection.penalty", "CF"

COLUMNS = national.of_model(
    Penalty,
    (
        *national.party_columns(PREFIX),
        Column(
            "CF_WSH",
            "行政处罚决定书文号",
            Kind.CODE,
            ("行政处罚决定文书号", "决定书文号"),
            example="舞卫公罚〔2026〕31号",
        ),
        Column("CF_WFXW", "违法行为类型", example="未取得公共场所卫生许可证擅自营业"),
        Column("CF_SY", "违法事实", also=("主要违法事实",), example="检查发现该店未取得公共场所卫生许可证营业两个月"),
        Column("CF_YJ", "处罚依据", also=("行政处罚依据",), example="《公共场所卫生管理条例实施细则》第三十五条"),
        Column(
            "CF_CFLB",
            "处罚类别",
            Kind.CHOICES,
            choices=tuple(Choice(kind, kind) for kind in PENALTY_KINDS),
            help="其他的写明类别，如 其他-责令改正",
            example="警告；罚款",
        ),
        Column("CF_NR", "处罚内容", example="警告，罚款人民币2000元"),
        Column(
            "CF_NR_FK",
            "罚款金额（万元）",
            Kind.AMOUNT,
            ("罚款金额",),
            help="处罚类别有罚款的必填；2000 元填 0.2",
            example="0.200000",
        ),
        Column(
            "CF_NR_WFFF",
            "没收违法所得、没收非法财物的金额（万元）",
            Kind.AMOUNT,
            ("没收违法所得、没收非法财物的金额", "没收金额"),
            help="处罚类别有没收的必填",
        ),
        Column("CF_NR_ZKDX", "暂扣或吊销证照名称及编号", help="处罚类别有暂扣或吊销的必填"),
        Column("CF_JDRQ", "处罚决定日期", Kind.DAY, ("行政处罚决定日期", "决定日期"), example="2026/04/13"),
        Column("CF_YXQ", "处罚有效期", Kind.END, example="2027/04/13"),
        Column("CF_GSJZQ", "公示截止期", Kind.END, help="不填的按规定计算", example="2027/04/13"),
        Column("CF_CFJG", "处罚机关", also=("行政处罚机关", "处罚决定机关"), example="舞钢市卫生健康委员会"),
        Column("CF_CFJGDM", "处罚机关统一社会信用代码", Kind.CODE, example="11410481983690064T"),
        Column("CF_SJLY", "数据来源单位", help="上传数据的单位", example="舞钢市卫生健康委员会"),
        Column("CF_SJLYDM", "数据来源单位统一社会信用代码", Kind.CODE, example="11410481983690064T"),
        Column("BZ", "备注"),
    ),
)
"""The 30 national items of generation V2019."""

_CONDUCTS = (
    Choice("unlicensed_practice", "无证行医"),
    Choice("illegal_advert", "违法广告"),
    Choice("other", "其他"),
)
OURS = (
    Column(
        "summary_procedure",
        "简易程序",
        Kind.FLAG,
        ("是否简易程序", "适用简易程序"),
        required=True,
        help="当场处罚（简易程序）填 是，否则填 否；它决定公示期限，不能省略",
        example="否",
        ours=True,
    ),
    Column("suspected_crime", "涉嫌犯罪", Kind.FLAG, ("是否涉嫌犯罪",), help="不填的作否", example="否", ours=True),
    Column(
        "conduct",
        "行为",
        Kind.CHOICE,
        ("行为类型",),
        choices=_CONDUCTS,
        help="不填的作其他；违法行为涉及无证、非法行医、擅自执业、广告的必填",
        example="其他",
        ours=True,
    ),
)
BY_CODE = {column.code: column for column in (*COLUMNS, *OURS)}
_READ_OURS = {column.code: reader(column.kind, meanings(column.choices)) for column in OURS}
_TELLING = re.compile("无证|非法行医|未取得|未经|擅自|广告")
"""Words of a violation that can be one of those that are counted apart."""
_CRIMINAL = re.compile("涉嫌[^，。；]{0,8}罪|移送(?:公安|司法|检察)|追究刑事责任")
"""Words of a decision after which a blank 涉嫌犯罪 is no 否."""


def add_ours(items: dict[str, Any], values: Mapping[str, str]) -> None:
    """Add the items that no generation has.

    Raises:
        RowUnusable: the row has to say one of them, and does not.
    """
    for code, understand in _READ_OURS.items():
        text = values.get(code)
        if text is not None and understand is not None:
            items[code] = understand(text)
    if "summary_procedure" not in items:
        raise RowUnusable(
            Reason.ITEM_MISSING,
            "summary_procedure",
            "没有填“简易程序”：请在表中加一列“简易程序”，当场处罚的填“是”，其余填“否”（公示期限因此不同）",
        )
    if "suspected_crime" not in items:
        if _CRIMINAL.search("".join(items.get(item, "") for item in ("CF_WFXW", "CF_SY", "CF_NR", "BZ"))):
            raise RowUnusable(
                Reason.ITEM_MISSING,
                "suspected_crime",
                "文中写到涉嫌犯罪或移送：请加一列“涉嫌犯罪”，填“是”或“否”（涉嫌犯罪的要查移送情况）",
            )
        items["suspected_crime"] = False
    if "conduct" not in items:
        if _TELLING.search(items.get("CF_WFXW", "") + items.get("CF_SY", "")):
            raise RowUnusable(
                Reason.ITEM_MISSING,
                "conduct",
                "违法行为可能属于无证行医或违法广告，要分别统计：请加一列“行为”，填“无证行医”“违法广告”或“其他”",
            )
        items["conduct"] = "other"


def write_ours(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of the columns of ours that the data fill."""
    words = {choice.code: choice.word for choice in _CONDUCTS}
    said = ((column.code, data.get(column.code)) for column in OURS)
    return {code: write_cell(value, words) for code, value in said if value is not None}
