"""What the credit office says: honours, and withdrawals, objections and repair of records."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import NO_HIDDEN, Day
from schemas.messages.common import Common, Decision, require_order
from schemas.party import Target


class Honour(Common):
    """An honour 表彰."""

    title: Annotated[str, Field(min_length=1, max_length=500), NO_HIDDEN]
    level: Literal["national", "province", "city", "county"]
    until: Day | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "until", (self.occurred_on, self.until))
        return self


class Withdrawal(Decision):
    """A decision that a business record no longer holds 撤销 (行政处罚法 art. 48)."""

    target: Target
    reason: Literal["revoked", "unlawful", "void", "entered_in_error"]


class Objection(Decision):
    """A step of an objection 异议 against a business record."""

    target: Target
    state: Literal["filed", "upheld", "rejected"]


class Repair(Decision):
    """A step of credit repair 信用修复 of a business record."""

    target: Target
    state: Literal["applied", "accepted", "granted", "refused"]
