"""The templates of permits 行政许可 in three generations; the inside is V2019.

| V2016 does not say | taken from |
|---|---|
| XK_XKWS, name of the decision | its column of ours, else XK_XMMC: the matter is what the decision is named for |
| XK_YXQZ, begin | its column of ours, else the day of the decision, from which a permit holds |
| XK_XKJGDM, code of the organ | its column of ours, else the code that the routing gives to the organ of this name |
| XK_LYDW and its code | their columns of ours, else who hands the rows in: that is what the items mean |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors import national_sheets as national
from connectors.cells import meanings
from connectors.licensing.messages import Permit
from schemas.sheets import REVISION, Choice, Column, Context, Kind, Parties, Stated, Template, Written

_TYPE, _FAMILY, _PREFIX = "credit.licensing.permit.v1", "credit.licensing.permit", "XK"

_KINDS = tuple(Choice(kind, kind) for kind in ("普通", "特许", "认可", "核准", "登记", "其他-"))
_STATES_2019 = (Choice("1", "有效"), Choice("2", "无效"))
_STATE_CODES = meanings(_STATES_2019)

COLUMNS = national.of_model(
    Permit,
    (
        *national.party_columns(_PREFIX),
        Column("XK_XKWS", "行政许可决定文书名称", example="公共场所卫生许可决定书"),
        Column(
            "XK_WSH", "行政许可决定文书号", Kind.CODE, help="没有文书号的，填许可编号", example="舞卫公许〔2026〕18号"
        ),
        Column("XK_XKLB", "许可类别", Kind.CHOICE, choices=_KINDS, help="其他的写明类别，如 其他-备案", example="普通"),
        Column("XK_XKZS", "许可证书名称", also=("许可证名称",), example="公共场所卫生许可证"),
        Column("XK_XKBH", "许可编号", Kind.CODE, ("许可证编号",), example="舞卫公证字[2026]第0018号"),
        Column("XK_NR", "许可内容", example="准予从事理发美发经营活动"),
        Column("XK_JDRQ", "许可决定日期", Kind.DAY, ("行政许可决定日期", "决定日期"), example="2026/04/07"),
        Column("XK_YXQZ", "有效期自", Kind.DAY, example="2026/04/07"),
        Column("XK_YXQZI", "有效期至", Kind.END, example="2030/04/06"),
        Column("XK_XKJG", "许可机关", also=("行政许可机关",), example="舞钢市卫生健康委员会"),
        Column("XK_XKJGDM", "许可机关统一社会信用代码", Kind.CODE, example="11410481983690064T"),
        Column("XK_ZT", "当前状态", Kind.CHOICE, choices=_STATES_2019, example="有效"),
        Column("XK_LYDW", "数据来源单位", help="上传数据的单位", example="舞钢市卫生健康委员会"),
        Column("XK_LYDWDM", "数据来源单位统一社会信用代码", Kind.CODE, example="11410481983690064T"),
        Column("BZ", "备注"),
    ),
)
"""The 28 national items of generation V2019."""

_BY_CODE = {column.code: column for column in COLUMNS}


def _read_2019(values: Mapping[str, str], context: Context) -> Stated:
    return Stated(_TYPE, _items(context.fill(values)))


def _items(values: Mapping[str, str]) -> dict[str, Any]:
    items: dict[str, Any] = {code: text for code, text in values.items() if code in _BY_CODE}
    state = items.get("XK_ZT")
    if state is not None:
        items["XK_ZT"] = _STATE_CODES.get(state, state)
    return items


def _write_2019(data: Mapping[str, Any]) -> Written:
    return Written(national.items_of(data, COLUMNS))


def _make_2018(parties: Parties) -> Template:
    columns = national.columns_2018(COLUMNS, _PREFIX, parties)
    held = {column.code for column in columns}
    card = "XK_FR_SFZH" if parties == "organisation" else None

    def read(values: Mapping[str, str], context: Context) -> Stated:
        values = context.fill(values)
        items = _items(values)
        if parties == "person":
            national.read_person(items, _PREFIX, None)
        else:
            national.read_organisation(items, _PREFIX, values.get("XK_FR_SFZH"))
        return Stated(_TYPE, items)

    def write(data: Mapping[str, Any]) -> Written:
        items = national.items_of(data, COLUMNS)
        values, said = national.write_party(items, _PREFIX, parties, card)
        values |= {code: text for code, text in items.items() if code in held}
        return Written(values, tuple(code for code in items if code not in held and code not in said))

    word = "法人及非法人组织" if parties == "organisation" else "自然人"
    return Template(
        name=f"permit-v2018-{parties}",
        title=f"行政许可（2018 版，{word}）",
        type=_TYPE,
        columns=(*columns, REVISION),
        read=read,
        write=write,
        generation="V2018",
        parties=parties,
        held=national.held_by(_PREFIX, parties, card),
    )


_MOVES_2016 = {
    "XK_WSH": "XK_WSH",
    "XK_NR": "XK_NR",
    "XK_SPLB": "XK_XKLB",
    "XK_XZJG": "XK_XKJG",
    "XK_JDRQ": "XK_JDRQ",
    "XK_JZQ": "XK_YXQZI",
    "XK_XDR": "XK_XDR_MC",
    "BZ": "BZ",
}
"""Columns of V2016 and the items of V2019 that they hold."""
_MOVES_OF = {
    "organisation": {
        "XK_XDR_SHXYM": "XK_XDR_SHXYM",
        "XK_XDR_GSDJ": "XK_XDR_GSZC",
        "XK_XDR_ZDM": "XK_XDR_ZZJG",
        "XK_XDR_SWDJ": "XK_XDR_SWDJ",
        "XK_FR": "XK_FRDB",
    },
    "person": {},
}
_CARD_2016 = {"organisation": "XK_SFZ", "person": "XK_XDR_SFZ"}


def _columns_2016(parties: Parties) -> tuple[Column, ...]:
    def like(code: str, source: str, title: str, *also: str) -> Column:
        column = _BY_CODE[source]
        return replace(column, code=code, title=title, also=also, help="")

    name = like("XK_XDR", "XK_XDR_MC", "行政相对人名称")
    matter = Column("XK_XMMC", "项目名称", required=True, most=200, example="公共场所卫生许可")
    content = (
        matter,
        like("XK_WSH", "XK_WSH", "行政许可决定书文号", "许可文号", "行政许可决定文书号"),
        like("XK_NR", "XK_NR", "许可内容"),
        like("XK_SPLB", "XK_XKLB", "审批类别", "许可类别"),
        Column("XK_BM", "行政许可编码", Kind.CODE, help="不读入"),
        like("XK_XZJG", "XK_XKJG", "许可机关"),
        like("XK_JDRQ", "XK_JDRQ", "许可决定日期"),
        like("XK_JZQ", "XK_YXQZI", "许可截止期", "许可有效期"),
        Column("XK_SYFW", "信息使用范围", Kind.CHOICE, choices=national.USES, example="公示"),
    )
    ours = (
        Column("XK_ZT", "当前状态", Kind.CHOICE, choices=national.STATES, help="不填的作正常", ours=True),
        national.STATE_DAY,
        replace(_BY_CODE["XK_XKWS"], required=False, help="不填的以项目名称为准", example="", ours=True),
        replace(_BY_CODE["XK_YXQZ"], required=False, help="不填的自许可决定日期起", example="", ours=True),
        replace(_BY_CODE["XK_XKJGDM"], required=False, help="登记过全称的机关可以不填", example="", ours=True),
        replace(_BY_CODE["XK_LYDW"], required=False, help="不填的以交来本表的单位为准", example="", ours=True),
        replace(_BY_CODE["XK_LYDWDM"], required=False, help="不填的以交来本表的单位为准", example="", ours=True),
        national.AREA,
        national.TIME_STAMP,
        REVISION,
    )
    if parties == "person":
        card = Column(
            "XK_XDR_SFZ",
            "居民身份证号",
            Kind.CODE,
            ("身份证号", "XK_SFZ", "行政相对人代码_5（居民身份证号）"),
            required=True,
            example="410481198001010028",
        )
        return (replace(name, example="李样本"), card, *content, replace(_BY_CODE["BZ"]), *ours)
    return (
        replace(_BY_CODE["XK_XDR_SHXYM"], required=True, help=""),
        like("XK_XDR_GSDJ", "XK_XDR_GSZC", "行政相对人代码_3（工商登记码）", "工商登记码", "工商注册号"),
        like("XK_XDR_ZDM", "XK_XDR_ZZJG", "行政相对人代码_2（组织机构代码）", "组织机构代码"),
        like("XK_XDR_SWDJ", "XK_XDR_SWDJ", "行政相对人代码_4（税务登记号）", "税务登记号"),
        name,
        *content,
        like("XK_FR", "XK_FRDB", "法定代表人姓名", "法定代表人"),
        Column("XK_SFZ", "法定代表人居民身份证号", Kind.CODE, ("居民身份证号", "XK_XDR_SFZ", "法定代表人身份证号")),
        _BY_CODE["BZ"],
        *ours,
    )


def _make_2016(parties: Parties) -> Template:
    columns = _columns_2016(parties)
    moves = _MOVES_2016 | _MOVES_OF[parties]
    card = _CARD_2016[parties]

    def read(values: Mapping[str, str], context: Context) -> Stated:
        values = context.fill(values)
        national.check_use(values, "XK_SYFW")
        code = national.organ_code(values, context, "XK_XZJG", "XK_XKJGDM")
        organ = {"name": values.get("XK_XZJG", ""), "code": code or ""}
        other = national.read_state(values, "XK_ZT", _FAMILY, organ, values.get("XK_WSH", ""))
        if other is not None:
            return other
        items: dict[str, Any] = {item: values[column] for column, item in moves.items() if column in values}
        for item, instead in (("XK_XKWS", "XK_XMMC"), ("XK_YXQZ", "XK_JDRQ")):
            text = values.get(item) or values.get(instead)
            if text is not None:
                items[item] = text
        if code is not None:
            items["XK_XKJGDM"] = code
        items |= national.read_source(values, context, "XK_LYDW", "XK_LYDWDM")
        items["XK_ZT"] = "1"
        (national.read_person if parties == "person" else national.read_organisation)(items, _PREFIX, values.get(card))
        return Stated(_TYPE, items)

    def write(data: Mapping[str, Any]) -> Written:
        items = national.items_of(data, COLUMNS)
        values, said = national.write_party(items, _PREFIX, parties, card)
        values |= {column: items[item] for column, item in moves.items() if item in items}
        values |= {"XK_XMMC": items.get("XK_XKWS", ""), "XK_SYFW": "0"}
        said |= {*moves.values(), "XK_XKWS"}
        if items.get("XK_ZT") == "1":
            said.add("XK_ZT")
        if items.get("XK_YXQZ") == items.get("XK_JDRQ"):
            said.add("XK_YXQZ")
        return Written(values, tuple(code for code in items if code not in said))

    word, table = ("法人", "frxzxk") if parties == "organisation" else ("自然人", "zrrxzxk")
    return Template(
        name=f"permit-v2016-{parties}",
        title=f"行政许可（2016 版，{word}）",
        type=_TYPE,
        columns=columns,
        read=read,
        write=write,
        generation="V2016",
        parties=parties,
        table=table,
        held={
            **national.held_by(_PREFIX, parties, card, moves),
            **national.held_by_state("XK_WSH", "XK_XZJG", "XK_XKJGDM"),
            "XK_XKWS": ("XK_XKWS", "XK_XMMC"),
            "XK_YXQZ": ("XK_YXQZ", "XK_JDRQ"),
        },
    )


SHEETS = (
    Template(
        name="permit-v2019",
        title="行政许可（2019 版）",
        type=_TYPE,
        columns=(*COLUMNS, REVISION),
        read=_read_2019,
        write=_write_2019,
        generation="V2019",
    ),
    _make_2018("organisation"),
    _make_2018("person"),
    _make_2016("organisation"),
    _make_2016("person"),
)
