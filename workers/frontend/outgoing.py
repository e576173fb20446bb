"""Tables that we fill: rows of feeds are put in by their key, and what their reader answers is brought back.

The archive knows before a table does which version of a row stands there. So a row that is delivered again after a
crash is written where it was not, and left alone where it was: its reader does not see it twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Engine, select

from credit.record.rows import FrontendSent
from credit.store import carried, frontends
from credit.store.engine import reading, writing
from credit.store.frontends import Claimed, Place
from credit.telling.feeds import NOT_WRITTEN
from schemas import wire
from schemas.errors import TransientError
from schemas.frontends import OutgoingTable
from schemas.sheets import Template
from schemas.states import FeedKind, Operation
from workers.broker import Fate, Outgoing
from workers.frontend.database import Database, Fitted
from workers.frontend.filling import Filling, Written, bare
from workers.frontend.incoming import ACCEPTED, Post
from workers.frontend.rows import CONTENT_TYPE
from workers.frontend.values import from_key, to_key, to_text
from workers.lots import LOT, CarriedRow

_log = structlog.get_logger(__name__)

_REFUSED = "refused"
"""The code of a row that was refused without one."""
_RESULT = "credit.feed.result.v1"


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
        if rows:
            self._use(self._deliver, rows)

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

    def find_by(self, template: str, /) -> frozenset[str]:
        """Return the codes of the key of its table: by that its reader knows a row, whatever else names it."""
        fitted = self._fit(self._find_table(template))
        key = {column.name for column in fitted.key}
        return frozenset(code for code, column in fitted.content.items() if column.name in key)

    def retract(self, rows: Sequence[CarriedRow]) -> None:
        """Mark or delete what rows show that get another key or table; see `carrier.Destination`."""
        self._use(self._retract, rows)

    def _use(self, work: Callable[[Place, Fitted, Sequence[CarriedRow]], None], rows: Sequence[CarriedRow]) -> None:
        """Work at the table of some rows, which is looked up anew after a trouble."""
        table = self._find_table(rows[0].template)
        try:
            work(Place(self.database.name, table), self._fit(table), rows)
        except TransientError:
            self._fitted.pop(table, None)
            raise

    def _retract(self, place: Place, fitted: Fitted, rows: Sequence[CarriedRow]) -> None:
        filling = Filling(fitted, _said_of(fitted), self.clock())
        written = {to_key(each.key): (row.row_id, each) for row in rows for each in (filling.write(row),)}
        with reading(self.archive) as connection:
            sent = frontends.find_sent(connection, place, list(written))
        # Another row may have the key by now.
        own = [each for each in sent if each.row_id == written[each.row][0]]
        with self.database.writing() as connection:
            filling.withdraw(connection, [(Claimed(each, again=True), written[each.row][1]) for each in own])
        with writing(self.archive) as connection:
            frontends.forget(connection, place, [each.row for each in own])

    def _deliver(self, place: Place, fitted: Fitted, rows: Sequence[CarriedRow]) -> None:
        now, withdrawn = self.clock(), rows[0].operation is Operation.WITHDRAW
        filling = Filling(fitted, _said_of(fitted), now)
        every = [(row, filling.write(row)) for row in rows]
        with writing(self.archive) as connection:
            known = frontends.find_sent(connection, place, [to_key(each.key) for _, each in every])
            apart = _find_apart(connection, known, every)
            written = {to_key(each.key): (row, each) for row, each in every if row.row_id not in apart}
            sent = [_sent(place, key, row) for key, (row, _) in written.items()]
            claimed = frontends.claim(connection, sent, rows[0].operation, known)
            left = [_sent(place, to_key((*each.key, row.row_id)), row) for row, each in every if row.row_id in apart]
            frontends.claim(connection, left, rows[0].operation, ())
        ready = [(each, written[each.row.row][1]) for each in claimed]
        with self.database.writing() as connection:
            refused = filling.withdraw(connection, ready) if withdrawn else filling.put(connection, ready)
        said = [(each.row, says) for each, says in refused]
        if not withdrawn:
            key = "、".join(_said_of(fitted).key)
            said += [(each, f"另一行的{key}与该行相同，已在表中。请把能区分两行的列加入路由表的 key") for each in left]
        gone = left if withdrawn else []
        if withdrawn and _said_of(fitted).withdrawn is None:
            gone = gone + [each.row for each in claimed if not each.again]
        # Its reader has nothing left to answer in, or never had anything.
        answered = [each._replace(answer_code=ACCEPTED, answered_at=now) for each in gone]
        answered += [
            each._replace(answer_code=NOT_WRITTEN, answer_text=f"未写入表 {place.table}：{says}", answered_at=now)
            for each, says in said
        ]
        if answered:
            with writing(self.archive) as connection:
                frontends.keep_answers(connection, answered)
        if said:
            self._fitted.pop(place.table, None)  # who keeps the table may change it now
        _log.info("rows_delivered", frontend=place.frontend, table=place.table, rows=len(ready) - len(refused))


def _find_apart(
    connection: Connection, sent: Iterable[FrontendSent], rows: Sequence[tuple[CarriedRow, Written]]
) -> set[str]:
    """Return the rows in whose place another row of their key stands, and stays; `sent` is what has the keys.

    Of places on lists and of grades the later one is shown: the tables have no column that tells two lists apart.
    """
    keys = {row.row_id: to_key(each.key) for row, each in rows}
    there = {each.row: each.row_id for each in sent}
    others = {name: holder for name, key in keys.items() if (holder := there.get(key, name)) != name}
    if rows[0][0].operation is Operation.WITHDRAW:
        return set(others)
    if rows[0][0].kind in {FeedKind.LIST, FeedKind.GRADE}:
        return set()
    known = carried.read_carried(connection, set(others.values())) if others else {}
    shown = {name for name, row in known.items() if row.operation != Operation.WITHDRAW}
    apart = {name for name, holder in others.items() if holder in shown}
    first = {key: name for name, key in reversed(keys.items()) if name not in apart}
    return apart | {name for name, key in keys.items() if name not in apart and first[key] != name}


def _said_of(fitted: Fitted) -> OutgoingTable:
    assert isinstance(fitted.said, OutgoingTable)
    return fitted.said


def _sent(place: Place, key: str, row: CarriedRow) -> FrontendSent:
    return FrontendSent(place.frontend, place.table, key, row.feed, row.row_id, row.version)


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
            key = tuple(bare(values[column.name]) for column in fitted.key)
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
