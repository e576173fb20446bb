"""What the messages share: who decided what about whom, and that an end comes after its begin."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic_core import PydanticCustomError

from schemas.base import NO_CONTROL, NO_HIDDEN, WHOLE, Code, Count, Day, Sparse
from schemas.fillers import NO_FILLER
from schemas.party import Organ, Party

Content = Annotated[str, Field(min_length=1, max_length=5000), NO_CONTROL]
"""Running text that has to be there."""

Matter = Annotated[str, Field(min_length=1, max_length=200), NO_HIDDEN]
"""What something is about, in a few words."""

Year = Annotated[Count, Field(ge=1949, le=2199), WHOLE]
"""A calendar year, as of a cycle of points."""


class Decision(Sparse):
    """The head of what an authority decided: by whom, on which day."""

    organ: Organ = Field(title="决定机关")
    occurred_on: Day = Field(title="发生日期")


class Common(Decision):
    """A decision or an event about one party, under a document number."""

    document_no: Annotated[Code, NO_FILLER] = Field(title="文书号")
    party: Party = Field(title="当事人")


def require_order(begin: str, end: str, first: date, last: date | None) -> None:
    """Raise `date_order` when the last day is before the first; `begin` and `end` name their items."""
    if last is not None and last < first:
        raise PydanticCustomError("date_order", "{end} is before {begin}", {"begin": begin, "end": end})
