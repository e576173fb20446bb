"""Reading what a batch needs of the archive, under locks that put concurrent batches in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, select, text, union_all

from credit.batch.work import NAME, AliasKey, Need, Snapshot, feed_rows_of
from credit.record.ids import lock_number
from credit.record.rows import ActRow, FeedRow, MessageRow, NoticeRow, RecordRow, SubjectRow
from credit.store import tables
from credit.store.bulk import find, one_of, seek
from schemas.errors import TransientError

_T = TypeVar("_T")


class ScopeMoved(TransientError):
    """Another batch changed which records belong together while this one waited for its locks; try again."""


def read(connection: Connection, need: Need, feeds: Iterable[str]) -> Snapshot:
    """Lock and read what a batch needs.

    Lock order is: records and persons not on file yet by number (advisory, until the transaction ends), then rows by
    key as they are written. On SQLite the transaction holds the write lock already.

    Raises:
        ScopeMoved: another batch holds an act that decides about a record of this one; nothing was changed.
    """
    locking = connection.dialect.name == "postgresql"
    records, unmet = _named(connection, need)
    if locking:
        _lock(connection, records | unmet)
    acts: set[str] = set()
    frontier = records
    while frontier:
        near = _near(connection, frontier)
        acts.update(act for act, _ in near)
        frontier = frozenset(end for pair in near for end in pair) - records
        # Out of order, so without waiting: two batches that wait for each other would both be lost.
        if locking and frontier and not _try_lock(connection, frontier):
            raise ScopeMoved
        records |= frontier
    snapshot = _load(connection, need, records, (acts, feeds))
    _read_subjects(connection, need, snapshot)
    return snapshot


_TABLES: Mapping[type[Any], Table] = {
    MessageRow: tables.message,
    RecordRow: tables.record,
    ActRow: tables.act,
    NoticeRow: tables.notice,
    FeedRow: tables.feed_row,
    SubjectRow: tables.subject,
}
_ROWS: Mapping[type[Any], Select[Any]] = {
    row: select(*(table.columns[name] for name in row._fields)) for row, table in _TABLES.items()
}
_CHOSEN: Mapping[type[Any], Select[Any]] = {
    row: _ROWS[row].where(one_of(_TABLES[row].columns[column], "keys"))
    for row, column in (
        (MessageRow, "message_key"),
        (RecordRow, "record_id"),
        (ActRow, "record_id"),
        (NoticeRow, "record_id"),
        (FeedRow, "row_id"),
        (SubjectRow, "subject_id"),
    )
}


def rows_of(row: type[Any]) -> Select[Any]:
    """Return the statement that selects the columns of a row type, in the order of its fields."""
    return _ROWS[row]


def build(row: Callable[..., _T], result: Iterable[Row[Any]]) -> list[_T]:
    """Turn database rows into archive rows."""
    return [row(*found) for found in result]


_OF_NOTICES = select(tables.notice.c.record_id).where(one_of(tables.notice.c.notice_no, "keys"))
_OF_FEED_ROWS = select(tables.feed_row.c.record_id).where(one_of(tables.feed_row.c.row_id, "keys"))


_MET = select(tables.subject.c.subject_id).where(one_of(tables.subject.c.subject_id, "keys"))


def _named(connection: Connection, need: Need) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids of the records and acts that messages name, maybe by a notice or a feed's row, and new persons.

    Only persons not on file may be met by two batches at once under different names. Who is on file stays as they are.
    """
    noticed, shown, met = seek(
        connection, (_OF_NOTICES, need.notices), (_OF_FEED_ROWS, need.feed_rows), (_MET, need.persons)
    )
    return need.records.union(name for (name,) in noticed + shown), need.persons.difference(name for (name,) in met)


_ENDS = union_all(
    *(
        select(tables.act.c.record_id, tables.act.c.target_id).where(one_of(end, "keys"))
        for end in (tables.act.c.target_id, tables.act.c.record_id)
    )
)


def _near(connection: Connection, records: frozenset[str]) -> list[tuple[str, str]]:
    """Return the acts that are among some records or acts, or act upon one; each with what it acts upon."""
    (found,) = find(connection, (_ENDS, records))
    return [(act, target) for act, target in found]


