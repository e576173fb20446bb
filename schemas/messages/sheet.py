"""The sheet of an inspection: its lines, and its scheme. An authority fills it in, and an institution for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import NO_HIDDEN, WHOLE, Code, Flag, Sparse, is_absent
from schemas.words import Words

Scheme = Annotated[
    Literal[
        "wugang-onsite",
        "public-place",
        "random",
        "routine",
        "complaint",
        "onsite",
        "special",
        "joint",
        "key",
    ],
    Words(
        {
            "wugang-onsite": "现场量化评价",
            "public-place": "公共场所量化分级",
            "random": "双随机抽查",
            "routine": "日常检查",
            "complaint": "投诉举报核查",
            "onsite": "现场评价",
            "special": "专项检查",
            "joint": "联合检查",
            "key": "重点检查",
        }
    ),
]
"""What a visit is made for, and by which list."""

Marks = Annotated[float, Strict(), Field(ge=0, le=10_000)]

_Words = Annotated[str, Field(max_length=500), NO_HIDDEN]


class CheckItem(Sparse, title="检查项目"):
    """One line of a check list; a line that does not apply leaves the score's denominator."""

    code: Code = Field(title="编号")
    full_marks: Marks = Field(title="满分")
    marks: Marks = Field(title="得分")
    applicable: Flag = Field(title="适用")
    star: Annotated[Literal[0, 1, 2], WHOLE, Words({"0": "无星", "1": "一星", "2": "二星"})] = Field(title="星级")
    met: Flag = Field(title="达标")
    section: _Words | None = Field(default=None, exclude_if=is_absent, title="部分")
    title: _Words | None = Field(default=None, exclude_if=is_absent, title="项目名称")

    @model_validator(mode="after")
    def _check_marks(self) -> Self:
        if self.marks > self.full_marks:
            raise PydanticCustomError("marks", "marks are above full_marks")
        return self


def require_own_codes(items: Sequence[CheckItem]) -> None:
    """Raise `items` when two lines of a sheet have the same code: nobody could say which of them counts."""
    if len({item.code for item in items}) < len(items):
        raise PydanticCustomError("items", "two lines of items have the same code")
