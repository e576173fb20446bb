"""The deeds of a batch: which of its records state the same, so that agencies are told of it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from credit.batch.work import Work
from credit.record.deeds import Stated, find_deeds
from credit.record.rows import RecordRow
from credit.routing.routes import Routes
from credit.telling.told import Case


class Looked(NamedTuple):
    """A record that was looked at, with its case; `shared` are the grounds that it may have in common with others.

    `waits_until` is the day from which on it is a ground, None where it is one or will never be.
    """

    row: RecordRow
    case: Case
    shared: Mapping[str, frozenset[str]]
    waits_until: date | None


def find_siblings(row: RecordRow, rows: Iterable[RecordRow], routes: Routes) -> set[str]:
    """Return the ids of the rows that may be of one deed with a record, by what can be told without their facts."""
    return {
        other.record_id
        for other in rows
        if other.subject_id == row.subject_id
        and other.family != row.family
        and other.family in routes.shared_families
        and other.organ_code == row.organ_code
        and (other.document_no == row.document_no or other.occurred_on == row.occurred_on)
    }


def touch_siblings(before: RecordRow, work: Work) -> None:
    """Have those settled that were of one deed with a record whose statement changes."""
    if before.family in work.rules.routes.shared_families:
        work.touched |= find_siblings(before, work.records.values(), work.rules.routes)


def group(looked: Iterable[Looked]) -> list[Deed]:
    """Return the deeds that several records state."""
    places: dict[tuple[str, str], list[Looked]] = {}
    for each in looked:
        for ground in each.shared:
            places.setdefault((each.row.subject_id, ground), []).append(each)
    return [
        Deed(ground, tuple(found))
        for (_, ground), members in sorted(places.items())
        if len(members) > 1
        for found in _group(ground, members)
        if len(found) > 1
    ]


class Deed(NamedTuple):
    """A deed that several records state, on one ground; the records in the order of their days."""

    ground: str
    records: tuple[Looked, ...]


def _group(ground: str, members: Iterable[Looked]) -> list[list[Looked]]:
    known = {each.row.record_id: each for each in members}
    stated = [
        Stated(name, each.case.fact.key, each.row.occurred_on, each.shared[ground]) for name, each in known.items()
    ]
    return [[known[each.record_id] for each in deed] for deed in find_deeds(stated)]
