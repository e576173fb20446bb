"""Writing the changes of a batch: everything in the caller's transaction, tables in one fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, update

from credit.batch.arrival import REPEAT
from credit.batch.work import Shelf, Work
from credit.record.rows import MessageRow, ParkedRow, RecordRow
from credit.store import alerts, bulk, outbox, tables, touched
from credit.store.engine import together


class _Waiting(NamedTuple):
    value_hash: str
    message_key: str


def write(connection: Connection, work: Work) -> None:
    """Write what a batch changed. The caller's transaction commits it together or not at all.

    Raises:
        IntegrityError: another process took in one of the messages first (the caller tries the batch again and
            finds it as a repeat).
    """
    bulk.copy(connection, tables.message, work.messages.changed.values())
    bulk.copy(connection, tables.record, _new(work.records))
    bulk.copy(connection, tables.feed_row, _new(work.feed_rows))
    with together(connection):
        _write(connection, work)


def _new(shelf: Shelf[Any]) -> list[Any]:
    """Return the new rows of a shelf whose records this batch has locked: what it did not find is nobody else's."""
    return [row for key, row in shelf.changed.items() if key in shelf.new]


def _other(shelf: Shelf[Any]) -> list[Any]:
    return [row for key, row in shelf.changed.items() if key not in shelf.new]


def _write(connection: Connection, work: Work) -> None:
    if work.received:
        heard = json.dumps(work.heard) if work.heard else None
        batch = {"at": work.rules.at.now, "received": work.received, "heard": heard}
        connection.execute(insert(tables.batch).inline(), batch)
    _count_repeats(connection, work.repeats)
    # Not under a lock of this batch: others may meet the same organisation, or claim the same identifier.
    bulk.insert_new(connection, tables.subject, work.subjects.changed.values())
    bulk.insert_new(connection, tables.alias, work.aliases)
    bulk.insert(connection, tables.act, _new(work.acts))
    bulk.insert(connection, tables.notice, _new(work.notices))
    bulk.upsert(connection, tables.record, _other(work.records))
    bulk.upsert(connection, tables.act, _other(work.acts))
    bulk.upsert(connection, tables.notice, _other(work.notices))
    bulk.upsert(connection, tables.feed_row, _other(work.feed_rows))
    bulk.insert(connection, tables.receipt, work.receipts)
    outbox.enqueue(connection, work.dispatches)
    alerts.open_cases(connection, work.cases)
    bulk.insert(connection, tables.parked, work.parked)
    _wait(connection, work.parked)
    _unpark(connection, work.unparked, "replay", work.rules.at.now)
    _unpark(connection, work.answered, "repeat", work.rules.at.now)
    _repark(connection, work.reparked)
    touched.touch(connection, _subjects(work.records), work.rules.at.now)


def _subjects(records: Shelf[RecordRow]) -> set[str]:
    """Return whose archives the changed records are in, and were in before."""
    before = (row.subject_id for key, row in records.before.items() if key in records.changed)
    return {row.subject_id for row in records.changed.values()}.union(before)


def _count_repeats(connection: Connection, repeats: dict[str, int]) -> None:
    if repeats:
        connection.execute(
            update(tables.message)
            .where(tables.message.c.message_key == bindparam("key"))
            .values(repeats=tables.message.c.repeats + bindparam("more")),
            [{"key": key, "more": repeats[key]} for key in sorted(repeats)],
        )


def _wait(connection: Connection, rows: Iterable[ParkedRow]) -> None:
    waits = [_Waiting(value, row.message_key) for row in rows for value in row.waits_for]
    bulk.insert_new(connection, tables.waiting, waits)


def _unpark(connection: Connection, unparked: Mapping[int, MessageRow], by: str, at: datetime) -> None:
    """Close parkings and let the inbox rows say what became of the messages; keys and first bytes stay."""
    if not unparked:
        return
    message, parked = tables.message, tables.parked
    read = ("type", "sender", "event_time", "revision", "record_id", "outcome")
    said: dict[str, BindParameter[Any]] = {name: bindparam(f"new_{name}") for name in read}
    connection.execute(
        update(message).where(message.c.message_key == bindparam("key")).values(said),
        [{"key": row.message_key} | {f"new_{n}": getattr(row, n) for n in read} for row in unparked.values()],
    )
    connection.execute(
        update(parked)
        .where(parked.c.parked_id == bindparam("number"))
        .values(closed_as=bindparam("outcome"), closed_at=at, closed_by=by),
        [{"number": number, "outcome": row.outcome} for number, row in unparked.items()],
    )
    _stop_waiting(connection, unparked.values())


def _repark(connection: Connection, reparked: Mapping[int, ParkedRow]) -> None:
    """Keep messages parked under what was found wrong this time; their age does not start again."""
    if not reparked:
        return
    parked, rows = tables.parked, list(reparked.values())
    connection.execute(
        update(parked)
        .where(parked.c.parked_id == bindparam("number"))
        .values(reason=bindparam("new_reason"), detail=bindparam("new_detail")),
        [
            {"number": number, "new_reason": row.reason, "new_detail": row.detail}
            for number, row in sorted(reparked.items())
        ],
    )
    _stop_waiting(connection, rows)
    _wait(connection, rows)


def _stop_waiting(connection: Connection, rows: Iterable[MessageRow | ParkedRow]) -> None:
    """Let messages wait for no identifier; what was refused is known by its mark for good, whatever became of it."""
    waiting, keys = tables.waiting, [row.message_key for row in rows]
    identifiers = ~waiting.c.value_hash.startswith(REPEAT, autoescape=True)
    connection.execute(delete(waiting).where(bulk.one_of(waiting.c.message_key, "keys"), identifiers), {"keys": keys})
