"""One sheet of a file: its rows as messages, with what is the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from credit.access import foureyes
from credit.identity import mask_text
from credit.routing.routes import Routes
from schemas import wire
from schemas.access import FourEyes
from schemas.errors import UnusableError
from schemas.file_reasons import CellReason
from schemas.reasons import Reason
from schemas.sheets import Context, RowUnusable, Template
from workers.files.messages import ANSWERING, NO_LISTS, Draft, draft_of, message_of
from workers.files.rows import CellNote, SheetRows
from workers.files.spool import Entry, Spool
from workers.runtime import Runtime

_CONTENT_TYPE = "application/cloudevents+json"
_TOLD_AT_ONCE = 1_000


class ReadRow(NamedTuple):
    """A row whose cells were read: texts by column code; what is to be said of its cells, and why it is refused (JSON).

    See `workers.files.rows.Row`.
    """

    number: int
    values: Mapping[str, str]
    notes: str | None
    refusal: str | None
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Whose rows a file has: the sender, and the platform where all of them are its answers.

    `of_two` is what who hands it in cannot send alone; see `workers.files.taking.Who`.
    """

    sender: str
    feed: str | None = None
    of_two: frozenset[FourEyes] = foureyes.NOTHING


def _find_feed(routes: Routes, source: Source) -> str | None:
    """Return the platform that answers by rows which do not say it: the only one in whose name their sender may."""
    known = [feed.code for feed in routes.feeds if source.sender in feed.senders]
    return source.feed or (known[0] if len(known) == 1 else None)


class NotAdmitted(UnusableError):
    """The sender may not say what the rows of a file say; `detail` is Chinese."""


class SheetReader:
    """One sheet, with what is the same for all its rows."""

    def __init__(self, opened: Runtime, source: Source, sheet: SheetRows) -> None:
        routes = opened.reader.routes
        self._opened = opened
        self._sender = source.sender
        self._of_two = source.of_two
        answers = opened.reader.registry.find(sheet.layout.template.type)[0].source == ANSWERING
        feed = _find_feed(routes, source) if answers else None
        self._context = Context(source.sender, routes.organs, {"feed": feed} if feed is not None else {})
        self._sheet = sheet
        self._places = {column.code: place for place, column in sheet.layout.columns.items()}
        self._admitted: set[tuple[str, str]] = set()

    @property
    def template(self) -> Template:
        """What the sheet follows."""
        return self._sheet.layout.template

    @property
    def number(self) -> int:
        """The number of the sheet in its file, from 1."""
        return self._sheet.number

    def rows(self, tell: Callable[[int], None]) -> Iterator[ReadRow]:
        """Read the rows; `tell` hears of them."""
        read = 0
        for row in self._sheet.rows:
            notes = _write(row.notes) if row.notes else None
            refusal = _write(row.refusals) if row.refusals else None
            yield ReadRow(row.number, row.values, notes, refusal, row.ticket)
            read += 1
            if read == _TOLD_AT_ONCE:
                tell(read)
                read = 0
        tell(read)

    def enter(self, spool: Spool, row: ReadRow, lists: Mapping[str, Sequence[Any]] = NO_LISTS) -> Draft | None:
        """Enter a row as the message that it states, or as refused: then None is returned."""
        number, refusal = self._sheet.number, row.refusal
        if refusal is None:
            try:
                draft = self._draft(row.values, lists)
            except RowUnusable as error:
                refusal = self._refuse(error)
            else:
                kind = self._takes_two(draft)
                if kind is None:
                    spool.add(_enter(number, row, draft), draft.data)
                    return draft
                refusal = self.say("", CellReason.TWO_PERSONS, foureyes.say_where(kind))
        spool.add(Entry(number, row.number, refusal=refusal, notes=row.notes))
        return None

    def _takes_two(self, draft: Draft) -> FourEyes | None:
        if not foureyes.may_take_two(draft.type):
            return None  # as nearly every row: its data need not be read again
        return foureyes.of_message(draft.type, orjson.loads(draft.data), self._of_two)

    def say(self, code: str, reason: CellReason, says: str) -> str:
        """Return why a cell of a row is refused, as it is kept."""
        note = {"column": self._places.get(code), "code": code, "reason": reason.value, "says": mask_text(says)}
        return orjson.dumps([note]).decode()

    def _draft(self, values: Mapping[str, str], lists: Mapping[str, Sequence[Any]]) -> Draft:
        registry = self._opened.reader.registry
        draft = draft_of(values, self._sheet.layout.template, self._context, registry, lists)
        if (draft.type, draft.source) not in self._admitted:
            self._admit(draft)
        return draft

    def read_item(self, values: Mapping[str, str]) -> Any:
        """Return what a row of a list says."""
        return self._sheet.layout.template.read(values, self._context).data

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
            raise NotAdmitted(error.reason, says) from None
        self._admitted.add((draft.type, draft.source))

    def _refuse(self, error: RowUnusable) -> str:
        place = self._places.get(error.column)
        note = {"column": place, "code": error.column, "reason": error.reason.value, "says": mask_text(error.says)}
        return orjson.dumps([note]).decode()


def _enter(sheet: int, row: ReadRow, draft: Draft) -> Entry:
    return Entry(
        sheet,
        row.number,
        draft.type,
        draft.source,
        draft.message_id,
        draft.revision,
        draft.said_of,
        row.ticket,
        None,
        row.notes,
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
