"""The parts of a paper as its template leaves them behind: what DOCX and XLSX are written of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Frozen

Row = tuple[str, ...]


class Line(Frozen):
    """A line or paragraph of text; a heading has a level."""

    kind: Literal["masthead", "title", "number", "to", "para", "heading", "note"]
    text: str
    level: int = 1


class Sign(Frozen):
    """Who signs, and the day."""

    kind: Literal["sign"]
    lines: Row


class Table(Frozen):
    """A table with a head; `widths` as Typst writes them."""

    kind: Literal["table"]
    caption: str
    columns: Row
    widths: Row
    rows: tuple[Row, ...]


class Fields(Frozen):
    """Names with what stands for each."""

    kind: Literal["fields"]
    rows: tuple[tuple[str, str], ...]


Part = Annotated[Line | Sign | Table | Fields, Field(discriminator="kind")]
_PARTS: TypeAdapter[tuple[Part, ...]] = TypeAdapter(tuple[Part, ...])


def read(found: Any) -> tuple[Part, ...]:
    """Return the parts of a paper from the JSON that Typst answers.

    Raises:
        ValidationError: a template made a part of its own that nobody knows.
    """
    return _PARTS.validate_json(found)
