"""Writing and finding many rows in one statement, on both databases.

PostgreSQL takes rows known to be new by COPY, any others as one binary array per column (`unnest`): one round trip and
one plan whatever the number of rows.
Rows are sorted by their key first, so that concurrent batches lock in the same order; those that the database
numbers stay in theirs, which is the order of a stream in the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

import orjson
import psycopg
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    FromClause,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Text, TypeDecorator

from credit.store.engine import past_sqlalchemy, together

_KEEP = "ON CONFLICT DO NOTHING"
_BY_INDEX = b"""
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)
"""


class Question(NamedTuple):
    """A statement with a parameter `keys`, and the keys."""

    statement: Select[Any] | CompoundSelect[Any]
    keys: Iterable[str]


class Row(Iterable[Any], Protocol):
    """A named tuple whose fields are named like the columns of its table."""

    @property
    def _fields(self) -> tuple[str, ...]: ...


def insert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows that must be new; a row that exists is an IntegrityError."""
    _write(connection, table, list(rows), "")


def copy(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Do as `insert`, for many rows: PostgreSQL takes them by COPY, which costs both sides least.

    Not among statements sent together; and it takes round trips of its own, which only many rows are worth.
    """
    rows = list(rows)
    raw = connection.connection.driver_connection
    if rows and isinstance(raw, psycopg.Connection):
        names, columns = _arrange(table, rows)
        with past_sqlalchemy(connection, raw), raw.cursor() as cursor, cursor.copy(_copy(table, names)) as copying:
            copying.set_types(_types(table, names, connection.dialect))
            for row in zip(*columns, strict=True):
                copying.write_row(row)
    else:
        _write(connection, table, rows, "")


@cache
def _types(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[str]:
    return [table.columns[name].type.compile(dialect).lower() for name in names]


@cache
def _copy(table: Table, names: tuple[str, ...]) -> bytes:
    return f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)".encode()


def insert_new(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert the rows whose key does not exist yet and leave the others as they are."""
    _write(connection, table, list(rows), _KEEP)


def insert_new_with(connection: Connection, table: Table, companion: Table, rows: Iterable[Row]) -> None:
    """Insert new rows into a table that the database numbers, and for each a row into its companion.

    The companion has the number as its key, and other columns of the same name. Rows that exist get none.
    """
    rows = list(rows)
    shared = [column.name for column in companion.columns if column.name in table.columns]
    if connection.dialect.name == "postgresql":
        names = ", ".join(shared)
        both = f"WITH new AS ({{}} RETURNING {names}) INSERT INTO {companion.name} ({names}) SELECT {names} FROM new"  # noqa: S608 - our names
        _write(connection, table, rows, _KEEP, both)
        return
    if not rows:
        return
    # SQLite cannot insert twice in one statement; nobody else inserts before this transaction ends.
    (number,) = table.primary_key
    last = connection.execute(select(func.coalesce(func.max(number), 0))).scalar_one()
    _write(connection, table, rows, _KEEP)
    new = select(*(table.columns[name] for name in shared)).where(number > last)
    connection.execute(companion.insert().from_select(shared, new))


def upsert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows, or replace those of the same key whole."""
    _write(connection, table, list(rows), _replace(table))


def texts(parameter: str) -> FromClause:
    """Return the list of texts given as a parameter as rows of one column, `value`."""
    return _Each(bindparam(parameter, type_=_Texts)).alias("value")


def one_of(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Return the condition that a text column holds one of the list of texts given as a parameter; never within an OR.

    For statements that are made once: making one costs more than running it.
    """
    # A join, which has a good plan for any size of table: `= ANY` of a parameter compares each row with each value
    # wherever the planner believes the table to be small, as it does of a new one for a while.
    return column.in_(select(literal_column("value")).select_from(texts(parameter)))


def find(connection: Connection, *questions: Question) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each question, a statement made once and the `keys` it asks for, in their order.

    PostgreSQL is asked all of them at once and answers in one round trip. A question without keys is not asked.
    """
    return _find(connection, questions, b"")


def seek(connection: Connection, *questions: Question) -> list[list[tuple[Any, ...]]]:
    """Do as `find`, and let the statements of this transaction reach rows through indexes, never by whole tables.

    PostgreSQL plans a statement once and keeps the plan: of a table that was small then, it would go on reading all
    rows until statistics are taken, however much a first load has brought meanwhile.
    """
    return _find(connection, questions, _BY_INDEX)


def _find(connection: Connection, questions: Iterable[Question], first: bytes) -> list[list[tuple[Any, ...]]]:
    asked = [(statement, list(keys)) for statement, keys in questions]
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        found = (connection.execute(statement, {"keys": keys}) if keys else () for statement, keys in asked)
        return [[tuple(row) for row in rows] for rows in found]
    if not first and not any(keys for _, keys in asked):
        return [[] for _ in asked]
    with together(connection):
        if first:
            raw.execute(first)
        cursors = [
            _ask(raw, *_compile(statement, connection.dialect), {"keys": _write_list(keys)}) if keys else None
            for statement, keys in asked
        ]
    return [cursor.fetchall() if cursor else [] for cursor in cursors]


def fetch(connection: Connection, statement: Select[Any], given: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement that was made once, for these parameters; PostgreSQL sends bytes as they are."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        return [tuple(row) for row in connection.execute(statement, given)]
    with together(connection):
        cursor = _ask(raw, *_compile(statement, connection.dialect), given)
    return cursor.fetchall()


def _ask(
    raw: psycopg.Connection[Any], statement: bytes, always: dict[str, object], given: Mapping[str, object]
) -> psycopg.Cursor[Any]:
    return raw.cursor(binary=True).execute(statement, {**always, **given})


@cache
def _compile(statement: Select[Any] | CompoundSelect[Any], dialect: Dialect) -> tuple[bytes, dict[str, object]]:
    compiled = statement.compile(dialect=dialect)
    return str(compiled).encode(), dict(compiled.params)


def _write_list(texts: list[str]) -> str:
    return orjson.dumps(texts).decode()


class _Texts(TypeDecorator[list[str]]):
    """A list of texts as one JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, _dialect: Dialect) -> str:
        return _write_list(value or [])


