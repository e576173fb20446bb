"""What a partner agency answers to a notice."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Code, Flag, Instant, Sparse, Text
from schemas.states import ReplyState


class MeasureDone(Sparse, title="措施执行情况"):
    """What the agency did about one measure of the notice."""

    code: Code = Field(title="措施编码")
    done: Flag = Field(title="已执行")
    remark: Text | None = Field(default=None, title="说明")


class NoticeReceipt(Sparse, title="回执"):
    """A receipt 回执: where the agency stands with a notice."""

    notice_no: Code = Field(title="通知编号")
    agency: Code = Field(title="部门")
    state: ReplyState = Field(title="办理状态")
    at: Instant = Field(title="办理时间")
    measures: Annotated[tuple[MeasureDone, ...], Field(max_length=200)] = Field(default=(), title="措施执行情况")
    reason: Text | None = Field(default=None, title="原因")
