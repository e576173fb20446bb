"""What associations of the trade say about their members and others."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Name
from schemas.messages.common import Common, Content
from schemas.words import Words


class Finding(Common, title="行业协会信息"):
    """A finding of an association 行业协会; `association` names it where the authority sends what it was handed."""

    association: Name | None = Field(default=None, title="行业协会")
    finding: Annotated[
        Literal["credit_positive", "credit_negative", "neutral"],
        Words({"credit_positive": "增信", "credit_negative": "减信", "neutral": "中性"}),
    ] = Field(title="性质")
    content: Content = Field(title="内容")
