"""Files of rows: who handed in which, what each row states, and how far its messages have come.

All that takes a file happens in one transaction, alone among those who take one (`alone`): which content was handed in
before, and when first, is then the same for everybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, delete, literal_column, select, update

from credit.record.ids import RECORD_DIGITS
from credit.record.rows import Decision, FileRow, SheetRow
from credit.store import bulk, locks, parked
from credit.store.bulk import Question, one_of, texts
from credit.store.tables import Instant, file, file_row, message, split
from credit.store.tables import parked as parked_table
from schemas.states import FileState

SENT_WITHIN = timedelta(minutes=30)
"""Whoever sends the rows of a file is done by then, however large it is; a file that is not was left half sent."""
NAMED_BY = 12
"""So many digits of a file's id tell it from others."""
_ALONE = "files"


class Known(NamedTuple):
    """When some content was first handed in, and the revision that its message has."""

    at: datetime
    revision: int


class Sending(NamedTuple):
    """What the message of a row is made with, and whether it is in the inbox already."""

    at: datetime
    revision: int
    arrived: bool


_record = literal_column("value", Text)
_KNOWN = select(file_row.c.message_key, file_row.c.at, file_row.c.revision).where(
    one_of(file_row.c.message_key, "keys")
)
_STATED = (
    select(file_row.c.said_of, file_row.c.message_key, file_row.c.file_id, file.c.sender, file_row.c.revision)
    .select_from(texts("keys"))
    # What is said of a record begins with its digits; the bound is the first letter that is none.
    .join(file_row, and_(file_row.c.said_of >= _record, file_row.c.said_of < _record.op("||")("g")))
    .join(file, file.c.file_id == file_row.c.file_id)
    .where(file_row.c.said_of.is_not(None))
)
_ARRIVED = select(message.c.message_key).where(one_of(message.c.message_key, "keys"))
_OPEN = (
    select(parked_table.c.parked_id, parked_table.c.message_key, message.c.sender)
    .join(message, message.c.message_key == parked_table.c.message_key)
    .where(one_of(parked_table.c.message_key, "keys"), parked_table.c.closed_as.is_(None))
)
_SPLIT = select(split.c.record_id).where(one_of(split.c.record_id, "keys"), split.c.undone_at.is_(None))
_HANDED_IN = select(file_row.c.message_key, file_row.c.file_id).where(one_of(file_row.c.message_key, "keys"))


def alone(connection: Connection) -> None:
    """Wait until nobody else takes a file, and let nobody until the transaction ends."""
    locks.hold(connection, [_ALONE])


def read_file(connection: Connection, file_id: str) -> FileRow | None:
    """Return the file of this id; None where it was never handed in."""
    found = connection.execute(select(file).where(file.c.file_id == file_id)).one_or_none()
    return FileRow(*found) if found is not None else None


IS_HALF = and_(
    file.c.state == FileState.TAKEN.value,
    file.c.sent < file.c.rows,
    file.c.taken_at <= bindparam("taken_by", type_=Instant),
)
"""The condition that a file was taken by a moment, and its rows were not sent to the last."""


def stands(row: FileRow, now: datetime) -> FileState:
    """Return where a file stands at a moment: `IS_HALF` for one of them, in Python."""
    half = row.state == FileState.TAKEN and row.sent < row.rows and row.taken_at <= now - SENT_WITHIN
    return FileState.HALF if half else FileState(row.state)


