"""A person's decision that one document number is of several records, one for each party; it can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from credit.batch.arrival import Arrival
from credit.batch.recognise import recognise
from credit.batch.regroup import Kept, regroup
from credit.batch.resolve import resolve
from credit.batch.work import Work
from credit.identity import Viewer
from credit.record import ids, places
from credit.record.rows import Decision, Part
from credit.rules import Rules
from credit.store import locks, scope, splits, terms
from credit.store.engine import reading, writing
from credit.store.splits import KeptMessage
from credit.store.writing import write
from schemas.errors import PermanentError, UnusableError
from schemas.party import RecordKey, record_key
from schemas.statement import Fact
from workers.retry import briefly
from workers.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Effect:
    """What a split, or its undoing, led to: the records it concerns, and how many acts are on the number itself."""

    document_no: str
    part: str
    issued: int
    lifted: int
    feed_operations: int
    acts: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A message about a document number, and whom it names as the viewer sees it.

    `subject_id` is None where it names nobody by a number of his own.
    """

    message_key: str
    record_id: str
    document_no: str
    name: str
    identifier: str
    outcome: str
    subject_id: str | None


def list_parties(runtime: Runtime, named: str, viewer: Viewer) -> list[Statement]:
    """Return the messages of a document number, or of a record's id, with the party that each names.

    Raises:
        PermanentError: nothing is on file under it, or a message cannot be read any more.
    """
    rules = runtime.rules()
    with reading(runtime.engine) as connection:
        keys = splits.find_records(connection, named, record_key("", "", named).document_no)
        if not keys:
            raise PermanentError("no record has that document number; write it as the decision does, or give its id")
        records = [name for key in keys for name in splits.family_of(connection, [ids.record_id(key)])]
        found = splits.fetch_messages(connection, list(dict.fromkeys(records)))
    return [_show(row, _read(row, runtime, rules), viewer) for row in found]


def _show(row: KeptMessage, arrival: Arrival, viewer: Viewer) -> Statement:
    fact = arrival.statement
    assert isinstance(fact, Fact)
    assert arrival.party is not None
    strong = arrival.party.strong
    number = strong.value if strong else next((alias.value for alias in arrival.party.aliases), "")
    shown = viewer.number(arrival.party.id_no or number) if fact.party.kind == "person" else number
    whom = arrival.party.subject_id
    return Statement(row.message_key, row.record_id, row.document_no, fact.party.name, shown, row.outcome, whom)


def split(runtime: Runtime, message_key: str, by: str, why: str) -> Effect:
    """Make the acts of the party that a message names a record of its own, with a suffix to the number.

    All messages of the number are merged anew: each party has its record, and notices and feed rows follow.

    Raises:
        PermanentError: there is no such message, its number is of one party only, it is split off already, or a
            message cannot be read any more.
    """
    return briefly()(_split, runtime, message_key, by, why)


def _split(runtime: Runtime, message_key: str, by: str, why: str) -> Effect:
    rules = runtime.rules()
    with writing(runtime.engine) as connection:
        terms.confirm(connection, rules.at.now)
        root, *parts = splits.family_of(connection, [splits.find_message(connection, message_key).record_id])
        taken = _take_up(connection, [root, *parts], runtime, rules)
        owners = {row.message_key: _owner(each.arrival, taken.work) for row, each in taken.both()}
        here = {row.message_key for row in taken.rows if row.record_id == root}
        if message_key not in here:
            raise PermanentError("the act of that message is split off already: `xinglin record splits` lists it")
        if {owners[key] for key in here} == {owners[message_key]}:
            raise PermanentError("all messages of that number name the same party: there is nothing to take apart")
        row = taken.work.records[root]
        key = RecordKey(row.family, row.organ_code, row.document_no)
        part = splits.add(connection, key, owners[message_key], Decision(by, why, rules.at.now))
        locks.hold(connection, [part.part_id])
        return _regroup(connection, taken, [root, *parts, part.part_id], part)


def join(runtime: Runtime, number: int, by: str) -> Effect:
    """Undo a split: the messages are those of the number again, and what was told of the part is taken back.

    Raises:
        PermanentError: there is no such split in force, or a message cannot be read any more.
    """
    return briefly()(_join, runtime, number, by)


def _join(runtime: Runtime, number: int, by: str) -> Effect:
    rules = runtime.rules()
    with writing(runtime.engine) as connection:
        terms.confirm(connection, rules.at.now)
        part = splits.undo(connection, number, by, rules.at.now)
        records = splits.family_of(connection, [part.record_id])
        taken = _take_up(connection, records, runtime, rules)
        return _regroup(connection, taken, records, part)


@dataclass(frozen=True, slots=True)
class _Taken:
    """The messages of some records, as they are kept and as they were read again, with the rows that they need."""

    rows: list[KeptMessage]
    kept: list[Kept]
    work: Work

    def both(self) -> Iterator[tuple[KeptMessage, Kept]]:
        return zip(self.rows, self.kept, strict=True)


def _take_up(connection: Connection, records: Sequence[str], runtime: Runtime, rules: Rules) -> _Taken:
    locks.hold(connection, records)
    rows = splits.fetch_messages(connection, records)
    kept = [Kept(_read(row, runtime, rules), row.received_at) for row in rows]
    work = Work(rules)
    work.records.wanted.update(records)
    scope.read(connection, work, [each.arrival for each in kept])
    return _Taken(rows, kept, work)


def _owner(arrival: Arrival, work: Work) -> str:
    assert arrival.party is not None
    try:
        return resolve(arrival.party, work)
    except UnusableError as error:
        raise _unreadable(arrival.key, error) from None


def _regroup(connection: Connection, taken: _Taken, records: Sequence[str], part: Part) -> Effect:
    work = taken.work
    work.parts[part.record_id] = splits.in_force(connection, part.record_id)
    try:
        applied = regroup(taken.kept, records, work)
    except UnusableError as error:
        raise PermanentError(f"a message cannot be read any more: {error}") from None
    write(connection, work)
    splits.move(connection, applied)
    said = [message.type for message in work.dispatches]
    return Effect(
        document_no=work.records[part.record_id].document_no,
        part=part.document_no,
        issued=said.count("credit.notice.issued.v1"),
        lifted=said.count("credit.notice.lifted.v1"),
        feed_operations=said.count("credit.feed.rows.v1"),
        acts=len(work.acts_on.get(part.record_id, ())),
    )


def _read(row: KeptMessage, runtime: Runtime, rules: Rules) -> Arrival:
    raw = rules.vault.unseal(row.raw, places.of_message(row.message_key))
    arrival = runtime.reader.read(row.queue, raw, json.loads(row.headers), rules.at.today)
    arrival = replace(arrival, key=row.message_key)
    recognise([arrival], rules)
    if arrival.failure is not None or not isinstance(arrival.statement, Fact):
        failure = arrival.failure
        raise PermanentError(
            f"{row.message_key} cannot be read any more: {failure.reason.value if failure else 'it states no fact'}; "
            "see `xinglin routing check`"
        )
    return arrival


def _unreadable(message_key: str, error: UnusableError) -> PermanentError:
    return PermanentError(f"{message_key}: it cannot be said any more whom it is about: {error}")
