"""Which parties are on file of the documents that acts name without saying which party: see `credit.batch.targets`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Connection, func, select

from credit.batch.arrival import Arrival
from credit.batch.targets import find_only
from credit.batch.work import Work
from credit.record.ids import document_id, record_id
from credit.record.merging import Outcome
from credit.store.bulk import Question, find, one_of
from credit.store.tables import message, record
from schemas.party import RecordKey
from schemas.statement import Act, Fact

_KEY = tuple(record.c[name] for name in RecordKey._fields)
_OF_MANY = (
    select(record.c.record_id, *_KEY, func.min(message.c.event_time))
    .join(message, message.c.record_id == record.c.record_id)
    .where(
        one_of(record.c.document_no, "keys"),
        record.c.party_mark != "",
        message.c.outcome != Outcome.PARKED.value,
    )
    .group_by(record.c.record_id, *_KEY)
)
"""The records of documents of many, each with the time of the first message that states it."""


def find_documents(arrivals: Sequence[Arrival]) -> dict[str, RecordKey]:
    """Return the documents of many of which messages state a party, by what an act names."""
    facts = (each.statement for each in arrivals if isinstance(each.statement, Fact))
    return {document_id(fact.key): fact.key for fact in facts if fact.key.party_mark}


def read(
    connection: Connection,
    work: Work,
    arrivals: Sequence[Arrival],
    of_many: Mapping[str, RecordKey],
    take_further: Callable[[Collection[str]], None],
) -> None:
    """Read the parties of the documents that acts on file or among the messages name, and the records these may mean.

    A batch that adds a party to a document, or such an act, holds the lock on what the act names until it ends.
    """
    named = {act.named_id: of_many[act.named_id] for act in work.acts.values() if act.named_id in of_many}
    said = [(act.named_id, act.event_time) for act in work.acts.values()]
    for arrival in arrivals:
        act = arrival.statement
        if isinstance(act, Act) and not act.target.party_mark and arrival.event is not None:
            named[record_id(act.target)] = act.target
            said.append((record_id(act.target), arrival.event.time))
    named = {name: key for name, key in named.items() if name not in work.records and name not in work.acts}
    if not named:
        return
    work.parties = {name: set() for name in named}
    (found,) = find(connection, Question(_OF_MANY, {key.document_no for key in named.values()}))
    for name, *key, named_at in found:
        if (document := document_id(RecordKey(*key))) in named:
            work.parties[document].add(name)
            work.see_named(name, named_at)
    parties = work.parties_named()
    meant = {find_only(parties[document], at) for document, at in said if document in parties}
    further = {record for record in meant if record is not None} - work.records.wanted
    if further:
        take_further(further)
