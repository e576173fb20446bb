"""The lists of a regime: who is on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from credit.grading.result import Reason, load
from credit.grading.rows import EntryRow
from credit.record.rows import SubjectRow
from credit.store.bulk import one_of
from credit.store.queries.sight import cite_seen, keep_seen
from credit.store.queries.subjects import show_identifier
from credit.store.queries.view import View
from credit.store.tables import list_entry, subject
from schemas.states import EntryState


@dataclass(frozen=True, slots=True)
class Listed:
    """That a subject is on a list by a rule; `identifier` is as the viewer sees it."""

    row: EntryRow
    name: str
    identifier: str
    reasons: tuple[Reason, ...]


_STATEMENT = (
    select(*(list_entry.c[name] for name in EntryRow._fields), *(subject.c[name] for name in SubjectRow._fields))
    .join(subject, subject.c.subject_id == list_entry.c.subject_id, isouter=True)
    .order_by(list_entry.c.list_id, list_entry.c.since, list_entry.c.subject_id, list_entry.c.rule)
)


_ON_IT = list_entry.c.state == EntryState.LISTED.value


def find_listed(connection: Connection, view: View, regime: str, list_id: str, year: int | None) -> list[Listed]:
    """Return who is on a list now, the longest first; where there is one for each year, on that of `year`."""
    statement = _STATEMENT.where(_ON_IT, list_entry.c.regime == regime, list_entry.c.list_id == list_id)
    if year is not None:
        statement = statement.where(list_entry.c.year.in_([0, year]))
    return [_listed(row, view) for row in connection.execute(_keep(view, statement))]


def lists_of(connection: Connection, view: View, regime: str, subjects: Collection[str]) -> list[Listed]:
    """Return what lists of a regime the members of a lineage are on."""
    statement = _STATEMENT.where(_ON_IT, list_entry.c.regime == regime, one_of(list_entry.c.subject_id, "subjects"))
    given = {"subjects": list(subjects)}
    return [_listed(row, view) for row in connection.execute(_keep(view, statement), given)]


def find_prepared(connection: Connection, view: View, regime: str) -> list[Listed]:
    """Return who will be on a list of a regime once told and heard."""
    prepared = list_entry.c.state == EntryState.PREPARED.value
    statement = _STATEMENT.where(prepared, list_entry.c.regime == regime)
    return [_listed(row, view) for row in connection.execute(_keep(view, statement))]


def _keep(view: View, statement: Select[Any]) -> Select[Any]:
    return keep_seen(view, statement, list_entry.c.subject_id)


def _listed(found: tuple[object, ...], view: View) -> Listed:
    width = len(EntryRow._fields)
    row = EntryRow._make(found[:width])
    known = SubjectRow._make(found[width:])
    name, identifier = row.subject_id, row.subject_id
    if known.subject_id is not None:
        name, identifier = known.name, show_identifier(known, view.keyring, view.viewer)
    return Listed(row, name, identifier, cite_seen(view, load(row.reasons)))
