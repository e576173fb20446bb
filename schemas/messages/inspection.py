"""What the inspection system says: checks, measures, points, conduct, and cases handed to the police."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Code, Count, Flag, Frozen
from schemas.messages.common import Common, Content, Year

Marks = Annotated[float, Strict(), Field(ge=0, le=10_000)]


class CheckItem(Frozen):
    """One line of a check list; a line that does not apply leaves the score's denominator."""

    code: Code
    full_marks: Marks
    marks: Marks
    applicable: Flag
    star: Literal[0, 1, 2]
    met: Flag

    @model_validator(mode="after")
    def _check_marks(self) -> Self:
        if self.marks > self.full_marks:
            raise PydanticCustomError("marks", "marks are above full_marks")
        return self


class Check(Common):
    """An inspection on site 监督检查 and its result."""

    scheme: Literal["wugang-onsite", "public-place", "random", "routine", "complaint"]
    result: Literal["no_problem", "corrected_on_site", "ordered_to_correct", "case_filed", "uncooperative"]
    inspectors: Annotated[Count, Field(ge=1, le=1000)]
    items: Annotated[tuple[CheckItem, ...], Field(max_length=2000)] = ()

    @model_validator(mode="after")
    def _check_codes(self) -> Self:
        if len({item.code for item in self.items}) < len(self.items):
            raise PydanticCustomError("items", "two lines of items have the same code")
        return self


class Measure(Common):
    """A coercive measure 行政强制, levy 行政征收 or requisition 行政征用."""

    measure: Literal["coercion", "levy", "requisition"]
    content: Content
    basis: Content


class Points(Common):
    """Points for a bad practice 不良执业行为记分."""

    points: Annotated[Count, Field(gt=0, le=1000)]
    act: Content
    cycle: Year


class Conduct(Common):
    """A finding about conduct, or the score of the public-health service; only the score has a `value`."""

    conduct: Literal[
        "red_packet",
        "overtreatment",
        "kickback",
        "ethics_failed",
        "accident_full_liability",
        "safety_accident",
        "fire_accident",
        "social_impact",
        "establishment_breach",
        "public_health_score",
    ]
    value: Marks | None = None
    content: Content

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if self.conduct == "public_health_score" and self.value is None:
            raise PydanticCustomError("conditional", "value is required for public_health_score")
        return self


class Transfer(Common):
    """A suspected crime handed to the police 行刑移送."""

    penalty_document_no: Code
