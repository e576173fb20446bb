"""Messages whose lists stand in a sheet of their own: a row of the one sheet and those of the other become one message.

Nothing of a message goes without the rest: where a row of a list cannot be used, all rows of its message are refused,
each at its cell. Rows of the first sheet wait on disk until the others are read; what is listed waits in memory, as
bytes, which a workbook holds few enough of.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple

import orjson

from schemas.file_reasons import CellReason
from schemas.party import squeeze_document_no
from schemas.sheets import Detail
from workers.files.messages import Draft
from workers.files.sheetreader import ReadRow, SheetReader
from workers.files.spool import Entry, Spool


class _Listed(NamedTuple):
    """A row of a list: what it says as JSON, or why it cannot be used."""

    reader: SheetReader
    item: str
    row: ReadRow
    said: bytes


class _Place(NamedTuple):
    """A row of the file."""

    sheet: int
    row: int


class Join:
    """The rows of one template and of its lists, until both are read."""

    def __init__(self, details: Sequence[Detail]) -> None:
        """Begin without rows; the lists of one template name its rows by one column."""
        self._details = details
        self._number = details[0].number
        self._heads: IO[bytes] = tempfile.TemporaryFile(prefix="xinglin-")  # noqa: SIM115 - `close`
        self._readers: dict[int, SheetReader] = {}
        self._rows: defaultdict[str, list[_Place]] = defaultdict(list)
        self._listed: defaultdict[str, list[_Listed]] = defaultdict(list)

    def add_heads(self, reader: SheetReader, rows: Iterable[ReadRow]) -> None:
        """Take the rows that are messages."""
        self._readers[reader.number] = reader
        for row in rows:
            self._rows[self._name(row)].append(_Place(reader.number, row.number))
            self._heads.write(orjson.dumps([reader.number, tuple(row)]) + b"\n")

    def add_items(self, reader: SheetReader, item: str, rows: Iterable[ReadRow]) -> None:
        """Take the rows of a list."""
        for row in rows:
            values = {code: text for code, text in row.values.items() if code != self._number}
            said = orjson.dumps(reader.read_item(values), option=orjson.OPT_SORT_KEYS)
            bare = row._replace(values={self._number: row.values[self._number]} if self._number in row.values else {})
            self._listed[self._name(row)].append(_Listed(reader, item, bare, said))

    def enter(self, spool: Spool) -> None:
        """Enter all rows: each message with what it lists, and what cannot be joined as refused."""
        any_listed = bool(self._listed)
        for reader, row in self._read_heads():
            self._enter(spool, reader, row, any_listed=any_listed)
        for name, listed in self._listed.items():
            says = "主表中没有这个编号" if name else "没有填写编号，不知属于主表的哪一行"
            for one in listed:
                _refuse(spool, one, one.reader.say(self._number, CellReason.DETAIL_ALONE, says))

    def close(self) -> None:
        """Give the disk back."""
        self._heads.close()

    def _name(self, row: ReadRow) -> str:
        return squeeze_document_no(row.values.get(self._number, ""))

    def _read_heads(self) -> Iterator[tuple[SheetReader, ReadRow]]:
        self._heads.seek(0)
        for line in self._heads:
            number, row = orjson.loads(line)
            yield self._readers[number], ReadRow(*row)

    def _enter(self, spool: Spool, reader: SheetReader, row: ReadRow, *, any_listed: bool) -> None:
        name, here = self._name(row), _Place(reader.number, row.number)
        listed = self._listed.get(name, []) if name else []
        faults = self._find_faults(listed)
        refusal = row.refusal or self._judge(here, row, listed, faulty=bool(faults), any_listed=any_listed)
        lists = {
            detail.item: [orjson.loads(one.said) for one in listed if one.item == detail.item]
            for detail in self._details
            if any(one.item == detail.item for one in listed)
        }
        draft = reader.enter(spool, row._replace(refusal=refusal), lists)
        if not name or self._rows[name][-1] != here:
            return  # what several rows may list is refused with the last of them
        for at, one in enumerate(self._listed.pop(name, ())):
            if draft is not None:
                spool.add(_part_of(draft, one))
            else:
                held = one.reader.say(self._number, CellReason.DETAIL_HELD, f"主表第 {row.number} 行未读入")
                _refuse(spool, one, faults.get(at, held))

    def _judge(
        self, here: _Place, row: ReadRow, listed: list[_Listed], *, faulty: bool, any_listed: bool
    ) -> str | None:
        """Return why a row cannot be joined with what it lists; None where it can."""
        name, reader = self._name(row), self._readers[here.sheet]
        others = [str(other.row) for other in self._rows[name] if other != here]
        inside = [each.item for each in self._details if any(code.startswith(f"{each.item}.") for code in row.values)]
        if any_listed and not name:
            return reader.say(self._number, CellReason.DETAIL_NONE, "没有填写编号，不知有哪些明细")
        if listed and others:
            says = f"第 {'、'.join(others)} 行是同一编号，不知明细属于哪一行"
            return reader.say(self._number, CellReason.DETAIL_TWICE, says)
        if any(one.item in inside for one in listed):
            return reader.say(self._number, CellReason.DETAIL_TWICE, "明细既填在本行，又填在明细表")
        if faulty:
            return reader.say(self._number, CellReason.DETAIL_HELD, "明细中有行未读入")
        if any_listed and not listed and not inside:
            return reader.say(self._number, CellReason.DETAIL_NONE, "明细表中没有这个编号的行")
        return None

    def _find_faults(self, listed: Iterable[_Listed]) -> dict[int, str]:
        """Return which rows of a list cannot be used, counted from 0: for a cell, or as they are there once more."""
        faults: dict[int, str] = {}
        seen: dict[tuple[str, bytes], _Listed] = {}
        for at, one in enumerate(listed):
            before = seen.setdefault((one.item, one.said), one)
            if one.row.refusal is not None:
                faults[at] = one.row.refusal
            elif before is not one:
                says = f"与第 {before.row.number} 行完全相同"
                faults[at] = one.reader.say(self._number, CellReason.DETAIL_TWICE, says)
        return faults


def _part_of(draft: Draft, one: _Listed) -> Entry:
    number, notes = one.reader.number, one.row.notes
    return Entry(number, one.row.number, source=draft.source, message_id=draft.message_id, notes=notes)


def _refuse(spool: Spool, one: _Listed, refusal: str) -> None:
    spool.add(Entry(one.reader.number, one.row.number, refusal=one.row.refusal or refusal, notes=one.row.notes))
