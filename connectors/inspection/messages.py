"""What the inspection system says: checks, penalties, measures, points, conduct, cases handed to the police."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import NO_CONTROL, NO_HIDDEN, WHOLE, Code, Count, Day, End, Flag, Wan, is_absent
from schemas.fillers import FILLER_IS_NO_AMOUNT, NO_FILLER
from schemas.forms import is_other, read_other
from schemas.messages.common import Common, Content, Year, require_order
from schemas.messages.national import (
    CounterpartyKind,
    National,
    OptionalIdNo,
    OptionalIdType,
    OptionalInstitutionNo,
    OptionalNo,
    OptionalOrgCode,
    OptionalTaxNo,
    OptionalUscc,
    OrganName,
    Remark,
    Short,
    Uscc,
    refuse,
)
from schemas.messages.sheet import CheckItem, Marks, Scheme, require_own_codes
from schemas.party import PartyName
from schemas.words import Words

PENALTY_KINDS = (
    "警告",
    "罚款",
    "没收违法所得",
    "没收非法财物",
    "责令停产停业",
    "暂扣或者吊销许可证",
    "暂扣或者吊销执照",
    "行政拘留",
    "其他",
    # 行政处罚法 (2021), article 9
    "通报批评",
    "降低资质等级",
    "暂扣许可证件",
    "吊销许可证件",
    "限制开展生产经营活动",
    "责令关闭",
    "限制从业",
)
"""Item 处罚类别: the nine of the national template and those that the law names since 2021; also 其他-…"""

_PLAIN = str.maketrans(
    "罰沒違財責產業暫銷許證執報評級資質關閉開營動從", "罚没违财责产业暂销许证执报评级资质关闭开营动从"
)
"""Traditional characters of the kinds of penalty."""

OptionalWan = Annotated[Wan | None, FILLER_IS_NO_AMOUNT]
OptionalEnd = Annotated[End | None, FILLER_IS_NO_AMOUNT]


@lru_cache(maxsize=1024)
def split_kinds(text: str) -> tuple[str, ...]:
    """Return the kinds of penalty that item 处罚类别 joins by ；, ; or 、, each once, as ordered."""
    return tuple(dict.fromkeys(kind.strip() for kind in re.split("[；;、]", text) if kind.strip()))


def _check_kinds(text: str) -> str:
    text = read_other(text)
    kinds = split_kinds(text)
    if not kinds:
        raise PydanticCustomError("penalty_kind", "names no kind of penalty")
    for place, kind in enumerate(kinds, start=1):
        if kind not in PENALTY_KINDS and not is_other(kind):
            raise PydanticCustomError(
                "penalty_kind", "kind {place} is not on the list; {advice}", {"place": place, "advice": _advise(kind)}
            )
    return text


def _advise(kind: str) -> str:
    """Say what to write instead; never a kind that stands for a part of what was written, and drops the rest."""
    if kind.startswith("其他-"):
        return "say after 其他- which kind it is"
    plain = kind.translate(_PLAIN).strip("。.")
    if plain in PENALTY_KINDS:
        return f"write it as {plain}"
    named = [known for known in PENALTY_KINDS if known in plain and known != "其他"]
    if len(named) == 1 and named[0] in {"罚款", "警告"} and "、" not in kind and len(plain) <= len(named[0]) + 2:
        return f"write it as {named[0]} if that is all of it, else separate several kinds by ；"
    if named:
        return "separate several kinds by ；, and write each as on the list, or as 其他-…"
    near = difflib.get_close_matches(plain, PENALTY_KINDS, n=1, cutoff=0.6)
    return f"is {near[0]} meant? If not, write it as 其他-…" if near else "write it as 其他-…"


class Penalty(National, title="行政处罚"):
    """A penalty 行政处罚: the 30 national items of generation V2019, and three of the contract.

    Amounts are in ten thousand yuan (万元).
    """

    PREFIX: ClassVar[Literal["XK", "CF"]] = "CF"

    CF_XDR_MC: PartyName = Field(title="行政相对人名称")
    CF_XDR_LB: CounterpartyKind = Field(title="行政相对人类别")
    CF_XDR_SHXYM: OptionalUscc = Field(default=None, title="统一社会信用代码")
    CF_XDR_GSZC: OptionalNo = Field(default=None, title="工商注册号")
    CF_XDR_ZZJG: OptionalOrgCode = Field(default=None, title="组织机构代码")
    CF_XDR_SWDJ: OptionalTaxNo = Field(default=None, title="税务登记号")
    CF_XDR_SYDW: OptionalInstitutionNo = Field(default=None, title="事业单位证书号")
    CF_XDR_SHZZ: OptionalNo = Field(default=None, title="社会组织登记证号")
    CF_FRDB: Short | None = Field(default=None, title="法定代表人")
    CF_FR_ZJLX: OptionalIdType = Field(default=None, title="法定代表人证件类型")
    CF_FR_ZJHM: OptionalIdNo = Field(default=None, title="法定代表人证件号码")
    CF_XDR_ZJLX: OptionalIdType = Field(default=None, title="自然人证件类型")
    CF_XDR_ZJHM: OptionalIdNo = Field(default=None, title="自然人证件号码")
    CF_WSH: Annotated[Code, NO_FILLER] = Field(title="处罚决定书文号")
    CF_WFXW: Annotated[str, Field(max_length=2000), NO_CONTROL] = Field(title="违法行为类型")
    CF_SY: Annotated[str, Field(max_length=5000), NO_CONTROL] = Field(title="违法事实")
    CF_YJ: Annotated[str, Field(max_length=2048), NO_CONTROL] = Field(title="处罚依据")
    CF_CFLB: Annotated[str, Field(max_length=255), NO_HIDDEN, AfterValidator(_check_kinds)] = Field(title="处罚类别")
    CF_NR: Annotated[str, Field(max_length=4000), NO_CONTROL] = Field(title="处罚内容")
    CF_NR_FK: OptionalWan = Field(default=None, title="罚款金额（万元）")
    CF_NR_WFFF: OptionalWan = Field(default=None, title="没收金额（万元）")
    CF_NR_ZKDX: Annotated[str, Field(max_length=200), NO_HIDDEN] | None = Field(default=None, title="暂扣或吊销证照")
    CF_JDRQ: Day = Field(title="处罚决定日期")
    CF_YXQ: End = Field(title="处罚有效期")
    CF_GSJZQ: OptionalEnd = Field(default=None, title="公示截止期")
    CF_CFJG: OrganName = Field(title="处罚机关")
    CF_CFJGDM: Uscc = Field(title="处罚机关代码")
    CF_SJLY: OrganName = Field(title="数据来源单位")
    CF_SJLYDM: Uscc = Field(title="数据来源单位代码")
    BZ: Remark | None = Field(default=None, title="备注")
    summary_procedure: Flag = Field(title="简易程序")
    suspected_crime: Flag = Field(title="涉嫌犯罪")
    conduct: Annotated[
        Literal["unlicensed_practice", "illegal_advert", "other"],
        Words({"unlicensed_practice": "无证行医", "illegal_advert": "违法广告", "other": "其他"}),
    ] = Field(title="行为")

    @property
    def penalty_kinds(self) -> tuple[str, ...]:
        """The kinds of penalty in this decision."""
        return split_kinds(self.CF_CFLB)

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        refuse(self._problems())
        require_order("CF_JDRQ", "CF_YXQ", self.CF_JDRQ, self.CF_YXQ)
        require_order("CF_JDRQ", "CF_GSJZQ", self.CF_JDRQ, self.CF_GSJZQ)
        return self

    def _problems(self) -> list[str]:
        problems, kinds = self.counterparty_problems(), self.CF_CFLB
        if "罚款" in kinds and not (self.CF_NR_FK or Decimal(0)) > 0:
            problems.append("CF_NR_FK must be above zero: CF_CFLB names 罚款")
        if "没收" in kinds and self.CF_NR_WFFF is None:
            problems.append("CF_NR_WFFF is required: CF_CFLB names 没收")
        if ("暂扣" in kinds or "吊销" in kinds) and self.CF_NR_ZKDX is None:
            problems.append("CF_NR_ZKDX is required: CF_CFLB names 暂扣 or 吊销")
        return problems


class Check(Common, title="监督检查"):
    """An inspection on site 监督检查 and its result; `draw` is the number of the draw 抽查 that it carries out."""

    scheme: Scheme = Field(title="检查方式")
    result: Annotated[
        Literal["no_problem", "corrected_on_site", "ordered_to_correct", "case_filed", "uncooperative"],
        Words(
            {
                "no_problem": "未发现问题",
                "corrected_on_site": "当场改正",
                "ordered_to_correct": "责令改正",
                "case_filed": "立案",
                "uncooperative": "不配合检查",
            }
        ),
    ] = Field(title="检查结果")
    inspectors: Annotated[Count, Field(ge=1, le=1000), WHOLE] = Field(title="检查人数")
    items: Annotated[tuple[CheckItem, ...], Field(max_length=2000)] = Field(default=(), title="检查项目")
    draw: Code | None = Field(default=None, exclude_if=is_absent, title="抽查编号")

    @model_validator(mode="after")
    def _check_codes(self) -> Self:
        require_own_codes(self.items)
        return self


class Measure(Common, title="行政强制、征收、征用"):
    """A coercive measure 行政强制, levy 行政征收 or requisition 行政征用."""

    measure: Annotated[
        Literal["coercion", "levy", "requisition"],
        Words({"coercion": "行政强制", "levy": "行政征收", "requisition": "行政征用"}),
    ] = Field(title="措施")
    content: Content = Field(title="内容")
    basis: Content = Field(title="依据")


class Points(Common, title="不良执业行为记分"):
    """Points for a bad practice 不良执业行为记分."""

    points: Annotated[Count, Field(gt=0, le=1000), WHOLE] = Field(title="记分")
    act: Content = Field(title="不良执业行为")
    cycle: Year = Field(title="记分周期（年）")


class Conduct(Common, title="行为认定"):
    """A finding about conduct, or the score of the public-health service; only the score has a `value`."""

    conduct: Annotated[
        Literal[
            "red_packet",
            "overtreatment",
            "kickback",
            "ethics_failed",
            "accident_full_liability",
            "safety_accident",
            "fire_accident",
            "social_impact",
            "establishment_breach",
            "public_health_score",
            "price_fraud",
            "false_advertising",
            "touts",
            "lent_licence",
            "leased_department",
            "unlicensed_practice",
            "concealed_event",
        ],
        Words(
            {
                "red_packet": "收受红包",
                "overtreatment": "过度诊疗",
                "kickback": "收受回扣",
                "ethics_failed": "医德考评不合格",
                "accident_full_liability": "医疗事故负完全责任",
                "safety_accident": "安全生产事故",
                "fire_accident": "火灾事故",
                "social_impact": "造成不良社会影响",
                "establishment_breach": "违反设置规定",
                "public_health_score": "公共卫生服务得分",
                "price_fraud": "价格欺诈",
                "false_advertising": "虚假宣传",
                "touts": "雇用医托",
                "lent_licence": "出租、出借执业许可证",
                "leased_department": "出租、承包科室",
                "unlicensed_practice": "无证行医",
                "concealed_event": "瞒报、谎报事件",
            }
        ),
    ] = Field(title="行为")
    value: Marks | None = Field(default=None, title="得分")
    content: Content = Field(title="内容")

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if self.conduct == "public_health_score" and self.value is None:
            raise PydanticCustomError("conditional", "value is required for public_health_score")
        return self


class Transfer(Common, title="案件移送"):
    """A suspected crime handed to the police 行刑移送."""

    penalty_document_no: Code = Field(title="处罚决定书文号")
