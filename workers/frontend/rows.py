"""A row of a front-end database as a message: what it says, under which id, or why it can be none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Row

from connectors.registry import Registry
from credit.batch.arrival import message_key
from credit.store.frontends import Candidate, Place
from schemas import wire
from schemas.envelope import MAX_MESSAGE_BYTES
from schemas.errors import UnusableError
from schemas.reasons import HINTS, Reason
from schemas.sheets import Context, RowUnusable
from workers.broker import Outgoing
from workers.frontend.database import Fitted
from workers.frontend.values import ValueUnreadable, to_instant, to_key, to_text

CONTENT_TYPE = "application/cloudevents+json"
_ENVELOPE_BYTES = 4096
"""More than the attributes of a message take."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row can be no message: a code, and a text in Chinese for who fills the table."""

    key: tuple[Any, ...]
    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a row says; its id and bytes follow when its revision and time are known."""

    key: tuple[Any, ...]
    row: str
    type: str
    source: str
    sender: str
    place: Place
    data: Mapping[str, Any]
    digest: bytes
    """The SHA-256 of what the row says, and of which row says it."""
    at: datetime

    def id_in(self, revision: int) -> str:
        """Return the id of the message: the same for the same row, content and revision."""
        return f"row-{hashlib.sha256(self.digest + str(revision).encode()).hexdigest()[:32]}"

    @property
    def candidate(self) -> Candidate:
        """The row as the archive asks for it."""
        return Candidate(self.row, lambda revision: message_key(self.source, self.id_in(revision)), self.at)

    def compose(self, revision: int, at: datetime, address: Callable[[str], Address]) -> Outgoing:
        """Return the message as it is published."""
        where = address(self.type)
        message_id = self.id_in(revision)
        body = wire.compose(
            self.data,
            message_type=self.type,
            message_id=message_id,
            source=self.source,
            sender=self.sender,
            time=at,
            revision=revision,
        )
        return Outgoing(message_id, where.exchange, where.routing_key, body, CONTENT_TYPE, {})


@dataclass(frozen=True, slots=True)
class Address:
    """By which exchange and routing key messages of a type reach their queue."""

    exchange: str
    routing_key: str


class Reading:
    """Reads the rows of one table."""

    def __init__(self, place: Place, fitted: Fitted, context: Context, known: Registry) -> None:
        """Compile what does not change from row to row."""
        self.columns = tuple(dict.fromkeys((*fitted.key, *fitted.content.values(), *_some(fitted.operated))))
        at = {column: position for position, column in enumerate(self.columns)}
        self._place = place
        self._key = tuple(at[column] for column in fitted.key)
        self._operated = at[fitted.operated] if fitted.operated is not None else None
        self._content = tuple((code, at[column]) for code, column in fitted.content.items())
        self._titles = {column.code: column.title for column in fitted.template.columns}
        self._template = fitted.template
        self._context = context
        self._known = known

    def read(self, row: Row[Any], now: datetime) -> Message | Refusal:
        """Return what a row says as of now, or why it cannot become a message."""
        key = tuple(row[position] for position in self._key)
        try:
            return self._read(key, row, now)
        except RowUnusable as error:
            return Refusal(key, error.reason.value, f"{self._titles.get(error.column, error.column)}：{error.says}")
        except UnusableError as error:
            return Refusal(key, error.reason.value, HINTS[error.reason])
        except Exception:  # noqa: BLE001 - a row that nobody foresaw is refused like others, and holds up none
            _log.exception("row_not_read", frontend=self._place.frontend, table=self._place.table)
            return Refusal(key, Reason.INTERNAL.value, HINTS[Reason.INTERNAL])

    def _read(self, key: tuple[Any, ...], row: Row[Any], now: datetime) -> Message:
        values = {code: text for code, position in self._content if (text := self._text(code, row[position]))}
        stated = self._template.read(values, self._context)
        connector, _ = self._known.find(stated.type)
        named = to_key(key)
        said = [self._place.frontend, self._place.table, named, stated.type, stated.data]
        written = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        if len(written) > MAX_MESSAGE_BYTES - _ENVELOPE_BYTES:
            raise UnusableError(Reason.MESSAGE_TOO_LARGE, f"{len(written)} bytes of data")
        operated = to_instant(row[self._operated]) if self._operated is not None else None
        at = now if operated is None else min(operated, now)
        digest = hashlib.sha256(written).digest()
        return Message(
            key, named, stated.type, connector.source, self._context.sender, self._place, stated.data, digest, at
        )

    def _text(self, code: str, value: object) -> str:
        try:
            text = to_text(value)
        except ValueUnreadable as error:
            raise RowUnusable(Reason.ITEM_INVALID, code, error.says) from error
        if "\0" in text:  # nobody could read the envelope of such a message, and so tell whose it was
            raise RowUnusable(Reason.TEXT_FORBIDDEN, code, "含有空字符（U+0000），请删去")
        return text


def _some(column: Any) -> tuple[Any, ...]:
    return () if column is None else (column,)
