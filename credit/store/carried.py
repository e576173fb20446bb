"""What carriers have delivered: each row as it was last delivered, and the files that it went in."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select, update

from credit.record.rows import CarriedRow, LotRow
from credit.rules import Moment
from credit.store import bulk, locks
from credit.store.tables import carried, feed_row, lot, record
from schemas.states import Operation


class LotState(StrEnum):
    """How far a file is: each step can be done again until the next is committed."""

    PLANNED = "planned"
    WRITTEN = "written"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Stated:
    """What the record of a row states, for one that has to be withdrawn and was never delivered by a carrier."""

    person: bool
    items: Mapping[str, Any]


def read_carried(connection: Connection, rows: Collection[str]) -> dict[str, CarriedRow]:
    """Return how rows were last delivered; those that never were are not there."""
    columns = (carried.c[name] for name in CarriedRow._fields)
    statement = select(*columns).where(bulk.one_of(carried.c.row_id, "rows"))
    return {row[0]: CarriedRow(*row) for row in connection.execute(statement, {"rows": list(rows)})}


def read_stated(connection: Connection, rows: Collection[str]) -> dict[str, Stated]:
    """Return what the records of rows state; rows about subjects have none."""
    statement = (
        select(feed_row.c.row_id, record.c.fact)
        .join(record, record.c.record_id == feed_row.c.record_id)
        .where(bulk.one_of(feed_row.c.row_id, "rows"))
    )
    found = {row: json.loads(fact) for row, fact in connection.execute(statement, {"rows": list(rows)})}
    return {row: Stated(fact["party"]["kind"] == "person", fact["items"]) for row, fact in found.items()}


def keep(connection: Connection, rows: Iterable[CarriedRow]) -> None:
    """Write down that rows were delivered; what was delivered in a later version stays as it is."""
    delivered = {row.row_id: row for row in rows}
    before = read_carried(connection, delivered)
    bulk.upsert(connection, carried, [row for name, row in delivered.items() if _is_later(row, before.get(name))])


def _is_later(row: CarriedRow, before: CarriedRow | None) -> bool:
    # A withdrawal comes after what was delivered in its version: so is taken away what is delivered under another name.
    return before is None or _order(row) > _order(before)


def _order(row: CarriedRow) -> tuple[int, bool]:
    return row.version, row.operation == Operation.WITHDRAW


def plan(
    connection: Connection, feed: str, template: str, operation: Operation, rows: Sequence[CarriedRow], at: Moment
) -> LotRow | None:
    """Plan the file of those rows that were not delivered before, and name it; None where all were.

    Its name says the feed, what the rows are and in which generation, the operation, the day, and the number of the
    file on this day. Nobody else plans a file of the feed until the transaction ends.
    """
    locks.hold(connection, [f"lot:{feed}"])
    before = read_carried(connection, [row.row_id for row in rows])
    fresh = [row for row in rows if _is_later(row, before.get(row.row_id))]
    if not fresh:
        return None
    last = select(func.max(lot.c.number)).where(lot.c.feed == feed, lot.c.day == at.today)
    number = (connection.execute(last).scalar() or 0) + 1
    name = f"{feed}.{template}.{operation.value}.{at.today:%Y%m%d}.{number:04d}"
    planned = LotRow(name, feed, template, LotState.PLANNED.value, at.today, number, len(fresh), at.now)
    bulk.insert(connection, lot, [planned])
    bulk.upsert(connection, carried, [row._replace(lot=name) for row in fresh])
    return planned


def find_open(connection: Connection, feed: str) -> list[LotRow]:
    """Return the files of a feed that are not in their place, in the order of their planning."""
    columns = (lot.c[name] for name in LotRow._fields)
    statement = select(*columns).where(lot.c.feed == feed, lot.c.state != LotState.DONE.value)
    return [LotRow(*row) for row in connection.execute(statement.order_by(lot.c.day, lot.c.number))]


def read_lot(connection: Connection, name: str) -> list[CarriedRow]:
    """Return the rows of a file, in the order in which they stand there."""
    columns = (carried.c[name] for name in CarriedRow._fields)
    rows = [CarriedRow(*row) for row in connection.execute(select(*columns).where(carried.c.lot == name))]
    return sorted(rows)


def advance(connection: Connection, name: str, before: LotState, after: LotState, at: datetime) -> bool:
    """Take a file a step further; False where somebody else has done so. The caller's transaction holds the file."""
    done_at = at if after is LotState.DONE else None
    statement = update(lot).where(lot.c.lot == name, lot.c.state == before.value)
    return connection.execute(statement.values(state=after.value, done_at=done_at)).rowcount == 1
