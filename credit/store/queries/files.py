"""Files of rows that were handed in, and what became of each row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, false, func, or_, select

from credit.batch.arrival import REFUSED_MARK
from credit.identity import Viewer, mask_text
from credit.record.merging import Outcome
from credit.record.rows import FileRow
from credit.store.bulk import Question, find, one_of, seek
from credit.store.files import stand
from credit.store.queries.page import Part, comes_before, fits, write_key
from credit.store.queries.sight import is_one_of_organs
from credit.store.queries.view import View
from credit.store.tables import act, file, file_row, message, parked, record
from schemas.errors import PermanentError
from schemas.reasons import AT_THE_GATE
from schemas.states import FileState, RowState

_AT_ONCE = 5_000
OF_A_ROW = " sheet-"
"""In the key of every message that a row of a file states: its id begins so."""


class RowOutcome(NamedTuple):
    """What became of a row of a file.

    `ticket` 办理编号 is the id of its message, by which it is found again; None where the row was refused by itself.
    Then `refusal` has the notes of its cells as JSON, as `notes` has what was read in another form. `reason` and
    `detail` say why it is parked (the detail in English, without numbers of persons), `parked_id` under which number.
    """

    sheet: int
    sheet_name: str
    row: int
    template: str
    state: RowState
    ticket: str | None
    message_key: str | None
    record_id: str | None
    parked_id: int | None
    reason: str | None
    detail: str | None
    refusal: str | None
    notes: str | None

    @property
    def answers(self) -> bool:
        """Whether it is about no record of its own: it answers what others were told."""
        return self.message_key is not None and self.record_id is None


@dataclass(frozen=True, slots=True)
class Handed:
    """A file with the counts of its rows by what became of them; every state has its count."""

    row: FileRow
    counts: dict[RowState, int]


class Place(NamedTuple):
    """Where in a file something was said: the sheet, its row, and by item the letter of its column."""

    file_id: str
    name: str
    sheet: str
    row: int
    columns: dict[str, str]


_length = func.length(parked.c.message_key)
_GATE = (
    select(
        func.substr(parked.c.message_key, 1, _length - REFUSED_MARK).label("let_in_key"),
        func.min(parked.c.parked_id).label("parked_id"),
        func.min(parked.c.reason).label("reason"),
        func.min(parked.c.detail).label("detail"),
    )
    .where(
        parked.c.closed_as.is_(None),
        parked.c.reason.in_([reason.value for reason in AT_THE_GATE]),
        func.substr(parked.c.message_key, _length - REFUSED_MARK + 1, 1) == "?",
    )
    .group_by("let_in_key")
    .subquery("gate")
)
"""What was not let in is kept beside the place of its source and id."""

_HELD = parked.c.parked_id.is_not(None)
_STATED_BY = func.coalesce(record.c.stated_by, act.c.stated_by)
_STATE = case(
    (file_row.c.message_key.is_(None), RowState.REFUSED.value),
    (and_(message.c.message_key.is_(None), _GATE.c.parked_id.is_(None)), RowState.WAITING.value),
    (message.c.message_key.is_(None), RowState.PARKED.value),
    (parked.c.closed_as == "discarded", RowState.DISCARDED.value),
    (and_(_HELD, parked.c.closed_as.is_(None)), RowState.PARKED.value),
    (func.coalesce(record.c.revision, act.c.revision) > message.c.revision, RowState.SUPERSEDED.value),
    (func.coalesce(record.c.disputed, act.c.disputed, false()), RowState.CONFLICT.value),
    # Once a person has decided which content holds, only what was dismissed has come as a conflict.
    (message.c.outcome == Outcome.CONFLICT.value, RowState.DISMISSED.value),
    (or_(file_row.c.repeated, file_row.c.message_key != _STATED_BY), RowState.REPEATED.value),
    (and_(_STATED_BY.is_(None), message.c.outcome == Outcome.REPEATED.value), RowState.REPEATED.value),
    (and_(_STATED_BY.is_(None), message.c.outcome == Outcome.SUPERSEDED.value), RowState.SUPERSEDED.value),
    else_=RowState.APPLIED.value,
)
_FROM = (
    file_row.outerjoin(message, message.c.message_key == file_row.c.message_key)
    .outerjoin(parked, parked.c.message_key == message.c.message_key)
    .outerjoin(_GATE, and_(_GATE.c.let_in_key == file_row.c.message_key, message.c.message_key.is_(None)))
    .outerjoin(record, record.c.record_id == message.c.record_id)
    .outerjoin(act, act.c.record_id == message.c.record_id)
)
_OUTCOMES = (
    select(
        file_row.c.sheet,
        file_row.c.sheet_name,
        file_row.c.row,
        file_row.c.template,
        _STATE.label("state"),
        file_row.c.message_key,
        message.c.record_id,
        func.coalesce(parked.c.parked_id, _GATE.c.parked_id).label("parked_id"),
        func.coalesce(parked.c.reason, _GATE.c.reason).label("reason"),
        func.coalesce(parked.c.detail, _GATE.c.detail).label("detail"),
        file_row.c.refusal,
        file_row.c.notes,
    )
    .select_from(_FROM)
    .order_by(file_row.c.sheet, file_row.c.row)
)
_IN_INBOX = select(message.c.message_key).where(one_of(message.c.message_key, "keys"))
_AT_GATE = select(_GATE.c.let_in_key).where(one_of(_GATE.c.let_in_key, "keys"))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which files to list; None: all. `stands` is where they stand, and at which moment."""

    sender: str | None = None
    stands: tuple[FileState, datetime] | None = None


