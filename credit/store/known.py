"""Reading what is known of subjects: the one way by which facts come to be assessed.

A subject that carries on as another has one archive with it: what is known of both is known of the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, collate, literal_column, select
from sqlalchemy import text as sql

from credit.batch.work import follow_links
from credit.grading.known import Counted, Known, by_family, count, gather
from credit.grading.sayings import TELLING, Saying
from credit.grading.who import describe, recall
from credit.store.bulk import Question, find, one_of
from credit.store.engine import COLLATIONS
from credit.store.tables import link, record
from schemas.record import State

_AT_ONCE = 2000

_COUNTING = ", ".join(f"'{state.value}'" for state in State if state.counts)
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    record.c.subject_id,
    record.c.record_id,
    record.c.family,
    record.c.organ_code,
    record.c.document_no,
    record.c.occurred_on,
    record.c.known_at,
    record.c.severity,
    record.c.fact,
    record.c.event_time,
    literal_column(f"record.state IN ({_COUNTING})").label("counts"),
)
_TELLING = ", ".join(f"'{family}'" for family in TELLING)
_SPEAKS = sql(
    f"(record.state IN ({_COUNTING}) OR (record.family IN ({_TELLING}) AND record.state <> '{State.WITHDRAWN.value}'))"
    " AND record.sealed_clause IS NULL"
)
"""What counts; and of what is over, what still says who a subject is."""
_OF_SUBJECTS = select(*_COLUMNS).where(one_of(record.c.subject_id, "keys"), _SPEAKS)
_LINKS = select(link.c.subject_id, link.c.continued_as).where(link.c.undone_at.is_(None))


class Families(NamedTuple):
    """Which subjects carry on as another: by each its last, and by each last those before it."""

    last: dict[str, str]
    members: dict[str, set[str]]

    def of(self, subjects: Iterable[str]) -> dict[str, set[str]]:
        """Return the archives that some subjects are of: by the last subject of each all of its members."""
        finals = {self.last.get(subject, subject) for subject in subjects}
        return {final: {final} | self.members.get(final, set()) for final in finals}


def read_families(connection: Connection) -> Families:
    """Return the links in force, followed to their ends; people make them, so that they are few."""
    links = {row.subject_id: row.continued_as for row in connection.execute(_LINKS)}
    last = {subject: follow_links(subject, links) for subject in links}
    members: dict[str, set[str]] = defaultdict(set)
    for subject, final in last.items():
        members[final].add(subject)
    return Families(last, dict(members))


def read_known(
    connection: Connection, archives: dict[str, set[str]], asked: frozenset[str] | None = None
) -> dict[str, Known]:
    """Return what is known of some archives as of the last settling, by their last subject; one statement for all.

    `asked` are the families whose facts are asked for; None: all.
    """
    owners = {member: final for final, members in archives.items() for member in members}
    found: dict[str, list[tuple[Any, ...]]] = {final: [] for final in archives}
    (rows,) = find(connection, Question(_OF_SUBJECTS, owners))
    for row in rows:
        found[owners[row[0]]].append(row)
    held = _held(asked)
    return {final: _know(final, each, held) for final, each in found.items()}


def stream_known(connection: Connection, asked: frozenset[str] | None = None) -> Iterator[Known]:
    """Return what is known of every subject that has facts that count, in the order of their ids' bytes.

    `asked` are the families whose facts are asked for; None: all. Rows are streamed: an archive of any size will do.
    The caller's transaction is one snapshot.
    """
    families = read_families(connection)
    archives = {final: {final} | members for final, members in families.members.items()}
    joined = read_known(connection, archives, asked)
    held = _held(asked)
    linked: Collection[str] = families.last.keys() | archives.keys()
    streamed = stream_rows(connection)
    waiting = iter(sorted(joined))
    head = next(waiting, None)
    for subject_id, rows in groupby(streamed, key=itemgetter(0)):
        while head is not None and head < subject_id:
            yield joined[head]
            head = next(waiting, None)
        if subject_id not in linked and (known := _know(subject_id, rows, held)).first_on is not None:
            yield known
    while head is not None:
        yield joined[head]
        head = next(waiting, None)


def make(subject_id: str, facts: Iterable[Counted], sayings: Iterable[Saying]) -> Known:
    """Return what is known of a subject by its facts that count and what its registrations and permits say.

    An organisation's id is its unified code.
    """
    said = list(sayings)
    who = describe(said)
    return gather(subject_id, subject_id, who, facts, recall(who, said))


def _held(asked: frozenset[str] | None) -> frozenset[str] | None:
    """Return the families whose rows are taken in: also those that say who a subject is."""
    return None if asked is None else asked.union(TELLING)


def _know(subject_id: str, rows: Iterable[Sequence[Any]], held: frozenset[str] | None) -> Known:
    facts: list[Counted] = []
    sayings: list[Saying] = []
    first_on: date | None = None
    for _, record_id, family, organ, number, occurred_on, known_at, severity, text, event_time, counts in rows:
        if counts and (first_on is None or occurred_on < first_on):
            first_on = occurred_on
        if held is not None and family not in held:
            continue  # so are most rows of a close, and their JSON need not be read
        fact = count(record_id, family, organ, number, occurred_on, known_at, severity, text)
        if counts:
            facts.append(fact)
        if family in TELLING:
            sayings.append(Saying(fact, event_time, bool(counts)))
    who = describe(sayings)
    return Known(subject_id, subject_id, who, by_family(facts), first_on, recall(who, sayings))


def stream_rows(connection: Connection) -> Iterable[Row[Any]]:
    """Return the rows that `stream_known` reads, each subject's together."""
    ordered = (
        select(*_COLUMNS).where(_SPEAKS).order_by(collate(record.c.subject_id, COLLATIONS[connection.dialect.name]))
    )
    return connection.execute(ordered, execution_options={"yield_per": _AT_ONCE})
