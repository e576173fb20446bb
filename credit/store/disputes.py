"""What a person decided of a disputed record or act, as rows that can be undone: which content holds, who was asked.

Rows are only added and undone; of several that say what holds in one revision, the last that was not undone does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, insert, select, update

from credit.record.merging import Taken
from credit.record.rows import Decision, undoing_of
from credit.store.bulk import Question, find, one_of
from credit.store.tables import dispute
from schemas.errors import PermanentError
from schemas.states import DisputeStep

TAKEN = (
    select(*(dispute.c[name] for name in Taken._fields))
    .where(
        one_of(dispute.c.record_id, "keys"),
        and_(dispute.c.step == DisputeStep.TAKEN.value, dispute.c.undone_at.is_(None)),
    )
    .order_by(dispute.c.dispute_id)
)
"""What holds in revisions of some records and acts, the last decision behind."""


class Undone(NamedTuple):
    """A decision that was undone."""

    record_id: str
    revision: int
    step: DisputeStep


def arrange(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, int], Taken]:
    """Return what holds by record and revision, of rows of `TAKEN` in their order."""
    return {
        (record, revision): Taken(record, revision, bytes(digest), frozenset(map(bytes.fromhex, json.loads(others))))
        for record, revision, digest, others in rows
    }


def in_force(connection: Connection, records: Iterable[str]) -> dict[tuple[str, int], Taken]:
    """Return what holds in revisions of some records or acts, by record and revision."""
    (found,) = find(connection, Question(TAKEN, records))
    return arrange(found)


def take(connection: Connection, taken: Taken, message_key: str, decision: Decision) -> int:
    """Write which content of a revision holds, and by which message it was named; return the number of the decision."""
    said = {"message_key": message_key, "digest": taken.digest}
    said["dismissed"] = json.dumps(sorted(digest.hex() for digest in taken.dismissed))
    return _write(connection, taken.record_id, taken.revision, DisputeStep.TAKEN, decision, said)


def ask(connection: Connection, record_id: str, revision: int, due_on: date, decision: Decision) -> int:
    """Write that the source is asked which content holds, and by when it is to answer; return the number of it."""
    return _write(connection, record_id, revision, DisputeStep.ASKED, decision, {"due_on": due_on})


def _write(
    connection: Connection, record: str, revision: int, step: DisputeStep, decision: Decision, said: dict[str, Any]
) -> int:
    by, why, at, account = decision
    about = {"record_id": record, "revision": revision, "step": step.value}
    made = {"decided_by": by, "note": why, "decided_at": at, "account": account}
    writing = insert(dispute).values(about | made | said).returning(dispute.c.dispute_id)
    number: int = connection.execute(writing).scalar_one()
    return number


def undo(connection: Connection, number: int, decision: Decision) -> Undone:
    """Undo a decision; the row stays.

    Raises:
        PermanentError: there is no such decision in force.
    """
    mine = (dispute.c.dispute_id == number, dispute.c.undone_at.is_(None))
    columns = (dispute.c[name] for name in Undone._fields)
    undoing = update(dispute).where(*mine).values(undoing_of(decision))
    row = connection.execute(undoing.returning(*columns)).first()
    if row is None:
        raise PermanentError(f"no decision {number} is in force; `xinglin record disputes` lists them")
    return Undone(row.record_id, row.revision, DisputeStep(row.step))
