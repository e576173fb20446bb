"""Which template a sheet follows, and which of its columns stands where: told by its headings alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from schemas.sheets import Column, Template
from workers.files.grid import Area, RawRow


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that is no column of the template."""

    column: int
    text: str
    like: str = ""
    """The title that it nearly is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a template stand in a sheet; columns are counted from 0."""

    template: Template
    header_row: int
    """The number of the last row of headings; what follows are rows."""
    columns: Mapping[int, Column]
    unknown: tuple[Heading, ...] = ()
    in_yuan: frozenset[int] = frozenset()
    """Columns of amounts whose heading says 元 where the template has 万元."""
    outcome: int | None = None
    """Where 办理结果 stands, in a verdict file that is handed in again."""
    says: int | None = None
    """Where its 说明 stands."""
    ticket: int | None = None
    """Where its 办理编号 stands."""


def find_layout(rows: Sequence[RawRow], merged: Sequence[Area], templates: Collection[Template]) -> Layout | None:
    """Return the layout that the headings among the first rows of a sheet tell; None where there are none.

    Raises:
        FileRefused: required columns are missing, a column stands there twice, or two templates fit equally.
    """
    raise NotImplementedError
