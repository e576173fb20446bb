"""A person's decisions that the acts of a party under a document number are a record of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, union_all

from credit.store.bulk import one_of
from credit.store.tables import record, split


@dataclass(frozen=True, slots=True)
class Split:
    """A split: `part_id`, of number `document_no`, was taken out of `record_id`. `undone_by` is None while in force."""

    split_id: int
    record_id: str
    part_id: str
    document_no: str
    subject_id: str
    split_by: str
    account: str | None
    split_at: datetime
    note: str
    undone_by: str | None
    undone_account: str | None
    undone_why: str | None


_SPLITS = select(*(split.c[name] for name in Split.__dataclass_fields__)).order_by(split.c.split_id)
_SEALED = select(record.c.record_id).where(
    record.c.sealed_clause.is_not(None), record.c.record_id.in_((split.c.record_id, split.c.part_id))
)
_AT_RECORDS = union_all(
    select(split.c.split_id).where(one_of(split.c.record_id, "records")),
    select(split.c.split_id).where(one_of(split.c.part_id, "records")),
)
_OF_RECORDS = _SPLITS.where(split.c.split_id.in_(_AT_RECORDS))


def list_splits(connection: Connection) -> list[Split]:
    """Return all splits of open records, undone ones too, oldest first."""
    return [Split(*row) for row in connection.execute(_SPLITS.where(~_SEALED.exists()))]


def splits_of(connection: Connection, records: Iterable[str]) -> tuple[Split, ...]:
    """Return the splits of some records, or by which they came to be; undone ones too, oldest first."""
    return tuple(Split(*row) for row in connection.execute(_OF_RECORDS, {"records": list(records)}))
