"""The `data` of every message that leaves Xinglin."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.alerts import Urgency
from schemas.base import Code, Frozen, Instant, Name, Text
from schemas.party import Party, Target
from schemas.record import Cause
from schemas.states import Decided, FeedKind, ListingChange, Operation
from schemas.words import Words


class NoticeRecord(Frozen, title="所依据的信用记录"):
    """A business record that a notice rests on; `organ` is the name of the authority that decided."""

    family: Code = Field(title="业务类型")
    organ: Name = Field(title="决定机关")
    document_no: Code = Field(title="文书号")
    occurred_on: date = Field(title="发生日期")


LiftedBy = Annotated[
    Literal["repair", "withdrawal"], Words({"repair": "信用修复或者决定被撤销", "withdrawal": "仅决定被撤销"})
]
"""What ends a measure before its last day. The end of its term ends any."""


class NoticeMeasure(Frozen, title="惩戒措施"):
    """A measure 惩戒措施 that the agency is asked to take, with the law behind it.

    `until` is there where its last day is another than that of the notice. Without `lifted_by` a repair ends it.
    """

    code: Code = Field(title="措施编码")
    name: Name = Field(title="措施名称")
    basis: Text = Field(title="法律依据")
    until: date | None = Field(default=None, title="截止日期")
    lifted_by: LiftedBy | None = Field(default=None, title="解除方式")


class NoticeIssued(Frozen, title="联合惩戒通知"):
    """A joint-punishment notice 联合惩戒通知 to one agency.

    `party` has the full identifier: the agency must find its subject. Without `until` the notice holds until
    it is lifted. The agency answers by the end of the day `reply_by`.
    """

    notice_no: Code = Field(title="通知编号")
    agency: Code = Field(title="部门")
    party: Party = Field(title="当事人")
    ground: Code = Field(title="认定依据")
    records: tuple[NoticeRecord, ...] = Field(min_length=1, title="所依据的信用记录")
    measures: tuple[NoticeMeasure, ...] = Field(min_length=1, title="惩戒措施")
    begin: date = Field(alias="from", title="起始日期")
    until: date | None = Field(default=None, title="截止日期")
    reply_by: date = Field(title="反馈期限")

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class NoticeLifted(Frozen, title="解除通知"):
    """A notice no longer holds: the agency ends its measures and says so.

    With `measures` only these have ended, and the rest of the notice holds on.
    """

    notice_no: Code = Field(title="通知编号")
    agency: Code = Field(title="部门")
    cause: Cause = Field(title="解除原因")
    at: Instant = Field(title="解除时间")
    measures: tuple[Code, ...] | None = Field(default=None, title="解除的措施")


class Row(Frozen, title="数据行"):
    """One row of a feed: its identity there, and the national items as text (none when it is withdrawn)."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str] = Field(init=False)

    row_id: Code = Field(title="数据行编号")


class FeedRows(Frozen, title="报送数据"):
    """Rows for Credit China or another feed, all of one kind and operation."""

    feed: Code = Field(title="报送渠道")
    generation: Annotated[
        Literal["V2016", "V2018", "V2019"], Words({"V2016": "2016年版", "V2018": "2018年版", "V2019": "2019年版"})
    ] = Field(title="数据标准版本")
    kind: FeedKind = Field(title="数据种类")
    operation: Operation = Field(title="操作")
    rows: tuple[Row, ...] = Field(min_length=1, title="数据行")


class AssessmentReason(Frozen, title="评定理由"):
    """One rule that shaped a grade: the record it looked at, what it did, and by which clause.

    A rule that looked at several records comes once for each.
    """

    rule: Code = Field(title="规则")
    record: Target | None = Field(default=None, title="所涉信用记录")
    effect: Text = Field(title="影响")
    clause: Text | None = Field(default=None, title="条款")


NOT_ASSESSED = "not_assessed"
"""What is published in place of a grade where a correction takes the grade away."""


class AssessmentPublished(Frozen, title="信用等级"):
    """An official grade 信用等级 of a subject under one regime, with its reasons and the supervision that follows.

    It is published when it is another than that of the year before, or the first; and each time that it is decided
    anew: `version` counts from 1, `cause` says by what, and a later version takes the place of the earlier ones. A
    correction that takes the grade away names `not_assessed`. `consumers` are those of the regime's consumers.yaml
    whom it is for. The number of a person is masked.
    """

    party: Party = Field(title="当事人")
    regime: Code = Field(title="评价制度")
    year: int = Field(title="评价年度")
    grade: Code = Field(title="信用等级")
    previous_grade: Code | None = Field(default=None, title="上次信用等级")
    score: str | None = Field(default=None, title="得分")
    reasons: tuple[AssessmentReason, ...] = Field(title="评定理由")
    supervision: Text = Field(title="监管措施")
    scale: Code | None = Field(default=None, title="评价标准")
    grade_name: Name | None = Field(default=None, title="等级名称")
    version: int | None = Field(default=None, title="版次")
    cause: Decided | None = Field(default=None, title="评定方式")
    corrected: bool | None = Field(default=None, title="是否更正")
    decided_on: date | None = Field(default=None, title="评定日期")
    consumers: tuple[Code, ...] | None = Field(default=None, title="使用单位")


