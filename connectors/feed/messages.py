"""What a feed such as Credit China answers to a row."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Code, Instant, Sparse, Text
from schemas.fillers import NO_FILLER


class RowResult(Sparse, title="报送结果"):
    """The answer to one row, named by its `row_id` or by the number of its document; code `0000` means accepted.

    With both, the row has to be of that document. `answered_at` is when the platform answered, where the message comes
    later than that; of two answers to a row the later one holds.
    """

    feed: Code = Field(title="报送渠道")
    row_id: Code | None = Field(default=None, title="数据行编号")
    document_no: Annotated[Code, NO_FILLER] | None = Field(default=None, title="文书号")
    code: Code = Field(title="结果代码")
    message: Text | None = Field(default=None, title="结果说明")
    answered_at: Instant | None = Field(default=None, title="反馈时间")

    @model_validator(mode="after")
    def _require_row(self) -> Self:
        if self.row_id is None and self.document_no is None:
            raise PydanticCustomError("missing", "document_no or row_id has to say which row is answered")
        return self
