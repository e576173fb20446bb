"""Answering a file: the outcome of each row becomes its verdict."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import structlog

from credit.identity import MASKED
from credit.record.rows import FileRow
from credit.store import files
from credit.store.engine import reading
from credit.store.queries.files import RowOutcome, find_places, stream_outcomes
from credit.store.queries.shown import find_shown
from schemas.errors import PermanentError
from schemas.states import FileState, RowState
from workers.files import guard
from workers.files.grid import LIMITS
from workers.files.guard import FileKind
from workers.files.verdicts import fresh, text, xlsx
from workers.files.verdicts.naming import SUMMARY_SHEET, summary_path
from workers.files.verdicts.package import CannotMark
from workers.files.verdicts.rows import RowVerdict, SheetVerdict
from workers.files.verdicts.summary import Line, Summary
from workers.files.verdicts.words import Around, SheetWords, part_of, say, words_of
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)
_AT_ONCE = 1_000
_MADE_ANEW = "本工作簿按读到的值重新制作：原文件的格式、公式、列宽和批注没有保留，原文件未改动。"
_LOOKED_UP = frozenset({RowState.REPEATED, RowState.SUPERSEDED, RowState.CONFLICT, RowState.DISMISSED})


def answer(opened: Runtime, path: Path, file_id: str, out: Path) -> Summary:
    """Write the verdict on the file at `path`, whose rows are kept under `file_id`, to `out`.

    XLSX stays the clerk's own workbook, CSV keeps its encoding and delimiter; of XLS and XML a new workbook is made.
    What lies at `out` is replaced at once, when all of it is written.

    Raises:
        PermanentError: no file of that id was taken.
        FileRefused: the file at `path` cannot be read any more.
    """
    with reading(opened.engine) as connection:
        row = files.read_file(connection, file_id)
    if row is None or row.state == FileState.REFUSED:
        raise PermanentError("no file of that id was taken; `xinglin files` lists those that were")
    answering = _Answering(opened, row, out)
    with path.open("rb") as source:
        kind = guard.recognise(source, path.name, LIMITS)
    with tempfile.TemporaryDirectory(prefix=".verdict-", dir=out.parent) as folder:
        made = Path(folder) / out.name
        if kind is FileKind.CSV:
            text.mark(path, made, answering.sheets)
            summary = summary_path(out)
            fresh.write_summary(made.with_name(summary.name), answering.summary().lines())
            os.replace(made.with_name(summary.name), summary)  # noqa: PTH105 - the word for it
        elif kind is FileKind.XLSX:
            _mark(path, made, answering)
        else:
            _make_anew(path, made, answering)
        os.replace(made, out)  # noqa: PTH105 - the word for it
    return answering.summary()


def _mark(path: Path, made: Path, answering: _Answering) -> None:
    try:
        xlsx.mark(path, made, answering.sheets, answering.lines, LIMITS)
    except CannotMark as error:
        _log.warning("workbook_made_anew", trouble=str(error))
        _make_anew(path, made, answering)


def _make_anew(path: Path, made: Path, answering: _Answering) -> None:
    answering.add_note(_MADE_ANEW)
    fresh.write(path, made, answering.sheets, answering.lines, LIMITS)


@dataclass(frozen=True, slots=True)
class _Sheet:
    number: int
    header_row: int
    places: dict[str, int]
    words: SheetWords
    item: str
    """The list of messages that its rows are of; empty where each is a message."""


class _Answering:
    """One file that is answered: its rows as verdicts, counted while they are asked for."""

    def __init__(self, opened: Runtime, row: FileRow, out: Path) -> None:
        self._opened, self._row, self._out = opened, row, out
        self._at = opened.clock()
        self._counts: Counter[RowState] = Counter()
        layouts: list[dict[str, Any]] = json.loads(row.sheets)
        self._sheets = {each["sheet"]: self._read(each) for each in layouts if "columns" in each}
        self._notes = tuple(
            f"工作表“{each['name']}”：{says}"
            for each in layouts
            if each["name"] != SUMMARY_SHEET
            for says in ([each["left_out"]] if "left_out" in each else each.get("notes", ()))
        )

    def _read(self, layout: dict[str, Any]) -> _Sheet:
        templates = self._opened.reader.registry.templates()
        words = words_of(layout["template"], templates, layout["columns"])
        item = layout["template"].partition("/")[2]
        return _Sheet(layout["sheet"], layout["header_row"], layout["verdict"], words, item)

    def add_note(self, text: str) -> None:
        """Have something more said of the whole file in its summary."""
        self._notes = (*self._notes, text)

    def summary(self) -> Summary:
        """Return the summary of what was counted."""
        row = self._row
        counts = {state: self._counts[state] for state in RowState if self._counts[state]}
        return Summary(row.name, row.by, row.sender, row.taken_at, self._at, counts, self._out, self._notes)

    def lines(self) -> list[Line]:
        """Return the lines of the summary, when all rows were asked for."""
        return self.summary().lines()

    def sheets(self) -> Iterator[SheetVerdict]:
        """Yield the sheets with their verdicts, from the first row on whenever it is asked."""
        self._counts.clear()
        with reading(self._opened.engine) as connection:
            outcomes = stream_outcomes(connection, self._row.file_id)
            for number, rows in groupby(outcomes, key=lambda outcome: outcome.sheet):
                sheet = self._sheets[number]
                yield SheetVerdict(number, sheet.header_row, sheet.places, self._say(rows, sheet))

    def _say(self, outcomes: Iterable[RowOutcome], sheet: _Sheet) -> Iterator[RowVerdict]:
        rest = _parts_of(outcomes, sheet.item) if sheet.item else iter(outcomes)
        while lot := list(islice(rest, _AT_ONCE)):
            around = self._look_around(lot)
            for outcome in lot:
                self._counts[outcome.state] += 1
                yield say(outcome, sheet.words, around)

    def _look_around(self, lot: list[RowOutcome]) -> Around:
        wanted = [outcome for outcome in lot if outcome.state in _LOOKED_UP]
        if not wanted:
            return Around(self._row.file_id, {}, {})
        with reading(self._opened.engine) as connection:
            shown = find_shown(connection, {each.record_id for each in wanted if each.record_id})
            keys = {each.stated_by for each in shown.values()} | {e.message_key for e in wanted if e.message_key}
            return Around(self._row.file_id, shown, find_places(connection, keys, MASKED))


def _parts_of(rows: Iterable[RowOutcome], item: str) -> Iterator[RowOutcome]:
    """Return rows of a list with what is said of each: they stand in their message in the order of the sheet."""
    places: Counter[str] = Counter()
    for row in rows:
        if row.message_key is None:
            yield row
        else:
            yield part_of(row, item, places[row.message_key])
            places[row.message_key] += 1
