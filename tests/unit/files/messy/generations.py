"""Headings of the official penalty tables V2018 and V2019, in one row and in two, with groups that are titles too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from schemas.file_reasons import FileReason
from tests.unit.files.books import Page, text, xlsx
from tests.unit.files.messy.rows import USCC
from tests.unit.files.seen import Case, Seen
from workers.files.grid import column_letter

_ORGAN, _CODE = "舞钢市卫生健康委员会", "11410481983690064T"
_REST = (
    ("CF_WSH", "行政处罚决定书文号", "豫舞卫医罚〔2026〕12号"),
    ("CF_WFXW", "违法行为类型", "违反医疗机构管理条例"),
    ("CF_SY", "违法事实", "使用未取得资格的人员从事诊疗活动"),
    ("CF_YJ", "处罚依据", "《医疗机构管理条例》第四十八条"),
    ("CF_CFLB", "处罚类别", "罚款"),
    ("CF_NR", "处罚内容", "罚款人民币2000元"),
    ("CF_NR_FK", "罚款金额（万元）", "0.2"),
    ("CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）", ""),
    ("CF_NR_ZKDX", "暂扣或吊销证照名称及编号", ""),
    ("CF_JDRQ", "处罚决定日期", "2026-01-05"),
    ("CF_YXQ", "处罚有效期", "2027-01-05"),
    ("CF_GSJZQ", "公示截止期", ""),
    ("CF_CFJG", "处罚机关", _ORGAN),
    ("CF_CFJGDM", "处罚机关统一社会信用代码", _CODE),
    ("CF_SJLY", "数据来源单位", _ORGAN),
    ("CF_SJLYDM", "数据来源单位统一社会信用代码", _CODE),
    ("BZ", "备注", ""),
)
_V2019 = (
    ("CF_XDR_MC", "行政相对人名称", "甲诊所"),
    ("CF_XDR_LB", "行政相对人类别", "法人及非法人组织"),
    ("CF_XDR_SHXYM", "行政相对人代码_1（统一社会信用代码）", USCC),
    ("CF_XDR_GSZC", "行政相对人代码_2（工商注册号）", ""),
    ("CF_XDR_ZZJG", "行政相对人代码_3（组织机构代码）", ""),
    ("CF_XDR_SWDJ", "行政相对人代码_4（税务登记号）", ""),
    ("CF_XDR_SYDW", "行政相对人代码_5（事业单位证书号）", ""),
    ("CF_XDR_SHZZ", "行政相对人代码_6（社会组织登记证号）", ""),
    ("CF_FRDB", "法定代表人", "王某"),
    ("CF_FR_ZJLX", "法定代表人证件类型", "护照号"),
    ("CF_FR_ZJHM", "法定代表人证件号码", "E12345678"),
    ("CF_XDR_ZJLX", "自然人证件类型", "身份证"),
    ("CF_XDR_ZJHM", "自然人证件号码", "41048119800101123X"),
    *_REST,
)
_V2018_ORGANISATION = (
    *(one for one in _V2019[:9] if one[0] != "CF_XDR_LB"),
    ("CF_FR_SFZH", "法定代表人身份证号", "41048119800101123X"),
    *_REST,
)
_V2018_PERSON = (
    ("CF_XDR_MC", "行政相对人名称", "李某"),
    ("CF_XDR_ZJLX", "证件类型", "身份证"),
    ("CF_XDR_ZJHM", "证件号码", "41048119800101123X"),
    *_REST,
)
_SHORT = {
    "CF_XDR_MC": "名称",
    "CF_XDR_LB": "类别",
    "CF_XDR_SHXYM": "统一社会信用代码",
    "CF_XDR_GSZC": "工商注册号",
    "CF_XDR_ZJLX": "证件类型",
    "CF_XDR_ZJHM": "证件号码",
    "CF_CFJG": "名称",
    "CF_CFJGDM": "统一社会信用代码",
    "CF_SJLY": "名称",
    "CF_SJLYDM": "统一社会信用代码",
}
"""What a column may be called below the name of its group."""
_SAME: Mapping[str, str] = {}

_ASKED = (
    "缺少必填列「简易程序」：请在表中加上这一列，逐行填写。"
    "当场处罚（简易程序）填 是，否则填 否；它决定公示期限，不能省略"
)
"""The official tables have no such column, and nothing is taken for granted."""

_Columns = Sequence[tuple[str, str, str]]


def _group(code: str, party: str) -> str:
    if code.startswith(("CF_XDR", "CF_FR")):
        return party
    return "处罚机关" if code.startswith("CF_CFJG") else "数据来源单位" if code.startswith("CF_SJLY") else ""


def _grouped(
    columns: _Columns, party: str = "行政相对人", short: Mapping[str, str] = _SAME, *, merged: bool = True
) -> Page:
    """The headings in two rows: names of groups over their columns, all other titles over both rows."""
    upper, lower, areas = list[str](), list[str](), list[str]()
    at = 0
    for group, members in groupby(columns, lambda column: _group(column[0], party)):
        own = list(members)
        for place, (code, title, _) in enumerate(own):
            upper.append(group if group and (place == 0 or not merged) else "" if group else title)
            lower.append(short.get(code, title) if group else "")
            if not group:
                areas.append(f"{column_letter(at + place)}1:{column_letter(at + place)}2")
        if group:
            areas.append(f"{column_letter(at)}1:{column_letter(at + len(own) - 1)}1")
        at += len(own)
    return Page([upper, lower, [value for _, _, value in columns]], merged=tuple(areas) if merged else ())


def _case(title: str, template: str, columns: _Columns, data: bytes, row: int = 3, name: str = "a.xlsx") -> Case:
    values = {code: value for code, _, value in columns if value}
    return Case(title, name, data, (Seen(row, values),), notes=(_ASKED,), template=template)


def _one_row(columns: _Columns) -> bytes:
    return xlsx([[title for _, title, _ in columns], [value for _, _, value in columns]])


_GENERATIONS = {
    "penalty-v2019": _V2019,
    "penalty-v2018-organisation": _V2018_ORGANISATION,
    "penalty-v2018-person": _V2018_PERSON,
}

CASES = [
    Case(
        "加上了简易程序一列",
        "a.xlsx",
        xlsx([[*(title for _, title, _ in _V2018_PERSON), "简易程序"], [*(v for _, _, v in _V2018_PERSON), "否"]]),
        (Seen(2, {code: value for code, _, value in _V2018_PERSON if value} | {"summary_procedure": "否"}),),
        template="penalty-v2018-person",
    ),
    *(_case(f"{name}，一行表头", name, columns, _one_row(columns), row=2) for name, columns in _GENERATIONS.items()),
    *(
        _case(f"{name}，分组为{party}，全称", name, columns, xlsx(_grouped(columns, party)))
        for name, columns in _GENERATIONS.items()
        for party in ("行政相对人", "行政相对人信息", "行政相对人名称")
    ),
    *(
        _case(f"{name}，分组为{party}，简称", name, columns, xlsx(_grouped(columns, party, _SHORT)))
        for name, columns in _GENERATIONS.items()
        for party in ("行政相对人", "行政相对人基本情况")
    ),
    *(
        _case(
            f"{name}，分组不合并，每列都写",
            name,
            columns,
            text(_grouped(columns, short=_SHORT, merged=False).rows),
            name="a.csv",
        )
        for name, columns in _GENERATIONS.items()
    ),
    Case(
        "分组下同一列两次",
        "a.xlsx",
        xlsx(_grouped(_V2019, short={"CF_XDR_LB": "名称"})),
        refused=(FileReason.HEADER_TWICE, "「行政相对人名称」在 A 列和 B 列都有"),
        template="penalty-v2019",
    ),
]
