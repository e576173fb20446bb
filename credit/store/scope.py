"""Reading what a batch needs of the archive, under locks that put concurrent batches in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, select, text, union_all

from credit.batch import NAME, AliasKey, Need, Snapshot, feed_rows_of
from credit.keys import lock_number
from credit.rows import ActRow, FeedRow, MessageRow, NoticeRow, RecordRow, SubjectRow
from credit.store import tables
from credit.store.bulk import among
from schemas.errors import TransientError

_T = TypeVar("_T")


class ScopeMoved(TransientError):
    """Another batch changed which records belong together while this one waited for its locks; try again."""


def read(connection: Connection, need: Need, feeds: Iterable[str]) -> Snapshot:
    """Lock and read what a batch needs.

    Lock order is: records and persons by number (advisory, until the transaction ends), then rows by key as they
    are written. On SQLite the transaction holds the write lock already.

    Raises:
        ScopeMoved: another batch holds an act that decides about a record of this one; nothing was changed.
    """
    locking = connection.dialect.name == "postgresql"
    records = _named(connection, need)
    if locking:
        _lock(connection, records | need.persons)
    frontier = records
    while frontier := _near(connection, frontier) - records:
        # Out of order, so without waiting: two batches that wait for each other would both be lost.
        if locking and not _try_lock(connection, frontier):
            raise ScopeMoved
        records |= frontier
    snapshot = Snapshot()
    snapshot.messages = {row.message_key: row for row in _load(connection, MessageRow, need.messages)}
    snapshot.records = {row.record_id: row for row in _load(connection, RecordRow, records)}
    for act in _load(connection, ActRow, records):
        snapshot.put_act(act)
    for notice in _load(connection, NoticeRow, records, "record_id"):
        snapshot.put_notice(notice)
    rows = feed_rows_of(records, feeds)
    snapshot.feed_rows = {row.row_id: row for row in _load(connection, FeedRow, rows)}
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


def rows_of(row: type[Any]) -> Select[Any]:
    """Return the statement that selects the columns of a row type, in the order of its fields."""
    table = _TABLES[row]
    return select(*(table.columns[field.name] for field in fields(row)))


def _load(connection: Connection, row: type[_T], keys: Iterable[str], column: str = "") -> list[_T]:
    chosen = frozenset(keys)
    if not chosen:
        return []
    table = _TABLES[row]
    found = table.columns[column] if column else next(iter(table.primary_key))
    return build(row, connection.execute(rows_of(row).where(among(found, chosen, connection))))


def build(row: Callable[..., _T], result: Iterable[Row[Any]]) -> list[_T]:
    """Turn database rows into archive rows."""
    return [row(*found) for found in result]


def _named(connection: Connection, need: Need) -> frozenset[str]:
    """Return the ids of the records and acts that messages name, be it by a notice or a feed's row."""
    records = set(need.records)
    for table, keys in ((tables.notice, need.notices), (tables.feed_row, need.feed_rows)):
        if keys:
            number = next(iter(table.primary_key))
            found = connection.execute(select(table.c.record_id).where(among(number, keys, connection)))
            records.update(found.scalars())
    return frozenset(records)


def _near(connection: Connection, records: frozenset[str]) -> frozenset[str]:
    """Return the acts upon some records or acts, and what those among them act upon."""
    if not records:
        return frozenset()
    act = tables.act.c
    ends = connection.execute(
        union_all(
            *(
                select(act.record_id, act.target_id).where(among(end, records, connection))
                for end in (act.target_id, act.record_id)
            )
        )
    )
    return frozenset(end for row in ends for end in row)


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


def _read_subjects(connection: Connection, need: Need, snapshot: Snapshot) -> None:
    hashes = {key.value_hash for key in need.aliases}
    _read_claims(connection, among(tables.alias.c.value_hash, hashes, connection), snapshot)
    owners = {owner for claimed in snapshot.aliases.values() for owner in claimed}
    subjects = need.subjects | owners | {row.subject_id for row in snapshot.records.values()}
    subjects |= {notice.subject_id for notice in snapshot.notices.values()}
    snapshot.links = read_links(connection, subjects)
    subjects |= set(snapshot.links.values())
    snapshot.subjects = {row.subject_id: row for row in _load(connection, SubjectRow, subjects)}
    people = {row.subject_id for row in snapshot.subjects.values() if row.kind == "person"}
    names = and_(tables.alias.c.kind == NAME, among(tables.alias.c.subject_id, people, connection))
    _read_claims(connection, names, snapshot)


def _read_claims(connection: Connection, which: ColumnElement[bool], snapshot: Snapshot) -> None:
    claim = tables.alias.c
    for kind, value_hash, subject_id, undone_at in connection.execute(
        select(claim.kind, claim.value_hash, claim.subject_id, claim.undone_at).where(which)
    ):
        key = AliasKey(kind, value_hash)
        if undone_at is None:
            snapshot.aliases.setdefault(key, set()).add(subject_id)
        else:
            snapshot.disclaimed.add((key, subject_id))


def read_links(connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """Return the links in force that start at some subjects, followed to their ends."""
    links: dict[str, str] = {}
    frontier = set(subjects)
    while frontier:
        found = connection.execute(
            select(tables.link.c.subject_id, tables.link.c.continued_as).where(
                among(tables.link.c.subject_id, frontier, connection), tables.link.c.undone_at.is_(None)
            )
        )
        new = {before: after for before, after in found if before not in links}
        links |= new
        frontier = set(new.values())
    return links
