"""What a partner agency answers to a notice."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Code, Flag, Instant, Sparse, Text
from schemas.notice import ReplyState


class MeasureDone(Sparse):
    """What the agency did about one measure of the notice."""

    code: Code
    done: Flag
    remark: Text | None = None


class NoticeReceipt(Sparse):
    """A receipt 回执: where the agency stands with a notice."""

    notice_no: Code
    agency: Code
    state: ReplyState
    at: Instant
    measures: Annotated[tuple[MeasureDone, ...], Field(max_length=200)] = ()
    reason: Text | None = None
