"""What a subject hands in: self-assessments, submissions, self-inspections, answers. Somebody still has to check it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import Name
from schemas.messages.common import Common, Content, Matter, Year
from schemas.messages.sheet import CheckItem, Scheme, require_own_codes
from schemas.words import Words


class SelfAssessment(Common, title="自评"):
    """The sheet of an inspection as the institution fills it in 自评; `organ` is the authority that took it."""

    scheme: Scheme = Field(title="检查方式")
    signed_by: Name = Field(title="签字人")
    items: Annotated[tuple[CheckItem, ...], Field(min_length=1, max_length=2000)] = Field(title="检查项目")

    @model_validator(mode="after")
    def _check_codes(self) -> Self:
        require_own_codes(self.items)
        return self


class Submission(Common, title="自主申报"):
    """Credit information that a subject declares of itself 自主申报, and whether it was verified."""

    matter: Matter = Field(title="申报事项")
    content: Content = Field(title="内容")
    state: Annotated[
        Literal["unverified", "verified", "refused"],
        Words({"unverified": "待核实", "verified": "已核实", "refused": "不予采信"}),
    ] = Field(title="核实情况")


class SelfInspection(Common, title="自查"):
    """An institution inspected itself 自查: a named person, and what was found."""

    inspected_by: Name = Field(title="自查人")
    result: Annotated[
        Literal["no_problem", "problem_found", "corrected"],
        Words({"no_problem": "未发现问题", "problem_found": "发现问题", "corrected": "已整改"}),
    ] = Field(title="自查结果")
    content: Content = Field(title="自查情况")


class Answer(Common, title="公示答复"):
    """What an institution says of what is shown of it to the public 公示答复: it stands beside the grade once released.

    `year` is that of the grade that it is about; without one it is about all that is shown.
    """

    year: Year | None = Field(default=None, title="所涉年度")
    content: Content = Field(title="答复内容")
    state: Annotated[
        Literal["received", "released", "refused"],
        Words({"received": "待审核", "released": "准予公示", "refused": "不予公示"}),
    ] = Field(title="审核情况")
