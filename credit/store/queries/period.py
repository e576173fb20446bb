"""What happened in a period: records by kind, acts about them, duties kept or not, who came on lists and left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from credit.store.tables import act, duty, list_entry, record
from schemas.record import State
from schemas.states import EntryState


@dataclass(frozen=True, slots=True)
class Span:
    """A period; both days are in it."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Kept:
    """A duty that was due so many times in a period; how often it was done after its day, and how often not at all."""

    duty: str
    due: int
    late: int
    missed: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Of a list, or a tier of it: how many came on it in the period and are there still, and how many left."""

    list_id: str
    tier: str | None
    entered: int
    left: int


def count_facts(connection: Connection, span: Span) -> Mapping[str, int]:
    """Return the records of what happened in a period by kind, without those that were withdrawn or are sealed."""
    statement = (
        select(record.c.category, func.count().label("records"))
        .where(
            record.c.occurred_on.between(span.since, span.until),
            record.c.state != State.WITHDRAWN.value,
            record.c.sealed_clause.is_(None),
        )
        .group_by(record.c.category)
    )
    return {row.category: row.records for row in connection.execute(statement)}


def count_duties(connection: Connection, regime: str, span: Span, today: date) -> list[Kept]:
    """Return how the duties of a regime were kept whose day was in a period and is over."""
    late = func.count().filter(duty.c.done_on > duty.c.due_on)
    missed = func.count().filter(duty.c.done_on.is_(None))
    statement = (
        select(duty.c.duty, func.count(), late, missed)
        .where(duty.c.regime == regime, duty.c.due_on.between(span.since, span.until), duty.c.due_on < today)
        .group_by(duty.c.duty)
        .order_by(duty.c.duty)
    )
    return [Kept(*row) for row in connection.execute(statement)]


def count_acts(connection: Connection, span: Span) -> Mapping[tuple[str, str], int]:
    """Return how many acts of which kind and state were done in a period."""
    statement = (
        select(act.c.kind, act.c.act_state, func.count())
        .where(act.c.occurred_on.between(span.since, span.until))
        .group_by(act.c.kind, act.c.act_state)
    )
    return {(kind, state): count for kind, state, count in connection.execute(statement)}


def count_movements(connection: Connection, regime: str, span: Span) -> list[Movement]:
    """Return who came on the lists of a regime in a period and who left them, each subject counted once for a tier."""
    keys = (list_entry.c.list_id, list_entry.c.tier)
    subjects = func.count(list_entry.c.subject_id.distinct())
    entered = (
        select(*keys, subjects)
        .where(
            list_entry.c.regime == regime,
            list_entry.c.state == EntryState.LISTED.value,
            list_entry.c.since.between(span.since, span.until),
        )
        .group_by(*keys)
    )
    left = (
        select(*keys, subjects)
        .where(list_entry.c.regime == regime, list_entry.c.left_on.between(span.since, span.until))
        .group_by(*keys)
    )
    came = {(name, tier): count for name, tier, count in connection.execute(entered)}
    went = {(name, tier): count for name, tier, count in connection.execute(left)}
    every = sorted(came.keys() | went.keys(), key=lambda key: (key[0], key[1] or ""))
    return [Movement(*key, came.get(key, 0), went.get(key, 0)) for key in every]
