"""Pages of long lists: each begins after the last row of the one before, so that what changes meanwhile shifts none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, literal, true, tuple_

from credit.store.tables import Instant
from schemas.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list: at most `limit` rows (None: all) that come after the row with the key `after`, in its order.

    The key is what a list says of its rows: the id of a subject, the number of a notice, or what `write_key` makes of
    the values that it is ordered by. An empty one is before all.
    """

    after: str = ""
    limit: int | None = None


WHOLE = Part()
"""All of a list."""


class PageUnknown(PermanentError):
    """The key that a page is to begin after is none of this list."""


def write_key(values: Sequence[Any]) -> str:
    """Return the key of a row from the values that its list is ordered by."""
    return json.dumps([each.isoformat() if isinstance(each, date) else each for each in values], ensure_ascii=False)


def comes_after(columns: Sequence[ColumnElement[Any]], after: str) -> ColumnElement[bool]:
    """Return the condition that a row comes after the one of a key, in the ascending order of some columns.

    Raises:
        PageUnknown: the key is none of this list.
    """
    if not after:
        return true()
    try:
        said = json.loads(after)
        values = [literal(_read(column, each), column.type) for column, each in zip(columns, said, strict=True)]
    except (TypeError, ValueError) as error:
        told = PageUnknown("this page cannot be found: its key is none of this list")
        told.add_note("没有这一页，请回到第一页。")
        raise told from error
    return tuple_(*columns) > tuple_(*values)


def _read(column: ColumnElement[Any], value: Any) -> Any:
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    kind = column.type.python_type
    if not isinstance(value, kind):
        raise TypeError(kind)
    return value
