"""What waits, in piles: how much of each group, since when, and a few names.

A question says which rows wait, of which group, by which name and since when (`asking`); `in_piles` makes of it the
statement that one of the readers here runs. Such statements are made once, when their module is imported, with the day
or the moment as a parameter: to make them anew takes longer than a small archive takes to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Date, Select, bindparam, case, func, literal, select

from credit.store.tables import record
from credit.telling.observation import NOTHING, Waiting

SAMPLE = 5
"""So many of what waits are named."""
Values = Mapping[str, object]
"""The parameters of a statement."""
ALONE = literal("")
"""The group of what is not grouped."""
TODAY = bindparam("today", type_=Date)
SEALED = "（已封存）"
NAMED = case((record.c.sealed_clause.is_not(None), SEALED), else_=record.c.document_no)
"""How a record is named in a pile: by the number of its document, unless it is sealed."""
_NO_VALUES: Values = {}
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ONE_DAY = timedelta(days=1)


class Pile(NamedTuple):
    """What waits of one group: how many, since when the oldest waits, and a few names."""

    number: int
    since: Any
    sample: tuple[str, ...]


def asking(group: Any, name: Any, since: Any) -> Select[Any]:
    """Return the question for what waits: its group, its name, and since when."""
    return select(group.label("group"), name.label("name"), since.label("since"))


def in_piles(asked: Select[Any]) -> Select[Any]:
    """Return the statement for how many there are of each group of a question, and the first few names of each."""
    each = asked.subquery("each")
    placed = select(
        each,
        func.count().over(partition_by=each.c.group).label("number"),
        func.row_number().over(partition_by=each.c.group, order_by=(each.c.since, each.c.name)).label("place"),
    ).subquery("placed")
    return select(placed).where(placed.c.place <= SAMPLE).order_by(placed.c.group, placed.c.place)


def read_groups(connection: Connection, piles: Select[Any], values: Values = _NO_VALUES) -> dict[str, Pile]:
    """Return the pile of each group, as it is kept."""
    groups: dict[str, Pile] = {}
    for row in connection.execute(piles, values):
        before = groups.get(row.group, Pile(row.number, row.since, ()))
        groups[row.group] = before._replace(sample=(*before.sample, str(row.name)))
    return groups


def read_piles(connection: Connection, piles: Select[Any], values: Values = _NO_VALUES) -> dict[str, Waiting]:
    """Return what waits of each group since a moment."""
    return {name: Waiting(*pile) for name, pile in read_groups(connection, piles, values).items()}


def read_pile(connection: Connection, piles: Select[Any], values: Values = _NO_VALUES) -> Waiting:
    """Return what waits since a moment, all of it being of one group without a name."""
    return read_piles(connection, piles, values).get("", NOTHING)


def read_missed(connection: Connection, piles: Select[Any], values: Values = _NO_VALUES) -> dict[str, Waiting]:
    """Return what waits of each group since a day that it missed."""
    return {
        name: Waiting(pile.number, after(pile.since), pile.sample)
        for name, pile in read_groups(connection, piles, values).items()
    }


def after(day: date) -> datetime:
    """Return when a day was over, in Asia/Shanghai."""
    return datetime.combine(day + _ONE_DAY, time(), _SHANGHAI)
