"""What the health-insurance system says: agreements, fraud, points."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import Count, Day, Yuan
from schemas.messages.common import Common, Content, Year, require_order


class Agreement(Common):
    """A step in the service agreement 医保协议 with an institution or practitioner."""

    action: Literal["interview", "suspended", "terminated", "resumed"]
    begin: Day = Field(alias="from")
    until: Day | None = None
    content: Content

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("from", "until", (self.begin, self.until))
        return self


class Fraud(Common):
    """Fraud on the insurance fund 欺诈骗保."""

    severity: Literal["general", "serious"]
    amount_yuan: Yuan
    content: Content
    basis: Content


class InsurancePoints(Common):
    """Points on a practitioner's payment qualification 医保支付资格记分, by calendar year."""

    points: Annotated[Count, Field(ge=1, le=12)]
    responsibility: Literal["general", "important", "primary"]
    cycle: Year
