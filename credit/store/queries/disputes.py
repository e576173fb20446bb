"""Records and acts whose source contradicts itself, and what persons decided of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Result, Select, Table, func, or_, select, union_all

from credit.store.bulk import one_of
from credit.store.queries.page import WHOLE, Part, comes_after, comes_before, fits, write_key
from credit.store.tables import DISPUTED, act, dispute, record
from schemas.states import DisputeStep


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person decided of a revision: the content of message `message_key` holds, or the source is asked.

    `document_no` is of the record or act; `undone_by` is None while the decision is in force.
    """

    dispute_id: int
    record_id: str
    revision: int
    step: DisputeStep
    message_key: str | None
    due_on: date | None
    decided_by: str
    account: str | None
    note: str
    decided_at: datetime
    undone_by: str | None
    undone_account: str | None
    undone_why: str | None
    document_no: str


class Disputed(NamedTuple):
    """A record or act that contradicts itself now; `due_on` is by when its source was asked to answer, if it was."""

    record_id: str
    family: str
    organ_code: str
    document_no: str
    revision: int
    due_on: date | None
    after: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records and acts that contradict themselves to list; None: all. `asked`: whether their source was asked."""

    family: str | None = None
    organ: str | None = None
    asked: bool | None = None


@dataclass(frozen=True, slots=True)
class SettlementFilter:
    """Which decisions to list; None: all. `undone`: only those that were undone, or only those in force."""

    step: DisputeStep | None = None
    by: str | None = None
    undone: bool | None = None
    records: frozenset[str] | None = None


EVERYTHING, EVERY_SETTLEMENT = Filter(), SettlementFilter()
_TARGET = record.alias("target")
_FROM = (
    dispute.outerjoin(record, record.c.record_id == dispute.c.record_id)
    .outerjoin(act, act.c.record_id == dispute.c.record_id)
    .outerjoin(_TARGET, _TARGET.c.record_id == act.c.target_id)
)
_OPEN_ONES = (record.c.sealed_clause.is_(None), _TARGET.c.sealed_clause.is_(None))
_SETTLEMENTS = select(
    *(dispute.c[name] for name in Settlement.__dataclass_fields__ if name in dispute.c),
    func.coalesce(record.c.document_no, act.c.document_no, "").label("document_no"),
).select_from(_FROM)
_OF_RECORDS = _SETTLEMENTS.where(one_of(dispute.c.record_id, "records")).order_by(dispute.c.dispute_id)
_LAST_FIRST = (dispute.c.dispute_id,)


def find_settlements(
    connection: Connection, wanted: SettlementFilter = EVERY_SETTLEMENT, part: Part = WHOLE
) -> tuple[Settlement, ...]:
    """Return decisions about open records and acts on such, undone ones too, the last first.

    Pages begin after what `key_of_settlement` says.
    """
    chosen = [
        fits(dispute.c.step, wanted.step.value if wanted.step else None),
        fits(dispute.c.decided_by, wanted.by),
        fits(dispute.c.undone_at.is_not(None), wanted.undone),
    ]
    if wanted.records is not None:
        chosen.append(dispute.c.record_id.in_(sorted(wanted.records)))
    asked = _SETTLEMENTS.where(*_OPEN_ONES, comes_before(_LAST_FIRST, part.after), *chosen)
    return _build(connection.execute(asked.order_by(dispute.c.dispute_id.desc()).limit(part.limit)))


def key_of_settlement(row: Settlement) -> str:
    """Return the key of a decision in the list of them."""
    return write_key([row.dispute_id])


def settlements_of(connection: Connection, records: Iterable[str]) -> tuple[Settlement, ...]:
    """Return the decisions about some records and acts, undone ones too, oldest first."""
    return _build(connection.execute(_OF_RECORDS, {"records": list(records)}))


def _build(found: Result[Any]) -> tuple[Settlement, ...]:
    return tuple(Settlement(**row | {"step": DisputeStep(row["step"])}) for row in map(dict, found.mappings()))


def find_names(connection: Connection, named: str, document_no: str) -> list[str]:
    """Return the ids of the open records, and of acts on such, of an id or a document number in its normal form."""
    records = select(record.c.record_id).where(
        or_(record.c.record_id == named, record.c.document_no == document_no), record.c.sealed_clause.is_(None)
    )
    acts = select(act.c.record_id).where(
        or_(act.c.record_id == named, act.c.document_no == document_no), ~_acts_on_sealed()
    )
    return sorted(connection.execute(union_all(records, acts)).scalars())


def find_disputed(connection: Connection, part: Part, wanted: Filter = EVERYTHING) -> list[Disputed]:
    """Return a part of the open records, and acts on such, that contradict themselves now, in order of their ids."""
    found = union_all(
        _select_disputed(record).where(record.c.sealed_clause.is_(None)),
        _select_disputed(act).where(~_acts_on_sealed()),
    ).subquery()
    order = (found.c.record_id,)
    chosen = [
        fits(found.c.family, wanted.family),
        fits(found.c.organ_code, wanted.organ),
        fits(found.c.due_on.is_not(None), wanted.asked),
    ]
    asked = select(found).where(comes_after(order, part.after), *chosen)
    rows = connection.execute(asked.order_by(*order).limit(part.limit))
    return [Disputed._make((*row, write_key([row.record_id]))) for row in rows]


def _select_disputed(of: Table) -> Select[Any]:
    asked = select(func.max(dispute.c.due_on)).where(
        dispute.c.record_id == of.c.record_id,
        dispute.c.revision == of.c.revision,
        dispute.c.step == DisputeStep.ASKED.value,
        dispute.c.undone_at.is_(None),
    )
    return select(*(of.c[name] for name in Disputed._fields[:5]), asked.scalar_subquery().label("due_on")).where(
        DISPUTED
    )


def _acts_on_sealed() -> ColumnElement[bool]:
    sealed = select(_TARGET.c.record_id).where(
        _TARGET.c.record_id == act.c.target_id, _TARGET.c.sealed_clause.is_not(None)
    )
    return sealed.exists()
