"""The doctor at the front-end databases: whether they answer, and whether their tables have the columns."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

from connectors import registry
from credit.routing.routes import Routes
from schemas.errors import ConfigurationError
from schemas.frontends import FrontendTable, OutgoingTable
from schemas.sheets import Template
from workers.doctor.finding import Finding, Judgement, fine, judge, warn
from workers.frontend.database import Database, FrontendTrouble, TableUnfit


@dataclass
class Observed:
    """What was seen: how many databases and tables there are, and what is wrong with which."""

    databases: int = 0
    tables: int = 0
    away: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    narrow: list[str] = field(default_factory=list)
    """Tables that we fill, with the columns that are shorter than what may have to stand there."""
    slow: list[str] = field(default_factory=list)
    """Tables in which rows by state are found by reading all."""


def examine(routes: Routes, environ: Mapping[str, str]) -> list[Finding]:
    """Return every finding about the front-end databases that routing.yaml names; nothing is changed there."""
    templates = registry.load().templates()
    observed = Observed()
    for name, plan in routes.frontends.items():
        observed.databases += 1
        every: Mapping[str, FrontendTable] = {**plan.tables, **plan.outgoing}
        try:
            with closing(Database(name, plan, environ)) as database:
                for table, said in every.items():
                    _look(database, table, said, templates[said.template], observed)
        except (ConfigurationError, FrontendTrouble) as error:
            observed.away.append(str(error))
    return judge(_RULES, observed)


def _look(database: Database, table: str, said: FrontendTable, template: Template, observed: Observed) -> None:
    observed.tables += 1
    try:
        fitted = database.reflect(table, said, template)
    except TableUnfit as error:
        observed.unfit.append(str(error))
    else:
        narrow = fitted.find_narrow() if isinstance(said, OutgoingTable) else []
        if narrow:
            observed.narrow.append(f"{fitted.where}: {', '.join(narrow)}")
        if not database.has_index(fitted):
            observed.slow.append(fitted.where)


def judge_reachable(observed: Observed) -> Judgement:
    """Warn of databases that do not answer: the worker waits for them."""
    if not observed.away:
        return fine(f"{observed.databases} answer", f"前置库 {observed.databases} 个，均能连接")
    return warn(
        "; ".join(observed.away),
        f"连接不上的前置库：{'；'.join(observed.away)}",
        "核对所指出的环境变量、网络和对方数据库；恢复后 worker frontend 自行继续，不丢不重。",
    )


def judge_tables(observed: Observed) -> Judgement:
    """Warn of tables that cannot be used as routing.yaml describes them, or that cut what is written there."""
    if not observed.unfit and observed.narrow:
        return warn(
            f"columns are shorter than their texts may be, which are cut: {'; '.join(observed.narrow)}",
            f"列长不足，长的文字会被截断，名称、代码、日期和金额放不下的行不写入：{'；'.join(observed.narrow)}",
            "请对方按该版标准的长度加长所列的列。",
        )
    if not observed.unfit:
        return fine(f"{observed.tables} tables have their columns", f"前置库的表 {observed.tables} 张，列均齐全")
    return warn(
        "; ".join(observed.unfit),
        f"不能使用的表：{'；'.join(observed.unfit)}",
        "请对方补列，或者在 routing.yaml 该表的 columns、without 中写明。",
    )


def judge_indexes(observed: Observed) -> Judgement:
    """Warn of tables that are read whole at each look for new rows."""
    if not observed.slow:
        return fine("rows by state are found by an index", "各表的状态列均有索引")
    return warn(
        f"no index begins with the state column: {'; '.join(observed.slow)}",
        f"状态列没有索引，每次查询都要读全表：{'；'.join(observed.slow)}",
        "请对方在状态列和主键列上建索引。",
    )


_RULES = {
    "frontend.reachable": judge_reachable,
    "frontend.tables": judge_tables,
    "frontend.indexes": judge_indexes,
}
