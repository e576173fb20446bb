"""The lists of generation V2016: red 红榜, black 黑榜 and ratings of a trade 行业评定.

They name the organ and not its code: it is taken from the column of ours, else from the routing, by the full name.

| not said | taken from |
|---|---|
| kind of a black list | 严重失信主体名单: the column for the day is 确认严重失信时间, so whoever fills it in says so |
| name of a black list | its column of ours, else the word of its kind |
| number of a rating | its column of ours, else made of the day, the code of the party and the name of the scheme |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticCustomError

from connectors import national_sheets as national
from connectors.cells import meanings
from schemas import forms
from schemas.base import MAX_CODE
from schemas.party import squeeze_code
from schemas.sheets import REVISION, Choice, Column, Context, Kind, Parties, Stated, Template, Written

_HONOUR, _LISTING, _RATING = "credit.office.honour.v1", "credit.office.listing.v1", "credit.office.rating.v1"
_LEVELS = (Choice("national", "国家级"), Choice("province", "省级"), Choice("city", "市级"), Choice("county", "县级"))
_LISTS = (Choice("serious_dishonest", "严重失信主体名单"), Choice("abnormal", "异常名录"))
_GRADES = tuple(Choice(grade, grade) for grade in ("A级", "B级", "C级", "D级", "E级"))
_LEVEL_CODES, _LIST_CODES = meanings(_LEVELS), meanings(_LISTS)
_GRADE_CODES = {text: grade.code for grade in _GRADES for text in (grade.code, grade.code.removesuffix("级"))}
_CODES = {"TYSHXYDM": "uscc", "GSZCH": "registration_no", "ZZJGDM": "org_code"}
_BUSINESS_CODE = "92"

_ORGANISATION = (
    Column(
        "TYSHXYDM",
        "统一社会信用代码",
        Kind.CODE,
        help="没有的填工商注册号或组织机构代码",
        example="91410481MA9TW3X02Q",
    ),
    Column("GSZCH", "工商注册号", Kind.CODE),
    Column("ZZJGDM", "组织机构代码", Kind.CODE),
    Column("JGQC", "机构全称", required=True, most=200, example="舞钢市样本宾馆有限公司"),
)


def _card(code: str, title: str) -> tuple[Column, ...]:
    return (
        Column(code, title, required=True, most=200, also=("姓名",) if title != "姓名" else (), example="李样本"),
        Column("SFZH", "身份证号", Kind.CODE, ("居民身份证号",), required=True, example="410481198001010028"),
    )


def _organ(code: str, title: str, our: str, our_title: str) -> tuple[Column, Column]:
    return (
        Column(code, title, required=True, most=200, example="舞钢市卫生健康委员会"),
        Column(our, our_title, Kind.CODE, help="登记过全称的机关可以不填", ours=True),
    )


def _read_party(values: Mapping[str, str], parties: Parties, name: str) -> dict[str, str]:
    if parties == "person":
        party = {"kind": "person", "name": values.get(name), "id_no": values.get("SFZH")}
        return {"id_type": national.RESIDENT_CARD} | {key: text for key, text in party.items() if text is not None}
    business = squeeze_code(values.get("TYSHXYDM", "")).startswith(_BUSINESS_CODE)
    party = {"kind": "individual_business" if business else "organisation", "name": values.get(name)}
    party |= {item: values.get(code) for code, item in _CODES.items()}
    return {key: text for key, text in party.items() if text is not None}


def _write_party(party: Mapping[str, Any], parties: Parties, name: str) -> tuple[dict[str, str], set[str]]:
    if (party.get("kind") == "person") != (parties == "person"):
        raise ValueError(f"a template for rows of kind {parties} cannot hold a row about a {party.get('kind')}")
    columns = {"name": name}
    if parties == "organisation":
        columns |= {item: code for code, item in _CODES.items()}
    elif party.get("id_type") == national.RESIDENT_CARD:
        columns |= {"id_no": "SFZH"}
    held = {"kind", *columns, *(["id_type"] if "id_no" in columns else [])}
    return {column: str(party[item]) for item, column in columns.items() if party.get(item)}, held


def _read_organ(values: Mapping[str, str], context: Context, name: str, code: str) -> dict[str, str]:
    organ = {"name": values.get(name), "code": national.organ_code(values, context, name, code)}
    return {key: text for key, text in organ.items() if text is not None}


@dataclass(frozen=True, slots=True)
class _List:
    """A list of V2016: how its rows are called, and which column holds which item of its messages."""

    name: str
    title: str
    type: str
    table: str
    parties: Parties
    columns: tuple[Column, ...]
    party: str
    """The column with the name of the party."""
    organ: str
    organ_code: str
    items: Mapping[str, str]
    """The items of the message, and the column of each."""
    codes: Mapping[str, Mapping[str, str]]
    """Of items with codes, the code of each word."""
    defaults: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """Adds what the list does not say and the message asks for."""

    def template(self) -> Template:
        """Return the list as a template."""
        return Template(
            name=f"{self.name}-v2016" + ("" if self.table == "hypd" else f"-{self.parties}"),
            title=self.title,
            type=self.type,
            columns=(*self.columns, REVISION),
            read=self._read,
            write=self._write,
            generation="V2016",
            parties=self.parties,
            table=self.table,
            held=self._held(),
        )

    def _held(self) -> dict[str, tuple[str, ...]]:
        """Return the columns of the items of its messages."""
        numbers = {"id_no": "SFZH"} if self.parties == "person" else {item: code for code, item in _CODES.items()}
        party = {f"party.{item}": column for item, column in (numbers | {"name": self.party}).items()}
        return {item: (column,) for item, column in {**self.items, **party, "organ.name": self.organ}.items()}

    def _read(self, values: Mapping[str, str], context: Context) -> Stated:
        values = context.fill(values)
        data: dict[str, Any] = {
            "organ": _read_organ(values, context, self.organ, self.organ_code),
            "party": _read_party(values, self.parties, self.party),
        }
        for item, column in self.items.items():
            text = values.get(column)
            if text is not None:
                data[item] = self.codes[item].get(text, text) if item in self.codes else text
        return Stated(self.type, self.defaults(data))

    def _write(self, data: Mapping[str, Any]) -> Written:
        party, organ = data.get("party") or {}, data.get("organ") or {}
        values, held = _write_party(party, self.parties, self.party)
        values |= {self.organ: organ.get("name", ""), self.organ_code: organ.get("code", "")}
        kinds = {column.code: column.kind for column in self.columns}
        for item, column in self.items.items():
            value = data.get(item)
            if value is not None:
                values[column] = _write_item(value, kinds[column])
        ours = {column.code for column in self.columns if column.ours}
        lost = [f"party.{item}" for item, value in party.items() if value and item not in held]
        lost += [item for item, column in self.items.items() if data.get(item) is not None and column in ours]
        lost += [item for item in data if item not in self.items and item not in {"party", "organ"}]
        if organ.get("code"):
            lost.append("organ.code")
        return Written({column: text for column, text in values.items() if text}, tuple(lost))


def _write_item(value: Any, kind: Kind) -> str:
    return f"{forms.read_end(value):%Y/%m/%d}" if kind in {Kind.DAY, Kind.END} else str(value)


_HONOUR_ITEMS = {
    "document_no": "RDWH",
    "occurred_on": "RDRQ",
    "title": "RYMC",
    "content": "RYNR",
    "level": "RYDJ",
    "until": "JZRQ",
}
_LISTING_ITEMS = {
    "document_no": "RDWH",
    "occurred_on": "QRYZSXSJ",
    "content": "ZYSXSS",
    "basis": "XZCFHPJNR",
    "list_kind": "list_kind",
    "title": "title",
    "until": "until",
}
_RATING_ITEMS = {"occurred_on": "PDRQ", "title": "PDMC", "grade": "PDJG", "remark": "BZ", "document_no": "document_no"}

_RED = (
    Column("RDRQ", "认定日期", Kind.DAY, required=True, example="2026/04/21"),
    *_organ("RDBMQC", "认定部门全称", "organ.code", "认定部门统一社会信用代码"),
    Column("RDWH", "认定文号", Kind.CODE, required=True, most=MAX_CODE, example="舞信〔2026〕9号"),
    Column("RYMC", "荣誉名称", required=True, most=500, example="诚信经营示范单位"),
    Column("RYNR", "荣誉内容"),
    Column("RYDJ", "荣誉等级", Kind.CHOICE, choices=_LEVELS, required=True, example="市级"),
    Column("JZRQ", "截止日期", Kind.END, help="荣誉有期限的填写", ours=True),
    Column("BZ", "备注", help="不读入"),
)
_BLACK = (
    Column("RDWH", "认定文号", Kind.CODE, required=True, most=MAX_CODE, example="舞卫名单〔2026〕1号"),
    *_organ("RDDW", "认定单位", "organ.code", "认定单位统一社会信用代码"),
    Column("ZYSXSS", "主要失信事实", required=True, most=5000, example="多次出租、出借医疗机构执业许可证"),
    Column("QRYZSXSJ", "确认严重失信时间", Kind.DAY, required=True, example="2026/04/21"),
    Column(
        "XZCFHPJNR",
        "行政处罚或判决内容",
        required=True,
        most=5000,
        example="舞卫医罚〔2026〕12号：吊销医疗机构执业许可证",
    ),
    Column("list_kind", "名单类别", Kind.CHOICE, choices=_LISTS, help="不填的作严重失信主体名单", ours=True),
    Column("title", "名单名称", most=500, help="不填的以名单类别为名", ours=True),
    Column("until", "公示截止日期", Kind.END, ours=True),
)
_GRADE = (
    Column("PDJG", "评定结果", Kind.CHOICE, choices=_GRADES, required=True, help="只能填 A级 至 E级", example="A级"),
    Column("PDRQ", "评定日期", Kind.DAY, required=True, example="2026/04/21"),
    Column("PDMC", "评定名称", required=True, most=500, example="住宿业信用评定"),
    *_organ("PDJGMC", "评定机构名称", "organ.code", "评定机构统一社会信用代码"),
    Column("BZ", "备注"),
    Column("document_no", "评定文号", Kind.CODE, most=MAX_CODE, help="不填的由系统编定", ours=True),
)


def _complete_listing(data: dict[str, Any]) -> dict[str, Any]:
    kind = data.setdefault("list_kind", "serious_dishonest")
    words = {choice.code: choice.word for choice in _LISTS}
    data.setdefault("title", words.get(kind, kind))
    return data


def _complete_rating(data: dict[str, Any]) -> dict[str, Any]:
    party = data["party"]
    who = next((party[item] for item in ("uscc", "org_code", "registration_no", "name") if item in party), None)
    if "document_no" not in data and who is not None and "title" in data and "occurred_on" in data:
        try:
            day = forms.read_day(data["occurred_on"]).isoformat()
        except PydanticCustomError:
            return data  # intake says of the day what is wrong
        data["document_no"] = f"{day} {squeeze_code(who)} {data['title']}"[:MAX_CODE]
    return data


def _red(table: str, parties: Parties, head: tuple[Column, ...], party: str, title: str) -> _List:
    return _List(
        name="red",
        title=title,
        type=_HONOUR,
        table=table,
        parties=parties,
        columns=(*head, *_RED),
        party=party,
        organ="RDBMQC",
        organ_code="organ.code",
        items=_HONOUR_ITEMS,
        codes={"level": _LEVEL_CODES},
    )


def _black(table: str, parties: Parties, head: tuple[Column, ...], party: str, title: str) -> _List:
    return _List(
        name="black",
        title=title,
        type=_LISTING,
        table=table,
        parties=parties,
        columns=(*head, *_BLACK),
        party=party,
        organ="RDDW",
        organ_code="organ.code",
        items=_LISTING_ITEMS,
        codes={"list_kind": _LIST_CODES},
        defaults=_complete_listing,
    )


_LISTS_2016 = (
    _red("frred", "organisation", _ORGANISATION, "JGQC", "红榜（2016 版，法人）"),
    _red("zrrred", "person", _card("XM", "姓名"), "XM", "红榜（2016 版，自然人）"),
    _black(
        "frblack",
        "organisation",
        (
            *_ORGANISATION,
            Column("FDDBR", "法定代表人", help="不读入"),
            Column("ZCDZ", "注册地址", help="不读入"),
        ),
        "JGQC",
        "黑榜（2016 版，法人）",
    ),
    _black("zrrblack", "person", _card("FZRXM", "负责人姓名"), "FZRXM", "黑榜（2016 版，自然人）"),
    _List(
        name="grade",
        title="行业评定（2016 版）",
        type=_RATING,
        table="hypd",
        parties="organisation",
        columns=(*_ORGANISATION, *_GRADE),
        party="JGQC",
        organ="PDJGMC",
        organ_code="organ.code",
        items=_RATING_ITEMS,
        codes={"grade": _GRADE_CODES},
        defaults=_complete_rating,
    ),
)

SHEETS = tuple(one.template() for one in _LISTS_2016)
