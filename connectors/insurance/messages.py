"""What the health-insurance system says: agreements, fraud, points."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import WHOLE, Count, Day, End, Yuan
from schemas.messages.common import Common, Content, Year, require_order
from schemas.words import Words


class Agreement(Common, title="医保协议处理"):
    """A step in the service agreement 医保协议 with an institution or practitioner."""

    action: Annotated[
        Literal["interview", "suspended", "terminated", "resumed"],
        Words({"interview": "约谈", "suspended": "中止协议", "terminated": "解除协议", "resumed": "恢复协议"}),
    ] = Field(title="处理")
    begin: Day = Field(alias="from", title="起始日期")
    until: End | None = Field(default=None, title="截止日期")
    content: Content = Field(title="内容")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("from", "until", self.begin, self.until)
        return self


class Fraud(Common, title="欺诈骗保"):
    """Fraud on the insurance fund 欺诈骗保."""

    severity: Annotated[Literal["general", "serious"], Words({"general": "一般", "serious": "严重"})] = Field(
        title="情节"
    )
    amount_yuan: Yuan = Field(title="金额（元）")
    content: Content = Field(title="内容")
    basis: Content = Field(title="依据")
    until: Day | None = Field(default=None, title="暂停结算或医保服务截止日期")


class InsurancePoints(Common, title="医保支付资格记分"):
    """Points on a practitioner's payment qualification 医保支付资格记分, by calendar year."""

    points: Annotated[Count, Field(ge=1, le=12), WHOLE] = Field(title="记分")
    responsibility: Annotated[
        Literal["general", "important", "primary"],
        Words({"general": "一般责任", "important": "重要责任", "primary": "主要责任"}),
    ] = Field(title="责任")
    cycle: Year = Field(title="记分周期（年）")
