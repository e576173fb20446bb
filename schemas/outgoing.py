"""The `data` of every message that leaves Xinglin."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field

from schemas.base import Code, Frozen, Instant, Name, Text
from schemas.feed import Operation
from schemas.party import Party, Target
from schemas.record import Cause


class NoticeRecord(Frozen):
    """A business record that a notice rests on; `organ` is the name of the authority that decided."""

    family: Code
    organ: Name
    document_no: Code
    occurred_on: date


class NoticeMeasure(Frozen):
    """A measure 惩戒措施 that the agency is asked to take, with the law behind it."""

    code: Code
    name: Name
    basis: Text


class NoticeIssued(Frozen):
    """A joint-punishment notice 联合惩戒通知 to one agency.

    `party` has the full identifier: the agency must find its subject. Without `until` the notice holds until
    it is lifted. The agency answers by the end of the day `reply_by`.
    """

    notice_no: Code
    agency: Code
    party: Party
    ground: Code
    records: tuple[NoticeRecord, ...] = Field(min_length=1)
    measures: tuple[NoticeMeasure, ...] = Field(min_length=1)
    begin: date = Field(alias="from")
    until: date | None = None
    reply_by: date

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class NoticeLifted(Frozen):
    """A notice no longer holds: the agency ends its measures and says so."""

    notice_no: Code
    agency: Code
    cause: Cause
    at: Instant


class Row(Frozen):
    """One row of a feed: its identity there, and the national items as text (none when it is withdrawn)."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str] = Field(init=False)

    row_id: Code


class FeedRows(Frozen):
    """Rows for Credit China or another feed, all of one kind and operation."""

    feed: Code
    generation: Literal["V2016", "V2018", "V2019"]
    kind: Literal["permit", "penalty"]
    operation: Operation
    rows: tuple[Row, ...] = Field(min_length=1)


class AssessmentReason(Frozen):
    """One rule that shaped a grade: the record it looked at, and what it did."""

    rule: Code
    record: Target | None = None
    effect: Text


class AssessmentPublished(Frozen):
    """A grade 信用等级 of a subject under one regime, with its reasons and the supervision that follows."""

    party: Party
    regime: Code
    year: int
    grade: Code
    previous_grade: Code | None = None
    score: str | None = None
    reasons: tuple[AssessmentReason, ...]
    supervision: Text


class AlertRaised(Frozen):
    """Something an operator has to look at; `subject` is a masked name or key, never an identity number."""

    alert: Code
    subject: Code | None = None
    due: date | None = None
    detail: Text
