"""From a feed's message to the answer to a row."""

from __future__ import annotations

from connectors.feed.messages import RowResult
from schemas.statement import FeedResult


def read_result(message: RowResult, _family: str) -> FeedResult:
    """Read a feed's answer to a row."""
    return FeedResult(feed=message.feed, row_id=message.row_id, code=message.code, message=message.message)
