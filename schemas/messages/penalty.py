"""A penalty 行政处罚: the 30 national items of generation V2019, and three of the contract."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import NO_CONTROL, NO_HIDDEN, Code, Day, Flag, Name, Wan
from schemas.messages.common import require_order
from schemas.messages.national import (
    CounterpartyKind,
    IdNo,
    IdType,
    InstitutionNo,
    National,
    OrganName,
    OrgCode,
    Remark,
    Short,
    TaxNo,
    Uscc,
    refuse,
)

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


@lru_cache(maxsize=1024)
def split_kinds(text: str) -> tuple[str, ...]:
    """Return the kinds of penalty that item 处罚类别 joins by ；, ; or 、, each once, as ordered."""
    return tuple(dict.fromkeys(kind.strip() for kind in re.split("[；;、]", text) if kind.strip()))


def _check_kinds(text: str) -> str:
    kinds = split_kinds(text)
    if not kinds:
        raise PydanticCustomError("penalty_kind", "names no kind of penalty")
    for place, kind in enumerate(kinds, start=1):
        if kind not in PENALTY_KINDS and not re.match("其他[-－—].", kind):
            near = difflib.get_close_matches(kind, PENALTY_KINDS, n=1, cutoff=0.4)
            raise PydanticCustomError(
                "penalty_kind",
                "kind {place} is not on the list; {advice}",
                {"place": place, "advice": f"is {near[0]} meant?" if near else "write it as 其他-…"},
            )
    return text


class Penalty(National):
    """A penalty 行政处罚; amounts are in ten thousand yuan (万元)."""

    PREFIX: ClassVar[Literal["XK", "CF"]] = "CF"

    CF_XDR_MC: Name
    CF_XDR_LB: CounterpartyKind
    CF_XDR_SHXYM: Uscc | None = None
    CF_XDR_GSZC: Short | None = None
    CF_XDR_ZZJG: OrgCode | None = None
    CF_XDR_SWDJ: TaxNo | None = None
    CF_XDR_SYDW: InstitutionNo | None = None
    CF_XDR_SHZZ: Short | None = None
    CF_FRDB: Short | None = None
    CF_FR_ZJLX: IdType | None = None
    CF_FR_ZJHM: IdNo | None = None
    CF_XDR_ZJLX: IdType | None = None
    CF_XDR_ZJHM: IdNo | None = None
    CF_WSH: Code
    CF_WFXW: Annotated[str, Field(max_length=2000), NO_CONTROL]
    CF_SY: Annotated[str, Field(max_length=5000), NO_CONTROL]
    CF_YJ: Annotated[str, Field(max_length=2048), NO_CONTROL]
    CF_CFLB: Annotated[str, Field(max_length=255), NO_HIDDEN, AfterValidator(_check_kinds)]
    CF_NR: Annotated[str, Field(max_length=4000), NO_CONTROL]
    CF_NR_FK: Wan | None = None
    CF_NR_WFFF: Wan | None = None
    CF_NR_ZKDX: Annotated[str, Field(max_length=200), NO_HIDDEN] | None = None
    CF_JDRQ: Day
    CF_YXQ: Day
    CF_GSJZQ: Day | None = None
    CF_CFJG: OrganName
    CF_CFJGDM: Uscc
    CF_SJLY: OrganName
    CF_SJLYDM: Uscc
    BZ: Remark | None = None
    summary_procedure: Flag
    suspected_crime: Flag
    conduct: Literal["unlicensed_practice", "illegal_advert", "other"]

    @property
    def penalty_kinds(self) -> tuple[str, ...]:
        """The kinds of penalty in this decision."""
        return split_kinds(self.CF_CFLB)

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        refuse(self._problems())
        require_order("CF_JDRQ", "CF_YXQ", (self.CF_JDRQ, self.CF_YXQ))
        require_order("CF_JDRQ", "CF_GSJZQ", (self.CF_JDRQ, self.CF_GSJZQ))
        return self

    def _problems(self) -> Iterable[str]:
        yield from self.counterparty_problems()
        kinds = "；".join(self.penalty_kinds)
        if "罚款" in kinds and not (self.CF_NR_FK or Decimal(0)) > 0:
            yield "CF_NR_FK must be above zero: CF_CFLB names 罚款"
        if "没收" in kinds and self.CF_NR_WFFF is None:
            yield "CF_NR_WFFF is required: CF_CFLB names 没收"
        if ("暂扣" in kinds or "吊销" in kinds) and self.CF_NR_ZKDX is None:
            yield "CF_NR_ZKDX is required: CF_CFLB names 暂扣 or 吊销"
