"""Whether those who decide about an archive at the same time do so by the same routing and law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from credit.record.rows import WorkerRow
from credit.store import roll
from credit.store.engine import reading
from schemas.errors import ConfigurationError
from workers.editions import Editions
from workers.runtime import Runtime

_LOAD = (
    "请先在 worker 所在主机放好同样的文件并让其载入：发送 SIGHUP（systemctl reload xinglin@intake 等），或重新启动；"
    "若是本命令用错了文件，请改 XINGLIN_ROUTING 或 XINGLIN_POLICIES，或改用 xinglinctl。"
    "各 worker 所载见 xinglin workers。"
)


class Company(NamedTuple):
    """Who is at work on an archive, and of them those that have loaded another routing or law."""

    at_work: Sequence[WorkerRow]
    differing: Sequence[WorkerRow]


def compare(connection: Connection, mine: Editions, now: datetime) -> Company:
    """Compare what the workers at work have loaded with some files; `now` is the time of this host."""
    busy = roll.at_work(connection, now)
    return Company(busy, [row for row in busy if Editions(row.routing, row.law) != mine])


def name(rows: Sequence[WorkerRow]) -> str:
    """Name workers, each with the routing and law that it has loaded, as `xinglin workers` shows them."""
    return "; ".join(f"{row.kind} on {row.host}, process {row.pid} ({Editions(row.routing, row.law)})" for row in rows)


def look(runtime: Runtime) -> Company:
    """Compare what the workers at work have loaded with what this program has."""
    with reading(runtime.engine) as connection:
        return compare(connection, runtime.editions, runtime.terms.clock())


def refuse_to_differ(runtime: Runtime) -> None:
    """Refuse to decide by other files than the workers have loaded: each would undo what the other has done.

    Raises:
        ConfigurationError: it names them, with a note in Chinese what to do.
    """
    _refuse_differing(look(runtime), runtime)


def _refuse_differing(company: Company, runtime: Runtime) -> None:
    if company.differing:
        raise _refuse(
            f"workers are at work by another routing or law than {runtime.settings.routing} and "
            f"{runtime.settings.policies} ({runtime.editions}): {name(company.differing)}",
        )


def require_loaded(runtime: Runtime) -> Company:
    """Refuse to settle everything by files that no worker has, or not every one; return who is at work.

    An embedded home is settled without a worker too: the next one there starts with the same files. On servers a
    worker may be started anywhere with others.

    Raises:
        ConfigurationError: it names them, with a note in Chinese what to do.
    """
    company = look(runtime)
    _refuse_differing(company, runtime)
    if runtime.settings.servers and not company.at_work:
        raise _refuse(
            f"no worker is at work, so none has loaded {runtime.settings.routing} and {runtime.settings.policies} "
            f"({runtime.editions}): start the workers with these files first",
        )
    return company


def _refuse(found: str) -> ConfigurationError:
    error = ConfigurationError(found)
    error.add_note(f"没有执行：worker 没有载入本命令所用的路由和法规。{_LOAD}")
    return error
