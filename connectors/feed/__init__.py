"""Credit China and other feeds: answers to rows. Each sends as `/feed/NAME`."""

from __future__ import annotations

from connectors.feed.mapping import read_result
from connectors.feed.messages import RowResult
from connectors.feed.sheets import ANSWER, RESULT
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="feed",
    source="/feed",
    types=(MessageType(RESULT, RowResult, read_result),),
    sheets=(ANSWER,),
)
