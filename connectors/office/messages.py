"""What the credit office says: honours, listings, and withdrawals, objections and repair of records."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import NO_HIDDEN, Code, Day, End, is_absent
from schemas.messages.common import Common, Content, Decision, require_order
from schemas.party import Target
from schemas.words import Words


class Honour(Common, title="表彰"):
    """An honour 表彰."""

    title: Annotated[str, Field(min_length=1, max_length=500), NO_HIDDEN] = Field(title="名称")
    level: Annotated[
        Literal["national", "province", "city", "county"],
        Words({"national": "国家级", "province": "省级", "city": "市级", "county": "县级"}),
    ] = Field(title="级别")
    until: End | None = Field(default=None, title="截止日期")
    content: Content | None = Field(default=None, exclude_if=is_absent, title="荣誉内容")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "until", self.occurred_on, self.until)
        return self


class Listing(Common, title="列入名单"):
    """A party is put on a list of seriously dishonest subjects 严重失信主体名单 or of abnormal ones 异常名录.

    Whoever keeps the list sends it. Leaving the list is an act about this record: a repair, or a withdrawal where the
    party should never have been on it.
    """

    list_kind: Annotated[
        Literal["serious_dishonest", "abnormal"],
        Words({"serious_dishonest": "严重失信主体名单", "abnormal": "异常名录"}),
    ] = Field(title="名单类别")
    title: Annotated[str, Field(min_length=1, max_length=500), NO_HIDDEN] = Field(title="名单名称")
    content: Content = Field(title="列入事由")
    basis: Content = Field(title="列入依据")
    until: End | None = Field(default=None, title="公示截止日期")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "until", self.occurred_on, self.until)
        return self


class Rating(Common, title="行业评定"):
    """A line ministry or an association rated a party 行业评定, from A to E, by a scheme of its own."""

    title: Annotated[str, Field(min_length=1, max_length=500), NO_HIDDEN] = Field(title="评定名称")
    grade: Literal["A级", "B级", "C级", "D级", "E级"] = Field(title="评定结果")
    remark: Content | None = Field(default=None, title="备注")


class OfficeDecision(Decision):
    """A decision about a business record. Many have no number of their own: then it is known by what it is about."""

    target: Target = Field(title="所涉信用记录")
    document_no: Code | None = Field(default=None, title="文书号")


class Withdrawal(OfficeDecision, title="撤销"):
    """A decision that a business record no longer holds 撤销 (行政处罚法 art. 48)."""

    reason: Annotated[
        Literal["revoked", "unlawful", "void", "entered_in_error"],
        Words({"revoked": "决定被撤销", "unlawful": "确认违法", "void": "确认无效", "entered_in_error": "录入错误"}),
    ] = Field(title="撤销原因")


class Objection(OfficeDecision, title="异议"):
    """A step of an objection 异议 against a business record."""

    state: Annotated[
        Literal["filed", "upheld", "rejected"], Words({"filed": "已受理", "upheld": "成立", "rejected": "不成立"})
    ] = Field(title="异议状态")


class Told(OfficeDecision, title="告知"):
    """The party was told 告知 by a paper that was served on it.

    By a prior notice it learns of facts, reasons, basis and measures before any agency does (国办发〔2020〕49号). The
    notice of repair is served with a decision, and says how and when repair can be asked for (国办发〔2025〕22号).
    """

    paper: Annotated[
        Literal["prior_notice", "repair_notice"],
        Words({"prior_notice": "事先告知书", "repair_notice": "信用修复告知书"}),
    ] = Field(default="prior_notice", title="告知文书")
    served_on: Day = Field(title="送达日期")
    state: Annotated[
        Literal["served", "answered", "waived"],
        Words({"served": "已送达，待陈述申辩", "answered": "已陈述申辩并复核", "waived": "表示无陈述申辩"}),
    ] = Field(title="告知状态")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "served_on", self.occurred_on, self.served_on)
        return self


class Repair(OfficeDecision, title="信用修复"):
    """A step of credit repair 信用修复 of a business record."""

    state: Annotated[
        Literal["applied", "accepted", "granted", "refused"],
        Words({"applied": "已申请", "accepted": "已受理", "granted": "准予", "refused": "不予"}),
    ] = Field(title="修复状态")
