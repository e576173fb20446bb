"""What an act can be about: a record, or another act; and the acts whose record has not come."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, literal, select

from credit.record.rows import ActRow
from credit.store.queries.page import Part, comes_after, fits, write_key
from credit.store.queries.sight import is_one_of_organs, is_seen
from credit.store.queries.view import View
from credit.store.tables import act, record, subject
from schemas.party import RecordKey


class OnFile(NamedTuple):
    """A record or an act that is on file, by its key.

    `about` is the record that it is, or is about in the end, with its subject; None where that has not come.
    """

    record_id: str
    family: str
    organ_code: str
    document_no: str
    party_mark: str
    about: str | None
    subject_id: str | None
    name: str | None


class Waiting(NamedTuple):
    """An act whose record has not come: nothing follows from it. `stated_by` is the key of its message."""

    record_id: str
    family: str
    organ_code: str
    document_no: str
    act_state: str
    occurred_on: date
    known_at: datetime
    stated_by: str
    after: str


_KEY = ("record_id", "family", "organ_code", "document_no")
_WHOLE = select(*(act.c[name] for name in ActRow._fields))
_ACTS = select(*(act.c[name] for name in _KEY), literal("").label("party_mark"))


def find_on_file(connection: Connection, record_id: str, view: View) -> OnFile | None:
    """Return the record or act of an id; None where there is none for the viewer."""
    own = connection.execute(_ACTS.where(act.c.record_id == record_id)).first()
    about = record_id if own is None else _follow(connection, record_id)
    found = _find_record(connection, about, view)
    if own is None:
        return found
    if found is not None:
        return OnFile._make((*own, *found[5:]))
    has_come = select(literal(1)).where(record.c.record_id == about).exists()
    alone = select(literal(1)).where(act.c.record_id == record_id, ~has_come, is_one_of_organs(view, act.c.organ_code))
    return OnFile._make((*own, None, None, None)) if connection.execute(alone).first() is not None else None


def _find_record(connection: Connection, record_id: str, view: View) -> OnFile | None:
    named = (record.c.record_id.label("about"), record.c.subject_id, subject.c.name)
    asked = select(*(record.c[name] for name in _KEY), record.c.party_mark, *named)
    asked = asked.join(subject, subject.c.subject_id == record.c.subject_id)
    row = connection.execute(asked.where(record.c.record_id == record_id, is_seen(view))).first()
    return OnFile._make(row) if row is not None else None


def _follow(connection: Connection, record_id: str) -> str:
    """Return what an act is about in the end; of two that are about each other, one of them."""
    seen: set[str] = set()
    about: str | None = record_id
    while about is not None and about not in seen:
        seen.add(record_id := about)
        about = connection.execute(select(act.c.target_id).where(act.c.record_id == record_id)).scalar()
    return record_id


def read_act(connection: Connection, record_id: str) -> ActRow | None:
    """Return an act by its id; None where there is none."""
    row = connection.execute(_WHOLE.where(act.c.record_id == record_id)).first()
    return ActRow._make(row) if row is not None else None


def count_parties(connection: Connection, key: RecordKey) -> int:
    """Return how many parties a document names that could name many; 0 where none of them has come."""
    document = (record.c.family == key.family, record.c.organ_code == key.organ_code)
    asked = select(func.count()).where(record.c.document_no == key.document_no, *document, record.c.party_mark != "")
    return connection.execute(asked).scalar_one()


def find_waiting(connection: Connection, view: View, part: Part, organ: str | None = None) -> list[Waiting]:
    """Return a part of the acts whose record has not come, of the viewer's organs or one, what waits longest in front.

    It looks at every act: for who asks for them, not for each page.
    """
    target = act.alias("target")
    order = (act.c.known_at, act.c.record_id)
    asked = (
        select(*(act.c[name] for name in Waiting._fields[:-1]))
        .where(
            ~select(literal(1)).where(record.c.record_id == act.c.target_id).exists(),
            ~select(literal(1)).where(target.c.record_id == act.c.target_id).exists(),
            is_one_of_organs(view, act.c.organ_code),
            fits(act.c.organ_code, organ),
            comes_after(order, part.after),
        )
        .order_by(*order)
        .limit(part.limit)
    )
    return [Waiting._make((*row, write_key([row.known_at, row.record_id]))) for row in connection.execute(asked)]
