"""What the public says: complaints, clues, ratings. Who said it is in none of them, so that nobody is found by it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import WHOLE, Count, Flag
from schemas.messages.common import Common, Content
from schemas.words import Words


class Complaint(Common, title="投诉举报"):
    """A complaint or report 投诉举报 about the party, and what was found; the complainant is not named."""

    channel: Annotated[
        Literal["hotline", "qr_code", "letter", "visit", "online"],
        Words({"hotline": "热线电话", "qr_code": "扫码", "letter": "来信", "visit": "来访", "online": "网络"}),
    ] = Field(title="渠道")
    matter: Annotated[
        Literal["fee", "service", "quality", "ethics", "unlicensed", "advertising", "other"],
        Words(
            {
                "fee": "收费",
                "service": "服务",
                "quality": "医疗质量",
                "ethics": "医德医风",
                "unlicensed": "无证行医",
                "advertising": "医疗广告",
                "other": "其他",
            }
        ),
    ] = Field(title="事项")
    rewarded: Flag = Field(title="有奖举报")
    state: Annotated[
        Literal["received", "substantiated", "unsubstantiated", "withdrawn"],
        Words({"received": "已受理", "substantiated": "属实", "unsubstantiated": "不属实", "withdrawn": "已撤回"}),
    ] = Field(title="办理情况")
    content: Content = Field(title="内容")


class Clue(Common, title="线索"):
    """A clue 线索 that somebody reported and that has to be checked; who it was is told by kind alone."""

    reported_by: Annotated[
        Literal["grid_worker", "social_supervisor", "citizen", "other"],
        Words({"grid_worker": "网格员", "social_supervisor": "社会监督员", "citizen": "群众", "other": "其他"}),
    ] = Field(title="报告人")
    state: Annotated[
        Literal["received", "substantiated", "unsubstantiated"],
        Words({"received": "待核查", "substantiated": "属实", "unsubstantiated": "不属实"}),
    ] = Field(title="核查情况")
    content: Content = Field(title="内容")


class Rating(Common, title="评价"):
    """Stars that a visitor gave 评价, one to five."""

    stars: Annotated[Count, Field(ge=1, le=5), WHOLE] = Field(title="星数")
    content: Content | None = Field(default=None, title="评语")
