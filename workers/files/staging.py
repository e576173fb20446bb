"""Writing a file down: all of its rows, or nothing, in one transaction, alone among those who take files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from credit.identity import mask_text
from credit.record.rows import Decision, FileRow, SheetRow
from credit.store import files
from credit.store.engine import writing
from credit.store.files import Known
from schemas.states import FileState
from workers.files.reading import Reading
from workers.files.spool import Entry, Spool
from workers.runtime import Runtime

_FIRST = 1


def stage(opened: Runtime, row: FileRow, found: Reading, spool: Spool) -> FileRow:
    """Write a file down, and return it as it stands then.

    A file that was taken before goes on from where it stood; once it was answered, its rows are repeated. What was
    taken is not undone by a later reading that fails.

    Raises:
        TransientError: nothing was written.
    """
    with writing(opened.engine) as connection:
        files.alone(connection)
        before = files.read_file(connection, row.file_id)
        if before is not None and before.state == FileState.REFUSED:
            before = None
        if row.state == FileState.REFUSED:
            if before is None:
                files.put(connection, row)
            return row
        if before is not None and before.reading == row.reading:
            return _go_on(connection, before, row)
        most = opened.reader.law.plausibility.revision.above
        return _Staging(connection, row._replace(taken_at=opened.clock()), found, before, most).write(spool)


def _go_on(connection: Connection, before: FileRow, row: FileRow) -> FileRow:
    sent = before.sent
    if before.state == FileState.ANSWERED:
        files.say_repeated(connection, before.file_id)
        sent = 0
    after = before._replace(state=FileState.TAKEN, sent=sent, answered_at=None, place=row.place)
    files.put(connection, after)
    return after


class _Staging:
    """The rows of one file on their way into the table."""

    def __init__(self, connection: Connection, row: FileRow, found: Reading, before: FileRow | None, most: int) -> None:
        self._connection = connection
        self._most = most
        self._row = row if before is None else row._replace(taken_at=before.taken_at)
        self._now: datetime = row.taken_at
        self._sheets = {each.number: each for each in found.read()}
        self._names = {number: mask_text(each.name) for number, each in self._sheets.items()}
        self._before = before
        self._repeated = False

    def write(self, spool: Spool) -> FileRow:
        if self._before is not None:  # as an earlier version of the program read it: what that stated is no news
            files.set_aside(self._connection, self._before)
        for lot in spool.lots():
            files.add_rows(self._connection, self._rows_of([entry for entry, _ in lot]))
        if spool.replacing:
            self._close_replaced(spool)
        if self._before is not None:
            files.remove_aside(self._connection, self._before)
        files.put(self._connection, self._row)
        return self._row

    def _rows_of(self, entries: Sequence[Entry]) -> list[SheetRow]:
        keys = {entry.key for entry in entries if entry.key is not None}
        known = files.find_known(self._connection, keys)
        revisions = self._find_revisions(entries, known)
        return [self._row_of(entry, known, revisions) for entry in entries]

    def _find_revisions(self, entries: Iterable[Entry], known: Mapping[str, Known]) -> dict[str, int]:
        """Return the revisions of what is new, by what others than rows of this file have stated."""
        new = {e.said_of for e in entries if e.said_of and e.revision is None and e.key not in known}
        replaced = {e.replaces for e in entries if e.replaces}
        return files.find_revisions(self._connection, new, self._row, replaced, self._most)

    def _row_of(self, entry: Entry, known: dict[str, Known], revisions: Mapping[str, int]) -> SheetRow:
        sheet = self._sheets[entry.sheet]
        key, repeated = entry.key, False
        said = Known(self._now, entry.revision or revisions.get(entry.said_of or "", _FIRST))
        if key is not None:
            if not entry.is_part:
                self._repeated = key in known
            repeated = self._repeated
            said = known.setdefault(key, said)
        return SheetRow(
            file_id=self._row.file_id,
            sheet=entry.sheet,
            sheet_name=self._names[entry.sheet],
            row=entry.row,
            template=sheet.layout.template.name,
            message_key=key,
            said_of=entry.said_of,
            revision=said.revision,
            at=said.at,
            repeated=repeated,
            refusal=entry.refusal,
            notes=entry.notes,
        )

    def _close_replaced(self, spool: Spool) -> None:
        """Close the parked messages in whose place others came, but for those that stand in this file still.

        A row that was copied has the number of the one that it was copied from.
        """
        row = self._row
        decision = Decision(row.by, f"由文件“{row.name}”中更正的行取代", self._now, row.account)
        for lot in spool.lots():
            replaced = {key for entry, _ in lot if (key := entry.replaces) is not None}
            files.close_replaced(self._connection, replaced, row, decision)
