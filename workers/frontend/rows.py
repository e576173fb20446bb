"""A row of a front-end database as a message: what it says, under which id, or why it can be none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Row

from connectors.registry import Registry
from credit.identity import mask_text
from credit.store.frontends import Candidate, Place
from schemas.errors import UnusableError
from schemas.file_reasons import CellReason
from schemas.reasons import HINTS, Reason
from schemas.sheets import Context, RowUnusable
from workers.broker import Outgoing
from workers.files.cells.converters import make_converter
from workers.files.cells.told import Convert, Setting, Told
from workers.files.messages import Draft, draft_of, message_of
from workers.files.verdicts.words import SheetWords, say_refused
from workers.frontend.database import Fitted
from workers.frontend.values import ValueUnreadable, to_instant, to_key, to_text

CONTENT_TYPE = "application/cloudevents+json"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row can be no message: a code, and a text in Chinese for who fills the table."""

    key: tuple[Any, ...]
    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a row says; its id and bytes follow when its revision and time are known.

    `notes` say, as JSON, which values were read in another form than they were written.
    """

    key: tuple[Any, ...]
    row: str
    draft: Draft
    sender: str
    place: Place
    at: datetime
    notes: str | None = None

    def in_revision(self, revision: int) -> Draft:
        """Return what the row says with the id of its message: the same for the same row, content and revision.

        The row is part of the id, so that the same content in two rows is two messages with a time each, whichever
        of them is read first.
        """
        said = [self.place.frontend, self.place.table, self.row, self.draft.message_id, revision]
        digest = hashlib.sha256(orjson.dumps(said)).hexdigest()
        return replace(self.draft, message_id=f"row-{digest[:32]}")

    @property
    def candidate(self) -> Candidate:
        """The row as the archive asks for it."""
        return Candidate(self.row, lambda revision: self.in_revision(revision).key, self.at, self.notes)

    def compose(self, revision: int, at: datetime, address: Callable[[str], Address]) -> Outgoing:
        """Return the message as it is published."""
        draft = self.in_revision(revision)
        where = address(draft.type)
        body = message_of(draft, self.sender, at, revision)
        return Outgoing(draft.message_id, where.exchange, where.routing_key, body, CONTENT_TYPE, {})


@dataclass(frozen=True, slots=True)
class Address:
    """By which exchange and routing key messages of a type reach their queue."""

    exchange: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class _Item:
    """A column of the template: where its values stand in a row, and what reads their texts."""

    code: str
    position: int
    convert: Convert


@dataclass(frozen=True, slots=True)
class _Note:
    """What is to be said of one value; kept as what is said of the cell of a sheet."""

    code: str
    reason: str
    says: str

    def kept(self) -> dict[str, Any]:
        return {"column": None, "code": self.code, "reason": self.reason, "says": mask_text(self.says)}


class Reading:
    """Reads the rows of one table: its values as the cells of a sheet are read, by the same converters."""

    def __init__(self, place: Place, fitted: Fitted, context: Context, known: Registry, words: SheetWords) -> None:
        """Compile what does not change from row to row."""
        self.columns = tuple(dict.fromkeys((*fitted.key, *fitted.content.values(), *_some(fitted.operated))))
        at = {column: position for position, column in enumerate(self.columns)}
        self._place = place
        self._key = tuple(at[column] for column in fitted.key)
        self._operated = at[fitted.operated] if fitted.operated is not None else None
        by_code = {column.code: column for column in fitted.template.columns}
        self._content = tuple(
            _Item(code, at[column], make_converter(by_code[code], Setting())) for code, column in fitted.content.items()
        )
        self._words = words
        self._template = fitted.template
        self._context = context
        self._known = known

    def read(self, row: Row[Any], now: datetime) -> Message | Refusal:
        """Return what a row says as of now, or why it cannot become a message."""
        key = tuple(row[position] for position in self._key)
        try:
            return self._read(key, row, now)
        except _Unreadable as error:
            return self._refuse(key, error.notes)
        except RowUnusable as error:
            return self._refuse(key, [_Note(error.column, error.reason.value, error.says)])
        except UnusableError as error:
            return Refusal(key, error.reason.value, HINTS[error.reason])
        except Exception:  # noqa: BLE001 - a row that nobody foresaw is refused like others, and holds up none
            _log.exception("row_not_read", frontend=self._place.frontend, table=self._place.table)
            return Refusal(key, Reason.INTERNAL.value, HINTS[Reason.INTERNAL])

    def _read(self, key: tuple[Any, ...], row: Row[Any], now: datetime) -> Message:
        values, notes = self._read_values(row)
        draft = draft_of(values, self._template, self._context, self._known)
        operated = to_instant(row[self._operated]) if self._operated is not None else None
        at = now if operated is None else min(operated, now)
        return Message(key, to_key(key), draft, self._context.sender, self._place, at, _write(notes) if notes else None)

    def _read_values(self, row: Row[Any]) -> tuple[dict[str, str], list[_Note]]:
        values: dict[str, str] = {}
        notes: list[_Note] = []
        refusals: list[_Note] = []
        for item in self._content:
            read = _convert(row[item.position], item.convert)
            if isinstance(read, Told):
                (refusals if read.text is None else notes).append(_Note(item.code, read.reason.value, read.says))
                read = read.text or ""
            if read:
                values[item.code] = read
        if refusals:
            raise _Unreadable(refusals)
        return values, notes

    def _refuse(self, key: tuple[Any, ...], notes: list[_Note]) -> Refusal:
        return Refusal(key, notes[0].reason, say_refused(_write(notes), self._words))


class _Unreadable(Exception):
    """Values cannot be read without guessing."""

    def __init__(self, notes: list[_Note]) -> None:
        super().__init__()
        self.notes = notes


def _convert(value: object, convert: Convert) -> str | Told:
    """Read a value by its text: what a typed column holds is exact already, and keeps its digits."""
    try:
        text = to_text(value)
    except ValueUnreadable as error:
        return Told(None, CellReason.KIND_WRONG, error.says)
    return convert(text) if text else ""


def _write(notes: list[_Note]) -> str:
    return orjson.dumps([note.kept() for note in notes]).decode()


def _some(column: Any) -> tuple[Any, ...]:
    return () if column is None else (column,)
