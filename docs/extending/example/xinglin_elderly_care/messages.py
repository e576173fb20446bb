"""What civil affairs says about elderly-care institutions."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import Day
from schemas.messages.common import Common, Content, require_order
from schemas.words import Words


class ElderlyCareInspection(Common, title="养老机构监督检查"):
    """The result of an inspection of an elderly-care institution 养老机构监督检查 (民政部令第66号)."""

    result: Annotated[
        Literal["qualified", "rectify", "unqualified"],
        Words({"qualified": "合格", "rectify": "限期整改", "unqualified": "不合格"}),
    ] = Field(title="检查结果")
    finding: Content = Field(title="检查情况")
    rectify_by: Day | None = Field(default=None, title="整改期限")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "rectify_by", self.occurred_on, self.rectify_by)
        return self
