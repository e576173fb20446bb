"""A front-end database and its tables, as they are found there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Table,
    and_,
    create_engine,
    inspect,
    make_url,
    or_,
)
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    NoSuchTableError,
)

from credit.identity import mask_text
from schemas import sheets
from schemas.errors import ConfigurationError, TransientError
from schemas.frontends import FrontendPlan, FrontendTable
from schemas.sheets import Template
from workers.frontend.values import read_state, room_of

_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""The drivers that are proven. A URL that names another is used as it is."""
_SECONDS = 60
_LIMITS: Mapping[str, Mapping[str, Any]] = {
    "postgresql": {
        "connect_timeout": 10,
        "tcp_user_timeout": 20_000,
        "options": f"-c statement_timeout={_SECONDS}s -c lock_timeout=30s",
    },
    "mysql": {"connect_timeout": 10, "read_timeout": _SECONDS, "write_timeout": _SECONDS},
}
_LIMITS = {**_LIMITS, "mariadb": _LIMITS["mysql"]}
_SKIPPING = {"mariadb": (10, 6), "mysql": (8, 0, 1)}
"""Since which version rows that another transaction has locked can be skipped; PostgreSQL has always been able to."""


_OF_VALUES = frozenset({1292, 3819, 4025})
"""Errors of MySQL and MariaDB about a value, as of a day that is out of range, that their driver calls operational."""


class FrontendTrouble(TransientError):
    """A front-end database is away, or refused a statement; nothing was done there."""


class TableUnfit(TransientError):
    """A table of a front-end database is not there, or lacks columns. It is looked at again: others look after it."""


class Database:
    """One front-end database; connections are made when they are needed."""

    def __init__(self, name: str, plan: FrontendPlan, environ: Mapping[str, str]) -> None:
        """Read the URL. `name` is what routing.yaml calls it.

        Raises:
            ConfigurationError: there is no URL, it cannot be read, or its driver is not installed. It is not repeated.
        """
        self.name = name
        self.plan = plan
        self._engine = _connect(f"front-end {name}", plan.url_from, environ)

    @cached_property
    def skips_locked(self) -> bool:
        """Whether rows that another transaction has locked can be passed over; else they are waited for."""
        dialect = self._engine.dialect
        if dialect.name == "postgresql":
            return True
        kind = "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name
        since = _SKIPPING.get(kind)
        return since is not None and (dialect.server_version_info or ()) >= since

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open one transaction; leaving the block normally commits it, an exception rolls it back.

        Raises:
            FrontendTrouble: the database is away or refused a statement. After a failure at commit the outcome is
                unknown.
        """
        with self.translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what drivers raise into our errors, without numbers of persons."""
        try:
            yield
        except DBAPIError as error:
            raise FrontendTrouble(f"front-end {self.name}: {_describe(error)}") from error
        except UnicodeDecodeError as error:
            raise FrontendTrouble(f"front-end {self.name}: a text is not in the character set it claims") from error

    def reflect(self, table: str, said: FrontendTable, template: Template) -> Fitted:
        """Look up a table and its columns.

        Raises:
            TableUnfit: it is not there, or lacks columns: all of them are named.
            FrontendTrouble: the database is away.
        """
        where = f"front-end {self.name}, table {table}"
        schema, _, bare = table.rpartition(".")
        with self.translated():
            try:
                found = Table(bare, MetaData(), schema=schema or None, autoload_with=self._engine, resolve_fks=False)
            except NoSuchTableError:
                raise TableUnfit(f"{where}: is not there, or the user may not see it") from None
        return Fitted(where, found, said, template)

    def has_index(self, fitted: Fitted) -> bool:
        """Tell whether rows by state are found by an index, so that a poll does not read the whole table."""
        with self.translated():
            indexes = inspect(self._engine).get_indexes(fitted.table.name, schema=fitted.table.schema)
        return any(index["column_names"][:1] == [fitted.state.name] for index in indexes)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


