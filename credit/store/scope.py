"""Reading what a batch needs of the archive, under locks that put concurrent batches in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, or_, select, union_all

from credit.batch.arrival import Arrival, repeat_mark
from credit.batch.recognise import name_hash
from credit.batch.work import Refused, Shelf, Work, feed_rows_of, follow_links
from credit.identity import Identity
from credit.record.ids import record_id
from credit.record.merging import Outcome
from credit.record.rows import ActRow, FeedRow, MessageRow, NoticeRow, Part, RecordRow, SubjectRow
from credit.store import deeds, disputes, locks, tables, targets
from credit.store.bulk import Question, find, one_of, seek
from credit.store.links import LINKS, read_links
from schemas.reasons import OF_ROUTES
from schemas.statement import Act, Fact
from schemas.states import Splitting

_T = TypeVar("_T")


def read(connection: Connection, work: Work, arrivals: Sequence[Arrival] = ()) -> None:
    """Lock and read what a batch of messages needs, and the records that the work wants besides.

    Lock order is: records, deeds and persons not on file yet by number (advisory, until the transaction ends), then
    rows by key as they are written. On SQLite the transaction holds the write lock already. Only what can be there
    is asked for: what hangs on records, of those on file; links and further names, where a party has to be decided by
    them.

    Raises:
        ScopeMoved: another batch holds an act that decides about a record of this one, or a record of the same deed;
            nothing was changed.
    """
    work.want(arrivals)
    unmet = _name_records(connection, work)
    sharing = deeds.find_sharing(arrivals, work)
    held = deeds.name_deeds(sharing.values(), work)
    locks.hold(connection, work.records.wanted | unmet | held)
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
    work.refused = {mark: Refused(*found) for mark, *found in refused}
    _see_claims(work, claims)
    _follow_acts(connection, work, near)
    targets.read(connection, work, arrivals, partial(_take_further, connection, work))
    # What was split off is a record of its own, and may state a deed.
    parted = [name for name, row in work.records.items() if row.split == Splitting.PARTED]
    if parted:
        _read_parts(connection, work, parted)
    if work.rules.routes.shared_families:
        about = deeds.look_about(connection, sharing, arrivals, work)
        deeds.follow(connection, work, about, held, partial(_take_further, connection, work))
    _read_the_rest(connection, work, arrivals, parties)
    if work.parts:
        owners = {part.subject_id for parts in work.parts.values() for part in parts}
        named = {party.subject_id for party in parties if party.subject_id is not None}
        work.links |= read_links(connection, owners | named)


def _read_parts(connection: Connection, work: Work, parted: Iterable[str]) -> None:
    """Read what was split from some records: few are."""
    (found,) = find(connection, Question(_PARTS, parted))
    for part in map(Part._make, found):
        work.parts.setdefault(part.record_id, []).append(part)
    parts = {part.part_id for parts in work.parts.values() for part in parts} - work.records.wanted
    if parts:
        _take_further(connection, work, parts)


def _marks(arrivals: Sequence[Arrival]) -> list[str]:
    return [repeat_mark(each.fingerprint) for each in arrivals if each.event and not (each.refused or each.parked_id)]


_REFUSED = (
    select(tables.waiting.c.value_hash, *(tables.parked.c[name] for name in Refused._fields))
    .join(tables.parked, tables.parked.c.message_key == tables.waiting.c.message_key)
    .where(one_of(tables.waiting.c.value_hash, "keys"))
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
        near = _reach(connection, work, frontier)


def _take_further(connection: Connection, work: Work, records: Collection[str]) -> None:
    """Take further records in, and what acts upon them."""
    _follow_acts(connection, work, _reach(connection, work, records))


def _reach(connection: Connection, work: Work, frontier: Collection[str]) -> list[tuple[Any, ...]]:
    """Lock and read further records; return the acts near them."""
    locks.try_hold(connection, frontier)
    work.records.wanted.update(frontier)
    near, records = find(connection, Question(_NEAR, frontier), Question(_CHOSEN[RecordRow], frontier))
    _fill(work.records, RecordRow, records)
    return near


_SPLIT = tables.split.c
_PARTS = (
    select(*(_SPLIT[name] for name in Part._fields))
    .where(one_of(_SPLIT.record_id, "keys"), _SPLIT.undone_at.is_(None))
    .order_by(_SPLIT.split_id)
)


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
_OF_NUMBERS = (
    select(tables.feed_row.c.record_id)
    .join(tables.record, tables.record.c.record_id == tables.feed_row.c.record_id)
    .where(one_of(tables.record.c.document_no, "keys"))
)


_MET = select(tables.subject.c.subject_id).where(one_of(tables.subject.c.subject_id, "keys"))


def _name_records(connection: Connection, work: Work) -> set[str]:
    """Want the records that answers name by a notice, a feed's row or a number; return the persons not on file.

    Only persons not on file may be met by two batches at once under different names. Who is on file stays as they are.
    """
    persons = {subject for subject in work.subjects.wanted if subject.startswith("P")}
    noticed, shown, numbered, met = seek(
        connection,
        Question(_OF_NOTICES, work.notices.wanted),
        Question(_OF_FEED_ROWS, work.feed_rows.wanted),
        Question(_OF_NUMBERS, work.answered_numbers),
        Question(_MET, persons),
    )
    work.records.wanted.update(name for (name,) in noticed + shown + numbered)
    return persons.difference(name for (name,) in met)


_NEAR = union_all(
    *(_ROWS[ActRow].where(one_of(end, "keys")) for end in (tables.act.c.target_id, tables.act.c.record_id)),
    _ROWS[ActRow].where(one_of(tables.act.c.named_id, "keys"), tables.NAMES_ANOTHER),
)
"""The acts that are among some records or acts, act upon one, or name one as a document and mean its only party."""


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
    notices, shown, variants, mendable, links, met, taken = find(
        connection,
        Question(_CHOSEN[NoticeRow], work.records),
        # Those that an answer names may be about a subject, and not about a record.
        Question(_CHOSEN[FeedRow], {*feed_rows_of(work.records, feeds), *work.feed_rows.wanted}),
        Question(_CHOSEN[MessageRow], [arrival.variant for arrival in arrivals if _is_another(arrival, work)]),
        Question(_MENDABLE, {arrival.key for arrival in arrivals if _is_again(arrival, work)}),
        Question(LINKS, claimants | _contested(arrivals, work)),
        Question(_CHOSEN[SubjectRow], subjects),
        Question(disputes.TAKEN, _find_contradicted(arrivals, work)),
    )
    work.taken = disputes.arrange(taken)
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


def _contested(arrivals: Iterable[Arrival], work: Work) -> set[str]:
    """Return the subjects of records on file that a message calls another party, and those parties."""
    return {
        subject
        for arrival in arrivals
        if isinstance(fact := arrival.statement, Fact) and arrival.party and arrival.party.subject_id
        if (row := work.records.get(record_id(fact.key))) and row.subject_id != arrival.party.subject_id
        for subject in (row.subject_id, arrival.party.subject_id)
    }


def _find_contradicted(arrivals: Iterable[Arrival], work: Work) -> set[str]:
    """Return the records and acts on file of whose revision a message says something else: nearly none.

    What a person decided of a revision is asked for there alone. A record that was split may have lost its messages of
    that revision to a part.
    """
    if not work.records and not work.acts:
        return set()
    return {
        name
        for arrival in arrivals
        if isinstance(statement := arrival.statement, Fact | Act) and (event := arrival.event) is not None
        for name in _names_of(record_id(statement.key), work)
        if (row := work.records.get(name) or work.acts.get(name)) is not None
        and row.digest != arrival.digest
        and (row.revision == event.revision or (isinstance(row, RecordRow) and row.split is not None))
    }


def _names_of(record: str, work: Work) -> tuple[str, ...]:
    """Return a record with what was split from it."""
    return (record, *(part.part_id for part in work.parts.get(record, ()))) if work.parts else (record,)


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
