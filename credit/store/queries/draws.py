"""Draws as listed: who was drawn and who goes there, by name; and the plan of supervision against the visits made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, literal, select

from credit.grading.known import Known
from credit.grading.rows import DrawRow
from credit.grading.visits import Inspected, Standing, inspect
from credit.record.rows import SubjectRow
from credit.rules import Rules
from credit.store import draws
from credit.store.bulk import Question, find, one_of
from credit.store.draws import INSPECTOR, Replaced
from credit.store.known import read_families, read_known
from credit.store.queries.page import WHOLE, Part, comes_before, fits, write_key
from credit.store.queries.sight import keep_seen
from credit.store.queries.subjects import show_identifier
from credit.store.queries.view import View
from credit.store.tables import draw, subject

_AT_ONCE = 500
_ALL_SUBJECTS = select(*(subject.c[name] for name in SubjectRow._fields))
_SUBJECTS = _ALL_SUBJECTS.where(one_of(subject.c.subject_id, "keys"))
_NO_BALLOT = literal(b"", draw.c.ballot.type)
_DRAWS = select(*(draw.c[name] if name != "ballot" else _NO_BALLOT for name in DrawRow._fields))
_ORDER = (draw.c.drawn_at, draw.c.draw_no)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who inspects: the id, the name, and the number of the certificate to do so."""

    inspector_id: str
    name: str
    certificate_no: str | None


