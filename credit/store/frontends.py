"""Rows of front-end databases 前置库 in the archive: as which message each was taken, and what is written back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from credit.batch.arrival import REFUSED_MARK
from credit.record.merging import Outcome
from credit.record.rows import FrontendRow, FrontendSent
from credit.store.bulk import insert_new, upsert
from credit.store.tables import frontend_row, frontend_sent, message, parked
from schemas.reasons import AT_THE_GATE, Reason

OF_A_ROW = " row-"
"""Stands in the key of every message that was such a row: the blank before its id, and how that begins."""

NOTHING_TO_TELL = ""
"""What `FrontendRow.told` is of a row into which nothing is written back, or nothing any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a front-end database."""

    frontend: str
    table: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that was read: its key, and the key of the message that it is in a revision."""

    row: str
    key_in: Callable[[int], str]
    at: datetime
    """When it was operated on, or now."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row's message: `reason` where it is parked."""

    row: FrontendRow
    outcome: Outcome
    reason: Reason | None

    @property
    def code(self) -> str:
        """What `FrontendRow.told` is when it was written back."""
        return self.outcome.value


def stage(connection: Connection, place: Place, candidates: Sequence[Candidate], told: str | None) -> list[FrontendRow]:
    """Return which message each row is, in their order, and keep it.

    A row that says what it said before is the message that it was, whatever has become of that. One that says something
    else is a message of the next revision, and nothing is written back of the former ones. Nobody else may stage the
    same rows before this transaction ends.
    """
    known = _latest(connection, place, [each.row for each in candidates])
    staged = [_settle(place, each, known.get(each.row), told) for each in candidates]
    new = [row for row in staged if row is not known.get(row.row)]
    insert_new(connection, frontend_row, new)
    _silence(connection, place, [row.row for row in new if row.revision > 1], {row.row: row for row in new})
    return staged


def _latest(connection: Connection, place: Place, rows: Collection[str]) -> Mapping[str, FrontendRow]:
    statement = select(frontend_row).where(*_at(place), frontend_row.c.row.in_(rows)).order_by(frontend_row.c.revision)
    return {row.row: FrontendRow(*row) for row in connection.execute(statement)}


def _settle(place: Place, candidate: Candidate, known: FrontendRow | None, told: str | None) -> FrontendRow:
    if known is not None and known.message_key == candidate.key_in(known.revision):
        return known
    revision = 1 if known is None else known.revision + 1
    key = candidate.key_in(revision)
    return FrontendRow(place.frontend, place.table, candidate.row, revision, key, candidate.at, told)


def _silence(connection: Connection, place: Place, rows: Sequence[str], latest: Mapping[str, FrontendRow]) -> None:
    if not rows:
        return
    former = or_(*(and_(frontend_row.c.row == row, frontend_row.c.revision < latest[row].revision) for row in rows))
    connection.execute(update(frontend_row).where(*_at(place), former, _UNTOLD).values(told=NOTHING_TO_TELL))


