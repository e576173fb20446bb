"""Tables that others fill: rows become messages, are marked when the broker has them, and learn what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select, update
from sqlalchemy.exc import DBAPIError

from credit.record.merging import Outcome
from credit.record.rows import Decision
from credit.store import frontends
from credit.store.engine import reading, writing
from credit.store.frontends import NOTHING_TO_TELL, Place, Verdict
from schemas.errors import TransientError
from schemas.reasons import Reason
from workers.broker import Fate, Outgoing, Publisher
from workers.files.verdicts.words import SheetWords, say_notes, say_parked
from workers.frontend.database import Database, Fitted, TableUnfit
from workers.frontend.rows import Address, Message, Reading, Refusal
from workers.frontend.values import cut, from_instant, from_key

LOT = 200
"""Rows of a table that are taken at once: what such exchanges are made for."""
LOT_BYTES = 8 * 2**20
"""Rows that are longer are taken in smaller lots, so that memory does not grow with what others write."""
_PART = 20
_DEADLINE_SECONDS = 20.0

_log = structlog.get_logger(__name__)

ACCEPTED = "0000"
_SAYINGS = {
    Outcome.APPLIED: "已受理",
    Outcome.REPEATED: "重复：内容与已受理的相同",
    Outcome.SUPERSEDED: "已有新版：更高版次的内容已受理",
    Outcome.CONFLICT: "冲突：与已受理的同一文书内容不一致，请核实",
}


@dataclass(frozen=True, slots=True)
class Marking:
    """What is written into a row: its state, and its verdict where there is one."""

    state: str
    code: str | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """How messages leave: who publishes them, and by which exchange and key."""

    publisher: Publisher
    address: Callable[[str], Address]

    def send(self, messages: Sequence[Outgoing]) -> dict[str, Fate]:
        """Publish with confirms; raises TransientError where the broker is lost."""
        return self.publisher.publish(messages, _DEADLINE_SECONDS)


@dataclass(slots=True)
class Incoming:
    """One table that is read."""

    database: Database
    place: Place
    fitted: Fitted
    reader: Reading
    words: SheetWords
    archive: Engine
    post: Post
    clock: Callable[[], datetime]
    _told: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Find out whether anything is to be written back."""
        said = self.fitted.said
        self._told = None if said.verdict is not None or said.state.parked is not None else NOTHING_TO_TELL

    def take(self) -> int:
        """Take one lot of new rows; return how many were taken or refused, 0 where there are none.

        A row is marked in the transaction that locks it, after the broker has confirmed its message. Whatever fails
        before leaves it new, and it becomes the same message again.

        Raises:
            TransientError: a database or the broker failed, or the broker did not take every message.
        """
        with self.database.writing() as connection:
            now = self.clock()
            read = [self.reader.read(row, now) for row in self._lock(connection)]
            if not read:
                return self._refuse_unnamed(connection, now)
            if len({each.key for each in read}) < len(read):
                raise self._ambiguous()
            messages = [each for each in read if isinstance(each, Message)]
            fates = self._publish(messages) if messages else []
            sent = [message for message, fate in zip(messages, fates, strict=True) if fate is Fate.CONFIRMED]
            self._mark(connection, [message.key for message in sent], Marking(self.fitted.said.state.taken), now)
            for refusal in (each for each in read if isinstance(each, Refusal)):
                marking = Marking(self.fitted.said.state.refused, refusal.code, refusal.says)
                self._mark(connection, [refusal.key], marking, now)
        refused = len(read) - len(messages)
        _log.info("rows_taken", frontend=self.place.frontend, table=self.place.table, rows=len(sent), refused=refused)
        if left := [fate for fate in fates if fate is not Fate.CONFIRMED]:
            raise TransientError(f"{self.fitted.where}: {len(left)} messages were {left[0].value} by the broker")
        return len(read)

    def _lock(self, connection: Connection) -> list[Any]:
        """Lock and return new rows, up to a lot in number and size."""
        statement = (
            select(*self.reader.columns)
            .where(self.fitted.state == self.fitted.state_of(self.fitted.said.state.new))
            .where(*(column.is_not(None) for column in self.fitted.nullable))
            .order_by(*self.fitted.key)
            .limit(LOT)
            .with_for_update(skip_locked=self.database.skips_locked)
            .execution_options(stream_results=True, max_row_buffer=_PART)
        )
        rows: list[Any] = []
        size = 0
        with connection.execute(statement) as found:
            for part in found.partitions(_PART):
                rows += part
                size += sum(len(value) for row in part for value in row if isinstance(value, str | bytes))
                if size > LOT_BYTES:
                    break
        return rows

    def _refuse_unnamed(self, connection: Connection, now: datetime) -> int:
        """Refuse all new rows at once whose key is not complete, as none of them can be told from the others."""
        if not self.fitted.nullable:
            return 0
        state, key = self.fitted.said.state, "、".join(self.fitted.said.key)
        says = f"{key} 用来辨认各行，均不能为空，请填写后重新提交。"
        marking = Marking(state.refused, Reason.ITEM_MISSING.value, says)
        is_new = self.fitted.state == self.fitted.state_of(state.new)
        unnamed = and_(is_new, or_(*(column.is_(None) for column in self.fitted.nullable)))
        refused = self._write(connection, unnamed, self._values_of(marking, now), marking)
        if refused:
            _log.warning("rows_without_key", table=self.fitted.where, key=key, rows=refused)
        return refused

    def _publish(self, messages: Sequence[Message]) -> list[Fate]:
        with writing(self.archive) as archive:
            staged = frontends.stage(archive, self.place, [each.candidate for each in messages], self._told)
        outgoing = [
            message.compose(row.revision, row.at, self.post.address)
            for message, row in zip(messages, staged, strict=True)
        ]
        fates = self.post.send(outgoing)
        return [fates[each.message_id] for each in outgoing]

    def _mark(self, connection: Connection, keys: Sequence[tuple[Any, ...]], marking: Marking, now: datetime) -> None:
        """Write into rows that are locked."""
        if keys:
            self._write_into(connection, keys, self._values_of(marking, now), marking)

    def _values_of(self, marking: Marking, now: datetime) -> dict[Any, Any]:
        values = {self.fitted.state: self.fitted.state_of(marking.state)}
        if self.fitted.operated is not None:
            values[self.fitted.operated] = from_instant(now, self.fitted.operated)
        return values

    def _write_into(
        self, connection: Connection, keys: Sequence[tuple[Any, ...]], values: dict[Any, Any], marking: Marking
    ) -> None:
        """Write into the rows of some keys, and into no others."""
        if self._write(connection, self.fitted.one_of(keys), values, marking) > len(keys):
            raise self._ambiguous()

    def _write(
        self, connection: Connection, rows: ColumnElement[bool], values: dict[Any, Any], marking: Marking
    ) -> int:
        """Write into rows, and return into how many. A verdict that the table cannot hold is left out."""
        statement = update(self.fitted.table).where(rows)
        verdict = self._verdict_of(marking)
        if not verdict:
            return connection.execute(statement.values(values)).rowcount
        try:
            with connection.begin_nested():
                return connection.execute(statement.values(values | verdict)).rowcount
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            # Columns in a character set without Chinese, for one: the state is what the exchange rests on.
            _log.warning("verdict_not_written", table=self.fitted.where, trouble=type(error.orig).__name__)
            return connection.execute(statement.values(values)).rowcount

    def _ambiguous(self) -> TableUnfit:
        key = ", ".join(self.fitted.said.key)
        return TableUnfit(f"{self.fitted.where}: several rows have the same {key}; name columns as key that are unique")

    def _verdict_of(self, marking: Marking) -> dict[Any, Any]:
        if marking.code is None:
            return {}
        said = ((self.fitted.code, marking.code), (self.fitted.text, marking.says))
        return {column: cut(text, column) for column, text in said if column is not None}

    def tell(self) -> int:
        """Write back what became of rows whose messages are through; return of how many.

        A row that is new again meanwhile says something else, and is left alone. What is parked of a row that says
        something else by now is closed: nobody has to work it off any more.

        Raises:
            TransientError: a database failed; what was written back before is written once more.
        """
        with reading(self.archive) as archive:
            news = frontends.find_verdicts(archive, self.place, LOT)
        if not news:
            return 0
        with self.database.writing() as connection:
            for marking, keys in self._group(each for each in news if not each.replaced).items():
                self._write_back(connection, keys, marking)
        with writing(self.archive) as archive:
            return frontends.conclude(archive, news, self._replacing())

    def _replacing(self) -> Decision:
        place = f"前置库“{self.place.frontend}”表“{self.place.table}”"
        return Decision(place, f"由{place}中更正的行取代", self.clock())

    def _group(self, news: Iterable[Verdict]) -> dict[Marking, list[str]]:
        groups: defaultdict[Marking, list[str]] = defaultdict(list)
        for verdict in news:
            groups[self._marking_of(verdict)].append(verdict.row.row)
        return groups

    def _marking_of(self, verdict: Verdict) -> Marking:
        state = self.fitted.said.state
        if verdict.reason is not None:
            says = say_parked(verdict.reason, verdict.detail, self.words)
            return Marking(state.parked or state.taken, verdict.reason.value, says)
        code = verdict.outcome.value if verdict.outcome is Outcome.CONFLICT else ACCEPTED
        notes = say_notes(verdict.row.notes, 0, self.words)
        says = _SAYINGS[verdict.outcome]
        return Marking(state.taken, code, f"{says}。{notes}" if notes else says)

    def _write_back(self, connection: Connection, rows: Sequence[str], marking: Marking) -> None:
        fitted = self.fitted
        keys = [from_key(row, fitted.key) for row in rows]
        dealt_with = fitted.state != fitted.state_of(fitted.said.state.new)
        statement = select(*fitted.key).where(fitted.one_of(keys), dealt_with).with_for_update()
        there = [tuple(row) for row in connection.execute(statement)]
        if there:
            self._write_into(connection, there, {fitted.state: fitted.state_of(marking.state)}, marking)