@dataclass(frozen=True, slots=True)
class Substitution:
    """Who could not go, who goes instead, who decided it, why and when."""

    inspector: Person
    instead: Person
    by: str
    why: str
    at: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A subject of a draw; `identifier` is as the viewer sees it."""

    place: int
    subject_id: str
    name: str
    identifier: str
    grade: str | None
    why: str
    inspectors: tuple[Person, ...]
    replaced: tuple[Substitution, ...]


@dataclass(frozen=True, slots=True)
class HeldDraw:
    """A draw with what proves it and its visits in the order of their tickets."""

    row: DrawRow
    proof: dict[str, Any]
    visits: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A subject, how often it is to be inspected by which rule, and how often it was."""

    subject_id: str
    name: str
    rule: str
    rule_name: str
    clause: str
    at_least: int
    at_most: int | None
    years: int
    done: int
    missing: int
    beyond: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which draws to list; None: all. `draw` is the id that its regime gives a draw, of whatever period."""

    regime: str | None = None
    draw: str | None = None


EVERYTHING = Filter()


def find_draws(connection: Connection, part: Part = WHOLE, wanted: Filter = EVERYTHING) -> list[DrawRow]:
    """Return the draws that were held without their ballots, the last first; pages begin after what `key_of` says."""
    chosen = [fits(draw.c.regime, wanted.regime), fits(draw.c.draw, wanted.draw)]
    asked = _DRAWS.where(comes_before(_ORDER, part.after), *chosen).order_by(*(each.desc() for each in _ORDER))
    return [DrawRow(*row) for row in connection.execute(asked.limit(part.limit))]


def key_of(row: DrawRow) -> str:
    """Return the key of a draw in the list of them."""
    return write_key([row.drawn_at, row.draw_no])


def read_draw(connection: Connection, number: str, view: View) -> HeldDraw:
    """Return a draw by its number.

    Raises:
        NoSuchDraw: there is none of that number.
    """
    held = draws.read(connection, number)
    replaced = {row.subject_id: [Replaced(**each) for each in orjson.loads(row.replaced)] for row in held.drawn}
    teams = {row.subject_id: orjson.loads(row.inspectors) for row in held.drawn}
    ids = {name for team in teams.values() for name in team}
    ids |= {name for each in replaced.values() for one in each for name in (one.inspector, one.instead)}
    people = _read_people(connection, ids)
    names = _read_subjects(connection, (row.subject_id for row in held.drawn))
    seen = _find_seen(connection, names, view)
    visits = tuple(
        Drawn(
            row.place,
            row.subject_id,
            names[row.subject_id].name,
            show_identifier(names[row.subject_id], view.keyring, view.viewer),
            row.grade,
            row.why,
            tuple(people[name] for name in teams[row.subject_id]),
            tuple(
                Substitution(people[each.inspector], people[each.instead], each.by, each.why, each.at)
                for each in replaced[row.subject_id]
            ),
        )
        for row in held.drawn
        if row.subject_id in seen
    )
    return HeldDraw(held.row, orjson.loads(held.row.report), visits)


def find_inspector(held: HeldDraw, subject_id: str, said: str) -> str:
    """Return the id of an inspector who goes to a subject, said by id, by number of the certificate or by name.

    Raises:
        NotOnVisit: nobody of that name goes there, or two do.
    """
    team = next((each.inspectors for each in held.visits if each.subject_id == subject_id), ())
    meant = [each for each in team if said in {each.inspector_id, each.certificate_no}]
    meant = meant or [each for each in team if each.name == said]
    if len(meant) != 1:
        raise draws.NotOnVisit
    return meant[0].inspector_id


def read_plan(
    connection: Connection,
    view: View,
    rules: Rules,
    regime: str,
    year: int,
    part: Part = WHOLE,
    *,
    lacking: bool = False,
) -> list[Planned]:
    """Return whom the plan of a regime speaks of in a year, or of these who lacks a visit, in the order of their ids.

    Pages begin after the id of a subject. What the plan says is worked out from the facts of each subject: they are
    read some at a time, and no further than a page needs.

    Raises:
        NoSuchDraw: the regime is not followed, or says nothing of supervision.
    """
    edition = draws.edition_of(rules, regime)
    scales = rules.regimes[regime].edition(year)
    families = read_families(connection)
    found: list[Planned] = []
    after = part.after
    while (part.limit is None or len(found) < part.limit) and (some := _read_some(connection, view, after)):
        after = some[-1].subject_id
        current = {row.subject_id for row in some} - families.last.keys()
        known = read_known(connection, families.of(current))
        grades = draws.read_grades(connection, regime, year, current)
        lists = draws.read_lists(connection, regime, year, current)
        for row in some:
            whom = row.subject_id
            if whom not in current or (known[whom].first_on is None and whom not in families.members):
                continue
            standing = Standing({scale: of[whom] for scale, of in grades.items() if whom in of}, lists.get(whom, {}))
            inspected = inspect(edition, scales, known[whom], standing, year)
            if inspected.plan is not None and (inspected.missing or not lacking):
                found.append(_plan(row, inspected))
    return found[: part.limit]


def _read_some(connection: Connection, view: View, after: str) -> list[SubjectRow]:
    """Return the next subjects that the viewer sees."""
    asked = keep_seen(view, _ALL_SUBJECTS, subject.c.subject_id).where(subject.c.subject_id > after)
    found = connection.execute(asked.order_by(subject.c.subject_id).limit(_AT_ONCE))
    return [SubjectRow._make(row) for row in found]


def _plan(whom: SubjectRow, inspected: Inspected) -> Planned:
    assert inspected.plan is not None
    return Planned(
        subject_id=whom.subject_id,
        name=whom.name,
        rule=inspected.plan.rule,
        rule_name=inspected.plan.name,
        clause=inspected.plan.clause,
        at_least=inspected.plan.visits.at_least,
        at_most=inspected.plan.visits.at_most,
        years=inspected.plan.visits.years,
        done=len(inspected.done),
        missing=inspected.missing,
        beyond=inspected.beyond,
    )


def _find_seen(connection: Connection, ids: Iterable[str], view: View) -> set[str]:
    """Return those of some subjects that are there for the viewer."""
    wanted = set(ids)
    if view.viewer.organs is None:
        return wanted
    asked = keep_seen(view, _SUBJECTS, subject.c.subject_id)
    return set(connection.execute(asked, {"keys": list(wanted)}).scalars())


def _read_people(connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
    """Return inspectors by id; who is not on file any more is known by the id alone."""
    wanted = set(ids)
    subjects = _read_subjects(connection, wanted)
    known = read_known(connection, read_families(connection).of(wanted))
    return {
        each: Person(each, subjects[each].name if each in subjects else each, _certificate(known.get(each)))
        for each in wanted
    }


def _certificate(known: Known | None) -> str | None:
    said = known.facts.get(INSPECTOR) if known else None
    return str(said[-1].items.get("certificate_no")) if said else None


def _read_subjects(connection: Connection, ids: Iterable[str]) -> dict[str, SubjectRow]:
    (rows,) = find(connection, Question(_SUBJECTS, set(ids)))
    return {row.subject_id: row for row in map(SubjectRow._make, rows)}
