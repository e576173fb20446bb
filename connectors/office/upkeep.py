"""What the credit office says of how a subject keeps itself: ethics, papers, insurance, events, board, training."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from schemas.base import Code, Day, End, Flag, Name
from schemas.messages.common import Common, Content, Matter, Year, require_order
from schemas.messages.national import refuse
from schemas.party import Party
from schemas.words import Words


class Ethics(Common, title="医德考评"):
    """The result of the assessment of ethics 医德考评 for a year."""

    year: Year = Field(title="考评年度")
    result: Annotated[
        Literal["excellent", "good", "fair", "poor"],
        Words({"excellent": "优秀", "good": "良好", "fair": "一般", "poor": "较差"}),
    ] = Field(title="考评结果")
    workplace: Party | None = Field(default=None, title="执业机构")


class Undertaking(Common, title="年度文书"):
    """A paper that an institution hands in for a year 年度文书."""

    undertaking: Annotated[
        Literal["responsibility_statement", "safety_commitment", "price_publicity"],
        Words(
            {
                "responsibility_statement": "责任书",
                "safety_commitment": "安全承诺书",
                "price_publicity": "价格公示",
            }
        ),
    ] = Field(title="文书类型")
    year: Year = Field(title="年度")
    until: End | None = Field(default=None, title="有效期至")
    content: Content = Field(title="内容")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "until", self.occurred_on, self.until)
        return self


class LiabilityInsurance(Common, title="医疗责任保险"):
    """Insurance for medical liability 医疗责任保险; its document number is that of the policy."""

    insurer: Name = Field(title="保险机构")
    begin: Day = Field(title="起始日期")
    until: End = Field(title="截止日期")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("begin", "until", self.begin, self.until)
        return self


class SafetyEvent(Common, title="医疗安全事件报告"):
    """The report of an event of medical safety 医疗安全事件: when it happened and was reported, and whether in time."""

    happened_on: Day = Field(title="事件日期")
    reported_on: Day = Field(title="报告日期")
    level: Annotated[
        Literal["i", "ii", "iii", "iv"],
        Words(
            {
                "i": "Ⅰ级（警告事件）",
                "ii": "Ⅱ级（不良后果事件）",
                "iii": "Ⅲ级（未造成后果事件）",
                "iv": "Ⅳ级（隐患事件）",
            }
        ),
    ] = Field(title="事件等级")
    in_time: Flag = Field(title="按时报告")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("happened_on", "reported_on", self.happened_on, self.reported_on)
        return self


BoardPart = Annotated[
    Literal["licence", "grade", "commitment", "qr_code", "staff", "supervisor"],
    Words(
        {
            "licence": "执业许可证",
            "grade": "信用等级",
            "commitment": "信用承诺",
            "qr_code": "二维码",
            "staff": "医务人员",
            "supervisor": "监督员和投诉电话",
        }
    ),
]
QrPlace = Annotated[
    Literal["consulting_room", "cashier", "pharmacy", "ward"],
    Words({"consulting_room": "诊室", "cashier": "收费处", "pharmacy": "药房", "ward": "病房"}),
]


class Board(Common, title="信用公示牌"):
    """Whether an institution hung its credit board 信用公示牌, what it lacks, and where QR sheets are put up."""

    state: Annotated[
        Literal["hung", "incomplete", "not_hung"],
        Words({"hung": "已悬挂", "incomplete": "内容不全", "not_hung": "未悬挂"}),
    ] = Field(title="悬挂情况")
    missing: Annotated[tuple[BoardPart, ...], Field(max_length=6)] = Field(default=(), title="缺少内容")
    qr_sheets: Annotated[tuple[QrPlace, ...], Field(max_length=4)] = Field(default=(), title="已贴二维码处")

    @model_validator(mode="after")
    def _check_missing(self) -> Self:
        problems = ["missing is required for incomplete"] if self.state == "incomplete" and not self.missing else []
        refuse(problems + (["missing must be blank for hung"] if self.state == "hung" and self.missing else []))
        return self


class Sign(Common, title="等级标识"):
    """The sign of a grade 等级标识 was issued, given back or lost."""

    state: Annotated[
        Literal["issued", "returned", "lost"], Words({"issued": "已发放", "returned": "已收回", "lost": "已遗失"})
    ] = Field(title="标识状态")
    grade: Code = Field(title="等级")


class Training(Common, title="培训"):
    """A training 培训 that the party took part in."""

    title: Matter = Field(title="培训名称")
    hours: Annotated[float, Strict(), Field(gt=0, le=10_000)] = Field(title="学时")
