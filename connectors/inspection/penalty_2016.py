"""Penalties 行政处罚 in generation V2016: kinds in two columns, amounts in the words of the result.

| V2016 does not say | taken from |
|---|---|
| CF_WFXW, kind of violation | its column of ours, else the name of the case, which says it |
| CF_NR_FK, CF_NR_WFFF | their columns of ours, else the one amount that CF_JG names after the word; two are refused |
| CF_YXQ, end of the decision | its column of ours, else long-term: nothing is decided by it here |
| CF_CFJGDM, code of the organ | its column of ours, else the code that the routing gives to the organ of this name |
| CF_SJLY and its code | their columns of ours, else who hands the rows in: that is what the items mean |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from connectors import national_sheets as national
from connectors.cells import SEPARATOR
from connectors.inspection.messages import PENALTY_KINDS, split_kinds
from connectors.inspection.penalty_columns import (
    BY_CODE,
    COLUMNS,
    FAMILY,
    OURS,
    PREFIX,
    TYPE,
    add_ours,
    write_ours,
)
from schemas.reasons import Reason
from schemas.sheets import REVISION, Choice, Column, Context, Kind, Parties, RowUnusable, Stated, Template, Written

_MOVES_2016 = {
    "CF_XDR_MC": "CF_XDR_MC",
    "CF_AJMC": "CF_WFXW",
    "CF_WSH": "CF_WSH",
    "CF_SY": "CF_SY",
    "CF_YJ": "CF_YJ",
    "CF_JDRQ": "CF_JDRQ",
    "CF_XZJG": "CF_CFJG",
    "CF_GSJZQ": "CF_GSJZQ",
    "BZ": "BZ",
}
"""Columns of V2016 and the items of V2019 that they hold."""
_MOVES_OF = {
    "organisation": {
        "CF_XDR_SHXYM": "CF_XDR_SHXYM",
        "CF_XDR_GSDJ": "CF_XDR_GSZC",
        "CF_XDR_ZDM": "CF_XDR_ZZJG",
        "CF_XDR_SWDJ": "CF_XDR_SWDJ",
        "CF_FR": "CF_FRDB",
    },
    "person": {},
}
_CARD_2016 = "CF_SFZ"
_MONEY = {"CF_NR_FK": "罚款", "CF_NR_WFFF": "没收"}
_ADDED = re.compile(r"（(?:罚款金额(?P<CF_NR_FK>[0-9.]+)万元)?；?(?:没收金额(?P<CF_NR_WFFF>[0-9.]+)万元)?）$")
"""What `write` adds to the result of a penalty, so that its amounts are never searched for in the words."""
_AMOUNT = r"(?:人民币|金额|合计|共计|总计|为|计|[:：￥¥\s])*([0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)\s*(万元|元)"
_FOUND = {
    "CF_NR_FK": re.compile(f"罚款{_AMOUNT}"),
    "CF_NR_WFFF": re.compile(f"没收(?:违法所得|非法所得|非法财物)(?:款|折价)?{_AMOUNT}"),
}
_LONG_TERM = "2099/12/31"


def _read_result(values: Mapping[str, str], kinds: str) -> dict[str, str]:
    """Return what CF_JG says: the content, and the amounts, unless a column of ours has them.

    Raises:
        RowUnusable: the kinds of penalty ask for an amount, and the words name none, or more than one.
    """
    result = values.get("CF_JG")
    items = {} if result is None else {"CF_NR": result}
    added = _ADDED.search(result) if result else None
    if added is not None and result is not None and any(added.groups()):
        items["CF_NR"] = result[: added.start()]
        items |= {item: amount for item, amount in added.groupdict().items() if amount}
    for item, word in _MONEY.items():
        if item in values:
            items[item] = values[item]
        elif word in kinds and item not in items:
            items[item] = _find_amount(result or "", item, word)
    return items


def _find_amount(result: str, item: str, word: str) -> str:
    found = _FOUND[item].findall(result)
    if len(found) != 1:
        many = "不止一处" if found else "没有写明"
        raise RowUnusable(
            Reason.ITEM_CONDITIONAL,
            item,
            f"处罚类别有{word}，而处罚结果中{many}{word}的金额（如“罚款人民币2000元”）：请加一列“{BY_CODE[item].title}”填写",
        )
    digits, unit = found[0]
    amount = Decimal(digits.replace(",", ""))
    return f"{amount if unit == '万元' else amount / 10_000:f}"


def _write_result(items: Mapping[str, str]) -> str:
    """Return CF_JG for the content and amounts: in words, so that each stands there to its last decimal."""
    parts = [f"{word}金额{_write_amount(items[item])}万元" for item, word in _MONEY.items() if item in items]
    text = items.get("CF_NR", "")
    return f"{text}（{SEPARATOR.join(parts)}）" if parts else text


def _write_amount(text: str) -> str:
    """Return an amount with the two decimals of that time, and more only where it has more."""
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def make_2016(parties: Parties) -> Template:
    """Return the template of V2016 for organisations or for persons."""
    moves = _MOVES_2016 | _MOVES_OF[parties]

    def read(values: Mapping[str, str], context: Context) -> Stated:
        values = context.fill(values)
        national.check_use(values, "CF_SYFW")
        code = national.organ_code(values, context, "CF_XZJG", "CF_CFJGDM")
        organ = {"name": values.get("CF_XZJG", ""), "code": code or ""}
        other = national.read_state(values, "CF_ZT", FAMILY, organ, values.get("CF_WSH", ""))
        if other is not None:
            return other
        items: dict[str, Any] = {item: values[column] for column, item in moves.items() if column in values}
        kinds = SEPARATOR.join(values[column] for column in ("CF_CFLB1", "CF_CFLB2") if column in values)
        items |= {"CF_CFLB": kinds} if kinds else {}
        items |= _read_result(values, kinds)
        items |= {item: values[item] for item in ("CF_WFXW", "CF_NR_ZKDX") if item in values}
        items["CF_YXQ"] = values.get("CF_YXQ", _LONG_TERM)
        if code is not None:
            items["CF_CFJGDM"] = code
        items |= national.read_source(values, context, "CF_SJLY", "CF_SJLYDM")
        (national.read_person if parties == "person" else national.read_organisation)(
            items, PREFIX, values.get(_CARD_2016)
        )
        add_ours(items, values)
        return Stated(TYPE, items)

    def write(data: Mapping[str, Any]) -> Written:
        items = national.items_of(data, COLUMNS)
        values, said = national.write_party(items, PREFIX, parties, _CARD_2016)
        values |= {column: items[item] for column, item in moves.items() if item in items}
        first, *rest = split_kinds(items.get("CF_CFLB", "")) or ("",)
        values |= {"CF_CFLB1": first, "CF_CFLB2": SEPARATOR.join(rest), "CF_SYFW": "0"}
        values["CF_JG"] = _write_result(items)
        said |= {*moves.values(), "CF_CFLB", "CF_NR", *_MONEY}
        if items.get("CF_YXQ") == _LONG_TERM:
            said.add("CF_YXQ")
        values = {code: text for code, text in values.items() if text} | write_ours(data)
        return Written(values, tuple(code for code in items if code not in said))

    word, table = ("法人", "frxzcf") if parties == "organisation" else ("自然人", "zrrxzcf")
    return Template(
        name=f"penalty-v2016-{parties}",
        title=f"行政处罚（2016 版，{word}）",
        type=TYPE,
        columns=_columns_2016(parties),
        read=read,
        write=write,
        generation="V2016",
        parties=parties,
        table=table,
        held={
            **national.held_by(PREFIX, parties, _CARD_2016, moves),
            **national.held_by_state("CF_WSH", "CF_XZJG", "CF_CFJGDM"),
            "CF_CFLB": ("CF_CFLB1", "CF_CFLB2"),
            "CF_NR": ("CF_JG",),
            "CF_NR_FK": ("CF_NR_FK", "CF_JG"),
            "CF_NR_WFFF": ("CF_NR_WFFF", "CF_JG"),
            "CF_WFXW": ("CF_WFXW", "CF_AJMC"),
        },
    )


def _columns_2016(parties: Parties) -> tuple[Column, ...]:
    def like(code: str, source: str, title: str, *also: str) -> Column:
        return replace(BY_CODE[source], code=code, title=title, also=also, help="")

    def our(code: str, help_: str) -> Column:
        return replace(BY_CODE[code], required=False, help=help_, example="", ours=True)

    kinds = tuple(Choice(kind, kind) for kind in (*(one for one in PENALTY_KINDS if one != "其他"), "其他-"))
    head = _head_2016(parties, like)
    content = (
        like("CF_AJMC", "CF_WFXW", "案件名称", "CF_CFMC", "处罚名称"),
        like("CF_WSH", "CF_WSH", "行政处罚决定书文号", "处罚决定书文号"),
        Column("CF_BM", "行政处罚编码", Kind.CODE, help="不读入"),
        Column("CF_CFLB1", "处罚类别1", Kind.CHOICE, ("处罚类别一",), choices=kinds, required=True, example="警告"),
        Column(
            "CF_CFLB2",
            "处罚类别2",
            Kind.CHOICE,
            ("处罚类别二",),
            choices=kinds,
            help="还有几种的用；分开",
            example="罚款",
        ),
        like("CF_SY", "CF_SY", "处罚事由"),
        like("CF_YJ", "CF_YJ", "处罚依据"),
        replace(
            like("CF_JG", "CF_NR", "处罚结果"),
            help="写明金额和单位，如 罚款人民币2000元、没收违法所得0.50万元；一处罚款只写一个金额",
        ),
        like("CF_JDRQ", "CF_JDRQ", "处罚决定日期"),
        like("CF_XZJG", "CF_CFJG", "处罚机关", "CF_CFJG", "CF_JGMC"),
        like("CF_GSJZQ", "CF_GSJZQ", "公示截止期"),
        BY_CODE["BZ"],
        Column("CF_SYFW", "信息使用范围", Kind.CHOICE, choices=national.USES, example="公示"),
    )
    ours = (
        *OURS,
        Column("CF_ZT", "当前状态", Kind.CHOICE, choices=national.STATES, help="不填的作正常", ours=True),
        national.STATE_DAY,
        our("CF_WFXW", "不填的以案件名称为准"),
        our("CF_NR_FK", "处罚结果中写明一个金额的可以不填"),
        our("CF_NR_WFFF", "处罚结果中写明一个金额的可以不填"),
        our("CF_NR_ZKDX", "处罚类别有暂扣或吊销的必填"),
        our("CF_YXQ", "不填的作长期"),
        our("CF_CFJGDM", "登记过全称的机关可以不填"),
        our("CF_SJLY", "不填的以交来本表的单位为准"),
        our("CF_SJLYDM", "不填的以交来本表的单位为准"),
        Column(
            "CF_SXYZCD", "失信严重程度", Kind.CHOICE, choices=national.DEGREES, help="不读入，按规定认定", ours=True
        ),
        national.AREA,
        national.TIME_STAMP,
        REVISION,
    )
    return (*head, *content, *ours)


def _head_2016(parties: Parties, like: Callable[..., Column]) -> tuple[Column, ...]:
    name = like("CF_XDR_MC", "CF_XDR_MC", "行政相对人名称")
    if parties == "person":
        card = Column(
            _CARD_2016,
            "居民身份证号",
            Kind.CODE,
            ("身份证号", "CF_XDR_SFZ", "行政相对人代码_5（居民身份证号）"),
            required=True,
            example="410481198001010028",
        )
        return replace(name, example="李样本"), card
    return (
        name,
        replace(BY_CODE["CF_XDR_SHXYM"], required=True, help=""),
        like("CF_XDR_GSDJ", "CF_XDR_GSZC", "行政相对人代码_3（工商登记码）", "工商登记码", "工商注册号"),
        like("CF_XDR_ZDM", "CF_XDR_ZZJG", "行政相对人代码_2（组织机构代码）", "组织机构代码"),
        like("CF_XDR_SWDJ", "CF_XDR_SWDJ", "行政相对人代码_4（税务登记号）", "税务登记号"),
        like("CF_FR", "CF_FRDB", "法定代表人姓名", "法定代表人"),
        Column(_CARD_2016, "法定代表人居民身份证号", Kind.CODE, ("居民身份证号", "CF_XDR_SFZ", "法定代表人身份证号")),
    )