class Fitted:
    """A table with the columns that routing.yaml names, each looked up in the database."""

    def __init__(self, where: str, table: Table, said: FrontendTable, template: Template) -> None:
        """Look the columns up.

        Raises:
            TableUnfit: some are missing.
        """
        self.where = where
        self.table = table
        self.said = said
        self.template = template
        self._missing: list[str] = []
        self.key = tuple(self._require(name) for name in said.key)
        self.nullable = tuple(column for column in self.key if column.nullable)
        """Those of the key that may be NULL: a row in which one is has no name."""
        self.state = self._require(said.state.column)
        self.operated = self._require(said.operated) if said.operated else None
        self.code = self._require(said.verdict.code) if said.verdict and said.verdict.code else None
        self.text = self._require(said.verdict.text) if said.verdict and said.verdict.text else None
        self.content = {column.code: self._require(self._name_of(column)) for column in self._stating(template)}
        """By code of the template. Its own columns have to be there; of ours those that are there are read too."""
        self.check()

    def find_narrow(self) -> list[str]:
        """Return the names of columns that have less room than the template gives their texts: longer ones are cut."""
        most = {column.code: column.most for column in self.template.columns if column.most is not None}
        return [
            column.name
            for code, column in self.content.items()
            if code in most and (room_of(column) or most[code]) < most[code]
        ]

    def _stating(self, template: Template) -> Iterator[sheets.Column]:
        for column in template.columns:
            if column.code in self.said.columns:
                yield column
            elif column.ours:
                if column is not sheets.REVISION and self._find(column.code) is not None:
                    yield column
            elif column.code not in self.said.without:
                yield column

    def _name_of(self, column: sheets.Column) -> str:
        return self.said.columns.get(column.code, column.code)

    def one_of(self, keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
        """Return the condition that a row has one of these keys."""
        if len(self.key) == 1:
            return self.key[0].in_([key[0] for key in keys])
        return or_(*(and_(*(column == part for column, part in zip(self.key, key, strict=True))) for key in keys))

    def state_of(self, value: str) -> object:
        """Return a value of the state column as the column holds it."""
        return read_state(value, self.state)

    def check(self) -> None:
        """Raise TableUnfit where columns that were asked for are missing."""
        if self._missing:
            columns = ", ".join(self._missing)
            raise TableUnfit(f"{self.where}: lacks {columns}; name them under columns or without, or have them added")

    def require(self, name: str) -> Column[Any]:
        """Return a column.

        Raises:
            TableUnfit: it is missing.
        """
        column = self._require(name)
        self.check()
        return column

    def _require(self, name: str) -> Column[Any]:
        found = self._find(name)
        if found is None:
            self._missing.append(name)
            return self.table.columns.values()[0]
        return found

    def _find(self, name: str) -> Column[Any] | None:
        """Return a column by its name, or where there is only one like it but for capital letters, that one."""
        columns = self.table.columns
        if name in columns:
            return columns[name]
        alike = [column for column in columns if column.name.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None


def _connect(what: str, variable: str, environ: Mapping[str, str]) -> Engine:
    said = environ.get(variable)
    if not said:
        raise ConfigurationError(f"{what}: {variable} is not set; write postgresql://USER:PASSWORD@HOST/NAME into it")
    try:
        url = make_url(said)
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        backend = url.get_backend_name()
        level = {"isolation_level": "READ COMMITTED"} if backend in _LIMITS else {}
        limits = _LIMITS.get(backend, {})
        return create_engine(
            url, pool_pre_ping=True, pool_size=2, hide_parameters=True, connect_args={**limits}, **level
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        missing = re.sub(r"[^\w .:'+-]", "", str(error))
        raise ConfigurationError(
            f"{what}: the driver is not installed ({missing}); MariaDB and MySQL need the extra mariadb"
        ) from None
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"{what}: the URL in {variable} cannot be read") from None


def is_of_values(error: DBAPIError) -> bool:
    """Tell whether a statement failed by what was to be written, not by the state of the server: it fails each time."""
    number = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return isinstance(error, DataError | IntegrityError) or number in _OF_VALUES


def _describe(error: DBAPIError) -> str:
    # Only the beginning: the rest may quote a row; and even there a number may stand.
    return mask_text(str(error.orig).partition("\n")[0][:200])
