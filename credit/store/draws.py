"""Holding draws and keeping them: the ballot as it was, who was drawn, who goes there, and who goes instead."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, select, true, update

from credit.grading import draws
from credit.grading.draws import Ballot, Inspector, Outcome, Visit, Why
from credit.grading.known import Known
from credit.grading.regime import Regime, in_force
from credit.grading.rows import DrawnRow, DrawRow
from credit.grading.who import Attributes
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import bulk, locks, terms
from credit.store.engine import writing
from credit.store.known import read_families, read_known, stream_known
from credit.store.tables import draw, drawn, grade, list_entry, official
from schemas.errors import PermanentError
from schemas.regime.supervision import Draw, SupervisionEdition
from schemas.states import EntryState

INSPECTOR = "credit.office.inspector"
"""The family of who inspects, in which state, for what, and with which interests."""
_ACTIVE = "active"


class NoSuchDraw(PermanentError):
    """There is no draw of that name or number; `xinglin draws` lists those that were held."""


class AlreadyDrawn(PermanentError):
    """The draw was held for this period: another one would be a choice between two outcomes. Name another period."""


class NotOnVisit(PermanentError):
    """The subject was not drawn, or that inspector does not go there; `xinglin draws show` says who does."""


class Replaced(NamedTuple):
    """An inspector who could not go, and who goes instead."""

    inspector: str
    instead: str
    by: str
    why: str
    at: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A draw with its visits in the order of their tickets."""

    row: DrawRow
    drawn: tuple[DrawnRow, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What repeating a draw came to. `differences` says in English what is not as it was kept; none: it is proved."""

    held: Held
    differences: tuple[str, ...]


def hold(engine: Engine, rules: Rules, what: Draw, regime: Regime, period: str, seed: str, decision: Decision) -> Held:
    """Hold a draw of a regime for a period, and keep it.

    Grades are those of the last official results; of who has none, as it stands (`read_grades`). Facts of `always` are
    those of the year of the period.

    Raises:
        AlreadyDrawn: it was held for this period.
        TooFewInspectors: a visit has fewer inspectors without an interest than go together.
    """
    number = f"{regime.code}/{what.id}/{period}"
    with writing(engine) as connection:
        terms.confirm(connection, rules.at.now)
        locks.hold(connection, [f"draw {number}"])
        if connection.execute(select(draw.c.draw_no).where(draw.c.draw_no == number)).first() is not None:
            raise AlreadyDrawn(f"{number}: {AlreadyDrawn.__doc__}")
        ballot = _fill(connection, regime, what, number, int(period[:4]))
        outcome = draws.hold(ballot, seed)
        scale = regime.scale(what.scale or "", int(period[:4]))
        row = DrawRow(
            draw_no=number,
            regime=regime.code,
            draw=what.id,
            period=period,
            seed=seed,
            drawn_at=decision.at,
            by=decision.by,
            account=decision.account,
            population=ballot.digest,
            ballot=zlib.compress(draws.dump(ballot)),
            report=_report(what, ballot, outcome, scale.grades if scale else {}),
        )
        visits = [
            DrawnRow(number, visit.subject_id, place, visit.grade, visit.why.value, _list(visit.inspectors), "[]")
            for place, visit in enumerate(outcome.visits, 1)
        ]
        bulk.insert(connection, draw, [row])
        bulk.insert(connection, drawn, list(visits))
    return Held(row, tuple(visits))


def find(rules: Rules, regime: str, name: str) -> tuple[Regime, Draw]:
    """Return a draw of a regime as it is in force on the day.

    Raises:
        NoSuchDraw: names those there are.
    """
    edition = edition_of(rules, regime)
    found = next((each for each in edition.draws if each.id == name), None)
    if found is None:
        known = ", ".join(each.id for each in edition.draws) or "none"
        raise NoSuchDraw(f"regime '{regime}' has no draw '{name}' today; it has: {known}")
    return rules.regimes[regime], found


def edition_of(rules: Rules, regime: str) -> SupervisionEdition:
    """Return how subjects are supervised by a regime on the day.

    Raises:
        NoSuchDraw: the regime is not followed, or says nothing of it.
    """
    of = rules.regimes.get(regime)
    if of is None:
        known = ", ".join(rules.regimes) or "none"
        raise NoSuchDraw(f"regime '{regime}' is not followed; routing.yaml names under `regimes`: {known}")
    edition = in_force(of.supervision.editions, rules.at.today) if of.supervision else None
    if edition is None:
        raise NoSuchDraw(f"regime '{regime}' has no supervision.yaml in force today")
    return edition


def replace(engine: Engine, rules: Rules, number: str, subject_id: str, inspector: str, decision: Decision) -> Replaced:
    """Send somebody instead of an inspector who cannot go: the next of those who can; it is kept who decided it.

    Raises:
        NoSuchDraw: there is no draw of that number.
        NotOnVisit: the subject was not drawn, or that inspector does not go there.
        TooFewInspectors: nobody is left who has no interest and is not away.
    """
    with writing(engine) as connection:
        terms.confirm(connection, rules.at.now)
        locks.hold(connection, [f"draw {number}"])
        held = read(connection, number)
        row = next((each for each in held.drawn if each.subject_id == subject_id), None)
        team: list[str] = orjson.loads(row.inspectors) if row else []
        if row is None or inspector not in team:
            raise NotOnVisit
        ballot = draws.load(zlib.decompress(held.row.ballot))
        before = [Replaced(**each) for each in orjson.loads(row.replaced)]
        away = {each.inspector_id for each in ballot.inspectors} - {
            each.inspector_id for each in _read_inspectors(connection, ballot)
        }
        gone = {*away, inspector, *(each.inspector for each in before)}
        visits = [_visit(each) for each in held.drawn]
        instead = draws.replace(ballot, held.row.seed, visits, _visit(row), gone)
        done = Replaced(inspector, instead, decision.by, decision.why, decision.at.isoformat(), decision.account)
        values = {
            "inspectors": _list(instead if each == inspector else each for each in team),
            "replaced": orjson.dumps([each._asdict() for each in (*before, done)]).decode(),
        }
        mine = (drawn.c.draw_no == number, drawn.c.subject_id == subject_id)
        connection.execute(update(drawn).where(*mine).values(values))
    return done


def read(connection: Connection, number: str) -> Held:
    """Return a draw.

    Raises:
        NoSuchDraw: there is none of that number.
    """
    row = connection.execute(select(draw).where(draw.c.draw_no == number)).first()
    if row is None:
        raise NoSuchDraw
    visits = select(drawn).where(drawn.c.draw_no == number).order_by(drawn.c.place)
    return Held(DrawRow(*row), tuple(DrawnRow(*each) for each in connection.execute(visits)))


def verify(held: Held) -> Proof:
    """Repeat a draw from its ballot and seed, and compare; who was sent instead of somebody is put back first."""
    ballot = draws.load(zlib.decompress(held.row.ballot))
    outcome = draws.hold(ballot, held.row.seed)
    differences = []
    if ballot.digest != held.row.population:
        differences.append(f"the digest of the ballot is {ballot.digest}, not {held.row.population}")
    kept = {(each.subject_id, each.grade, each.why, each.place, first_team(each)) for each in held.drawn}
    again = {
        (each.subject_id, each.grade, each.why.value, place, each.inspectors)
        for place, each in enumerate(outcome.visits, 1)
    }
    for told, those in (("kept and not drawn again", kept - again), ("drawn again and not kept", again - kept)):
        differences += [f"{told}: {each[0]} by {', '.join(each[4])}" for each in sorted(those, key=str)]
    return Proof(held, tuple(differences))


def first_team(row: DrawnRow) -> tuple[str, ...]:
    """Return who was drawn for a visit, before anybody went instead."""
    team: list[str] = orjson.loads(row.inspectors)
    for each in reversed(orjson.loads(row.replaced)):
        team = [each["inspector"] if name == each["instead"] else name for name in team]
    return tuple(team)


def _visit(row: DrawnRow) -> Visit:
    return Visit(row.subject_id, row.grade, Why(row.why), tuple(orjson.loads(row.inspectors)))


def _list(names: Iterable[str]) -> str:
    return orjson.dumps(list(names)).decode()


def _report(what: Draw, ballot: Ballot, outcome: Outcome, grades: Mapping[str, str]) -> str:
    load = Counter(dict.fromkeys((each.inspector_id for each in ballot.inspectors), 0))
    load.update(each for visit in outcome.visits for each in visit.inspectors)
    said: dict[str, Any] = {
        "name": what.name,
        "clause": str(what.source),
        "together": ballot.together,
        "grades": dict(grades),
        "lots": [lot._asdict() | {"share": str(lot.share)} for lot in outcome.lots],
        "population": len(ballot.entrants),
        "visits": len(outcome.visits),
        "inspectors": len(ballot.inspectors),
        "least_visits": min(load.values(), default=0),
        "most_visits": max(load.values(), default=0),
    }
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


def _fill(connection: Connection, regime: Regime, what: Draw, number: str, year: int) -> Ballot:
    grades = read_grades(connection, regime.code, year).get(what.scale or "", {})
    listed = read_lists(connection, regime.code, year)
    entrants, inspectors = [], []
    for known in stream_known(connection):
        entrant = draws.enter(what, known, grades.get(known.subject_id), listed.get(known.subject_id, {}), year)
        if entrant is not None:
            entrants.append(entrant)
        inspector = describe_inspector(known)
        if inspector is not None:
            inspectors.append(inspector)
    return draws.fill(what, number, entrants, inspectors)


def describe_inspector(known: Known) -> Inspector | None:
    """Return a person as an inspector who can be sent; None: it is none, is away, or left.

    What was said of it last holds. It must not be sent to its own workplaces.
    """
    said = known.facts.get(INSPECTOR)
    if not said or said[-1].items.get("state") != _ACTIVE:
        return None
    interests = {each.get("uscc") for each in said[-1].items.get("interests") or ()}
    stays = known.who.stays if isinstance(known.who, Attributes) else ()
    interests |= {stay.place.subject_id for stay in stays if stay.ended is None}
    return Inspector(known.subject_id, tuple(sorted(each for each in interests if each)))


def _read_inspectors(connection: Connection, ballot: Ballot) -> Iterator[Inspector]:
    archives = read_families(connection).of(each.inspector_id for each in ballot.inspectors)
    for known in read_known(connection, archives).values():
        inspector = describe_inspector(known)
        if inspector is not None:
            yield inspector


def read_grades(
    connection: Connection, regime: str, year: int, among: Collection[str] | None = None
) -> dict[str, dict[str, str]]:
    """Return the grades of subjects by scale: of the last official result up to a year; of who has none, as it stands.

    Current standings are those of the year; of who has no grade in it yet, that of the year before. `among` are the
    subjects that are asked for; None: all.
    """
    found: dict[str, dict[str, str]] = {}
    current = (
        select(grade.c.scale, grade.c.subject_id, grade.c.grade)
        .where(grade.c.regime == regime, grade.c.grade.is_not(None), ~grade.c.hidden)
        .where(grade.c.year.between(year - 1, year))
        .order_by(grade.c.year)
    )
    decided = (
        select(official.c.scale, official.c.subject_id, official.c.grade)
        .where(official.c.regime == regime, official.c.grade.is_not(None), official.c.year <= year)
        .order_by(official.c.year, official.c.version)
    )
    for statement, of in ((current, grade), (decided, official)):
        for scale, subject_id, name in connection.execute(statement.where(_is_among(of.c.subject_id, among))):
            found.setdefault(scale, {})[subject_id] = name
    return found


def _is_among(subject_id: ColumnElement[str], among: Collection[str] | None) -> ColumnElement[bool]:
    return true() if among is None else subject_id.in_(sorted(among))


def read_lists(
    connection: Connection, regime: str, year: int, among: Collection[str] | None = None
) -> dict[str, dict[str, str | None]]:
    """Return the lists that subjects are on, each with its tier: those of the year, and those that are not yearly.

    `among` are the subjects that are asked for; None: all.
    """
    listed = (
        select(list_entry.c.subject_id, list_entry.c.list_id, list_entry.c.tier)
        .where(list_entry.c.regime == regime, list_entry.c.state == EntryState.LISTED.value)
        .where(list_entry.c.year.in_([0, year]), _is_among(list_entry.c.subject_id, among))
        .order_by(list_entry.c.rule)
    )
    found: dict[str, dict[str, str | None]] = {}
    for subject_id, list_id, tier in connection.execute(listed):
        found.setdefault(subject_id, {}).setdefault(list_id, tier)
    return found
