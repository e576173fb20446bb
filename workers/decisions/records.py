"""A person's decision that one document number is of several records, one for each party; it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from credit.batch.arrival import Arrival
from credit.identity import Viewer
from credit.record import ids
from credit.record.rows import Decision, Part
from credit.store import locks, splits, terms
from credit.store.engine import reading, writing
from credit.store.queries.subjects import find_parties
from credit.store.queries.view import View
from credit.store.splits import KeptMessage
from schemas.errors import PermanentError
from schemas.party import record_key
from schemas.statement import Fact
from workers.decisions.anew import TakenUp, owner_of, put_together, read_again, take_up, write_down
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

    `subject_id` is None where it names nobody by a number, his own or one that is claimed on file.
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
        return [_show(connection, row, read_again(row, runtime, rules), runtime.view(viewer)) for row in found]


def _show(connection: Connection, row: KeptMessage, arrival: Arrival, view: View) -> Statement:
    fact = arrival.statement
    assert isinstance(fact, Fact)
    assert arrival.party is not None
    strong = arrival.party.strong
    number = strong.value if strong else next((alias.value for alias in arrival.party.aliases), "")
    shown = view.viewer.number(arrival.party.id_no or number) if fact.party.kind == "person" else number
    whom = arrival.party.subject_id or min(find_parties(connection, [fact.party], view.keyring), default=None)
    return Statement(row.message_key, row.record_id, row.document_no, fact.party.name, shown, row.outcome, whom)


def split(runtime: Runtime, message_key: str, decision: Decision) -> Effect:
    """Make the acts of the party that a message names a record of its own, with a suffix to the number.

    All messages of the number are merged anew: each party has its record, and notices and feed rows follow.

    Raises:
        PermanentError: there is no such message, its number is of one party only, it is split off already, or a
            message cannot be read any more.
    """
    return briefly()(_split, runtime, message_key, decision)


def _split(runtime: Runtime, message_key: str, decision: Decision) -> Effect:
    rules = runtime.rules()
    with writing(runtime.engine) as connection:
        terms.confirm(connection, rules.at.now)
        root, *parts = splits.family_of(connection, [splits.find_message(connection, message_key).record_id])
        taken = take_up(connection, [root, *parts], runtime, rules)
        if not all(isinstance(arrival.statement, Fact) for _, arrival in taken.both()):
            raise PermanentError("no message of that key states a record: it decides about one")
        owners = {row.message_key: owner_of(arrival, taken.work) for row, arrival in taken.both()}
        here = {row.message_key for row in taken.rows if row.record_id == root}
        if message_key not in here:
            raise PermanentError("the act of that message is split off already: `xinglin record splits` lists it")
        if {owners[key] for key in here} == {owners[message_key]}:
            raise PermanentError("all messages of that number name the same party: there is nothing to take apart")
        row = taken.work.records[root]
        part = splits.add(connection, row.key, owners[message_key], decision)
        locks.hold(connection, [part.part_id])
        return _regroup(connection, taken, [root, *parts, part.part_id], part)


def join(runtime: Runtime, number: int, decision: Decision) -> Effect:
    """Undo a split: the messages are those of the number again, and what was told of the part is taken back.

    Raises:
        PermanentError: there is no such split in force, or a message cannot be read any more.
    """
    return briefly()(_join, runtime, number, decision)


def _join(runtime: Runtime, number: int, decision: Decision) -> Effect:
    rules = runtime.rules()
    with writing(runtime.engine) as connection:
        terms.confirm(connection, rules.at.now)
        part = splits.undo(connection, number, decision)
        records = splits.family_of(connection, [part.record_id])
        taken = take_up(connection, records, runtime, rules)
        return _regroup(connection, taken, records, part)


def _regroup(connection: Connection, taken: TakenUp, records: Sequence[str], part: Part) -> Effect:
    work = taken.work
    work.parts[part.record_id] = splits.in_force(connection, part.record_id)
    told = put_together(connection, taken, records)
    write_down(connection, taken)
    return Effect(
        document_no=work.records[part.record_id].document_no,
        part=part.document_no,
        issued=told.issued,
        lifted=told.lifted,
        feed_operations=told.feed_operations,
        acts=len(work.acts_on.get(part.record_id, ())),
    )
