"""Front-end databases for tests: tables of generation V2016 on PostgreSQL and MariaDB, and Xinglin beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from connectors.registry import Registry
from schemas.frontends import FrontendPlan
from schemas.sheets import Template
from tests.builders import HEALTH, connectors
from workers import drain
from workers.frontend.worker import Frontend, Surroundings, opened
from workers.runtime import Runtime

VARIABLE = "XINGLIN_FRONTEND_COUNTY"
PENALTIES = "penalty-v2016-organisation"
TABLE = "frxzcf"
WITHOUT = ("CF_XDR_GSDJ", "CF_XDR_ZDM", "CF_XDR_SWDJ", "CF_SFZ", "CF_BM", "CF_CFLB2", "CF_SYFW", "CF_GSJZQ")

SAID: Mapping[str, Any] = {
    "template": PENALTIES,
    "key": ["CF_WSH"],
    "state": {"column": "STATE"},
    "operated": "OPER_TIME",
    "verdict": {"code": "RESULT_CODE", "text": "RESULT_TEXT"},
    "columns": {"BZ": "REMARK"},
    "without": WITHOUT,
    "stated": {"summary_procedure": "否", "conduct": "其他"},
}
"""What routing.yaml says of the table."""

COLUMNS: tuple[tuple[str, Callable[[], sa.types.TypeEngine[Any]]], ...] = (
    ("CF_XDR_MC", lambda: sa.String(200)),
    ("CF_XDR_SHXYM", lambda: sa.CHAR(20)),  # padded
    ("CF_FR", lambda: sa.String(50)),
    ("CF_AJMC", lambda: sa.String(2000)),
    ("CF_CFLB1", lambda: sa.String(50)),
    ("CF_SY", lambda: sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")),
    ("CF_YJ", lambda: sa.String(2000)),
    ("CF_JG", lambda: sa.String(2000)),
    ("CF_JDRQ", sa.DateTime),
    ("CF_XZJG", lambda: sa.String(200)),
    ("CF_NR_FK", lambda: sa.Numeric(18, 6)),
    ("REMARK", lambda: sa.String(200)),
    ("STATE", lambda: sa.CHAR(1)),
    ("OPER_TIME", sa.DateTime),
    ("RESULT_CODE", lambda: sa.String(20)),
    ("RESULT_TEXT", lambda: sa.String(60)),
)


@cache
def templates() -> Mapping[str, Template]:
    """The templates that ship."""
    return connectors().templates()


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment as databases hold it: by the clock on the wall."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


def number(of: int) -> str:
    """The number of a decision."""
    return f"舞卫医罚〔2026〕{of}号"


def penalty(of: int, **changes: Any) -> dict[str, Any]:
    """A row of the table: a decision of 2026 that nobody has taken yet."""
    return {
        "CF_WSH": number(of),
        "CF_XDR_MC": "舞钢安康诊所",
        "CF_XDR_SHXYM": "91410481MA9K2F7Q0R",
        "CF_FR": "王样本",
        "CF_AJMC": "使用非卫生技术人员",
        "CF_CFLB1": "罚款",
        "CF_SY": "检查发现该诊所使用非卫生技术人员",
        "CF_YJ": "《医疗机构管理条例》第四十七条",
        "CF_JG": "罚款人民币二千元",
        "CF_JDRQ": local(2026, 5, 18),
        "CF_XZJG": HEALTH.name,
        "CF_NR_FK": "0.2",
        "STATE": "0",
        "OPER_TIME": local(2026, 5, 20, 9, 30),
        **changes,
    }


@dataclass
class Front:
    """A front-end database as those see it who fill it."""

    url: str
    engine: sa.Engine = field(init=False)
    table: sa.Table = field(init=False)

    def __post_init__(self) -> None:
        self.engine = sa.create_engine(self.url)
        self.make()

    def make(self, name: str = TABLE, *more: sa.Column[Any], leave_out: frozenset[str] = frozenset()) -> sa.Table:
        """Make a table."""
        columns = [sa.Column(column, kind()) for column, kind in COLUMNS if column not in leave_out]
        self.table = sa.Table(
            name, sa.MetaData(), sa.Column("CF_WSH", sa.String(100), primary_key=True), *columns, *more
        )
        self.table.create(self.engine)
        return self.table

    def fill(self, *rows: Mapping[str, Any]) -> None:
        """Insert rows."""
        with self.engine.begin() as connection:
            connection.execute(sa.insert(self.table), [dict(row) for row in rows])

    def change(self, of: int, **values: Any) -> None:
        """Change a row, which is new by that."""
        self.say({"STATE": "0", **values}, of)

    def say(self, values: Mapping[str, Any], of: int) -> None:
        """Write into a row."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(self.table).where(self.is_row(of)).values(**values))

    def column(self, name: str) -> list[Any]:
        """What a column holds, in the order of keys as numbers."""
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(self.table.c.CF_WSH, self.table.c[name]))
            return [value for _, value in sorted((len(key), key, value)[1:] for key, value in found)]

    def row(self, of: int) -> Mapping[str, Any]:
        """A row as it is now."""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(self.table).where(self.is_row(of))).one()._asdict()

    def is_row(self, of: int) -> sa.ColumnElement[bool]:
        """The condition that a row is that of a decision."""
        return self.table.c["CF_WSH"].in_([number(of)])

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()


def plan(said: Mapping[str, Any] = SAID, table: str = TABLE, **more: Any) -> FrontendPlan:
    """What routing.yaml says of the database."""
    tables = {"tables": {table: said}} if said else {}
    return FrontendPlan.model_validate(
        {"name": "市信用办前置库", "url_from": VARIABLE, "sender": HEALTH.code, **tables, **more}
    )


def surroundings(runtime: Runtime, url: str, said: FrontendPlan, known: Registry | None = None) -> Surroundings:
    """Xinglin with a front-end database called `county`."""
    routes = replace(runtime.reader.routes, frontends={"county": said})
    registry = known or runtime.reader.registry
    return Surroundings(runtime.engine, runtime.broker, routes, registry, templates(), runtime.clock, {VARIABLE: url})


@contextmanager
def working(runtime: Runtime, front: Front, said: FrontendPlan | None = None) -> Iterator[Frontend]:
    """A worker at the database, its queues declared."""
    runtime.broker.declare(runtime.reader.routes.topology)
    with opened("county", surroundings(runtime, front.url, said or plan())) as frontend:
        yield frontend


def take_in(runtime: Runtime) -> None:
    """Let intake work until nothing is left."""
    drain.work_until_empty(runtime, lambda _: None)
