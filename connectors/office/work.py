"""What the credit office says of its own work and that of other units: duties done, grades reviewed, inspectors."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Code, Name, Sparse
from schemas.fillers import NO_FILLER
from schemas.messages.common import Common, Content, Year
from schemas.messages.national import refuse
from schemas.party import Registration, Target, squeeze_code
from schemas.words import Words

_CODE_LENGTH = 18


class Duty(Common, title="履职记录"):
    """A unit, which is the party, did a duty of a regime or cannot do it 履职记录.

    `period` is the year or month that it was for; `target` the record and `about` the subject or entry of a list, by
    the id that the list of duties shows, where it was for one.
    """

    regime: Code = Field(title="评价制度")
    duty: Code = Field(title="职责编号")
    period: Annotated[str, Field(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]))?$")] | None = Field(default=None, title="所属期")
    state: Annotated[Literal["done", "cannot"], Words({"done": "已完成", "cannot": "无法完成"})] = Field(
        title="完成情况"
    )
    target: Target | None = Field(default=None, title="所涉信用记录")
    about: Code | None = Field(default=None, title="所涉主体或名单条目")
    content: Content | None = Field(default=None, title="说明")

    @model_validator(mode="after")
    def _check_party(self) -> Self:
        if self.party.kind == "person":
            raise PydanticCustomError("party_kind", "party is a person: a duty is done by a unit")
        return self


class Review(Common, title="等级复核"):
    """A person reviewed the grade that was proposed for the party 等级复核, and what was decided."""

    regime: Code = Field(title="评价制度")
    scale: Code = Field(title="评价标准")
    year: Year = Field(title="年度")
    grade: Code = Field(title="拟定等级")
    decision: Annotated[
        Literal["confirmed", "rejected", "adjusted"],
        Words({"confirmed": "确认", "rejected": "不予采纳", "adjusted": "调整"}),
    ] = Field(title="复核结论")
    decided_grade: Code | None = Field(default=None, title="复核等级")
    reviewer: Name = Field(title="复核人")
    content: Content = Field(title="复核意见")

    @model_validator(mode="after")
    def _check_grade(self) -> Self:
        adjusted, decided = self.decision == "adjusted", self.decided_grade is not None
        refuse(["decided_grade is required for adjusted"] if adjusted and not decided else [])
        refuse([f"decided_grade must be blank for {self.decision}"] if decided and not adjusted else [])
        return self


def _read_code(written: str) -> str:
    code = squeeze_code(written)
    if len(code) != _CODE_LENGTH:
        raise PydanticCustomError("uscc", "is not a unified social credit code of 18 characters")
    return code


class Interest(Sparse, title="利害关系单位"):
    """An organisation that an inspector has an interest in; its code is kept in normal form, to be found by."""

    name: Name = Field(title="名称")
    uscc: Annotated[Registration, NO_FILLER, AfterValidator(_read_code)] = Field(title="统一社会信用代码")


class Inspector(Common, title="执法人员"):
    """A person who inspects 执法人员: of which units, for what, and whom it must not be sent to."""

    state: Annotated[
        Literal["active", "away", "left"], Words({"active": "在岗", "away": "暂时不在岗", "left": "已离岗"})
    ] = Field(title="在岗情况")
    units: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] = Field(title="所在单位")
    specialties: Annotated[tuple[Code, ...], Field(max_length=200)] = Field(default=(), title="执法专业")
    interests: Annotated[tuple[Interest, ...], Field(max_length=500)] = Field(default=(), title="利害关系单位")
    certificate_no: Annotated[Code, NO_FILLER] = Field(title="执法证号")

    @model_validator(mode="after")
    def _check_party(self) -> Self:
        if self.party.kind != "person":
            raise PydanticCustomError("party_kind", "party is not a person")
        return self
