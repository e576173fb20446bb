"""Tables that we fill: rows of feeds are put in by their key, and what their reader answers is brought back.

The archive knows before a table does which version of a row stands there. So a row that is delivered again after a
crash is written where it was not, and left alone where it was: its reader does not see it twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Engine, and_, bindparam, delete, insert, select, update

from credit.record.rows import FrontendSent
from credit.store import frontends
from credit.store.engine import reading, writing
from credit.store.frontends import Claimed, Place
from schemas import wire
from schemas.errors import TransientError
from schemas.frontends import OutgoingTable
from schemas.sheets import Template
from schemas.states import Operation
from workers.broker import Fate, Outgoing
from workers.carrier import LOT, CarriedRow
from workers.frontend.database import Database, Fitted
from workers.frontend.incoming import ACCEPTED, Post
from workers.frontend.rows import CONTENT_TYPE
from workers.frontend.values import from_instant, from_key, from_text, room_of, to_key, to_text

_log = structlog.get_logger(__name__)

_REFUSED = "refused"
"""The code of a row that was refused without one."""
_RESULT = "credit.feed.result.v1"


@dataclass(frozen=True, slots=True)
class _Written:
    """A row as it is to stand in a table: the values of its key, and of the other columns by name."""

    key: tuple[Any, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TableDestination:
    """The tables of one front-end database, as a place where rows of feeds are delivered; see `carrier.Destination`."""

    database: Database
    archive: Engine
    templates: Mapping[str, Template]
    clock: Callable[[], datetime]
    _fitted: dict[str, Fitted] = field(default_factory=dict)

    def deliver(self, rows: Sequence[CarriedRow]) -> None:
        """Put rows of one template and one operation into its table, new for its reader; withdrawn ones are marked.

        Raises:
            TransientError: a database failed, the table is unfit, or there is none for the template: all is kept and
                tried again.
        """
        if not rows:
            return
        table = self._find_table(rows[0].template)
        try:
            self._deliver(Place(self.database.name, table), self._fit(table), rows)
        except TransientError:
            self._fitted.pop(table, None)
            raise

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def _find_table(self, template: str) -> str:
        for name, said in self.database.plan.outgoing.items():
            if said.template == template:
                return name
        raise TransientError(f"front-end {self.database.name} has no table for {template}: add one under outgoing")

    def _fit(self, table: str) -> Fitted:
        if table not in self._fitted:
            said = self.database.plan.outgoing[table]
            self._fitted[table] = self.database.reflect(table, said, self.templates[said.template])
        return self._fitted[table]

    def _deliver(self, place: Place, fitted: Fitted, rows: Sequence[CarriedRow]) -> None:
        now = self.clock()
        filled = _Filling(fitted, _said_of(fitted), now)
        # Of two rows of one key the later one is what its reader shall see.
        written = {to_key(each.key): (row, each) for row in rows for each in (filled.write(row),)}
        with writing(self.archive) as connection:
            claimed = frontends.claim(
                connection, [_sent(place, key, row) for key, (row, _) in written.items()], rows[0].operation
            )
        if not claimed:
            return
        ready = [(each, written[each.row.row][1]) for each in claimed]
        withdrawn = rows[0].operation is Operation.WITHDRAW
        with self.database.writing() as connection:
            filled.withdraw(connection, ready) if withdrawn else filled.put(connection, ready)
        if withdrawn and _said_of(fitted).withdrawn is None:
            # Its reader has nothing left to answer in.
            gone = [each.row._replace(answer_code=ACCEPTED, answered_at=now) for each in claimed if not each.again]
            with writing(self.archive) as connection:
                frontends.keep_answers(connection, gone)
        _log.info("rows_delivered", frontend=place.frontend, table=place.table, rows=len(ready))


def _said_of(fitted: Fitted) -> OutgoingTable:
    assert isinstance(fitted.said, OutgoingTable)
    return fitted.said


def _sent(place: Place, key: str, row: CarriedRow) -> FrontendSent:
    return FrontendSent(place.frontend, place.table, key, row.feed, row.row_id, row.version)


class _Filling:
    """Fills one table, at one moment."""

    def __init__(self, fitted: Fitted, said: OutgoingTable, now: datetime) -> None:
        self._fitted = fitted
        self._mark = None if said.withdrawn is None else fitted.require(said.withdrawn.column)
        self._said = said
        codes = {column.name: code for code, column in fitted.content.items()}
        self._key = tuple((codes[column.name], column) for column in fitted.key)
        names = {column.name for column in fitted.key}  # columns themselves compare as SQL, at a high price
        self._rest = tuple((code, column) for code, column in fitted.content.items() if column.name not in names)
        self._fresh: dict[str, Any] = {fitted.state.name: fitted.state_of(said.state.new)}
        if fitted.operated is not None:
            self._fresh[fitted.operated.name] = from_instant(now, fitted.operated)
        for column in (fitted.code, fitted.text):
            if column is not None:
                self._fresh[column.name] = None if column.nullable else ""

    def write(self, row: CarriedRow) -> _Written:
        """Return a row as it is to stand in the table; the log says which columns have no room for their text."""
        cut = [
            column.name
            for code, column in (*self._key, *self._rest)
            if (room := room_of(column)) is not None and len(row.items.get(code, "")) > room
        ]
        if cut:
            _log.warning("text_cut", table=self._fitted.where, row=row.row_id, version=row.version, columns=cut)
        key = tuple(from_text(row.items.get(code, ""), column) for code, column in self._key)
        values = {column.name: from_text(row.items.get(code, ""), column) for code, column in self._rest}
        if self._mark is not None and self._said.withdrawn is not None:
            values[self._mark.name] = from_text(self._said.withdrawn.otherwise, self._mark)
        return _Written(key, values)

    def put(self, connection: Connection, rows: Sequence[tuple[Claimed, _Written]]) -> None:
        """Insert rows that are not there, and replace those that are and say something else."""
        there = self._read(connection, [row.key for _, row in rows])
        new = [row for _, row in rows if to_key(row.key) not in there]
        changed = [
            row
            for claimed, row in rows
            if (found := there.get(to_key(row.key))) is not None and not (claimed.again and _is_same(found, row.values))
        ]
        names = [column.name for column in self._fitted.key]
        if new:
            every = [{**dict(zip(names, row.key, strict=True)), **row.values, **self._fresh} for row in new]
            connection.execute(insert(self._fitted.table), every)
        self._update(connection, changed)

    def withdraw(self, connection: Connection, rows: Sequence[tuple[Claimed, _Written]]) -> None:
        """Mark rows as withdrawn, or delete them; what is not there is withdrawn already."""
        there = self._read(connection, [row.key for _, row in rows])
        known = [(claimed, row) for claimed, row in rows if to_key(row.key) in there]
        if not known:
            return
        if self._mark is None or self._said.withdrawn is None:
            keys = [row.key for _, row in known]
            connection.execute(delete(self._fitted.table).where(self._fitted.one_of(keys)))
            return
        mark = {self._mark.name: from_text(self._said.withdrawn.value, self._mark)}
        marked = [
            _Written(row.key, mark)
            for claimed, row in known
            if not (claimed.again and _is_same(there[to_key(row.key)], mark))
        ]
        self._update(connection, marked)

    def _read(self, connection: Connection, keys: Sequence[tuple[Any, ...]]) -> dict[str, Mapping[str, Any]]:
        fitted = self._fitted
        statement = select(fitted.table).where(fitted.one_of(keys)).with_for_update()
        found = [row._asdict() for row in connection.execute(statement)]
        return {to_key([_bare(row[column.name]) for column in fitted.key]): row for row in found}

    def _update(self, connection: Connection, rows: Sequence[_Written]) -> None:
        """Write the values, which are of the same columns in all rows, and let the rows be new."""
        if not rows:
            return
        names = [*rows[0].values, *self._fresh]
        statement = (
            update(self._fitted.table)
            .where(and_(*(column == bindparam(f"key_{place}") for place, column in enumerate(self._fitted.key))))
            .values({name: bindparam(f"to_{place}") for place, name in enumerate(names)})
        )
        every = [
            {f"key_{place}": part for place, part in enumerate(row.key)}
            | {f"to_{place}": value for place, value in enumerate([*row.values.values(), *self._fresh.values()])}
            for row in rows
        ]
        connection.execute(statement, every)


def _is_same(found: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(to_text(found[name]) == to_text(value) for name, value in values.items())


@dataclass(slots=True)
class Answers:
    """What the reader of one table says of its rows, brought to the queue of results."""

    database: Database
    place: Place
    fitted: Fitted
    archive: Engine
    post: Post
    clock: Callable[[], datetime]
    senders: Mapping[str, str]
    """In whose name a feed answers, by feed."""
    _after: str = ""

    def collect(self) -> int:
        """Look at one lot of rows that are not answered, and go on from there next time; return how many were.

        An answer is kept before it is published, so that it is the same message however often it is sent.

        Raises:
            TransientError: a database or the broker failed.
        """
        with reading(self.archive) as connection:
            still = frontends.find_open(connection, self.place, self._after, LOT)
        self._after = still[-1].row if len(still) == LOT else ""
        asked = [row for row in still if row.answer_code is None]
        answered = [row for row in still if row.answer_code is not None] + self._hear(asked)
        ours = [row for row in answered if row.feed in self.senders]
        if not ours:
            return 0
        with writing(self.archive) as connection:
            frontends.keep_answers(connection, ours)
        fates = self.post.send([self._compose(row) for row in ours])
        if any(fate is not Fate.CONFIRMED for fate in fates.values()):
            raise TransientError(f"{self.fitted.where}: answers were not taken by the broker")
        with writing(self.archive) as connection:
            frontends.keep_answers(connection, (row._replace(told=True) for row in ours))
        return len(ours)

    def _hear(self, rows: Sequence[FrontendSent]) -> list[FrontendSent]:
        if not rows:
            return []
        fitted, now = self.fitted, self.clock()
        columns = [*fitted.key, fitted.state, *(each for each in (fitted.code, fitted.text) if each is not None)]
        keys = [from_key(row.row, fitted.key) for row in rows]
        by_key = dict(zip(keys, rows, strict=True))
        with self.database.writing() as connection:
            found = [row._asdict() for row in connection.execute(select(*columns).where(fitted.one_of(keys)))]
        heard = []
        for values in found:
            key = tuple(_bare(values[column.name]) for column in fitted.key)
            code = self._read(values)
            if code is not None and key in by_key:
                says = to_text(values[fitted.text.name]) if fitted.text is not None else ""
                heard.append(by_key[key]._replace(answer_code=code, answer_text=says or None, answered_at=now))
        return heard

    def _read(self, values: Mapping[str, Any]) -> str | None:
        """Return the code of an answer; None while there is none: a reader may take a row and judge it later."""
        fitted, state = self.fitted, self.fitted.said.state
        stands = to_text(values[fitted.state.name])
        code = to_text(values[fitted.code.name]) if fitted.code is not None else ""
        if stands == state.refused:
            return code or _REFUSED
        if stands == state.taken:
            return code or (None if fitted.code is not None else ACCEPTED)
        return None

    def _compose(self, row: FrontendSent) -> Outgoing:
        assert row.answered_at is not None  # of every answer
        data = {"feed": row.feed, "row_id": row.row_id, "code": row.answer_code, "message": row.answer_text}
        said = orjson.dumps([data, row.version, row.answered_at], option=orjson.OPT_SORT_KEYS)
        message_id = f"answer-{hashlib.sha256(said).hexdigest()[:32]}"
        body = wire.compose(
            data,
            message_type=_RESULT,
            message_id=message_id,
            source=f"/feed/{row.feed}",
            sender=self.senders[row.feed],
            time=row.answered_at,
        )
        where = self.post.address(_RESULT)
        return Outgoing(message_id, where.exchange, where.routing_key, body, CONTENT_TYPE, {})


def _bare(value: Any) -> Any:
    return value.rstrip(" ") if isinstance(value, str) else value
