"""Assessing subjects: grades, official results, entries on lists and duties follow what is known of them.

The locks, in their order: touches by number (those that another assessor has are passed over), the gate of a close,
shared, then subjects by name. Only under these is anything read. What a batch commits after that comes with a touch of
its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, delete, select

from credit.batch.settle import as_office_act
from credit.grading import lists
from credit.grading.known import Known
from credit.grading.lists import Found, Told
from credit.grading.regime import Regime
from credit.grading.result import Result, dump
from credit.grading.rows import EntryRow, GradeRow, OfficialRow
from credit.grading.scale import assess, find_ended, is_hidden
from credit.record.hearing import heard_from
from credit.record.rows import ActRow
from credit.record.standing import OfficeAct, effective_acts
from credit.rules import Moment, Rules
from credit.store import bulk, duties, listings, locks, subject_rows, tables, terms, touched
from credit.store.bulk import Question, find, one_of
from credit.store.engine import writing
from credit.store.known import read_families, read_known
from credit.store.official import GATE, settle_official
from credit.store.showing import waiting
from credit.store.touched import Claim
from credit.telling.listings import Change, compare
from schemas.errors import XinglinError
from schemas.statement import ActKind

AT_ONCE = 200
"""So many touches are taken on in one transaction: few enough that the next fact does not wait for long."""
_REST = timedelta(minutes=10)
"""How long a subject is left alone on which the rules failed."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """What one transaction did: touches taken on, subjects assessed, rows written, and on whom the rules failed."""

    claimed: int = 0
    subjects: int = 0
    changed: int = 0
    failed: Mapping[str, Exception] = field(default_factory=dict)


def assess_touched(engine: Engine, rules: Rules, limit: int = AT_ONCE) -> Assessed:
    """Assess those who were touched first, in one transaction; nobody who is with another assessor.

    A subject on which the rules fail stays touched and is left alone for ten minutes; the others go on. Where it cannot
    be said which one it is, fewer are assessed at a time.

    Raises:
        TransientError: the database failed, or another assessor changed which subjects belong together; try again.
    """
    claims: list[Claim] = []
    try:
        with writing(engine) as connection:
            terms.confirm(connection, rules.at.now)
            claims += touched.claim(connection, limit, rules.at.now)
            if not claims:
                return Assessed()
            done = _assess(connection, {each.subject_id for each in claims}, rules)
            _settle(connection, claims, done.failed, rules)
            return Assessed(len(claims), done.subjects, done.changed, done.failed)
    except XinglinError:
        raise
    except Exception as error:
        if not claims:
            raise
        if len(claims) > 1:
            return assess_touched(engine, rules, len(claims) // 2)
        failed = {claims[0].subject_id: error}
        with writing(engine) as connection:
            _settle(connection, claims, failed, rules)
        return Assessed(1, 0, 0, failed)


def _settle(connection: Connection, claims: Collection[Claim], failed: Collection[str], rules: Rules) -> None:
    waiting.add(connection, {each.subject_id for each in claims})
    touched.hold(connection, [each for each in claims if each.subject_id in failed], rules.at.now + _REST)
    touched.settle(connection, [each for each in claims if each.subject_id not in failed])


def _assess(connection: Connection, subjects: Collection[str], rules: Rules) -> Assessed:
    archives = _lock(connection, subjects)
    known = read_known(connection, archives)
    # First: it is by official grades that some are on lists, and duties follow from both.
    decided = settle_official(connection, archives, known, rules)
    failed = dict(decided.failed)
    on_file = _read(connection, archives, known, rules)
    changes = _Changes()
    for final in sorted(archives):
        try:
            changes.add(_follow(final, archives[final], on_file, rules))
        except Exception as error:  # noqa: BLE001 - one subject must not hold up the others
            failed[final] = error
    changes.write(connection)
    listings.tell(connection, changes.listings, rules)
    results = [result for rows in on_file.official.values() for result in rows]
    subject_rows.follow(connection, archives, results, rules)
    failed |= duties.follow(connection, archives, known, rules)
    by_member = {member: failed[final] for final in failed for member in archives[final]}
    return Assessed(0, len(archives), decided.changed + len(changes), by_member)


def _lock(connection: Connection, subjects: Collection[str]) -> dict[str, set[str]]:
    """Wait for the archives that subjects are of, each by its last subject, and be alone with them.

    Raises:
        ScopeMoved: a link was made or undone while they were waited for.
    """
    locks.share(connection, GATE)
    archives = read_families(connection).of(subjects)
    locks.hold(connection, [f"assess {name}" for members in archives.values() for name in members])
    if read_families(connection).of(subjects) != archives:
        raise locks.ScopeMoved
    return archives


class _OnFile(NamedTuple):
    """What is on file of the archives that are assessed."""

    known: Mapping[str, Known]
    grades: Mapping[str, list[GradeRow]]
    entries: Mapping[str, list[EntryRow]]
    official: Mapping[str, list[OfficialRow]]
    heard: Mapping[str, date]
    closed: Mapping[str, frozenset[int]]


def _of_subjects(table: Table, row: type[Any]) -> Any:
    return select(*(table.columns[name] for name in row._fields)).where(one_of(table.c.subject_id, "keys"))


_GRADES = _of_subjects(tables.grade, GradeRow)
_ENTRIES = _of_subjects(tables.list_entry, EntryRow)
_OFFICIAL = _of_subjects(tables.official, OfficialRow)
_CLOSED = select(tables.closed_year.c.regime, tables.closed_year.c.year)
_ACT = tables.act
_ACTS = select(*(_ACT.c[name] for name in ActRow._fields)).where(one_of(_ACT.c.target_id, "keys"))


def _read(connection: Connection, archives: dict[str, set[str]], known: Mapping[str, Known], rules: Rules) -> _OnFile:
    members = [name for names in archives.values() for name in names]
    grades, entries, official = find(
        connection, Question(_GRADES, members), Question(_ENTRIES, members), Question(_OFFICIAL, members)
    )
    closed: dict[str, set[int]] = {}
    for regime, year in connection.execute(_CLOSED):
        closed.setdefault(regime, set()).add(year)
    return _OnFile(
        known,
        _by_subject(map(GradeRow._make, grades)),
        _by_subject(map(EntryRow._make, entries)),
        _by_subject(map(OfficialRow._make, official)),
        _read_heard(connection, known.values(), rules) if _asks_hearing(rules.regimes.values()) else {},
        {regime: frozenset(years) for regime, years in closed.items()},
    )


def _by_subject(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.subject_id, []).append(row)
    return found


def _asks_hearing(regimes: Iterable[Regime]) -> bool:
    editions = (edition for regime in regimes if regime.lists is not None for edition in regime.lists.editions)
    return any(each.told_first.on for edition in editions for each in edition.lists)


def _read_heard(connection: Connection, known: Iterable[Known], rules: Rules) -> dict[str, date]:
    """Return from which day on the parties of records count as heard; those of whom nothing says so are left out.

    Read are the acts on the records, then those on these acts, and so on: a telling may have been withdrawn.
    """
    records = {fact.record_id for each in known for facts in each.facts.values() for fact in facts}
    acts: dict[str, list[OfficeAct]] = {}
    frontier: Collection[str] = records
    while frontier:
        (rows,) = find(connection, Question(_ACTS, frontier))
        for row in map(ActRow._make, rows):
            acts.setdefault(row.target_id, []).append(as_office_act(row))
        frontier = {row[0] for row in rows} - acts.keys()
    told = {record for record in records if any(act.kind is ActKind.TOLD for act in acts.get(record, ()))}
    heard = {record: heard_from(effective_acts(record, acts), rules.law) for record in told}
    return {record: day for record, day in heard.items() if day is not None}


class _Changes:
    """The rows to put and to take away, and what that changes of lists."""

    def __init__(self) -> None:
        self.grades: list[GradeRow] = []
        self.entries: list[EntryRow] = []
        self.old_grades: list[GradeRow] = []
        self.old_entries: list[EntryRow] = []
        self.listings: list[Change] = []

    def __len__(self) -> int:
        return len(self.grades) + len(self.entries) + len(self.old_grades) + len(self.old_entries)

    def add(self, other: _Changes) -> None:
        self.grades += other.grades
        self.entries += other.entries
        self.old_grades += other.old_grades
        self.old_entries += other.old_entries
        self.listings += other.listings

    def write(self, connection: Connection) -> None:
        _delete(connection, tables.grade, self.old_grades)
        _delete(connection, tables.list_entry, self.old_entries)
        bulk.upsert(connection, tables.grade, self.grades)
        bulk.upsert(connection, tables.list_entry, self.entries)


def _delete(connection: Connection, table: Table, rows: Iterable[Any]) -> None:
    keys = [column.name for column in table.primary_key]
    gone = [{f"of_{name}": getattr(row, name) for name in keys} for row in rows]
    if gone:
        mine: list[ColumnElement[bool]] = [table.columns[name] == bindparam(f"of_{name}") for name in keys]
        connection.execute(delete(table).where(*mine), gone)


def _follow(final: str, members: Collection[str], on_file: _OnFile, rules: Rules) -> _Changes:
    """Return what changes of one archive. What a subject had that goes on as another is taken away."""
    known, changes, at = on_file.known[final], _Changes(), rules.at
    wanted = [row for regime in rules.regimes.values() for row in grade(known, regime, on_file.closed, at)]
    before = {_key(row): row for row in on_file.grades.get(final, ())}
    for row in wanted:
        former = before.pop(_key(row), None)
        if former is None or row._replace(as_of=former.as_of, changed_at=former.changed_at) != former:
            changes.grades.append(row)
    changes.old_grades += before.values()
    for code, regime in rules.regimes.items():
        current = [row for row in on_file.entries.get(final, ()) if row.regime == code]
        official = [row for row in on_file.official.get(final, ()) if row.regime == code]
        told = Told(on_file.closed.get(code, ()), official, on_file.heard)
        found = Found(at.today, at.now)
        entries = lists.want(known, regime, told, found)
        followed = lists.follow(entries, current, found)
        changes.entries += followed.put
        changes.old_entries += followed.over
        changes.listings += compare(current, entries)
    for former_name in sorted(members):
        if former_name == final:
            continue
        changes.old_grades += on_file.grades.get(former_name, ())
        changes.old_entries += on_file.entries.get(former_name, ())
        changes.listings += compare(on_file.entries.get(former_name, ()), ())
    return changes


def grade(known: Known, regime: Regime, closed: Mapping[str, Collection[int]], at: Moment) -> list[GradeRow]:
    """Return the current standings of a subject: of this year, and of the year before until that one is closed.

    Who was closed, and is assessed no more, has one without a grade, by which no earlier grade is shown either.
    """
    year = at.today.year
    years = [each for each in (year - 1, year) if each not in closed.get(regime.code, ())]
    results = (chain(assess(known, regime, each), find_ended(known, regime, each)) for each in years)
    return [_row(result, known, regime, at) for result in chain.from_iterable(results)]


def _row(result: Result, known: Known, regime: Regime, at: Moment) -> GradeRow:
    scale = regime.scale(result.scale, result.year)
    assert scale is not None
    return GradeRow(
        regime=result.regime,
        scale=result.scale,
        year=result.year,
        subject_id=result.subject_id,
        edition=result.edition,
        number=None if result.number is None else str(result.number),
        grade=result.grade,
        reasons=dump(result.reasons),
        hidden=is_hidden(scale, known),
        licensed_on=known.who.licensed_on,
        records=result.records,
        as_of=at.today,
        changed_at=at.now,
    )


def _key(row: GradeRow) -> tuple[str, str, int]:
    return row.regime, row.scale, row.year
