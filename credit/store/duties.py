"""Keeping the tables of duties: those about a subject with its assessment, those of periods by the schedulers.

What a subject's records show done of other duties (`duty_shown`) is written with its assessment too; whom that is about
is touched, and reads it when its turn comes. So nobody waits for the lock of another subject.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, delete, func, select

from credit.grading import duties, reports
from credit.grading.duties import Case, Happened
from credit.grading.known import Known
from credit.grading.regime import Regime, digest_of
from credit.grading.result import says_of_end
from credit.grading.rows import DutyRow, EntryRow, OfficialRow, ShownRow
from credit.rules import Rules
from credit.store import bulk, locks, sweeps, terms, touched
from credit.store.bulk import Question, find, one_of
from credit.store.engine import writing
from credit.store.tables import duty, duty_shown, list_entry, official, record
from schemas.states import EntryState

_LOCK = "duties"


def _of_subjects(table: Table, row: type[Any]) -> Any:
    return select(*(table.columns[name] for name in row._fields)).where(one_of(table.c.subject_id, "keys"))


_DUTIES = _of_subjects(duty, DutyRow)
_SHOWN_BY = _of_subjects(duty_shown, ShownRow)
_SHOWN_OF = select(*(duty_shown.c[name] for name in ShownRow._fields)).where(one_of(duty_shown.c.about, "keys"))
_ENTRIES = _of_subjects(list_entry, EntryRow)
_OFFICIAL = _of_subjects(official, OfficialRow)
_OWNERS = select(record.c.record_id, record.c.subject_id).where(one_of(record.c.record_id, "keys"))


def follow(
    connection: Connection, archives: Mapping[str, Collection[str]], known: Mapping[str, Known], rules: Rules
) -> dict[str, Exception]:
    """Let the duties about archives follow what is known of them; return the last subjects on whom the rules failed.

    The caller has locked the archives, each by its last subject with all its members, and has written their entries on
    lists and official results.
    """
    on_file = _OnFile(connection, archives, known)
    changes, failed = _Changes(), dict[str, Exception]()
    for final in sorted(archives):
        try:
            wanted = _work_out(on_file, final, rules)
            shown = [row for regime in rules.regimes.values() for row in reports.show(regime, known[final])]
        except Exception as error:  # noqa: BLE001 - one subject must not hold up the others
            failed[final] = error
        else:
            changes.duties.compare(wanted, on_file.duties[final])
            changes.shown.compare(shown, on_file.shown_by[final])
    changes.write(connection, rules)
    return failed


def keep_periods(engine: Engine, rules: Rules) -> int:
    """Let the duties of units for periods follow the day and what shows them done; return how many rows changed.

    Only where the archive is assessed by the same regimes: a process with older files changes nothing. Any number of
    schedulers may do so, one after the other.
    """
    if not rules.regimes:
        return 0
    with writing(engine) as connection:
        terms.confirm(connection, rules.at.now)
        locks.hold(connection, [_LOCK])
        followed = sweeps.read(connection)
        if followed is None or followed.edition != digest_of(rules.regimes):
            return 0
        most = max((duty.times for regime in rules.regimes.values() for duty in _duties_of(regime)), default=1)
        shown = _read_shown_of_periods(connection, most)
        wanted = [
            row
            for code, regime in rules.regimes.items()
            for row in duties.of_units(regime, rules.law, rules.at.today, shown.get(code, ()))
        ]
        on_file = select(*(duty.c[name] for name in DutyRow._fields)).where(duty.c.subject_id == "")
        changed = _Changed(duty)
        changed.compare(wanted, [DutyRow(*row) for row in connection.execute(on_file)])
        changed.write(connection)
        return len(changed)


def _duties_of(regime: Regime) -> Iterator[Any]:
    editions = regime.duties.editions if regime.duties else ()
    return (each for edition in editions for each in edition.duties)


def _read_shown_of_periods(connection: Connection, most: int) -> dict[str, list[ShownRow]]:
    """Return what shows duties of periods done, by regime; of each the first, as many as any duty asks for."""
    group = [duty_shown.c[name] for name in ("regime", "duty", "unit", "period")]
    place = func.row_number().over(partition_by=group, order_by=(duty_shown.c.shown_on, duty_shown.c.record_id))
    placed = select(*(duty_shown.c[name] for name in ShownRow._fields), place.label("place"))
    each = placed.where(duty_shown.c.about == "").subquery("placed")
    found: dict[str, list[ShownRow]] = {}
    for row in connection.execute(select(*(each.c[name] for name in ShownRow._fields)).where(each.c.place <= most)):
        found.setdefault(row.regime, []).append(ShownRow(*row))
    return found


class _OnFile:
    """What is on file of the archives, by their last subject."""

    def __init__(
        self, connection: Connection, archives: Mapping[str, Collection[str]], known: Mapping[str, Known]
    ) -> None:
        owners = {member: final for final, members in archives.items() for member in members}
        about = dict(owners)
        for final, each in known.items():
            about |= {fact.record_id: final for facts in each.facts.values() for fact in facts}
        kept, shown_by, shown_of, entries, results = find(
            connection,
            Question(_DUTIES, owners),
            Question(_SHOWN_BY, owners),
            Question(_SHOWN_OF, about),
            Question(_ENTRIES, owners),
            Question(_OFFICIAL, owners),
        )
        self.known = known
        self.duties = _group(archives, map(DutyRow._make, kept), lambda row: owners[row.subject_id])
        self.shown_by = _group(archives, map(ShownRow._make, shown_by), lambda row: owners[row.subject_id])
        self.shown_of = _group(archives, map(ShownRow._make, shown_of), lambda row: about[row.about])
        self.entries = _group(archives, map(EntryRow._make, entries), lambda row: owners[row.subject_id])
        self.results = _group(archives, map(OfficialRow._make, results), lambda row: owners[row.subject_id])


def _group(archives: Iterable[str], rows: Iterable[Any], owner: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {final: [] for final in archives}
    for row in rows:
        found[owner(row)].append(row)
    return found


def _work_out(on_file: _OnFile, final: str, rules: Rules) -> list[DutyRow]:
    found = []
    for code, regime in rules.regimes.items():
        known = on_file.known[final]
        results = [row for row in on_file.results[final] if row.regime == code]
        happened = [
            *_results(row for row in results if known.who.licensed or not says_of_end(row.reasons)),
            *_entries(row for row in on_file.entries[final] if row.regime == code),
        ]
        case = Case(known, happened, on_file.shown_of[final])
        found += duties.of_subject(regime, rules.law, case)
    return found


def _results(rows: Iterable[OfficialRow]) -> Iterator[Happened]:
    """Return official results; of the corrections of a year each has a number beside the year."""
    for row in rows:
        period = f"{row.year}-{row.version}" if row.version > 1 else f"{row.year}"
        yield Happened("result", row.scale, row.decided_on, period, row.grade)


def _entries(rows: Iterable[EntryRow]) -> Iterator[Happened]:
    """Return entries on lists and exits, each by its day: several rules may put a subject on one list."""
    for row in rows:
        if row.state == EntryState.PREPARED:
            continue
        yield Happened("entry", row.list_id, row.since, row.since.isoformat())
        if row.left_on is not None:
            yield Happened("exit", row.list_id, row.left_on, row.left_on.isoformat())


class _Changed:
    """The rows of a table to put, and those to take away."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.put: list[Any] = []
        self.over: list[Any] = []

    def __len__(self) -> int:
        return len(self.put) + len(self.over)

    def compare(self, wanted: Iterable[Any], kept: Iterable[Any]) -> None:
        """Add what is wanted and not on file as it is, and what is on file and not wanted."""
        before = {self._key(row): row for row in kept}
        for row in wanted:
            if before.pop(self._key(row), None) != row:
                self.put.append(row)
        self.over += before.values()

    def write(self, connection: Connection) -> None:
        """Write the changes."""
        # By the subject too: what is another's by now is not this one's to take away.
        names = [*(column.name for column in self.table.primary_key), "subject_id"]
        mine: list[ColumnElement[bool]] = [self.table.columns[name] == bindparam(f"of_{name}") for name in names]
        if self.over:
            gone = [{f"of_{name}": getattr(row, name) for name in names} for row in self.over]
            connection.execute(delete(self.table).where(*mine), gone)
        bulk.upsert(connection, self.table, self.put)

    def _key(self, row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, column.name) for column in self.table.primary_key)


class _Changes:
    """What changes of the duties about archives."""

    def __init__(self) -> None:
        self.duties = _Changed(duty)
        self.shown = _Changed(duty_shown)

    def write(self, connection: Connection, rules: Rules) -> None:
        """Write the changes, and touch whom it is about what shows duties done."""
        self.duties.write(connection)
        self.shown.write(connection)
        about = {row.about for row in (*self.shown.put, *self.shown.over) if row.about}
        (owned,) = find(connection, Question(_OWNERS, about))
        owners = dict(owned)
        touched.touch(connection, {owners.get(each, each) for each in about}, rules.at.now)
