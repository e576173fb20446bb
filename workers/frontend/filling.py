"""Filling a table of a front-end database: rows as they are to stand there, put in, marked or deleted by their key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from credit.store.frontends import Claimed
from schemas.frontends import OutgoingTable
from schemas.sheets import Kind
from workers.frontend.database import Fitted, is_of_values
from workers.frontend.values import from_instant, from_text, holds, to_key, to_text
from workers.lots import FOUND_BY, CarriedRow

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it is to stand in a table: the values of its key, and of the other columns by name.

    `trouble` says in Chinese why the row cannot be written; blank where it can.
    """

    key: tuple[Any, ...]
    values: Mapping[str, Any]
    trouble: str = ""


class Refused(NamedTuple):
    """A row that was not written, and why, in Chinese."""

    row: Claimed
    says: str


class Filling:
    """Fills one table, at one moment."""

    def __init__(self, fitted: Fitted, said: OutgoingTable, now: datetime) -> None:
        self._fitted = fitted
        self._mark = None if said.withdrawn is None else fitted.require(said.withdrawn.column)
        self._said = said
        names = {column.name for column in fitted.key}  # columns themselves compare as SQL, at a high price
        codes = {column.name: code for code, column in fitted.content.items()}
        self._key = tuple((codes[column.name], column) for column in fitted.key)
        self._rest = tuple((code, column) for code, column in fitted.content.items() if column.name not in names)
        texts = {column.code for column in fitted.template.columns if column.kind in {Kind.TEXT, Kind.TEXTS}}
        self._cut = texts - FOUND_BY - {code for code, _ in self._key}
        self._fresh: dict[str, Any] = {fitted.state.name: fitted.state_of(said.state.new)}
        if fitted.operated is not None:
            self._fresh[fitted.operated.name] = from_instant(now, fitted.operated)
        for column in (fitted.code, fitted.text):
            if column is not None:
                self._fresh[column.name] = None if column.nullable else ""

    def write(self, row: CarriedRow) -> Written:
        """Return a row as it is to stand in the table.

        A text is cut to a column that is too short, and the log says so. Nothing is cut that would be something else
        then: what names the row, a code, a day, an amount.
        """
        short = {
            code: column.name
            for code, column in (*self._key, *self._rest)
            if not holds(row.items.get(code, ""), column)
        }
        if cut := [name for code, name in short.items() if code in self._cut]:
            _log.warning("text_cut", table=self._fitted.where, row=row.row_id, version=row.version, columns=cut)
        key = tuple(
            row.items[code] if code in short else from_text(row.items.get(code, ""), column)
            for code, column in self._key
        )
        values = {column.name: from_text(row.items.get(code, ""), column) for code, column in self._rest}
        if self._mark is not None and self._said.withdrawn is not None:
            values[self._mark.name] = from_text(self._said.withdrawn.otherwise, self._mark)
        unfit = [name for code, name in short.items() if code not in self._cut]
        blank = [column.name for part, (_, column) in zip(key, self._key, strict=True) if part is None]
        trouble = f"列{'、'.join(unfit)}容不下该项内容，截短会改变含义" if unfit else ""
        return Written(key, values, f"列{'、'.join(blank)}用来辨认各行，不能为空" if blank else trouble)

    def put(self, connection: Connection, rows: Sequence[tuple[Claimed, Written]]) -> list[Refused]:
        """Insert rows that are not there, replace those that are and say something else; return what was refused."""
        return self._store(connection, rows, lambda values: values)

    def withdraw(self, connection: Connection, rows: Sequence[tuple[Claimed, Written]]) -> list[Refused]:
        """Mark rows as withdrawn, or delete them; return what was refused.

        Where there is a mark, a row that is not there comes back with it, as its reader may have taken it away.
        """
        if self._mark is None or self._said.withdrawn is None:
            there = self._read(connection, [row.key for _, row in rows])
            if known := [row.key for _, row in rows if to_key(row.key) in there]:
                connection.execute(delete(self._fitted.table).where(self._fitted.one_of(known)))
            return []
        name, value = self._mark.name, from_text(self._said.withdrawn.value, self._mark)
        marked = [(claimed, Written(row.key, {**row.values, name: value}, row.trouble)) for claimed, row in rows]
        return self._store(connection, marked, lambda values: {name: values[name]})

    def _store(self, connection: Connection, rows: Iterable[tuple[Claimed, Written]], change: _Change) -> list[Refused]:
        """Write rows at once, or each by itself where the database refuses one of them."""
        refused, fit = [], []
        for claimed, row in rows:
            if row.trouble:
                refused.append(Refused(claimed, row.trouble))
            else:
                fit.append((claimed, row))
        try:
            with connection.begin_nested():
                self._write(connection, fit, change)
        except DBAPIError as error:
            if not is_of_values(error):
                raise
            for claimed, row in fit:
                refused += self._write_alone(connection, claimed, row, change)
        return refused

    def _write_alone(self, connection: Connection, claimed: Claimed, row: Written, change: _Change) -> list[Refused]:
        try:
            with connection.begin_nested():
                self._write(connection, [(claimed, row)], change)
        except DBAPIError as error:
            if not is_of_values(error):
                raise
            trouble = type(error.orig).__name__
            _log.warning("row_not_written", table=self._fitted.where, row=claimed.row.row_id, trouble=trouble)
            return [Refused(claimed, "数据库不收该行，请核对表的字符集、非空和取值范围")]
        return []

    def _write(self, connection: Connection, rows: Sequence[tuple[Claimed, Written]], change: _Change) -> None:
        """Insert rows that are not there; of those that are, change what is not so already."""
        if not rows:
            return
        there = self._read(connection, [row.key for _, row in rows])
        names = [column.name for column in self._fitted.key]
        new, changed = [], []
        for claimed, row in rows:
            found = there.get(to_key(row.key))
            if found is None:
                new.append({**dict(zip(names, row.key, strict=True)), **row.values, **self._fresh})
            elif not (claimed.again and _is_same(found, change(row.values))):
                changed.append(Written(row.key, change(row.values)))
        if new:
            connection.execute(insert(self._fitted.table), new)
        self._update(connection, changed)

    def _read(self, connection: Connection, keys: Sequence[tuple[Any, ...]]) -> dict[str, Mapping[str, Any]]:
        if not keys:
            return {}
        fitted = self._fitted
        statement = select(fitted.table).where(fitted.one_of(keys)).with_for_update()
        found = [row._asdict() for row in connection.execute(statement)]
        return {to_key([bare(row[column.name]) for column in fitted.key]): row for row in found}

    def _update(self, connection: Connection, rows: Sequence[Written]) -> None:
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


_Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Which of its values are written into a row that is there."""


def _is_same(found: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(to_text(found[name]) == to_text(value) for name, value in values.items())


def bare(value: Any) -> Any:
    """Return the value of a key without the padding of CHAR columns."""
    return value.rstrip(" ") if isinstance(value, str) else value
