"""Rows of front-end databases 前置库 in the archive: as which message each was taken, and what is written back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, literal, or_, select, update

from credit.batch.arrival import REFUSED_MARK
from credit.record.merging import Outcome
from credit.record.rows import Decision, FrontendRow, FrontendSent
from credit.store import parked as parking
from credit.store.bulk import insert_new, upsert
from credit.store.tables import frontend_row, frontend_sent, message, parked
from schemas.reasons import AT_THE_GATE, Reason
from schemas.states import Operation

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
    notes: str | None = None
    """What is to be said of its cells; see `FrontendRow`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row's message: `reason` and `detail` (in English) where it is parked.

    `parked_id` is its number while that is open. `replaced` says that the row says something else by now: nothing is
    written back, and what is parked is to be closed.
    """

    row: FrontendRow
    outcome: Outcome
    reason: Reason | None
    detail: str
    parked_id: int | None
    replaced: bool

    @property
    def code(self) -> str:
        """What `FrontendRow.told` is when it was dealt with."""
        return NOTHING_TO_TELL if self.replaced else self.outcome.value


def stage(connection: Connection, place: Place, candidates: Sequence[Candidate], told: str | None) -> list[FrontendRow]:
    """Return which message each row is, in their order, and keep it.

    A row that says what it said before is the message that it was, whatever has become of that; it is told so once
    more, as its table may have been loaded anew. One that says something else is a message of the next revision, and
    the former one is looked at once more (`find_verdicts`), as it has been replaced. Nobody else may stage the same
    rows before this transaction ends.
    """
    known = _latest(connection, place, [each.row for each in candidates])
    staged = [_settle(place, each, known.get(each.row), told) for each in candidates]
    new = [row for row in staged if row is not known.get(row.row)]
    insert_new(connection, frontend_row, new)
    if told is None:
        _tell_again(connection, place, [row for row in staged if row is known.get(row.row) and row.told is not None])
    _look_again(connection, place, [row for row in new if row.revision > 1])
    return staged


def _latest(connection: Connection, place: Place, rows: Collection[str]) -> Mapping[str, FrontendRow]:
    statement = select(frontend_row).where(*_at(place), frontend_row.c.row.in_(rows)).order_by(frontend_row.c.revision)
    return {row.row: FrontendRow(*row) for row in connection.execute(statement)}


def _settle(place: Place, candidate: Candidate, known: FrontendRow | None, told: str | None) -> FrontendRow:
    if known is not None and known.message_key == candidate.key_in(known.revision):
        return known
    revision = 1 if known is None else known.revision + 1
    key = candidate.key_in(revision)
    return FrontendRow(place.frontend, place.table, candidate.row, revision, key, candidate.at, told, candidate.notes)


def _tell_again(connection: Connection, place: Place, rows: Sequence[FrontendRow]) -> None:
    if rows:
        same = or_(*(and_(frontend_row.c.row == row.row, frontend_row.c.revision == row.revision) for row in rows))
        connection.execute(update(frontend_row).where(*_at(place), same).values(told=None))


def _look_again(connection: Connection, place: Place, rows: Sequence[FrontendRow]) -> None:
    """Let the messages that these rows replace be found again, whether they are through by now or later."""
    if not rows:
        return
    former = or_(*(and_(frontend_row.c.row == row.row, frontend_row.c.revision == row.revision - 1) for row in rows))
    parked_or_silent = frontend_row.c.told.in_((NOTHING_TO_TELL, Outcome.PARKED.value))
    connection.execute(update(frontend_row).where(*_at(place), former, parked_or_silent).values(told=None))


def _at(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return frontend_row.c.frontend == place.frontend, frontend_row.c.table_name == place.table


_UNTOLD = or_(frontend_row.c.told.is_(None), frontend_row.c.told == Outcome.PARKED.value)


_later = frontend_row.alias("later")
_REPLACED = exists(
    select(_later.c.revision).where(
        _later.c.frontend == frontend_row.c.frontend,
        _later.c.table_name == frontend_row.c.table_name,
        _later.c.row == frontend_row.c.row,
        _later.c.revision > frontend_row.c.revision,
    )
)


def find_verdicts(connection: Connection, place: Place, limit: int) -> list[Verdict]:
    """Return rows whose message is through and that were not dealt with yet, or were parked and are not now."""
    statement = (
        select(*frontend_row.c, message.c.outcome, *_PARKING)
        .join(message, message.c.message_key == frontend_row.c.message_key)
        .outerjoin(parked, parked.c.message_key == message.c.message_key)
        .where(*_at(place), _UNTOLD, message.c.outcome != func.coalesce(frontend_row.c.told, ""))
        .limit(limit)
    )
    return _read_verdicts(connection, statement) or _find_refused(connection, place, limit)


_PARKING = (parked.c.reason, parked.c.detail, parked.c.parked_id, parked.c.closed_as, _REPLACED.label("replaced"))


def _read_verdicts(connection: Connection, statement: Select[Any]) -> list[Verdict]:
    verdicts = []
    for *found, said, reason, detail, parked_id, closed_as, replaced in connection.execute(statement):
        outcome = Outcome(said)
        is_parked = outcome is Outcome.PARKED
        verdicts.append(
            Verdict(
                FrontendRow(*found),
                outcome,
                Reason(reason) if is_parked else None,
                detail if is_parked else "",
                parked_id if is_parked and closed_as is None else None,
                bool(replaced),
            )
        )
    return verdicts


def _find_refused(connection: Connection, place: Place, limit: int) -> list[Verdict]:
    """Return rows whose message the gate did not let in: it is kept beside the place of its key, with a mark behind."""
    let_in = func.substr(parked.c.message_key, 1, func.length(parked.c.message_key) - REFUSED_MARK)
    statement = (
        select(*frontend_row.c, literal(Outcome.PARKED.value), *_PARKING)
        .join(parked, let_in == frontend_row.c.message_key)
        .where(parked.c.reason.in_(AT_THE_GATE), parked.c.closed_as.is_(None))
        .where(*_at(place), frontend_row.c.told.is_(None))
        .limit(limit)
    )
    return _read_verdicts(connection, statement)


def conclude(connection: Connection, verdicts: Sequence[Verdict], decision: Decision) -> int:
    """Write down that rows were dealt with, and close what is parked of those that were replaced; return how many.

    What another process is at work on is left to it, and looked at again.
    """
    replaced = {each.parked_id: each for each in verdicts if each.replaced and each.parked_id is not None}
    held = parking.fetch(connection, sorted(replaced)) if replaced else []
    if held:
        parking.discard(connection, held, decision)
    closed = {one.parked_id for one in held}
    done = {
        (each.row.row, each.row.revision): each.row._replace(told=each.code)
        for each in verdicts
        if each.parked_id in closed or each.parked_id not in replaced
    }
    upsert(connection, frontend_row, list(done.values()))
    return len(done)


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


def claim(
    connection: Connection, rows: Sequence[FrontendSent], operation: Operation, sent: Iterable[FrontendSent]
) -> list[Claimed]:
    """Keep which versions of which rows of a feed are about to stand in a table, and leave out older ones.

    A row to withdraw is left out where another has its key by now: what stands there is not its own any more.
    What was answered of the same version stays answered. The rows are of one table, each of them once; `sent` is what
    was sent under their keys before.
    """
    known = {row.row: row for row in sent}
    withdrawing = operation is Operation.WITHDRAW
    claimed = [
        Claimed(each, _is_same(each, there))
        for each in rows
        for there in (known.get(each.row),)
        if not _is_older(each, there) and not (withdrawing and _is_of_another(each, there))
    ]
    upsert(connection, frontend_sent, [each.row for each in claimed if not each.again])
    return claimed


def _is_older(row: FrontendSent, known: FrontendSent | None) -> bool:
    return known is not None and known.row_id == row.row_id and row.version < known.version


def _is_of_another(row: FrontendSent, known: FrontendSent | None) -> bool:
    return known is not None and known.row_id != row.row_id


def _is_same(row: FrontendSent, known: FrontendSent | None) -> bool:
    return known is not None and (known.row_id, known.version) == (row.row_id, row.version)


def _sent_at(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return frontend_sent.c.frontend == place.frontend, frontend_sent.c.table_name == place.table


def find_sent(connection: Connection, place: Place, rows: Collection[str]) -> list[FrontendSent]:
    """Return which versions of which rows of feeds stand under some keys of a table, up to a lot of them."""
    statement = select(frontend_sent).where(*_sent_at(place), frontend_sent.c.row.in_(rows))
    return [FrontendSent(*row) for row in connection.execute(statement)]


def forget(connection: Connection, place: Place, rows: Collection[str]) -> None:
    """Keep nothing of what stood under some keys of a table: no answer is waited for, and another row may have them."""
    connection.execute(delete(frontend_sent).where(*_sent_at(place), frontend_sent.c.row.in_(rows)))


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
