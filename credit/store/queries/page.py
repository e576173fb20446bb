"""Pages of long lists: each begins after the last row of the one before, so that what changes meanwhile shifts none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, literal, select, true, tuple_, union_all

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
MOST = 1000
"""So many rows of a list are counted at most: who has more knows that there are many."""
_BITS = 64
"""So many has the largest number that a database knows."""
LARGEST = 2 ** (_BITS - 1) - 1
"""What is larger is no number of a row, and no database compares with it."""


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
    return tuple_(*columns) > tuple_(*_read_key(columns, after)) if after else true()


def comes_before(columns: Sequence[ColumnElement[Any]], after: str) -> ColumnElement[bool]:
    """Return the same for a list in the descending order of the columns.

    Raises:
        PageUnknown: the key is none of this list.
    """
    return tuple_(*columns) < tuple_(*_read_key(columns, after)) if after else true()


def fits(column: ColumnElement[Any], asked: object) -> ColumnElement[bool]:
    """Return the condition that a column has the value that is asked for; None asks for nothing."""
    return true() if asked is None else column == asked


def is_chosen(
    key: Sequence[ColumnElement[Any]],
    parts: Sequence[Select[Any]],
    order: Sequence[ColumnElement[Any]],
    limit: int | None,
) -> ColumnElement[bool]:
    """Return the condition that a row, by its key, is among the first so many of some statements in an order.

    The rows of a page are chosen first, from their own table by its index; only of these is looked up whom they are
    about. A database that joins before it cuts may read all subjects for fifty names. See `choose`.
    """
    page = choose(key, parts, order, limit).correlate(None)
    return tuple_(*key).in_(page) if len(key) > 1 else key[0].in_(page)


def choose(
    key: Sequence[ColumnElement[Any]],
    parts: Sequence[Select[Any]],
    order: Sequence[ColumnElement[Any]],
    limit: int | None,
) -> Select[Any]:
    """Return a statement for the keys of the first so many rows of some statements in an order.

    Several statements are cut each by itself, so that each is read by its own index; they share no row, and their
    order is ascending.
    """
    if len(parts) == 1:
        return parts[0].with_only_columns(*key).order_by(*order).limit(limit)
    columns = [column.label(f"c{place}") for place, column in enumerate((*key, *order))]
    first = [part.with_only_columns(*columns).order_by(*order).limit(limit).subquery() for part in parts]
    every = union_all(*map(select, first)).subquery()
    found = list(every.columns)
    return select(*found[: len(key)]).order_by(*found[len(key) :]).limit(limit)


def _read_key(columns: Sequence[ColumnElement[Any]], key: str) -> list[ColumnElement[Any]]:
    try:
        said = json.loads(key)
        return [literal(_read(column, each), column.type) for column, each in zip(columns, said, strict=True)]
    except (TypeError, ValueError, RecursionError) as error:
        told = PageUnknown("this page cannot be found: its key is none of this list")
        told.add_note("没有这一页，请回到第一页。")
        raise told from error


def _read(column: ColumnElement[Any], value: Any) -> Any:
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    kind = column.type.python_type
    if type(value) is not kind or (kind is int and value.bit_length() >= _BITS):
        raise TypeError(kind)
    return value
