"""The letter to a source that contradicts itself."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Code, Day, Name, Text
from schemas.papers.common import Paper


class Difference(Closed):
    """An item in which the contents differ: what it is called, and what each content says of it."""

    item: Text
    said: tuple[Text, ...]


class SourceInquiry(Paper):
    """What a source said of a record in one revision, side by side, and by when it is to say which content holds.

    `kind` and `document` name the record, `contents` each content by the messages that say it.
    """

    organ: Name
    kind: Text
    document: Code
    revision: Annotated[int, Field(ge=1)]
    contents: Annotated[tuple[Text, ...], Field(min_length=2)]
    differences: tuple[Difference, ...] = ()
    answer_by: Day

    @model_validator(mode="after")
    def _side_by_side(self) -> Self:
        if any(len(each.said) != len(self.contents) for each in self.differences):
            raise PydanticCustomError("differences", "a difference says one thing of each content")
        return self
