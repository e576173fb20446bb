"""The templates of penalties 行政处罚 in three generations; the inside is V2019.

No generation says what the contract asks for besides: those are columns of ours. The ordinary and the summary
procedure lead to other periods of publicity, so 简易程序 has no default. 涉嫌犯罪 is 否 where it is blank: a blank
cell makes nobody a suspect, and a case that is handed to the police has a message of its own. 行为 is 其他 where it
is blank, unless the words of the violation look like one of the two kinds that the regimes count apart.

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
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors import national_sheets as national
from connectors.cells import SEPARATOR, meanings, reader
from connectors.cells import write as write_cell
from connectors.inspection.messages import PENALTY_KINDS, Penalty, split_kinds
from schemas.reasons import Reason
from schemas.sheets import REVISION, Choice, Column, Context, Kind, Parties, RowUnusable, Stated, Template, Written

_TYPE, _FAMILY, _PREFIX = "credit.inspection.penalty.v1", "credit.inspection.penalty", "CF"

COLUMNS = national.of_model(
    Penalty,
    (
        *national.party_columns(_PREFIX),
        Column("CF_WSH", "行政处罚决定书文号", Kind.CODE, example="舞卫公罚〔2026〕31号"),
        Column("CF_WFXW", "违法行为类型", example="未取得公共场所卫生许可证擅自营业"),
        Column("CF_SY", "违法事实", example="检查发现该店未取得公共场所卫生许可证营业两个月"),
        Column("CF_YJ", "处罚依据", example="《公共场所卫生管理条例实施细则》第三十五条"),
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
        Column("CF_JDRQ", "处罚决定日期", Kind.DAY, example="2026/04/13"),
        Column("CF_YXQ", "处罚有效期", Kind.END, example="2027/04/13"),
        Column("CF_GSJZQ", "公示截止期", Kind.END, help="不填的按规定计算", example="2027/04/13"),
        Column("CF_CFJG", "处罚机关", example="舞钢市卫生健康委员会"),
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
_BY_CODE = {column.code: column for column in (*COLUMNS, *OURS)}
_READ_OURS = {column.code: reader(column.kind, meanings(column.choices)) for column in OURS}
_TELLING = re.compile("无证|非法行医|未取得|未经|擅自|广告")
"""Words of a violation that can be one of those that are counted apart."""


def _add_ours(items: dict[str, Any], values: Mapping[str, str]) -> None:
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
    items.setdefault("suspected_crime", False)
    if "conduct" not in items:
        if _TELLING.search(items.get("CF_WFXW", "") + items.get("CF_SY", "")):
            raise RowUnusable(
                Reason.ITEM_MISSING,
                "conduct",
                "违法行为可能属于无证行医或违法广告，要分别统计：请加一列“行为”，填“无证行医”“违法广告”或“其他”",
            )
        items["conduct"] = "other"


def _write_ours(data: Mapping[str, Any]) -> dict[str, str]:
    words = {choice.code: choice.word for choice in _CONDUCTS}
    said = ((column.code, data.get(column.code)) for column in OURS)
    return {code: write_cell(value, words) for code, value in said if value is not None}


def _read_2019(values: Mapping[str, str], context: Context) -> Stated:
    values = context.fill(values)
    items: dict[str, Any] = {code: text for code, text in values.items() if code in _BY_CODE}
    _add_ours(items, values)
    return Stated(_TYPE, items)


def _write_2019(data: Mapping[str, Any]) -> Written:
    return Written(national.items_of(data, COLUMNS) | _write_ours(data))


def _make_2018(parties: Parties) -> Template:
    columns = national.columns_2018(COLUMNS, _PREFIX, parties)
    held = {column.code for column in columns}
    card = "CF_FR_SFZH" if parties == "organisation" else None

    def read(values: Mapping[str, str], context: Context) -> Stated:
        values = context.fill(values)
        items: dict[str, Any] = {code: text for code, text in values.items() if code in _BY_CODE}
        if parties == "person":
            national.read_person(items, _PREFIX, None)
        else:
            national.read_organisation(items, _PREFIX, values.get("CF_FR_SFZH"))
        _add_ours(items, values)
        return Stated(_TYPE, items)

    def write(data: Mapping[str, Any]) -> Written:
        items = national.items_of(data, COLUMNS)
        values, said = national.write_party(items, _PREFIX, parties, card)
        values |= {code: text for code, text in items.items() if code in held} | _write_ours(data)
        return Written(values, tuple(code for code in items if code not in held and code not in said))

    word = "法人及非法人组织" if parties == "organisation" else "自然人"
    return Template(
        name=f"penalty-v2018-{parties}",
        title=f"行政处罚（2018 版，{word}）",
        type=_TYPE,
        columns=(*columns, *OURS, REVISION),
        read=read,
        write=write,
        generation="V2018",
        parties=parties,
    )


# V2016: kinds in two columns, amounts in the words of the result.

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
_CENT = Decimal("0.01")
_MOST_2016 = Decimal("9999.99")
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
            f"处罚类别有{word}，而处罚结果中{many}{word}的金额（如“罚款人民币2000元”）：请加一列“{_BY_CODE[item].title}”填写",
        )
    digits, unit = found[0]
    amount = Decimal(digits.replace(",", ""))
    return f"{amount if unit == '万元' else amount / 10_000:f}"


def _write_result(items: Mapping[str, str]) -> tuple[str, set[str]]:
    """Return CF_JG for the content and amounts, and which items it holds wholly."""
    said, parts = {"CF_NR"}, []
    for item, word in _MONEY.items():
        if item not in items:
            continue
        amount = Decimal(items[item])
        rounded = amount.quantize(_CENT, ROUND_HALF_UP)
        if rounded <= _MOST_2016:
            parts.append(f"{word}金额{rounded}万元")
            said |= {item} if rounded == amount else set()
    text = items.get("CF_NR", "")
    return (f"{text}（{SEPARATOR.join(parts)}）" if parts else text), said


def _make_2016(parties: Parties) -> Template:
    moves = _MOVES_2016 | _MOVES_OF[parties]

    def read(values: Mapping[str, str], context: Context) -> Stated:
        values = context.fill(values)
        national.check_use(values, "CF_SYFW")
        code = national.organ_code(values, context, "CF_XZJG", "CF_CFJGDM")
        organ = {"name": values.get("CF_XZJG", ""), "code": code or ""}
        other = national.read_state(values, "CF_ZT", _FAMILY, organ, values.get("CF_WSH", ""))
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
            items, _PREFIX, values.get(_CARD_2016)
        )
        _add_ours(items, values)
        return Stated(_TYPE, items)

    def write(data: Mapping[str, Any]) -> Written:
        items = national.items_of(data, COLUMNS)
        values, said = national.write_party(items, _PREFIX, parties, _CARD_2016)
        values |= {column: items[item] for column, item in moves.items() if item in items}
        first, *rest = split_kinds(items.get("CF_CFLB", "")) or ("",)
        values |= {"CF_CFLB1": first, "CF_CFLB2": SEPARATOR.join(rest), "CF_SYFW": "0"}
        values["CF_JG"], held = _write_result(items)
        said |= {*moves.values(), "CF_CFLB"} | held
        if items.get("CF_YXQ") == _LONG_TERM:
            said.add("CF_YXQ")
        values = {code: text for code, text in values.items() if text} | _write_ours(data)
        return Written(values, tuple(code for code in items if code not in said))

    word, table = ("法人", "frxzcf") if parties == "organisation" else ("自然人", "zrrxzcf")
    return Template(
        name=f"penalty-v2016-{parties}",
        title=f"行政处罚（2016 版，{word}）",
        type=_TYPE,
        columns=_columns_2016(parties),
        read=read,
        write=write,
        generation="V2016",
        parties=parties,
        table=table,
    )


def _columns_2016(parties: Parties) -> tuple[Column, ...]:
    def like(code: str, source: str, title: str, *also: str) -> Column:
        return replace(_BY_CODE[source], code=code, title=title, also=also, help="")

    def our(code: str, help_: str) -> Column:
        return replace(_BY_CODE[code], required=False, help=help_, example="", ours=True)

    kinds = tuple(Choice(kind, kind) for kind in (*(one for one in PENALTY_KINDS if one != "其他"), "其他-"))
    head = _head_2016(parties, like)
    content = (
        like("CF_AJMC", "CF_WFXW", "案件名称", "CF_CFMC", "处罚名称"),
        like("CF_WSH", "CF_WSH", "行政处罚决定书文号", "处罚决定书文号"),
        Column("CF_BM", "行政处罚编码", Kind.CODE, help="不读入"),
        Column("CF_CFLB1", "处罚类别1", Kind.CHOICE, choices=kinds, required=True, example="警告"),
        Column("CF_CFLB2", "处罚类别2", Kind.CHOICE, choices=kinds, help="还有几种的用；分开", example="罚款"),
        like("CF_SY", "CF_SY", "处罚事由"),
        like("CF_YJ", "CF_YJ", "处罚依据"),
        replace(
            like("CF_JG", "CF_NR", "处罚结果"),
            help="写明金额和单位，如 罚款人民币2000元、没收违法所得0.50万元；一处罚款只写一个金额",
        ),
        like("CF_JDRQ", "CF_JDRQ", "处罚决定日期"),
        like("CF_XZJG", "CF_CFJG", "处罚机关", "CF_CFJG", "CF_JGMC"),
        like("CF_GSJZQ", "CF_GSJZQ", "公示截止期"),
        _BY_CODE["BZ"],
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
        replace(_BY_CODE["CF_XDR_SHXYM"], required=True, help=""),
        like("CF_XDR_GSDJ", "CF_XDR_GSZC", "行政相对人代码_3（工商登记码）", "工商登记码", "工商注册号"),
        like("CF_XDR_ZDM", "CF_XDR_ZZJG", "行政相对人代码_2（组织机构代码）", "组织机构代码"),
        like("CF_XDR_SWDJ", "CF_XDR_SWDJ", "行政相对人代码_4（税务登记号）", "税务登记号"),
        like("CF_FR", "CF_FRDB", "法定代表人姓名", "法定代表人"),
        Column(_CARD_2016, "法定代表人居民身份证号", Kind.CODE, ("居民身份证号", "CF_XDR_SFZ", "法定代表人身份证号")),
    )


SHEETS = (
    Template(
        name="penalty-v2019",
        title="行政处罚（2019 版）",
        type=_TYPE,
        columns=(*COLUMNS, *OURS, REVISION),
        read=_read_2019,
        write=_write_2019,
        generation="V2019",
    ),
    _make_2018("organisation"),
    _make_2018("person"),
    _make_2016("organisation"),
    _make_2016("person"),
)