EVERYTHING = Filter()
_ORDER = (file.c.taken_at, file.c.file_id)


def find_files(connection: Connection, view: View, part: Part, wanted: Filter = EVERYTHING) -> list[Handed]:
    """Return a part of the files that organs of the viewer handed in, the latest first; pages begin after `key_of`."""
    chosen = [fits(file.c.sender, wanted.sender)]
    if wanted.stands is not None:
        chosen.append(stand(*wanted.stands))
    asked = select(file).where(is_one_of_organs(view, file.c.sender), comes_before(_ORDER, part.after), *chosen)
    rows = connection.execute(asked.order_by(*(each.desc() for each in _ORDER)).limit(part.limit)).all()
    return _count(connection, [FileRow(*row) for row in rows], view.viewer)


def key_of(row: FileRow) -> str:
    """Return the key of a file in the list of those that were handed in."""
    return write_key([row.taken_at, row.file_id])


def read_file(connection: Connection, viewer: Viewer, which: str) -> Handed:
    """Return one file by its id, the beginning of it, or its name; of several the latest.

    Raises:
        PermanentError: there is none.
    """
    meant = or_(file.c.name == mask_text(which), file.c.file_id.startswith(which, autoescape=True))
    latest = select(file).where(meant).order_by(file.c.taken_at.desc(), file.c.file_id).limit(1)
    found = connection.execute(latest).one_or_none()
    if found is None:
        raise PermanentError("no file of that id or name was handed in; `xinglin files` lists those that were")
    [handed] = _count(connection, [FileRow(*found)], viewer)
    return handed


def find_answered(connection: Connection, place: str) -> datetime | None:
    """Return when the verdict on what lay at a place was last written; None where none was."""
    latest = select(file.c.answered_at).where(file.c.place == place).order_by(file.c.answered_at.desc().nulls_last())
    found: datetime | None = connection.execute(latest.limit(1)).scalar()
    return found


def _count(connection: Connection, rows: Sequence[FileRow], viewer: Viewer) -> list[Handed]:
    counted = (
        select(file_row.c.file_id, _STATE.label("row_state"), func.count())
        .select_from(_FROM)
        .where(file_row.c.file_id.in_([row.file_id for row in rows]))
        .group_by(file_row.c.file_id, "row_state")
    )
    counts = {(file_id, state): int(count) for file_id, state, count in connection.execute(counted)}
    return [
        Handed(_as_seen(row, viewer), {state: counts.get((row.file_id, state.value), 0) for state in RowState})
        for row in rows
    ]


def _as_seen(row: FileRow, viewer: Viewer) -> FileRow:
    # A name or a place may have the number of a person in it.
    detail, place = (None if text is None else viewer.text(text) for text in (row.detail, row.place))
    return row._replace(name=viewer.text(row.name), detail=detail, place=place)


def stream_outcomes(connection: Connection, file_id: str) -> Iterator[RowOutcome]:
    """Stream what became of each row of a file, in the order of sheets and rows."""
    found = connection.execution_options(yield_per=_AT_ONCE).execute(_OUTCOMES.where(file_row.c.file_id == file_id))
    for sheet, name, row, template, state, key, record_id, parked_id, reason, detail, refusal, notes in found:
        held = state == _PARKED
        yield RowOutcome(
            sheet,
            name,
            row,
            template,
            _STATES[state],
            key.partition(" ")[2] if key else None,
            key,
            record_id,
            parked_id if held else None,
            reason if held else None,
            detail if held else None,
            refusal,
            notes,
        )


_PARKED = RowState.PARKED.value
_STATES = {state.value: state for state in RowState}


def find_in_inbox(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Return those of some messages that have come to the archive, whatever became of them there."""
    [found] = seek(connection, Question(_IN_INBOX, keys))
    return {key for (key,) in found}


def find_at_gate(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Return those of some messages that were not let in, and wait for what a person decides."""
    return set(connection.execute(_AT_GATE, {"keys": list(keys)}).scalars())


def find_places(connection: Connection, keys: Iterable[str], viewer: Viewer) -> dict[str, Place]:
    """Return where in files some messages come from: the first place of each that came by a file."""
    [found] = find(connection, Question(_PLACES, [key for key in keys if OF_A_ROW in key]))
    places: dict[str, Place] = {}
    for key, file_id, name, sheets, sheet, sheet_name, row in found:
        if key not in places:
            columns: dict[str, str] = next(
                (each.get("columns", {}) for each in json.loads(sheets) if each["sheet"] == sheet), {}
            )
            places[key] = Place(file_id, viewer.text(name), viewer.text(sheet_name), row, columns)
    return places


_PLACES = (
    select(
        file_row.c.message_key,
        file.c.file_id,
        file.c.name,
        file.c.sheets,
        file_row.c.sheet,
        file_row.c.sheet_name,
        file_row.c.row,
    )
    .join(file, file.c.file_id == file_row.c.file_id)
    .where(one_of(file_row.c.message_key, "keys"))
    .order_by(file.c.taken_at, file.c.file_id, file_row.c.sheet, file_row.c.row)
)
