"""What the archive holds of those whose public page is written: read by few statements for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from credit.identity import IdKind
from credit.record.rows import AliasRow, RecordRow, SubjectRow
from credit.store.bulk import one_of
from credit.store.known import read_families
from credit.store.queries.archive import read_records_of, read_subjects
from credit.store.queries.assessment import Standings, read_standings
from credit.store.tables import alias


@dataclass(frozen=True, slots=True)
class OnFile:
    """An archive as the page is made of it: its last subject, all of its members, and what is known of them.

    `party` is None where no message has spoken of any of them yet. `licence_nos` are the claims to licence numbers
    执业许可证号 of members that nobody else has a claim to, the last one first. Sealed records are not among the
    `records`, which are the newest first: whoever composes a page cannot show what it was not given.
    """

    subject_id: str
    members: frozenset[str]
    party: SubjectRow | None
    records: tuple[RecordRow, ...]
    standings: Standings
    licence_nos: tuple[AliasRow, ...]


def read_on_file(connection: Connection, subjects: Collection[str]) -> list[OnFile]:
    """Return the archives that subjects are of, in order of their last subjects."""
    archives: Mapping[str, set[str]] = read_families(connection).of(subjects)
    members = {member for names in archives.values() for member in names}
    parties = {row.subject_id: row for row in read_subjects(connection, members)}
    claims = _read_licence_nos(connection, members)
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
            _of_nobody_else(claims, names),
        )
        for final, names in sorted(archives.items())
    ]


def _read_licence_nos(connection: Connection, subjects: Collection[str]) -> list[AliasRow]:
    """Return the claims to the licence numbers of some subjects, those of others too, the last one first."""
    held = and_(alias.c.kind == IdKind.LICENCE_NO.value, alias.c.undone_at.is_(None))
    theirs = select(alias.c.value_hash).where(held, one_of(alias.c.subject_id, "subjects"))
    asked = select(*(alias.c[name] for name in AliasRow._fields)).where(held, alias.c.value_hash.in_(theirs))
    rows = connection.execute(asked.order_by(alias.c.claimed_at.desc()), {"subjects": list(subjects)})
    return [AliasRow._make(row) for row in rows]


def _of_nobody_else(claims: Collection[AliasRow], names: Collection[str]) -> tuple[AliasRow, ...]:
    others = {row.value_hash for row in claims if row.subject_id not in names}
    return tuple(row for row in claims if row.subject_id in names and row.value_hash not in others)