def _at(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return frontend_row.c.frontend == place.frontend, frontend_row.c.table_name == place.table


_UNTOLD = or_(frontend_row.c.told.is_(None), frontend_row.c.told == Outcome.PARKED.value)


def find_verdicts(connection: Connection, place: Place, limit: int) -> list[Verdict]:
    """Return rows whose message is through and of which that was not written back yet, or was parked and is not now."""
    statement = (
        select(*frontend_row.c, message.c.outcome, parked.c.reason)
        .join(message, message.c.message_key == frontend_row.c.message_key)
        .outerjoin(parked, parked.c.message_key == frontend_row.c.message_key)
        .where(*_at(place), _UNTOLD, message.c.outcome != func.coalesce(frontend_row.c.told, ""))
        .limit(limit)
    )
    through = [
        Verdict(FrontendRow(*found), Outcome(outcome), Reason(reason) if outcome == Outcome.PARKED.value else None)
        for *found, outcome, reason in connection.execute(statement)
    ]
    return through or _find_refused(connection, place, limit)


def _find_refused(connection: Connection, place: Place, limit: int) -> list[Verdict]:
    """Return rows whose message the gate did not let in: it is kept beside the place of its key, with a mark behind."""
    let_in = func.substr(parked.c.message_key, 1, func.length(parked.c.message_key) - REFUSED_MARK)
    statement = (
        select(*frontend_row.c, parked.c.reason)
        .join(parked, let_in == frontend_row.c.message_key)
        .where(parked.c.reason.in_(AT_THE_GATE), parked.c.closed_as.is_(None))
        .where(*_at(place), frontend_row.c.told.is_(None))
        .limit(limit)
    )
    return [
        Verdict(FrontendRow(*found), Outcome.PARKED, Reason(reason)) for *found, reason in connection.execute(statement)
    ]


def mark_told(connection: Connection, verdicts: Iterable[Verdict]) -> None:
    """Write down what was written back."""
    upsert(connection, frontend_row, [each.row._replace(told=each.code) for each in verdicts])


def find_sources(connection: Connection, keys: Iterable[str]) -> dict[str, FrontendRow]:
    """Return of which rows in tables of front-end databases some messages come, by the key of the message."""
    ours = [key for key in keys if OF_A_ROW in key]
    if not ours:
        return {}
    found = connection.execute(select(frontend_row).where(frontend_row.c.message_key.in_(ours)))
    return {row.message_key: FrontendRow(*row) for row in found}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A version of a row of a feed that is about to stand in a table; `again` where it was so before."""

    row: FrontendSent
    again: bool


def claim(connection: Connection, rows: Sequence[FrontendSent]) -> list[Claimed]:
    """Keep which versions of which rows of a feed are about to stand in a table, and leave out older ones.

    What was answered of the same version stays answered. The rows are of one table, each of them once.
    """
    if not rows:
        return []
    place = Place(rows[0].frontend, rows[0].table_name)
    statement = select(frontend_sent).where(*_sent_at(place), frontend_sent.c.row.in_([each.row for each in rows]))
    known = {row.row: FrontendSent(*row) for row in connection.execute(statement)}
    claimed = [
        Claimed(each, _is_same(each, known.get(each.row))) for each in rows if not _is_older(each, known.get(each.row))
    ]
    upsert(connection, frontend_sent, [each.row for each in claimed if not each.again])
    return claimed


def _is_older(row: FrontendSent, known: FrontendSent | None) -> bool:
    return known is not None and known.row_id == row.row_id and row.version < known.version


def _is_same(row: FrontendSent, known: FrontendSent | None) -> bool:
    return known is not None and (known.row_id, known.version) == (row.row_id, row.version)


def _sent_at(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return frontend_sent.c.frontend == place.frontend, frontend_sent.c.table_name == place.table


def find_open(connection: Connection, place: Place, after: str, limit: int) -> list[FrontendSent]:
    """Return rows whose answer is not on its way yet, in the order of their keys after one of them."""
    statement = (
        select(frontend_sent)
        .where(*_sent_at(place), ~frontend_sent.c.told, frontend_sent.c.row > after)
        .order_by(frontend_sent.c.row)
        .limit(limit)
    )
    return [FrontendSent(*row) for row in connection.execute(statement)]


def keep_answers(connection: Connection, rows: Iterable[FrontendSent]) -> None:
    """Write down answers, or that they are on their way; not of rows that show another version by now."""
    for row in rows:
        same = (
            *_sent_at(Place(row.frontend, row.table_name)),
            frontend_sent.c.row == row.row,
            frontend_sent.c.row_id == row.row_id,
            frontend_sent.c.version == row.version,
        )
        said = {name: getattr(row, name) for name in ("answer_code", "answer_text", "answered_at", "told")}
        connection.execute(update(frontend_sent).where(*same).values(said))