class _Each(FunctionElement[str]):
    """The texts of a JSON list as rows of one column, `value`."""

    inherit_cache = True


@compiles(_Each, "postgresql")
def _list_on_postgres(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    texts = f"SELECT json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS json))"
    # As an array the list is planned as a short one, so that the rows are fetched by their index, not by a full scan.
    return f"unnest(ARRAY({texts}))"


@compiles(_Each, "sqlite")
def _list_on_sqlite(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


def _write(connection: Connection, table: Table, rows: list[Row], conflict: str, around: str = "{}") -> None:
    if not rows:
        return
    names, columns = _arrange(table, rows)
    if connection.dialect.name == "postgresql":
        _send(connection, around.format(_unnest(table, names, conflict, connection.dialect)), columns)
    else:
        binders = _binders(table, names, connection.dialect)
        bound = [map(bind, column) if bind else column for bind, column in zip(binders, columns, strict=True)]
        connection.exec_driver_sql(_values(table, names, conflict), [*zip(*bound, strict=True)])


def _arrange(table: Table, rows: list[Row]) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Put rows in the order of their keys; return the columns of the table that they have, and the values of each."""
    names = _columns(table, rows[0])
    if key := [column.name for column in table.primary_key if column.name in names]:
        rows.sort(key=attrgetter(*key))
    every = zip(rows[0]._fields, zip(*rows, strict=True), strict=True)
    return names, [list(column) for name, column in every if name in names]


def _send(connection: Connection, statement: str, columns: list[list[Any]]) -> None:
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    if raw.pgconn.pipeline_status:  # its end tells what became of the statement
        raw.execute(statement.encode(), columns)
    else:
        with together(connection):
            raw.execute(statement.encode(), columns)


def _columns(table: Table, row: Row) -> tuple[str, ...]:
    return tuple(name for name in row._fields if name in table.columns)


def _updated(table: Table, names: Iterable[str]) -> list[str]:
    return [name for name in names if not table.columns[name].primary_key]


def _replace(table: Table) -> str:
    keys = ", ".join(column.name for column in table.primary_key)
    return f"ON CONFLICT ({keys}) DO UPDATE SET"


@cache
def _unnest(table: Table, names: tuple[str, ...], conflict: str, dialect: Dialect) -> str:
    arrays = ", ".join(f"%b::{table.columns[name].type.compile(dialect)}[]" for name in names)
    return _insertion(table, names, f"SELECT * FROM unnest({arrays})", conflict)  # noqa: S608 - our names


@cache
def _values(table: Table, names: tuple[str, ...], conflict: str) -> str:
    return _insertion(table, names, f"VALUES ({', '.join('?' * len(names))})", conflict)


def _insertion(table: Table, names: tuple[str, ...], rows: str, conflict: str) -> str:
    if conflict.endswith("SET"):
        conflict += " " + ", ".join(f"{name} = excluded.{name}" for name in _updated(table, names))
    # The names come from our own table definitions, never from a message.
    return f"INSERT INTO {table.name} ({', '.join(names)}) {rows} {conflict}"


@cache
def _binders(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[Callable[[Any], Any] | None, ...]:
    """Return for each column what makes of a value what SQLite keeps; None: it is kept as it is."""
    return tuple(table.columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names)
