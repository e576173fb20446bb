"""From a feed's message to the answer to a row."""

from __future__ import annotations

from connectors.feed.messages import RowResult
from schemas.party import squeeze_document_no
from schemas.statement import FeedResult


def read_result(message: RowResult, _family: str) -> FeedResult:
    """Read a feed's answer to a row."""
    return FeedResult(
        feed=message.feed,
        row_id=message.row_id,
        code=message.code,
        message=message.message,
        document_no=squeeze_document_no(message.document_no) if message.document_no is not None else None,
        at=message.answered_at,
    )
