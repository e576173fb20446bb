"""Reading what a batch needs of the archive, under locks that put concurrent batches in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, or_, select, text, union_all

from credit.batch.arrival import Arrival, repeat_mark
from credit.batch.recognise import name_hash
from credit.batch.work import Refused, Shelf, Work, feed_rows_of, follow_links
from credit.identity import Identity
from credit.record.ids import lock_number
from credit.record.merging import Outcome
from credit.record.rows import ActRow, FeedRow, MessageRow, NoticeRow, RecordRow, SubjectRow
from credit.store import tables
from credit.store.bulk import Question, find, one_of, seek
from schemas.errors import TransientError
from schemas.reasons import OF_ROUTES

_T = TypeVar("_T")


class ScopeMoved(TransientError):
    """Another batch changed which records belong together while this one waited for its locks; try again."""


def read(connection: Connection, work: Work, arrivals: Sequence[Arrival] = ()) -> None:
    """Lock and read what a batch of messages needs, and the records that the work wants besides.

    Lock order is: records and persons not on file yet by number (advisory, until the transaction ends), then rows by
    key as they are written. On SQLite the transaction holds the write lock already. Only what can be there is asked
    for: what hangs on records, of those on file; links and further names, where a party has to be decided by them.

    Raises:
        ScopeMoved: another batch holds an act that decides about a record of this one; nothing was changed.
    """
    work.want(arrivals)
    unmet = _name_records(connection, work)
    if connection.dialect.name == "postgresql":
        _lock(connection, work.records.wanted | unmet)
    parties = [arrival.party for arrival in arrivals if arrival.party is not None]
    related = [party for arrival in arrivals for party in arrival.related]
    near, records, messages, refused, claims = find(
        connection,
        Question(_NEAR, work.records.wanted),
        Question(_CHOSEN[RecordRow], work.records.wanted),
        Question(_CHOSEN[MessageRow], work.messages.wanted),
        Question(_REFUSED, _marks(arrivals)),
        Question(_CLAIMS_OF_VALUES, {value_hash for party in parties + related for value_hash in party.hashes}),
    )
    _fill(work.records, RecordRow, records)
    _fill(work.messages, MessageRow, messages)
    work.refused = {mark: Refused(number, key) for mark, number, key in refused}
    _see_claims(work, claims)
    _follow_acts(connection, work, near)
    _read_the_rest(connection, work, arrivals, parties)


def _marks(arrivals: Sequence[Arrival]) -> list[str]:
    return [repeat_mark(each.fingerprint) for each in arrivals if each.event and not (each.refused or each.parked_id)]


_OF_WAITING = tables.parked.c.message_key == tables.waiting.c.message_key
_REFUSED = (
    select(tables.waiting.c.value_hash, tables.parked.c.parked_id, tables.parked.c.message_key)
    .join(tables.parked, _OF_WAITING)
    .where(one_of(tables.waiting.c.value_hash, "keys"), tables.parked.c.closed_as.is_(None))
)
_MENDABLE = select(tables.parked.c.message_key, tables.parked.c.parked_id).where(
    one_of(tables.parked.c.message_key, "keys"),
    tables.parked.c.closed_as.is_(None),
    or_(*(tables.parked.c.reason == reason.value for reason in sorted(OF_ROUTES))),
)


def _follow_acts(connection: Connection, work: Work, near: Iterable[tuple[Any, ...]]) -> None:
    """Take the acts in that are among the records or act upon one, and lock and read what these reach further."""
    while True:
        acts = [ActRow._make(each) for each in near]
        for act in acts:
            work.see_act(act)
        frontier = {end for act in acts for end in (act.record_id, act.target_id)} - work.records.wanted
        if not frontier:
            return
        # Out of order, so without waiting: two batches that wait for each other would both be lost.
        if connection.dialect.name == "postgresql" and not _try_lock(connection, frontier):
            raise ScopeMoved
        work.records.wanted |= frontier
        near, records = find(connection, Question(_NEAR, frontier), Question(_CHOSEN[RecordRow], frontier))
        _fill(work.records, RecordRow, records)


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


def _name_records(connection: Connection, work: Work) -> set[str]:
    """Want the records that messages name by a notice or a feed's row; return the persons that are not on file.

    Only persons not on file may be met by two batches at once under different names. Who is on file stays as they are.
    """
    persons = {subject for subject in work.subjects.wanted if subject.startswith("P")}
    noticed, shown, met = seek(
        connection,
        Question(_OF_NOTICES, work.notices.wanted),
        Question(_OF_FEED_ROWS, work.feed_rows.wanted),
        Question(_MET, persons),
    )
    work.records.wanted.update(name for (name,) in noticed + shown)
    return persons.difference(name for (name,) in met)


_NEAR = union_all(
    *(_ROWS[ActRow].where(one_of(end, "keys")) for end in (tables.act.c.target_id, tables.act.c.record_id))
)
"""The acts that are among some records or acts, or act upon one."""


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


def _fill(shelf: Shelf[Any], row: type[Any], found: Iterable[tuple[Any, ...]]) -> None:
    # The key of each of these tables is its first column.
    shelf.update((each[0], row._make(each)) for each in found)


def _read_the_rest(
    connection: Connection, work: Work, arrivals: Iterable[Arrival], parties: Iterable[Identity]
) -> None:
    """Read what hangs on the records that are on file, and the subjects of the messages and of these records."""
    feeds = [feed.code for feed in work.rules.routes.feeds]
    weak = [party for party in parties if party.subject_id is None]
    claimants = {subject for party in weak for each in party.hashes for subject in work.claims.get(each, ())}
    subjects = work.subjects.wanted | claimants | {row.subject_id for row in work.records.values()}
    notices, shown, variants, mendable, links, met = find(
        connection,
        Question(_CHOSEN[NoticeRow], work.records),
        Question(_CHOSEN[FeedRow], feed_rows_of(work.records, feeds)),
        Question(_CHOSEN[MessageRow], [arrival.variant for arrival in arrivals if _is_another(arrival, work)]),
        Question(_MENDABLE, {arrival.key for arrival in arrivals if _is_again(arrival, work)}),
        Question(_LINKS, claimants),
        Question(_CHOSEN[SubjectRow], subjects),
    )
    for notice in map(NoticeRow._make, notices):
        work.see_notice(notice)
    _fill(work.feed_rows, FeedRow, shown)
    _fill(work.messages, MessageRow, variants)
    work.mendable = dict(mendable)
    _fill(work.subjects, SubjectRow, met)
    # Few go on under another name: only then are there more to ask for.
    work.links = dict(links) | read_links(connection, {after for _, after in links})
    (more,) = find(connection, Question(_CHOSEN[SubjectRow], set(work.links.values()) - subjects))
    _fill(work.subjects, SubjectRow, more)
    (names,) = find(connection, Question(_CLAIMS_OF_VALUES, _further_names(work, parties)))
    _see_claims(work, names)


def _is_another(arrival: Arrival, work: Work) -> bool:
    """Tell whether the id of a message is on file for another content: only then it may be beside that one as well."""
    known = work.messages.get(arrival.key)
    return known is not None and arrival.fingerprint not in {known.fingerprint, known.mended_fingerprint}


def _is_again(arrival: Arrival, work: Work) -> bool:
    """Tell whether a message is on file as parked, with what it says now, and nothing speaks against it any more."""
    known = work.messages.get(arrival.key)
    if known is None or known.outcome != Outcome.PARKED.value or arrival.failure or arrival.parked_id is not None:
        return False
    return arrival.fingerprint == (known.mended_fingerprint or known.fingerprint)


_CLAIM = tables.alias.c
_CLAIMS_OF_VALUES = select(_CLAIM.value_hash, _CLAIM.subject_id, _CLAIM.undone_at).where(
    one_of(_CLAIM.value_hash, "keys")
)


def _see_claims(work: Work, claims: Iterable[tuple[Any, ...]]) -> None:
    for value_hash, subject_id, undone_at in claims:
        claimed = work.claims if undone_at is None else work.disclaimed
        claimed.setdefault(value_hash, set()).add(subject_id)


def _further_names(work: Work, parties: Iterable[Identity]) -> set[str]:
    """Return the hashes of the names that persons on file are called by here and not there: there are few."""
    return {
        name_hash(subject_id, party.name_key, work.rules.vault)
        for party in parties
        if party.kind == "person"
        for subject_id in _possible_subjects(party, work)
        if (on_file := work.subjects.get(subject_id)) is not None and on_file.name_key != party.name_key
    }


def _possible_subjects(party: Identity, work: Work) -> list[str]:
    if party.subject_id is not None:
        return [party.subject_id]
    claimants = [subject for value_hash in party.hashes for subject in work.claims.get(value_hash, ())]
    return claimants + [follow_links(subject, work.links) for subject in claimants]


_LINKS = select(tables.link.c.subject_id, tables.link.c.continued_as).where(
    one_of(tables.link.c.subject_id, "keys"), tables.link.c.undone_at.is_(None)
)


def read_links(connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """Return the links in force that start at some subjects, followed to their ends."""
    links: dict[str, str] = {}
    frontier = set(subjects)
    while frontier:
        (found,) = find(connection, Question(_LINKS, frontier))
        new = {before: after for before, after in found if before not in links}
        links |= new
        frontier = set(new.values())
    return links
