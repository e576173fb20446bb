"""Splits: whose acts under a document number are a record of their own, as rows that can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, or_, select, union_all, update

from credit.batch.plan import Applied
from credit.record.ids import record_id
from credit.record.merging import Outcome
from credit.record.rows import Decision, Part, undoing_of
from credit.store import alerts
from credit.store.tables import act, message, record, split
from schemas.alerts import AlertKind
from schemas.errors import PermanentError
from schemas.party import RecordKey

_ORDINALS = "二三四五六七八九"
_MOST = 98


class KeptMessage(NamedTuple):
    """A message of the inbox that was taken in, sealed as it is kept."""

    message_key: str
    queue: str
    received_at: datetime
    raw: bytes
    headers: str
    outcome: str
    record_id: str
    document_no: str


_KEPT = (
    select(
        *(message.c[name] for name in KeptMessage._fields[:7]),
        func.coalesce(record.c.document_no, act.c.document_no).label("document_no"),
    )
    .outerjoin(record, record.c.record_id == message.c.record_id)
    .outerjoin(act, act.c.record_id == message.c.record_id)
    .where(
        message.c.outcome != Outcome.PARKED.value, or_(record.c.record_id.is_not(None), act.c.record_id.is_not(None))
    )
)


def find_records(connection: Connection, named: str, document_no: str) -> list[RecordKey]:
    """Return the keys of the open records of an id or a document number in its normal form."""
    chosen = or_(record.c.record_id == named, record.c.document_no == document_no)
    columns = select(*(record.c[name] for name in RecordKey._fields))
    open_ones = columns.where(chosen, record.c.sealed_clause.is_(None)).order_by(record.c.record_id)
    return [RecordKey(*row) for row in connection.execute(open_ones)]


def family_of(connection: Connection, record_ids: Iterable[str]) -> list[str]:
    """Return the records that were ever split from one another, with those that are named; the first is the root."""
    named = list(record_ids)
    roots = select(split.c.record_id).where(split.c.part_id.in_(named)).order_by(split.c.split_id)
    root = connection.execute(roots).scalars().first() or named[0]
    parts = select(split.c.part_id).where(split.c.record_id == root).order_by(split.c.split_id)
    return list(dict.fromkeys([root, *connection.execute(parts).scalars()]))


def fetch_messages(connection: Connection, records: Sequence[str]) -> list[KeptMessage]:
    """Return the messages of some records or acts that were taken in, in the order in which they came."""
    chosen = _KEPT.where(message.c.record_id.in_(records)).order_by(message.c.received_at, message.c.message_key)
    return [KeptMessage._make(row) for row in connection.execute(chosen)]


class Shown(NamedTuple):
    """What a record or act shows: a revision, by which message, and whether it is disputed."""

    revision: int
    stated_by: str
    disputed: bool
    document_no: str


def shown_by(connection: Connection, names: Iterable[str]) -> dict[str, Shown]:
    """Return what some records and acts show, by their ids."""
    wanted = list(names)
    found = union_all(
        *(
            select(table.c.record_id, *(table.c[name] for name in Shown._fields)).where(table.c.record_id.in_(wanted))
            for table in (record, act)
        )
    )
    return {name: Shown(*shown) for name, *shown in connection.execute(found)}


def find_message(connection: Connection, message_key: str) -> KeptMessage:
    """Return one message that states a record or an act.

    Raises:
        PermanentError: there is none of that key, or it states neither.
    """
    row = connection.execute(_KEPT.where(message.c.message_key == message_key)).first()
    if row is None:
        raise PermanentError(
            "no message of that key states a record; it is the source and the id, such as '/inspection 2026-1': "
            "`xinglin record parties NUMBER` lists those of a document number"
        )
    return KeptMessage._make(row)


def in_force(connection: Connection, record: str) -> list[Part]:
    """Return what is split from a record."""
    chosen = select(*(split.c[name] for name in Part._fields)).where(
        split.c.record_id == record, split.c.undone_at.is_(None)
    )
    return [Part(*row) for row in connection.execute(chosen.order_by(split.c.split_id))]


def add(connection: Connection, key: RecordKey, subject_id: str, decision: Decision) -> Part:
    """Write that the acts of a subject under a number are a record of their own, and return which.

    It is the one that it was before, should the same have been decided and undone.
    """
    root = record_id(key)
    former = select(split.c.document_no).where(split.c.record_id == root, split.c.subject_id == subject_id)
    number = connection.execute(former).scalars().first() or _next_number(connection, key)
    part = Part(root, record_id(key._replace(document_no=number)), number, subject_id)
    made = {"split_by": decision.by, "account": decision.account, "split_at": decision.at, "note": decision.why}
    connection.execute(insert(split).values(**part._asdict(), **made))
    alerts.close_case(connection, AlertKind.PARTY_DISPUTED, root, decision)
    return part


def _next_number(connection: Connection, key: RecordKey) -> str:
    """Return the first number with a suffix, 之二 and so on, that no record, act or split has."""
    for place in range(2, _MOST):
        number = f"{key.document_no}之{_spell(place)}"
        name = record_id(key._replace(document_no=number))
        taken = (
            select(record.c.record_id).where(record.c.record_id == name),
            select(act.c.record_id).where(act.c.record_id == name),
            select(split.c.part_id).where(split.c.part_id == name),
        )
        if all(connection.execute(each).first() is None for each in taken):
            return number
    raise PermanentError(f"{key.document_no} was split {_MOST} times; ask its source what it means")


def _spell(place: int) -> str:
    tens, ones = divmod(place, 10)
    digits = f" 一{_ORDINALS}"
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones]}".strip()


def undo(connection: Connection, number: int, decision: Decision) -> Part:
    """Undo a split; the row stays. Returns what was split from which record.

    Raises:
        PermanentError: there is no such split in force.
    """
    mine = (split.c.split_id == number, split.c.undone_at.is_(None))
    undoing = update(split).where(*mine).values(undoing_of(decision))
    row = connection.execute(undoing.returning(*(split.c[name] for name in Part._fields))).first()
    if row is None:
        raise PermanentError(f"no split {number} is in force; `xinglin record splits` lists them")
    return Part(*row)


def move(connection: Connection, applied: dict[str, Applied]) -> None:
    """Let the inbox say which record each message states now, and what became of it."""
    for key in sorted(applied):
        outcome, about = applied[key]
        connection.execute(
            update(message).where(message.c.message_key == key).values(record_id=about, outcome=outcome.value)
        )
