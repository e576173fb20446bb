"""What civil affairs says about elderly-care institutions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from schemas.base import Day
from schemas.messages.common import Common, Content, require_order


class ElderlyCareInspection(Common):
    """The result of an inspection of an elderly-care institution 养老机构监督检查 (民政部令第66号)."""

    result: Literal["qualified", "rectify", "unqualified"]
    finding: Content
    rectify_by: Day | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "rectify_by", (self.occurred_on, self.rectify_by))
        return self