class ListingPublished(Frozen, title="名单变动"):
    """A subject came on a list 名单 of one regime, went to another tier of it, or left it.

    `year` is that of a list of which there is one for each year. `since` is the day of the fact, or of the official
    grade, that brought the subject there, `until` the last day where there is one; of who left only `left_on` is said.
    Nothing is sent of who was only prepared, as it was not told yet. `consumers` are those of the regime's
    consumers.yaml who get the list. The number of a person is masked.
    """

    party: Party = Field(title="当事人")
    regime: Code = Field(title="评价制度")
    list_id: Code = Field(alias="list", title="名单")
    list_name: Name = Field(title="名单名称")
    list_kind: Code = Field(title="名单种类")
    year: int | None = Field(default=None, title="名单年度")
    change: ListingChange = Field(title="变动")
    tier: Code | None = Field(default=None, title="分级")
    tier_name: Name | None = Field(default=None, title="分级名称")
    since: date | None = Field(default=None, title="列入日期")
    until: date | None = Field(default=None, title="届满日期")
    left_on: date | None = Field(default=None, title="移出日期")
    reasons: tuple[AssessmentReason, ...] = Field(title="列入理由")
    at: Instant = Field(title="变动时间")
    consumers: tuple[Code, ...] = Field(title="使用单位")


class AlertRaised(Frozen, title="提醒"):
    """A condition that an operator has to look at has begun; `credit.alert.ended.v1` says when it is over.

    `subject` is the name of what it is about: an agency, a feed, a host; never an identity number. `sample` has a few
    of the `count` documents, notices or messages, oldest first; `runbook` is the section that says what to do.
    """

    alert: Code = Field(title="提醒种类")
    subject: Code | None = Field(default=None, title="对象")
    due: date | None = Field(default=None, title="期限")
    detail: Text = Field(title="详情")
    alert_id: int | None = Field(default=None, title="提醒编号")
    severity: Urgency | None = Field(default=None, title="紧急程度")
    count: int | None = Field(default=None, title="数量")
    oldest: Instant | None = Field(default=None, title="最早一件的时间")
    sample: tuple[Code, ...] | None = Field(default=None, title="举例")
    runbook: Text | None = Field(default=None, title="处理办法")


class AlertEnded(Frozen, title="提醒终止"):
    """What an alert was about holds no longer, or a person has closed it; `alert_id` is that of the alert raised."""

    alert: Code = Field(title="提醒种类")
    subject: Code | None = Field(default=None, title="对象")
    detail: Text = Field(title="详情")
    alert_id: int = Field(title="提醒编号")
    raised_at: Instant = Field(title="提醒时间")
    ended_at: Instant = Field(title="终止时间")


class AlertAlive(Frozen, title="值守正常"):
    """A scheduler is alive, and alerts would come: until then; who hears nothing new by then has to look.

    It goes to the bells that ask for it, each minute, and to no queue. Counted are the alerts that are open.
    """

    at: Instant = Field(title="时间")
    until: Instant = Field(title="有效至")
    pages: int = Field(title="未结紧急提醒数")
    tickets: int = Field(title="未结待办提醒数")


OUTGOING: dict[str, type[Frozen]] = {
    "credit.notice.issued.v1": NoticeIssued,
    "credit.notice.lifted.v1": NoticeLifted,
    "credit.feed.rows.v1": FeedRows,
    "credit.assessment.published.v1": AssessmentPublished,
    "credit.assessment.listed.v1": ListingPublished,
    "credit.alert.raised.v1": AlertRaised,
    "credit.alert.ended.v1": AlertEnded,
}
"""The model of every type that leaves."""

ROUTING_KEYS = {
    "notice.{agency}": ("credit.notice.issued.v1", "credit.notice.lifted.v1"),
    "feed.{name}": ("credit.feed.rows.v1",),
    "assessment.{regime}": ("credit.assessment.published.v1", "credit.assessment.listed.v1"),
    "alert.{kind}": ("credit.alert.raised.v1", "credit.alert.ended.v1"),
}
"""Routing keys out, and the types that go by them."""
