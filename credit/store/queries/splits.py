"""A person's decisions that the acts of a party under a document number are a record of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, union_all

from credit.store.bulk import one_of
from credit.store.queries.page import WHOLE, Part, comes_before, fits, write_key
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which splits to list; None: all. `undone`: only those that were undone, or only those in force."""

    by: str | None = None
    undone: bool | None = None
    records: frozenset[str] | None = None


EVERYTHING = Filter()
_ORDER = (split.c.split_id,)
_SPLITS = select(*(split.c[name] for name in Split.__dataclass_fields__))
_SEALED = select(record.c.record_id).where(
    record.c.sealed_clause.is_not(None), record.c.record_id.in_((split.c.record_id, split.c.part_id))
)
_AT_RECORDS = union_all(
    select(split.c.split_id).where(one_of(split.c.record_id, "records")),
    select(split.c.split_id).where(one_of(split.c.part_id, "records")),
)
_OF_RECORDS = _SPLITS.where(split.c.split_id.in_(_AT_RECORDS)).order_by(split.c.split_id)


def find_splits(connection: Connection, wanted: Filter = EVERYTHING, part: Part = WHOLE) -> list[Split]:
    """Return splits of open records, undone ones too, the last first; pages begin after what `key_of` says."""
    chosen = [fits(split.c.split_by, wanted.by), fits(split.c.undone_at.is_not(None), wanted.undone)]
    if wanted.records is not None:
        named = sorted(wanted.records)
        chosen.append(or_(split.c.record_id.in_(named), split.c.part_id.in_(named)))
    asked = _SPLITS.where(~_SEALED.exists(), comes_before(_ORDER, part.after), *chosen)
    return [Split(*row) for row in connection.execute(asked.order_by(split.c.split_id.desc()).limit(part.limit))]


def key_of(row: Split) -> str:
    """Return the key of a split in the list of them."""
    return write_key([row.split_id])


def splits_of(connection: Connection, records: Iterable[str]) -> tuple[Split, ...]:
    """Return the splits of some records, or by which they came to be; undone ones too, oldest first."""
    return tuple(Split(*row) for row in connection.execute(_OF_RECORDS, {"records": list(records)}))
