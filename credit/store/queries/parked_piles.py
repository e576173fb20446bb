"""Parked messages in piles: how many wait for the same reason, from the same source and sender, over the same item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from credit.store.parked import Choice
from credit.store.queries.page import WHOLE, Part, comes_after, write_key
from credit.store.queries.parked import EVERY
from credit.store.queries.sight import is_one_of_organs
from credit.store.queries.view import View
from credit.store.tables import message, parked
from schemas.reasons import HINTS, Reason


@dataclass(frozen=True, slots=True)
class Pile:
    """The open parked messages of one reason, source, sender and item.

    `source` is the first word of their keys; `sender` is None where it cannot be read. `item` is the first one whose
    value was found wrong, as in `party.uscc`; empty where the detail names none. `sample` is the number of the first
    of them, and `detail` what was found wrong with that one.
    """

    reason: str
    hint: str
    source: str
    sender: str | None
    count: int
    first: datetime
    last: datetime
    sample: int
    detail: str
    item: str


def find_piles(connection: Connection, view: View, choice: Choice = EVERY, part: Part = WHOLE) -> list[Pile]:
    """Return the open parked messages that the viewer's organs sent by reason, source, sender and item.

    The largest pile comes first. Pages begin after what `key_of` says.
    """
    viewer = view.viewer
    return [
        Pile(
            reason=found.reason,
            hint=HINTS[Reason(found.reason)],
            source=found.source,
            sender=None if found.sender is None else viewer.text(found.sender),
            count=found.size,
            first=found.first,
            last=found.last,
            sample=found.sample,
            detail=viewer.text(found.detail),
            item=viewer.text(found.item),
        )
        for found in connection.execute(
            _pile_up([is_one_of_organs(view, message.c.sender), *choice.conditions()], part)
        )
    ]


def key_of(pile: Pile) -> str:
    """Return the key of a pile in the list of them."""
    return write_key([-pile.count, pile.sample])


class _SourceOf(FunctionElement[str]):
    """The first word of a message key."""

    inherit_cache = True


@compiles(_SourceOf, "postgresql")
def _source_on_postgres(element: _SourceOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **options)}, ' ', 1)"


@compiles(_SourceOf, "sqlite")
def _source_on_sqlite(element: _SourceOf, compiler: SQLCompiler, **options: Any) -> str:
    key = compiler.process(element.clauses, **options)
    return f"substr({key}, 1, instr({key}, ' ') - 1)"


class _ItemOf(FunctionElement[str]):
    """What stands before the first colon of a detail, where that is one word: the item that was found wrong."""

    inherit_cache = True


@compiles(_ItemOf, "postgresql")
def _item_on_postgres(element: _ItemOf, compiler: SQLCompiler, **options: Any) -> str:
    detail = compiler.process(element.clauses, **options)
    head = f"split_part({detail}, ': ', 1)"
    return f"CASE WHEN {head} <> {detail} AND strpos({head}, ' ') = 0 THEN {head} ELSE '' END"


@compiles(_ItemOf, "sqlite")
def _item_on_sqlite(element: _ItemOf, compiler: SQLCompiler, **options: Any) -> str:
    detail = compiler.process(element.clauses, **options)
    head = f"substr({detail}, 1, max(instr({detail}, ': ') - 1, 0))"
    return f"CASE WHEN instr({head}, ' ') = 0 THEN {head} ELSE '' END"


def _pile_up(which: Sequence[ColumnElement[bool]], part: Part) -> Select[Any]:
    heaped = (
        select(
            parked.c.reason,
            _ItemOf(parked.c.detail).label("item"),
            _SourceOf(parked.c.message_key).label("source"),
            message.c.sender,
            func.count().label("size"),
            func.min(parked.c.parked_at).label("first"),
            func.max(parked.c.parked_at).label("last"),
            func.min(parked.c.parked_id).label("sample"),
        )
        .join(message, message.c.message_key == parked.c.message_key)
        .where(parked.c.closed_as.is_(None), *which)
        .group_by(parked.c.reason, "item", "source", message.c.sender)
        .subquery()
    )
    order = (-heaped.c.size, heaped.c.sample)
    return (
        select(heaped, parked.c.detail)
        .join(parked, parked.c.parked_id == heaped.c.sample)
        .where(comes_after(order, part.after))
        .order_by(*order)
        .limit(part.limit)
    )
