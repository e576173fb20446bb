"""What the templates of permits and penalties share in all generations: the counterparty, organs, states, forms.

The inside is generation V2019. What an older one does not say is taken from a column of our own, from what is stated
once for all rows, or from a default whose reason stands at its column; where none is safe the row is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, NamedTuple

from annotated_types import MaxLen
from pydantic_core import PydanticCustomError

from connectors.cells import meanings
from connectors.vocabulary import parts_of
from schemas import forms
from schemas.messages.national import KINDS, National
from schemas.party import squeeze_code
from schemas.reasons import Reason
from schemas.sheets import Choice, Column, Context, Kind, Parties, RowUnusable, Stated

RESIDENT_CARD = "身份证"
"""The one kind of document that the columns of generations V2016 and V2018 for a card can hold."""

_WORDS = {kind: word for word, kind in KINDS.items()}
_ORGANISATION, _PERSON, _BUSINESS = _WORDS["organisation"], _WORDS["person"], _WORDS["individual_business"]
_BUSINESS_CODE = "92"
"""Begins the codes of individual businesses 个体工商户 (GB 32100)."""

USES = (Choice("0", "公示"), Choice("1", "仅政府部门内部共享"), Choice("2", "仅可授权查询"))
STATES = (Choice("0", "正常"), Choice("1", "撤销"), Choice("2", "异议"), Choice("3", "其他"))
"""The states of V2016. That of V2019 permits has other numbers: 1 holds, 2 does not."""
DEGREES = (Choice("0", "未定"), Choice("1", "一般"), Choice("2", "较重"), Choice("3", "严重"))

_USE_CODES, _STATE_CODES = meanings(USES), meanings(STATES)
_ID_TYPES = tuple(
    Choice(word, word)
    for word in (
        RESIDENT_CARD,
        "护照号",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "外国人永久居留身份证",
        "其他-",
    )
)


def party_columns(prefix: str) -> tuple[Column, ...]:
    """Return the columns 1 to 13 of generation V2019: who the counterparty is."""

    def of(item: str) -> str:
        return f"{prefix}_{item}"

    return (
        Column(of("XDR_MC"), "行政相对人名称", also=("行政相对人", "相对人名称"), example="舞钢市样本美发店"),
        Column(
            of("XDR_LB"),
            "行政相对人类别",
            Kind.CHOICE,
            choices=tuple(Choice(kind, kind) for kind in KINDS),
            example="个体工商户",
        ),
        Column(
            of("XDR_SHXYM"),
            "行政相对人代码_1（统一社会信用代码）",
            Kind.CODE,
            also=("行政相对人代码_1", "统一社会信用代码"),
            help="法人及非法人组织、个体工商户必填；自然人不填",
            example="92410481MA9TK8C741",
        ),
        Column(of("XDR_GSZC"), "行政相对人代码_2（工商注册号）", Kind.CODE, help="自然人不填"),
        Column(of("XDR_ZZJG"), "行政相对人代码_3（组织机构代码）", Kind.CODE, help="自然人不填；不带连字符"),
        Column(of("XDR_SWDJ"), "行政相对人代码_4（税务登记号）", Kind.CODE, help="自然人不填"),
        Column(of("XDR_SYDW"), "行政相对人代码_5（事业单位证书号）", Kind.CODE, help="自然人不填"),
        Column(of("XDR_SHZZ"), "行政相对人代码_6（社会组织登记证号）", Kind.CODE, help="自然人不填"),
        Column(
            of("FRDB"),
            "法定代表人",
            also=("法定代表人姓名", "法定代表人（负责人）"),
            help="法人及非法人组织必填；个体工商户填经营者姓名",
            example="样本经营者",
        ),
        Column(of("FR_ZJLX"), "法定代表人证件类型", Kind.CHOICE, choices=_ID_TYPES, help="填了证件号码的必填"),
        Column(of("FR_ZJHM"), "法定代表人证件号码", Kind.CODE, help="不公开"),
        Column(of("XDR_ZJLX"), "自然人证件类型", Kind.CHOICE, ("证件类型",), choices=_ID_TYPES, help="自然人必填"),
        Column(of("XDR_ZJHM"), "自然人证件号码", Kind.CODE, ("证件号码",), help="自然人必填；公开时遮盖"),
    )


def of_model(model: type[National], columns: Iterable[Column]) -> tuple[Column, ...]:
    """Return columns with what the model of the message says of them: required, length, and its title as a heading."""
    return tuple(_complete(model, column) for column in columns)


def _complete(model: type[National], column: Column) -> Column:
    info = model.model_fields[column.code]
    lengths = [part.max_length for part in parts_of(info) if isinstance(part, MaxLen)]
    title = info.title or column.title
    return replace(
        column,
        required=info.is_required(),
        most=min(lengths, default=None) if column.kind in {Kind.TEXT, Kind.CODE} else None,
        also=column.also if title == column.title else (*column.also, title),
    )


def pick(columns: Iterable[Column], *codes: str) -> tuple[Column, ...]:
    """Return the columns with these codes, in this order."""
    by_code = {column.code: column for column in columns}
    return tuple(by_code[code] for code in codes)


# Who the counterparty is, in V2018 and V2016.


def columns_2018(columns: tuple[Column, ...], prefix: str, parties: Parties) -> tuple[Column, ...]:
    """Return the columns of generation V2018 for organisations or for persons, from those of V2019."""
    head, rest = columns[:13], columns[13:]
    by_code = {column.code.removeprefix(f"{prefix}_"): column for column in head}
    if parties == "person":
        kind, number = by_code["XDR_ZJLX"], by_code["XDR_ZJHM"]
        return (
            replace(by_code["XDR_MC"], example="李样本"),
            replace(kind, title="证件类型", also=(kind.title,), required=True, help="", example=RESIDENT_CARD),
            replace(number, title="证件号码", also=(number.title,), required=True, example="410481198001010028"),
            *rest,
        )
    codes = ("XDR_MC", "XDR_SHXYM", "XDR_GSZC", "XDR_ZZJG", "XDR_SWDJ", "XDR_SYDW", "XDR_SHZZ", "FRDB")
    card = Column(
        f"{prefix}_FR_SFZH", "法定代表人身份证号", Kind.CODE, ("法定代表人身份证号码",), most=18, help="不公开"
    )
    return (*(replace(by_code[code], help=_for_organisations(by_code[code])) for code in codes), card, *rest)


def _for_organisations(column: Column) -> str:
    if column.code.endswith("XDR_SHXYM"):
        return "必填"
    return column.help.replace("自然人不填；", "").replace("自然人不填", "")


def read_organisation(items: dict[str, Any], prefix: str, card: str | None) -> None:
    """Add what kind of counterparty an organisation is, as its code says, and the card of its representative."""
    code = squeeze_code(items.get(f"{prefix}_XDR_SHXYM", ""))
    items[f"{prefix}_XDR_LB"] = _BUSINESS if code.startswith(_BUSINESS_CODE) else _ORGANISATION
    if card is not None:
        items[f"{prefix}_FR_ZJLX"] = RESIDENT_CARD
        items[f"{prefix}_FR_ZJHM"] = card


def read_person(items: dict[str, Any], prefix: str, card: str | None) -> None:
    """Add that the counterparty is a person, and the number of its card where the template has only that."""
    items[f"{prefix}_XDR_LB"] = _PERSON
    if card is not None:
        items[f"{prefix}_XDR_ZJLX"] = RESIDENT_CARD
        items[f"{prefix}_XDR_ZJHM"] = card


class Held(NamedTuple):
    """What columns hold of the counterparty, and the codes of the items that are in them or follow from them."""

    values: dict[str, str]
    items: set[str]


def write_party(items: Mapping[str, str], prefix: str, parties: Parties, card: str | None) -> Held:
    """Return what the column for a card holds, and the items of the counterparty that are held so or follow.

    `card` is the column of the resident card: of the representative, or of the person itself.
    """
    kind = items.get(f"{prefix}_XDR_LB", "")
    if (kind == _PERSON) != (parties == "person"):
        raise ValueError(f"a template for rows of kind {parties} cannot hold a row about {kind or 'nobody'}")
    held: set[str] = set()
    values: dict[str, str] = {}
    code = squeeze_code(items.get(f"{prefix}_XDR_SHXYM", ""))
    if parties == "person" or (kind == _BUSINESS) == code.startswith(_BUSINESS_CODE):
        held.add(f"{prefix}_XDR_LB")
    who = "XDR" if parties == "person" else "FR"
    number = items.get(f"{prefix}_{who}_ZJHM")
    if card is not None and number and items.get(f"{prefix}_{who}_ZJLX") == RESIDENT_CARD and len(number) <= 18:
        values[card] = number
        held |= {f"{prefix}_{who}_ZJLX", f"{prefix}_{who}_ZJHM"}
    return Held(values, held)


# Organs and states of V2016.


def organ_code(values: Mapping[str, str], context: Context, name: str, code: str) -> str | None:
    """Return the code of the organ that a row names: from the row, or that of the authority or agency of this name."""
    written = values.get(code)
    if written:
        return written
    said = values.get(name)
    if said is None:
        return None  # intake says that the name is missing
    known = context.organs.get(said.strip())
    if known is None:
        raise RowUnusable(
            Reason.ITEM_MISSING,
            code,
            f"“{said}”不是已登记的机关名称，查不到代码：请按登记的全称填写，或加一列填写机关的统一社会信用代码",
        )
    return known


def check_use(values: Mapping[str, str], column: str) -> None:
    """Refuse a row that is not for the public: what is taken in here is published as the law says."""
    use = _USE_CODES.get(values.get(column, "0"))
    if use != "0":
        raise RowUnusable(
            Reason.ITEM_INVALID,
            column,
            "信息使用范围不是“0 公示”：受理后会按规定公示，所以不予读入。确应公示的改为 0；不公示的不要放在双公示表中",
        )


def read_state(
    values: Mapping[str, str], column: str, family: str, organ: Mapping[str, str], number: str
) -> Stated | None:
    """Return what a state of V2016 other than 正常 says of the record of a row, None where the row states the record.

    撤销 is a withdrawal and 异议 an objection that was filed, on the day of the column 状态日期, or of the stamp SJC.
    """
    state = values.get(column, "0")
    code = _STATE_CODES.get(state)
    if code == "0":
        return None
    if code not in {"1", "2"}:
        raise RowUnusable(
            Reason.ITEM_INVALID,
            column,
            "2016 版当前状态只能读入 0 正常、1 撤销、2 异议；“3 其他”说不清记录是否有效，请按实际情况改填",
        )
    on = values.get(STATE_DAY.code) or values.get(TIME_STAMP.code)
    if on is None:
        raise RowUnusable(
            Reason.ITEM_MISSING, STATE_DAY.code, "当前状态为撤销或异议的，请加一列“状态日期”，填写撤销或提出异议之日"
        )
    target = {"family": family, "organ_code": organ["code"], "document_no": number}
    head = {"organ": organ, "occurred_on": on, "target": target}
    if code == "1":
        return Stated("credit.office.withdrawal.v1", head | {"reason": "revoked"})
    return Stated("credit.office.objection.v1", head | {"state": "filed"})


STATE_DAY = Column(
    "state_on",
    "状态日期",
    Kind.DAY,
    help="当前状态为撤销或异议时填写：撤销或提出异议之日；不填的以 SJC 为准",
    ours=True,
)
TIME_STAMP = Column("SJC", "数据更新时间戳", Kind.DAY, ("时间戳", "更新时间"), ours=True)
AREA = Column("DFBM", "地方编码", Kind.CODE, help="不读入", ours=True)


def held_by(
    prefix: str, parties: Parties, card: str | None, moves: Mapping[str, str] = MappingProxyType({})
) -> dict[str, tuple[str, ...]]:
    """Return the columns of items that an older template has under other codes; `moves` are items by column."""
    who = "XDR" if parties == "person" else "FR"
    held: dict[str, tuple[str, ...]] = {item: (column,) for column, item in moves.items() if column != item}
    if card is not None:
        held |= dict.fromkeys((f"{prefix}_{who}_ZJLX", f"{prefix}_{who}_ZJHM"), (card,))
    return held


def held_by_state(number: str, name: str, code: str) -> dict[str, tuple[str, ...]]:
    """Return the columns of the items that a row of V2016 states when it takes its record back, or disputes it."""
    return {
        "occurred_on": (STATE_DAY.code, TIME_STAMP.code),
        "organ.name": (name,),
        "organ.code": (code,),
        "target.organ_code": (code,),
        "target.document_no": (number,),
    }


# Items as texts.


def items_of(data: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, str]:
    """Return the national items of a message that say something: days as YYYY/MM/DD, amounts with six decimals."""
    items = {}
    for column in columns:
        value = data.get(column.code)
        if not column.ours and value is not None and (text := _show(value, column.kind)):
            items[column.code] = text
    return items


def _show(value: Any, kind: Kind) -> str:
    text = str(value).strip()
    try:
        if text and kind in {Kind.DAY, Kind.END}:
            return f"{forms.read_end(value):%Y/%m/%d}"
        if text and kind is Kind.AMOUNT:
            return f"{Decimal(text):.6f}"
    except (PydanticCustomError, InvalidOperation):
        return text  # as the source wrote it, which a feed of ours never has
    return text


def read_source(values: Mapping[str, str], context: Context, name: str, code: str) -> dict[str, str]:
    """Return the items of the unit that the data come from: as the row says, else who hands the rows in.

    A name alone or a code alone is completed only where the routing knows both.
    """
    said = {item: text for item in (name, code) if (text := values.get(item))}
    if not said:
        said = {code: context.sender}
    if name not in said and (found := context.name_of(said[code])):
        said[name] = found
    if code not in said and (found := context.organs.get(said[name])):
        said[code] = found
    return said
