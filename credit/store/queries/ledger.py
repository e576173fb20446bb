"""The ledger: what became of every message received, and of every message to send."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, true

from credit.record.merging import Outcome
from credit.store.queries.sight import is_one_of_organs
from credit.store.queries.view import View
from credit.store.tables import batch, message, outbox, parked, unsent


@dataclass(frozen=True, slots=True)
class Tally:
    """How the messages of one type ended; of those without a readable type, by the queue they came by."""

    type: str
    received: int
    applied: int
    repeated: int
    superseded: int
    conflict: int
    parked: int


@dataclass(frozen=True, slots=True)
class Dispatches:
    """What is in the outbox: sent rows stay for 30 days. `troubled` are unsent after a failed attempt."""

    enqueued: int
    sent: int
    unsent: int
    troubled: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Deliveries received and what became of them; balanced when nothing is missing or counted twice.

    `received` is counted batch by batch as messages come in, the outcomes from the inbox afterwards. `parked`
    has the discarded ones in it, `discarded` and `open` say how many of it are which.
    """

    received: int
    applied: int
    repeated: int
    superseded: int
    conflict: int
    parked: int
    balanced: bool
    discarded: int
    open: int
    types: tuple[Tally, ...]
    dispatches: Dispatches


def read_ledger(connection: Connection) -> Ledger:
    """Add the inbox and the outbox up."""
    received = int(connection.execute(select(func.coalesce(func.sum(batch.c.received), 0))).scalar_one())
    types = _tally(connection, true())
    discarded, still_open = connection.execute(
        select(
            func.count().filter(parked.c.closed_as == "discarded"),
            func.count().filter(parked.c.closed_as.is_(None)),
        )
    ).one()
    return Ledger(
        received=received,
        applied=sum(tally.applied for tally in types),
        repeated=sum(tally.repeated for tally in types),
        superseded=sum(tally.superseded for tally in types),
        conflict=sum(tally.conflict for tally in types),
        parked=sum(tally.parked for tally in types),
        balanced=received == sum(tally.received for tally in types),
        discarded=discarded,
        open=still_open,
        types=types,
        dispatches=_count_dispatches(connection),
    )


def read_tallies(connection: Connection, view: View) -> tuple[Tally, ...]:
    """Return how the messages that the viewer's organs sent ended, by type."""
    return _tally(connection, is_one_of_organs(view, message.c.sender))


def _tally(connection: Connection, which: ColumnElement[bool]) -> tuple[Tally, ...]:
    kind = func.coalesce(message.c.type, message.c.queue)
    counted = select(kind, message.c.outcome, func.count(), func.sum(message.c.repeats)).where(which)
    found = connection.execute(counted.group_by(kind, message.c.outcome))
    counts: dict[str, Counter[str]] = {}
    for name, outcome, messages, repeats in found:
        ended = counts.setdefault(name, Counter())
        ended[outcome] += messages
        ended[Outcome.REPEATED.value] += int(repeats)
    return tuple(_add_up(name, counts[name]) for name in sorted(counts))


def _add_up(name: str, counts: Counter[str]) -> Tally:
    return Tally(name, counts.total(), **{outcome.value: counts[outcome.value] for outcome in Outcome})


def _count_dispatches(connection: Connection) -> Dispatches:
    kept = select(func.count(), func.count(outbox.c.sent_at)).select_from(outbox)
    waiting = select(func.count(), func.count(unsent.c.trouble)).select_from(unsent)
    return Dispatches(*connection.execute(kept).one(), *connection.execute(waiting).one())