def stand(state: FileState, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a file stands somewhere at a moment, as `stands` has it of a row."""
    half = and_(file.c.state == FileState.TAKEN.value, file.c.sent < file.c.rows, file.c.taken_at <= now - SENT_WITHIN)
    if state is FileState.HALF:
        return half
    return and_(file.c.state == state.value, ~half)


def find_known(connection: Connection, keys: Collection[str]) -> dict[str, Known]:
    """Return, of those of some messages that were handed in before, when that was first."""
    [found] = bulk.seek(connection, Question(_KNOWN, keys))
    known: dict[str, Known] = {}
    for key, at, revision in found:
        if key not in known or at < known[key].at:
            known[key] = Known(at, revision)
    return known


def find_revisions(
    connection: Connection, new: Collection[str], row: FileRow, replaced: Collection[str], most: int
) -> dict[str, int]:
    """Return the revision of each new statement (`said_of`) of a record that other files of a sender have stated.

    It is the next one; but where the last one names another party, it is the same, and a contradiction: nobody's record
    is taken by a number that two have. Parties that were split have revisions of their own. What is parked and
    `replaced` by this file names nobody, and nothing follows a revision above `most`, which is held as a slip.
    """
    records = {said[:RECORD_DIGITS] for said in new}
    stated, wrong, apart = bulk.seek(
        connection, Question(_STATED, records), Question(_OPEN, replaced), Question(_SPLIT, records)
    )
    nobody = {key for _, key, _ in wrong}
    last: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for said, key, file_id, sender, revision in stated:
        if sender == row.sender and file_id != row.file_id and revision <= most:
            record = said[:RECORD_DIGITS]
            whose = record if key in nobody else said
            last[record][whose] = max(revision, last[record].get(whose, 0))
    split_ones = {record for (record,) in apart}
    return {
        said: _follow(said, last[record], is_split=record in split_ones)
        for said in new
        if (record := said[:RECORD_DIGITS]) in last
    }


def _follow(said: str, last: Mapping[str, int], *, is_split: bool) -> int:
    """Return the revision after the last ones of a record: by party, and by the record alone where none is known."""
    if is_split and said in last:
        return last[said] + 1
    named = {whose: revision for whose, revision in last.items() if whose not in {said, said[:RECORD_DIGITS]}}
    highest = max(last.values())
    return highest if highest in named.values() else highest + 1


def find_sending(connection: Connection, keys: Collection[str]) -> dict[str, Sending]:
    """Return what the messages of some rows are made with."""
    known, arrived = bulk.seek(connection, Question(_KNOWN, keys), Question(_ARRIVED, keys))
    there = {key for (key,) in arrived}
    sending: dict[str, Sending] = {}
    for key, at, revision in known:
        if key not in sending or at < sending[key].at:
            sending[key] = Sending(at, revision, key in there)
    return sending


def put(connection: Connection, row: FileRow) -> None:
    """Write a file, in place of what is there of the same id."""
    bulk.upsert(connection, file, [row])


def add_rows(connection: Connection, rows: Sequence[SheetRow]) -> None:
    """Write rows of a file that are not there yet."""
    bulk.copy(connection, file_row, rows)


def set_aside(connection: Connection, row: FileRow) -> None:
    """Make another file of a file that is read in another way now, until `remove_aside`.

    What its rows stated, when first and in which revision is found among other files meanwhile.
    """
    put(connection, row._replace(file_id=_aside(row)))
    rows = update(file_row).where(file_row.c.file_id == row.file_id)
    connection.execute(rows.values(file_id=_aside(row)))


def remove_aside(connection: Connection, row: FileRow) -> None:
    """Remove a file that was set aside, with its rows."""
    connection.execute(delete(file_row).where(file_row.c.file_id == _aside(row)))
    connection.execute(delete(file).where(file.c.file_id == _aside(row)))


def _aside(row: FileRow) -> str:
    return f"{row.file_id} before"


def say_repeated(connection: Connection, file_id: str) -> None:
    """Say of every row of a file that it was handed in before."""
    rows = update(file_row).where(file_row.c.file_id == file_id, file_row.c.message_key.is_not(None))
    connection.execute(rows.values(repeated=True))


def note_sent(connection: Connection, file_id: str, sent: int) -> None:
    """Say how many rows of a file have gone so far."""
    connection.execute(update(file).where(file.c.file_id == file_id).values(sent=sent))


def note_place(connection: Connection, file_id: str, place: str) -> None:
    """Say where a file lies now."""
    connection.execute(update(file).where(file.c.file_id == file_id).values(place=place))


def note_answered(connection: Connection, file_id: str, at: datetime) -> None:
    """Say that the verdict of a file is written."""
    answered = update(file).where(file.c.file_id == file_id)
    connection.execute(answered.values(state=FileState.ANSWERED.value, answered_at=at))


def close_replaced(connection: Connection, keys: Collection[str], row: FileRow, decision: Decision) -> None:
    """Close those of some messages of a file's sender that are parked, as its rows were handed in in their place.

    What the file still states is left alone, and what another process is at work on is left to it. Bytes and history
    stay; the history says which file it was.
    """
    found, handed_in = bulk.seek(connection, Question(_OPEN, keys), Question(_HANDED_IN, keys))
    here = {key for key, file_id in handed_in if file_id == row.file_id}
    numbers = sorted(number for number, key, sender in found if sender == row.sender and key not in here)
    if numbers:
        parked.discard(connection, parked.fetch(connection, numbers), decision)
