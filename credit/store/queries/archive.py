"""The credit archive 信用档案 of one subject, with the origin of every value in it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, not_, select

from credit.grading.who import Attributes
from credit.identity import IdKind, Viewer
from credit.record import places
from credit.record.rows import ActRow, FrontendRow, RecordRow, SubjectRow
from credit.store import scope
from credit.store.bulk import one_of
from credit.store.frontends import find_sources
from credit.store.queries import feeds, notices
from credit.store.queries.assessment import Standings, read_standings
from credit.store.queries.attributes import describe_by
from credit.store.queries.disputes import Settlement, settlements_of
from credit.store.queries.feeds import Entry
from credit.store.queries.files import Place, find_places
from credit.store.queries.links import Link, links_of
from credit.store.queries.mends import Mend, read_mends
from credit.store.queries.notices import Notice
from credit.store.queries.origins import Origin, trace
from credit.store.queries.sight import is_seen
from credit.store.queries.splits import Split, splits_of
from credit.store.queries.subjects import NOT_ON_FILE, Lineage, SubjectUnknown, find, show_identifier
from credit.store.queries.view import View
from credit.store.tables import act, alias, message, record, subject
from schemas.record import State

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Alias:
    """An identifier claimed for the subject, as the viewer sees it.

    `claimed_by` is a message key, or a person, whose reason is `note`.
    """

    kind: str
    value: str
    subject_id: str
    claimed_by: str
    claimed_at: datetime
    note: str | None
    undone_by: str | None
    undone_why: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message about a record or an act, and what became of it; its bytes stay where they are.

    `mends` is what persons changed in it while it was parked, in that order; `place` where in a file it was said, if it
    came by one.
    """

    message_key: str
    type: str | None
    revision: int | None
    event_time: datetime | None
    received_at: datetime
    outcome: str
    repeats: int
    mends: tuple[Mend, ...]
    place: Place | None = None
    frontend: FrontendRow | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """An office act about a record, or about an act about it. `counts` says whether the state rests on it.

    `act_id` and `stated_at` are its `record_id` and `event_time`: those of the act, not of the record it is about.
    """

    row: ActRow
    act_id: str
    stated_at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A credit record 信用记录 with everything that hangs on it; its `fact` and `items` are as the viewer sees them.

    `origins` names the origin of each item as `items.NAME` and of every other value by its name here or in the row.
    """

    row: RecordRow
    organ: str
    name: str
    valid_from: date | None
    valid_until: date | None
    publicity_until: date | None
    items: dict[str, Any]
    origins: dict[str, Origin]
    acts: tuple[Act, ...]
    messages: tuple[Message, ...]
    notices: tuple[Notice, ...]
    feeds: tuple[Entry, ...]
    splits: tuple[Split, ...]
    settlements: tuple[Settlement, ...] = ()
    """What persons decided where the source of the record, or of an act on it, contradicts itself."""
    transfer_missing: bool = False
    """Whether the case of a suspected crime was to be handed over by now and, as far as is known, was not."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive of a subject and of those continued as it; `identifier` is as the viewer sees it.

    `who` is what its registrations and permits say of it, each value with the record that says so.
    """

    subject_id: str
    kind: str
    name: str
    id_type: str | None
    identifier: str
    since: datetime
    aliases: tuple[Alias, ...]
    links: tuple[Link, ...]
    who: Attributes
    records: tuple[Record, ...]
    standings: Standings


_SUBJECTS = scope.rows_of(SubjectRow).where(one_of(subject.c.subject_id, "subjects"))
_ALIASES = (
    select(alias)
    .where(one_of(alias.c.subject_id, "subjects"))
    .order_by(alias.c.kind, alias.c.claimed_at, alias.c.value_hash)
)
_RECORDS = (
    scope.rows_of(RecordRow)
    .where(one_of(record.c.subject_id, "subjects"))
    .order_by(record.c.occurred_on.desc(), record.c.known_at.desc(), record.c.record_id.desc())
)
_MESSAGES = (
    select(
        message.c.record_id,
        message.c.mended_fingerprint.is_not(None).label("mended"),
        *(message.c[name] for name in Message.__dataclass_fields__ if name in message.c),
    )
    .where(one_of(message.c.record_id, "records"))
    .order_by(message.c.revision.desc(), message.c.event_time, message.c.message_key)
)


def _select_acts() -> Select[Any]:
    """Return the statement for the acts about records and, further up, about those acts."""
    chain = (
        select(act.c.target_id.label("root"), act.c.record_id.label("act_id"))
        .where(one_of(act.c.target_id, "records"))
        .cte("chain", recursive=True)
    )
    chain = chain.union(select(chain.c.root, act.c.record_id).join(act, act.c.target_id == chain.c.act_id))
    return (
        scope.rows_of(ActRow)
        .add_columns(chain.c.root)
        .join(chain, chain.c.act_id == act.c.record_id)
        .order_by(act.c.occurred_on, act.c.event_time, act.c.stated_by)
    )


_ACTS = _select_acts()


def read_archive(connection: Connection, key: str, view: View) -> Archive:
    """Return the archive that a key leads to, records newest first; see `subjects.find` for the keys.

    An archive of nothing that the viewer may see is not on file.

    Raises:
        SubjectUnknown: nothing is on file under the key, or several subjects are.
    """
    lineage = find(connection, key, view.keyring)
    rows_of_records = read_records_of(connection, lineage.members)
    visible = keep_visible(rows_of_records, view)
    rows = {row.subject_id: row for row in read_subjects(connection, lineage.members)}
    # A link may name a successor that no message has spoken of yet.
    head = rows.get(lineage.current) or rows[min(rows)]
    return Archive(
        subject_id=lineage.current,
        kind=head.kind,
        name=head.name,
        id_type=head.id_type,
        identifier=show_identifier(head, view.keyring, view.viewer),
        since=min(row.since for row in rows.values()),
        aliases=_read_aliases(connection, lineage, view, personal=head.kind == "person"),
        links=links_of(connection, lineage.members),
        who=describe_by(visible, view.viewer),
        standings=read_standings(connection, lineage.members),
        records=tuple(_see_transfer(each, rows_of_records, view) for each in _read_records(connection, visible, view)),
    )


def keep_visible(rows: Sequence[RecordRow], view: View) -> list[RecordRow]:
    """Return those of the records of a subject that the viewer may see.

    Raises:
        SubjectUnknown: there are none, so that the subject is not on file for this viewer.
    """
    viewer = view.viewer
    visible = [
        row
        for row in rows
        if (viewer.sees_sealed or row.sealed_clause is None)
        and (viewer.organs is None or row.organ_code in viewer.organs)
    ]
    if not visible and (rows or viewer.organs is not None):
        raise SubjectUnknown(NOT_ON_FILE)
    return visible


def _read_aliases(connection: Connection, lineage: Lineage, view: View, *, personal: bool) -> tuple[Alias, ...]:
    def show(row: Row[Any]) -> str:
        belongs = places.of_alias(row.value_hash, row.kind, row.subject_id)
        value = view.keyring.unseal(row.value, belongs).decode()
        return view.viewer.number(value) if personal and row.kind != IdKind.NAME else view.viewer.text(value)

    # The source of a claim would tell of the record that its message is about.
    by_unseen = (
        select(message.c.message_key)
        .join(record, record.c.record_id == message.c.record_id)
        .where(message.c.message_key == alias.c.claimed_by, not_(is_seen(view)))
        .exists()
    )
    statement = _ALIASES.where(~by_unseen)
    return tuple(
        Alias(
            row.kind,
            show(row),
            row.subject_id,
            row.claimed_by,
            row.claimed_at,
            row.note,
            row.undone_by,
            row.undone_why,
        )
        for row in connection.execute(statement, {"subjects": list(lineage.members)})
    )


def _read_records(connection: Connection, rows: Sequence[RecordRow], view: View) -> tuple[Record, ...]:
    ids = [row.record_id for row in rows]
    acts = read_acts(connection, ids)
    told = _group(notices.of_records(connection, ids, view), lambda each: each.row.record_id)
    shown = _group(feeds.of_records(connection, ids, view), lambda each: each.row.record_id)
    splits = splits_of(connection, ids)
    said = _read_messages(connection, [*ids, *(row.record_id for rows in acts.values() for row in rows)], view)
    built = (_build(_mask(row, view.viewer), acts[row.record_id], said, told, shown) for row in rows)
    decided = settlements_of(connection, [*ids, *(row.record_id for rows in acts.values() for row in rows)])
    return tuple(_with_decisions(each, splits, decided) for each in built)


def _with_decisions(each: Record, splits: Sequence[Split], settlements: Sequence[Settlement]) -> Record:
    about = each.row.record_id
    own = {about, *(act.row.record_id for act in each.acts)}
    return replace(
        each,
        splits=tuple(split for split in splits if about in {split.record_id, split.part_id}),
        settlements=tuple(decided for decided in settlements if decided.record_id in own),
    )


def _see_transfer(each: Record, rows: Iterable[RecordRow], view: View) -> Record:
    due = each.row.transfer_by
    if due is None or due >= view.today:
        return each
    cases = {row.transfers for row in rows if row.state != State.WITHDRAWN}
    return replace(each, transfer_missing=each.row.record_id not in cases)


def _mask(row: RecordRow, viewer: Viewer) -> RecordRow:
    return row._replace(fact=json.dumps(viewer.value(json.loads(row.fact)), ensure_ascii=False))


def _group(values: Iterable[_T], key: Callable[[_T], Hashable]) -> Mapping[Any, list[_T]]:
    groups: defaultdict[Hashable, list[_T]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)
    return groups


def read_records_of(connection: Connection, subjects: Iterable[str]) -> list[RecordRow]:
    """Return the records of some subjects, the newest first."""
    return scope.build(RecordRow, connection.execute(_RECORDS, {"subjects": list(subjects)}))


def read_subjects(connection: Connection, subjects: Iterable[str]) -> list[SubjectRow]:
    """Return those of some subjects that a message has spoken of."""
    return scope.build(SubjectRow, connection.execute(_SUBJECTS, {"subjects": list(subjects)}))


def read_acts(connection: Connection, records: Sequence[str]) -> Mapping[str, list[ActRow]]:
    """Return, by record, the acts about it and, further up, about those acts."""
    acts: defaultdict[str, list[ActRow]] = defaultdict(list)
    for *row, root in connection.execute(_ACTS, {"records": list(records)}):
        acts[root].append(ActRow(*row))
    return acts


def _read_messages(connection: Connection, records: Iterable[str], view: View) -> Mapping[str, list[Message]]:
    found = connection.execute(_MESSAGES, {"records": list(records)}).all()
    # Few were ever mended: only then there is more to ask for.
    mended = [row.message_key for row in found if row.mended]
    mends = _group(read_mends(connection, mended, view.keyring, view.viewer) if mended else (), _key_of)
    keys = [row.message_key for row in found]
    said_in, rows_of_others = find_places(connection, keys, view.viewer), find_sources(connection, keys)
    messages: defaultdict[str, list[Message]] = defaultdict(list)
    for record_id, _, *row in found:
        source = rows_of_others.get(row[0])
        shown = source._replace(row=view.viewer.text(source.row)) if source is not None else None
        values = (*row, tuple(mends.get(row[0], ())), said_in.get(row[0]), shown)
        messages[record_id].append(Message(*values))
    return messages


def _key_of(mend: Mend) -> str:
    return mend.message_key


def _build(
    row: RecordRow,
    acts: Sequence[ActRow],
    messages: Mapping[str, list[Message]],
    told: Mapping[str, list[Notice]],
    shown: Mapping[str, list[Entry]],
) -> Record:
    fact: dict[str, Any] = json.loads(row.fact)
    rests_on = frozenset(json.loads(row.acts))
    sources = (row.record_id, *(each.record_id for each in acts))
    return Record(
        row=row,
        organ=fact["organ"]["name"],
        name=fact["party"]["name"],
        valid_from=_day(fact["valid_from"]),
        valid_until=_day(fact["valid_until"]),
        publicity_until=_day(fact["publicity_until"]),
        items=fact["items"],
        origins=trace(row, fact, acts),
        acts=tuple(Act(each, each.record_id, each.event_time, each.stated_by in rests_on) for each in acts),
        messages=tuple(said for source in sources for said in messages.get(source, ())),
        notices=tuple(told.get(row.record_id, ())),
        feeds=tuple(shown.get(row.record_id, ())),
        splits=(),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
