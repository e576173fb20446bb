"""Which parties are on file of the documents that acts name without saying which party: see `credit.batch.targets`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from sqlalchemy import Connection, func, select

from credit.batch.arrival import Arrival
from credit.batch.targets import find_only
from credit.batch.work import Work
from credit.record.ids import document_id, record_id
from credit.record.merging import Outcome
from credit.store.bulk import Question, find, one_of
from credit.store.tables import message, record
from schemas.party import RecordKey
from schemas.statement import Act, Fact, names_many

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


def read(
    connection: Connection,
    work: Work,
    arrivals: Sequence[Arrival],
    take_further: Callable[[Collection[str]], None],
) -> None:
    """Read the parties of the documents that acts on file or among the messages name, and the records these may mean.

    A batch that adds a party to a document, or such an act, holds the lock on what the act names until it ends.
    """
    documents = {document_id(key): key for key in _keys(arrivals) if names_many(key.family)}
    said = [(act.named_id, act.event_time) for act in work.acts.values()]
    said += [
        (record_id(each.statement.target), each.event.time)
        for each in arrivals
        if isinstance(each.statement, Act) and each.event is not None
    ]
    named = {name: documents[name] for name, _ in said if name in documents and name not in work.records}
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


def _keys(arrivals: Sequence[Arrival]) -> Iterator[RecordKey]:
    """Yield what messages state or act upon."""
    for arrival in arrivals:
        match arrival.statement:
            case Fact(key=key) | Act(target=key):
                yield key
