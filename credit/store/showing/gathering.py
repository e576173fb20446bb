"""What the archive holds of those whose public page is written: read by few statements for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from credit.record.rows import RecordRow, SubjectRow
from credit.store.known import read_families
from credit.store.queries.archive import read_records_of, read_subjects
from credit.store.queries.assessment import Standings, read_standings


@dataclass(frozen=True, slots=True)
class OnFile:
    """An archive as the page is made of it: its last subject, all of its members, and what is known of them.

    `party` is None where no message has spoken of any of them yet. Sealed records are not among the `records`, which
    are the newest first: whoever composes a page cannot show what it was not given.
    """

    subject_id: str
    members: frozenset[str]
    party: SubjectRow | None
    records: tuple[RecordRow, ...]
    standings: Standings


def read_on_file(connection: Connection, subjects: Collection[str]) -> list[OnFile]:
    """Return the archives that subjects are of, in order of their last subjects."""
    archives: Mapping[str, set[str]] = read_families(connection).of(subjects)
    members = {member for names in archives.values() for member in names}
    parties = {row.subject_id: row for row in read_subjects(connection, members)}
    records: defaultdict[str, list[RecordRow]] = defaultdict(list)
    owners = {member: final for final, names in archives.items() for member in names}
    for row in read_records_of(connection, members):
        if row.sealed_clause is None:
            records[owners[row.subject_id]].append(row)
    return [
        OnFile(
            final,
            frozenset(names),
            parties.get(final) or next((parties[each] for each in sorted(names) if each in parties), None),
            tuple(records[final]),
            read_standings(connection, names),
        )
        for final, names in sorted(archives.items())
    ]