def _lock(connection: Connection, names: Iterable[str]) -> None:
    numbers = sorted(map(lock_number, names))
    connection.execute(
        text("SELECT count(pg_advisory_xact_lock(n)) FROM (SELECT unnest(CAST(:numbers AS bigint[])) AS n) AS l"),
        {"numbers": numbers},
    )


def _try_lock(connection: Connection, names: Iterable[str]) -> bool:
    locked = connection.execute(
        text("SELECT bool_and(pg_try_advisory_xact_lock(n)) FROM unnest(CAST(:numbers AS bigint[])) AS n"),
        {"numbers": list(map(lock_number, names))},
    )
    return bool(locked.scalar_one())


_CLAIM = tables.alias.c
_CLAIMS = select(_CLAIM.kind, _CLAIM.value_hash, _CLAIM.subject_id, _CLAIM.undone_at)
_CLAIMS_OF_VALUES = _CLAIMS.where(one_of(_CLAIM.value_hash, "keys"))
_NAMES_OF_PEOPLE = _CLAIMS.where(one_of(_CLAIM.subject_id, "keys"), _CLAIM.kind == NAME)


def _load(
    connection: Connection, need: Need, records: frozenset[str], about: tuple[Iterable[str], Iterable[str]]
) -> Snapshot:
    """Read what hangs on messages and records, `about` these acts and for these feeds."""
    acts, feeds = about
    messages, kept, effects, notices, shown, claims = find(
        connection,
        (_CHOSEN[MessageRow], need.messages),
        (_CHOSEN[RecordRow], records),
        (_CHOSEN[ActRow], acts),
        (_CHOSEN[NoticeRow], records),
        (_CHOSEN[FeedRow], feed_rows_of(records, feeds)),
        (_CLAIMS_OF_VALUES, {key.value_hash for key in need.aliases}),
    )
    snapshot = Snapshot()
    snapshot.messages = {row.message_key: row for row in map(MessageRow._make, messages)}
    snapshot.records = {row.record_id: row for row in map(RecordRow._make, kept)}
    for act in map(ActRow._make, effects):
        snapshot.put_act(act)
    for notice in map(NoticeRow._make, notices):
        snapshot.put_notice(notice)
    snapshot.feed_rows = {row.row_id: row for row in map(FeedRow._make, shown)}
    _put_claims(snapshot, claims)
    return snapshot


def _read_subjects(connection: Connection, need: Need, snapshot: Snapshot) -> None:
    owners = {owner for claimed in snapshot.aliases.values() for owner in claimed}
    subjects = need.subjects | owners | {row.subject_id for row in snapshot.records.values()}
    subjects |= {notice.subject_id for notice in snapshot.notices.values()}
    links, found = find(connection, (_LINKS, subjects), (_CHOSEN[SubjectRow], subjects))
    # Few go on under another name: only then are there more to ask for.
    snapshot.links = dict(links) | read_links(connection, {after for _, after in links})
    (more,) = find(connection, (_CHOSEN[SubjectRow], set(snapshot.links.values()) - subjects))
    snapshot.subjects = {row.subject_id: row for row in map(SubjectRow._make, found + more)}
    people = {row.subject_id for row in snapshot.subjects.values() if row.kind == "person"}
    (claims,) = find(connection, (_NAMES_OF_PEOPLE, people))
    _put_claims(snapshot, claims)


def _put_claims(snapshot: Snapshot, claims: Iterable[tuple[Any, ...]]) -> None:
    for kind, value_hash, subject_id, undone_at in claims:
        key = AliasKey(kind, value_hash)
        if undone_at is None:
            snapshot.aliases.setdefault(key, set()).add(subject_id)
        else:
            snapshot.disclaimed.add((key, subject_id))


_LINKS = select(tables.link.c.subject_id, tables.link.c.continued_as).where(
    one_of(tables.link.c.subject_id, "keys"), tables.link.c.undone_at.is_(None)
)


def read_links(connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """Return the links in force that start at some subjects, followed to their ends."""
    links: dict[str, str] = {}
    frontier = set(subjects)
    while frontier:
        (found,) = find(connection, (_LINKS, frontier))
        new = {before: after for before, after in found if before not in links}
        links |= new
        frontier = set(new.values())
    return links
