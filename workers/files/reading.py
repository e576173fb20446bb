"""Reading a file into a spool: each row as the message that it states, or why it is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from connectors.registry import Registry
from credit.identity import mask_text
from credit.routing.routes import Routes
from schemas import wire
from schemas.errors import UnusableError
from schemas.file_reasons import FileReason
from schemas.reasons import Reason
from schemas.sheets import Context, RowUnusable, Template
from workers.files.grid import FileRefused, column_letter
from workers.files.messages import ANSWERING, Draft, draft_of, message_of
from workers.files.rows import CellNote, Row, SheetLeftOut, SheetRows, read_sheets
from workers.files.spool import Entry, Spool
from workers.files.verdicts.naming import HEADINGS
from workers.runtime import Runtime

_CONTENT_TYPE = "application/cloudevents+json"
_TOLD_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file is refused whole: the code of a `FileReason`, or of a `Reason` of the gate; the detail is Chinese."""

    reason: str
    detail: str


@dataclass(slots=True)
class Reading:
    """What was found in a file: its sheets in their order, or why nothing of it is taken."""

    sheets: list[SheetRows | SheetLeftOut] = field(default_factory=list)
    refused: Refused | None = None

    def layouts(self) -> str:
        """Return where in each sheet the columns stand, as JSON: their letters by the codes of the items.

        `verdict` has the places of our own columns, from 0, in a verdict that is handed in again.
        """
        return orjson.dumps([_layout(sheet) for sheet in self.sheets]).decode()

    def read(self) -> list[SheetRows]:
        """Return the sheets that were read."""
        return [each for each in self.sheets if isinstance(each, SheetRows)]


def _layout(sheet: SheetRows | SheetLeftOut) -> dict[str, Any]:
    name = mask_text(sheet.name)  # it is kept in clear, as all of this
    if isinstance(sheet, SheetLeftOut):
        return {"sheet": sheet.number, "name": name, "left_out": mask_text(sheet.says)}
    layout = sheet.layout
    ours = dict(zip(HEADINGS, (layout.outcome, layout.says, layout.ticket), strict=True))
    return {
        "sheet": sheet.number,
        "name": name,
        "template": layout.template.name,
        "header_row": layout.header_row,
        "columns": {column.code: column_letter(place) for place, column in layout.columns.items()},
        "verdict": {heading: place for heading, place in ours.items() if place is not None},
        "notes": [mask_text(said) for said in sheet.notes],
    }


@dataclass(frozen=True, slots=True)
class Source:
    """Whose rows a file has: the sender, and the platform where all of them are its answers."""

    sender: str
    feed: str | None = None


def read_into(spool: Spool, opened: Runtime, path: Path, source: Source, tell: Callable[[int], None]) -> Reading:
    """Read a file to its end; `tell` hears of its rows."""
    found = Reading()
    templates = _find_templates(opened.reader.registry, source)
    try:
        with closing(read_sheets(path, templates)) as sheets:
            for sheet in sheets:
                found.sheets.append(sheet)
                if isinstance(sheet, SheetRows):
                    _SheetReader(opened, source, sheet).read_into(spool, tell)
    except FileRefused as error:
        found.refused = Refused(error.reason.value, mask_text(error.detail))
    except _NotAdmitted as error:
        found.refused = Refused(error.reason.value, error.detail)
    if found.refused is None and not spool.rows:
        found.refused = Refused(FileReason.NO_ROWS.value, "表头下面没有数据行")
    return found


def _find_templates(registry: Registry, source: Source) -> tuple[Template, ...]:
    """Return the templates that a file may follow; a platform sends back whole rows, which are no news of anybody."""
    every = registry.templates().values()
    return tuple(one for one in every if source.feed is None or registry.find(one.type)[0].source == ANSWERING)


def _find_feed(routes: Routes, source: Source) -> str | None:
    """Return the platform that answers by rows which do not say it: the only one in whose name their sender may."""
    known = [feed.code for feed in routes.feeds if source.sender in feed.senders]
    return source.feed or (known[0] if len(known) == 1 else None)


class _NotAdmitted(UnusableError):
    """The sender may not say what the rows of a file say; `detail` is Chinese."""


class _SheetReader:
    """One sheet, with what is the same for all its rows."""

    def __init__(self, opened: Runtime, source: Source, sheet: SheetRows) -> None:
        routes = opened.reader.routes
        self._opened = opened
        self._sender = source.sender
        answers = opened.reader.registry.find(sheet.layout.template.type)[0].source == ANSWERING
        feed = _find_feed(routes, source) if answers else None
        self._context = Context(source.sender, routes.organs, {"feed": feed} if feed is not None else {})
        self._sheet = sheet
        self._places = {column.code: place for place, column in sheet.layout.columns.items()}
        self._admitted: set[tuple[str, str]] = set()

    def read_into(self, spool: Spool, tell: Callable[[int], None]) -> None:
        template, registry, number = self._sheet.layout.template, self._opened.reader.registry, self._sheet.number
        read = 0
        for row in self._sheet.rows:
            notes = _write(row.notes) if row.notes else None
            if row.refusals:
                spool.add(Entry(number, row.number, refusal=_write(row.refusals), notes=notes))
            else:
                try:
                    draft = draft_of(row.values, template, self._context, registry)
                    if (draft.type, draft.source) not in self._admitted:
                        self._admit(draft)
                except RowUnusable as error:
                    spool.add(Entry(number, row.number, refusal=self._refuse(error), notes=notes))
                else:
                    spool.add(_enter(number, row, draft, notes), draft.data)
            read += 1
            if read == _TOLD_AT_ONCE:
                tell(read)
                read = 0
        tell(read)

    def _admit(self, draft: Draft) -> None:
        """Refuse what intake would not let in, before any of it is on its way: it would have no place of its own."""
        gate, at = self._opened.reader.routes.gate, self._opened.clock()
        try:
            body = message_of(draft, self._sender, at, draft.revision or 1)
            event = wire.decode(body, {}, _CONTENT_TYPE)
            queue = gate.queue_for(draft.type)
            if queue is None:
                raise UnusableError(Reason.TYPE_UNKNOWN, "no queue takes messages of this type")  # noqa: TRY301
            gate.admit(queue, event, None, wire.canonical)
        except UnusableError as error:
            connector, _ = self._opened.reader.registry.find(draft.type)
            says = f"按路由表，发送单位 {mask_text(self._sender)} 不能以来源 {draft.source} 报送 {draft.type}"
            if draft.source != connector.source:  # each row names its own
                raise RowUnusable(error.reason, "", says) from None
            raise _NotAdmitted(error.reason, says) from None
        self._admitted.add((draft.type, draft.source))

    def _refuse(self, error: RowUnusable) -> str:
        place = self._places.get(error.column)
        note = {"column": place, "code": error.column, "reason": error.reason.value, "says": mask_text(error.says)}
        return orjson.dumps([note]).decode()


def _enter(sheet: int, row: Row, draft: Draft, notes: str | None) -> Entry:
    return Entry(
        sheet,
        row.number,
        draft.type,
        draft.source,
        draft.message_id,
        draft.revision,
        draft.record_id,
        row.ticket,
        None,
        notes,
    )


_mask = lru_cache(maxsize=4096)(mask_text)
"""For what is said of a day or an amount, which comes again and again."""


def _write(notes: Iterable[CellNote]) -> str:
    """Write notes of cells as they are kept: in clear, so without numbers of persons."""
    said = [
        {"column": note.column, "code": note.code, "reason": note.reason.value, "says": _mask(note.says)}
        for note in notes
    ]
    return orjson.dumps(said).decode()
