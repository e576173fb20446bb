"""Deeds on file: which records may be of one deed with those of a batch, found and locked before it is decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from credit.batch.arrival import Arrival
from credit.batch.work import Work
from credit.identity import Identity
from credit.record.deeds import names as deed_names
from credit.record.ids import record_id
from credit.store import locks, tables
from credit.store.bulk import Question, find, one_of
from credit.store.links import LINKS, read_links
from schemas.party import RecordKey
from schemas.statement import Fact


class Stated(NamedTuple):
    """What may be of one deed with other records, and the subjects that it may be about."""

    key: RecordKey
    occurred_on: date
    subjects: Collection[str]


def find_sharing(arrivals: Iterable[Arrival], work: Work) -> dict[int, Fact]:
    """Return what may be of one deed with other records, by its place in the batch; nearly nothing is."""
    return {
        place: fact
        for place, arrival in enumerate(arrivals)
        if isinstance(fact := arrival.statement, Fact) and work.rules.routes.shared_grounds(fact)
    }


def name_deeds(facts: Iterable[Fact], work: Work) -> set[str]:
    """Want the records that share a number with what may be of one deed with them; return the names of these deeds."""
    found: set[str] = set()
    for fact in facts:
        found.update(deed_names(fact.key, fact.occurred_on))
        work.records.wanted |= _of_number(fact.key, work)
    return found


def _of_number(key: RecordKey, work: Work) -> set[str]:
    return {record_id(key._replace(family=family)) for family in work.rules.routes.shared_families}


class About(NamedTuple):
    """What a batch states that may be of one deed with other records, and what is on file of its subjects by then."""

    stated: Sequence[Stated]
    days: Mapping[str, Sequence[Decided]]


class Decided(NamedTuple):
    """A record of a subject on file: which organ decided it, and on what day."""

    subject_id: str
    record_id: str
    family: str
    organ_code: str
    occurred_on: date


def follow(
    connection: Connection, work: Work, about: About, held: Collection[str], reach: Callable[[set[str]], None]
) -> None:
    """Find the records that may be of one deed with one at hand, until there are no more; some deeds are `held`.

    `reach` locks and reads records, and what acts upon them, into the work.

    Raises:
        ScopeMoved: another batch holds one of the deeds, or a record of one.
    """
    routes = work.rules.routes
    stated, days, locked, seen = [*about.stated], dict(about.days), set(held), set[str]()
    while True:
        rows = [row for name, row in work.records.items() if name not in seen and row.family in routes.shared_families]
        seen.update(row.record_id for row in rows)
        stated += (
            Stated(row.key, row.occurred_on, {row.subject_id}) for row in rows if routes.shared_grounds(row.stated)
        )
        if not stated:
            return
        # What was on file of a subject before a deed of theirs was locked may not be all by now.
        open_ones = [each for each in stated if not locked.issuperset(_names_of(each))]
        if names := {name for each in open_ones for name in _names_of(each)} - locked:
            locks.try_hold(connection, names)
            locked |= names
        unasked = {subject for each in open_ones for subject in each.subjects}
        unasked |= {subject for each in stated for subject in each.subjects} - days.keys()
        days |= _by_subject(unasked, *find(connection, Question(_DAYS, unasked)))
        near = set().union(*(_of_number(each.key, work) | _of_day(each, days, work) for each in stated))
        if near := near - work.records.wanted:
            reach(near)
        stated = []


def _names_of(stated: Stated) -> tuple[str, str]:
    return deed_names(stated.key, stated.occurred_on)


_DAYS = select(*(tables.record.c[name] for name in Decided._fields)).where(one_of(tables.record.c.subject_id, "keys"))


def _by_subject(subjects: Iterable[str], found: Iterable[tuple[Any, ...]]) -> dict[str, list[Decided]]:
    """Return what was found of each of the subjects that were asked for."""
    days: dict[str, list[Decided]] = {subject: [] for subject in subjects}
    for each in map(Decided._make, found):
        days[each.subject_id].append(each)
    return days


def _of_day(stated: Stated, days: Mapping[str, Sequence[Decided]], work: Work) -> set[str]:
    """Return the records that the same organ decided about the same subjects on the same day."""
    return {
        each.record_id
        for subject in stated.subjects
        for each in days[subject]
        if each.occurred_on == stated.occurred_on
        and each.organ_code == stated.key.organ_code
        and each.family in work.rules.routes.shared_families
    }


def look_about(connection: Connection, sharing: Mapping[int, Fact], arrivals: Sequence[Arrival], work: Work) -> About:
    """Return what may share a deed with the subjects that it may be about, by claims on file and those of this batch.

    Their deeds are locked.
    """
    known: dict[str, set[str]] = {}
    for arrival in arrivals if sharing else ():
        for party in (arrival.party, *arrival.related):
            if party is not None and party.subject_id is not None:
                for each in party.hashes:
                    known.setdefault(each, set()).add(party.subject_id)
    found = {place: _candidates(arrivals[place].party, known, work) for place in sharing}
    subjects = set().union(*found.values())
    continued, days = find(connection, Question(LINKS, subjects), Question(_DAYS, subjects))
    # Few go on under another name: only then is there more to ask for.
    links = dict(continued) | read_links(connection, {after for _, after in continued})
    stated = [
        Stated(fact.key, fact.occurred_on, found[place] | {links[name] for name in found[place] if name in links})
        for place, fact in sharing.items()
    ]
    return About(stated, _by_subject(subjects, days))


def _candidates(party: Identity | None, known: Mapping[str, set[str]], work: Work) -> set[str]:
    if party is None:
        return set()
    if party.subject_id is not None:
        return {party.subject_id}
    return {name for each in party.hashes for name in (*work.claims.get(each, ()), *known.get(each, ()))}
