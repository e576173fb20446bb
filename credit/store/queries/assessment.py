"""Where subjects stand in assessment: current and official grades and lists of one, and everybody on a list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from credit.grading.result import Reason, load
from credit.grading.rows import EntryRow, GradeRow, OfficialRow
from credit.record.rows import SubjectRow
from credit.store.bulk import Question, find, one_of
from credit.store.queries.page import Part
from credit.store.queries.sight import cite_seen, keep_seen
from credit.store.queries.subjects import show_identifier
from credit.store.queries.view import View
from credit.store.tables import grade, list_entry, official, subject
from schemas.states import EntryState


@dataclass(frozen=True, slots=True)
class Standings:
    """What assessment says of a subject: current grades, the last official result of each year, entries on lists."""

    current: tuple[GradeRow, ...]
    official: tuple[OfficialRow, ...]
    entries: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry on a list; `identifier` is as the viewer sees it."""

    row: EntryRow
    state: EntryState
    name: str
    identifier: str
    reasons: tuple[Reason, ...]


def _of_subjects(table: Any, row: type[Any]) -> Select[Any]:
    return select(*(table.c[name] for name in row._fields)).where(one_of(table.c.subject_id, "keys"))


_CURRENT = _of_subjects(grade, GradeRow).order_by(grade.c.regime, grade.c.scale, grade.c.year.desc())
_OFFICIAL = _of_subjects(official, OfficialRow).order_by(
    official.c.regime, official.c.scale, official.c.year.desc(), official.c.version.desc()
)
_ENTRIES = _of_subjects(list_entry, EntryRow).order_by(
    list_entry.c.regime, list_entry.c.list_id, list_entry.c.year.desc(), list_entry.c.rule
)


def read_standings(connection: Connection, subjects: Collection[str]) -> Standings:
    """Return where a subject stands, given the members of its lineage; by regime, the last year first."""
    current, decided, entries = find(
        connection, Question(_CURRENT, subjects), Question(_OFFICIAL, subjects), Question(_ENTRIES, subjects)
    )
    last: dict[tuple[str, str, int], OfficialRow] = {}
    for row in map(OfficialRow._make, decided):
        last.setdefault((row.regime, row.scale, row.year), row)
    return Standings(tuple(map(GradeRow._make, current)), tuple(last.values()), tuple(map(EntryRow._make, entries)))


def find_listed(
    connection: Connection, view: View, regime: str, list_id: str, part: Part, states: Collection[EntryState]
) -> list[Listed]:
    """Return entries on a list in some states, in order of their subjects; a page has so many subjects."""
    ordered = list_entry.c.subject_id
    mine = (
        list_entry.c.regime == regime,
        list_entry.c.list_id == list_id,
        list_entry.c.state.in_([state.value for state in states]),
    )
    page = select(list_entry.c.subject_id).where(*mine, ordered > part.after).distinct().order_by(ordered)
    page = keep_seen(view, page, list_entry.c.subject_id)
    subjects: Sequence[str] = connection.execute(page.limit(part.limit)).scalars().all()
    columns = (*(list_entry.c[name] for name in EntryRow._fields), *(subject.c[name] for name in SubjectRow._fields))
    rows = (
        select(*columns)
        .join(subject, subject.c.subject_id == list_entry.c.subject_id, isouter=True)
        .where(*mine, one_of(list_entry.c.subject_id, "subjects"))
        .order_by(ordered, list_entry.c.year.desc(), list_entry.c.rule)
    )
    return [_show(row, view) for row in connection.execute(rows, {"subjects": list(subjects)})]


def _show(found: Row[Any], view: View) -> Listed:
    width = len(EntryRow._fields)
    row, who = EntryRow._make(found[:width]), found[width:]
    name = identifier = row.subject_id  # a successor that no message has spoken of yet
    if who[0] is not None:
        party = SubjectRow._make(who)
        name, identifier = party.name, show_identifier(party, view.keyring, view.viewer)
    return Listed(row, EntryState(row.state), name, identifier, cite_seen(view, load(row.reasons)))
