"""What a feed such as Credit China answers to a row."""

from __future__ import annotations

from pydantic import Field

from schemas.base import Code, Sparse, Text


class RowResult(Sparse, title="报送结果"):
    """The answer to one row; code `0000` means accepted."""

    feed: Code = Field(title="报送渠道")
    row_id: Code = Field(title="数据行编号")
    code: Code = Field(title="结果代码")
    message: Text | None = Field(default=None, title="结果说明")
