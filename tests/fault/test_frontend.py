"""Faults around a front-end database: each row is taken once, and learns what became of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from time import monotonic
from uuid import uuid4

import pytest
import tenacity

from tests.builders import rows
from tests.fault.conftest import ROWS
from tests.fault.table import Row
from tests.fronts import SAID, TABLE, Front, penalty
from tests.processes import XINGLIN, Process
from tests.servers import MariaDB, Postgres
from workers.frontend.incoming import LOT
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

pytestmark = [pytest.mark.fault, pytest.mark.servers]
ROUNDS = 10
EACH = 300
NAMES = {"postgres": "PostgreSQL", "mariadb": "MariaDB"}
_CHANCE = random.Random(20261127)


@pytest.fixture
def runtime(fronted: Callable[..., Settings]) -> Iterator[Runtime]:
    tables = {TABLE: {**SAID, "without": list(SAID["without"])}}
    with open_runtime(fronted({"tables": tables})) as opened:
        yield opened


def start(runtime: Runtime, *words: str) -> Process:
    log = runtime.settings.routing.parent / f"{uuid4().hex}.log"
    return Process(XINGLIN, ["worker", *words], runtime.settings.environ, log)


def wait_until(front: Front, column: str, count: int, value: str) -> None:
    for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(0.2), stop=tenacity.stop_after_delay(120)):
        with attempt:
            found = front.column(column)
            assert sum(each == value for each in found) >= count, (column, len(found))


@dataclass
class Scene:
    """A front-end database with two workers at it, and an intake behind them."""

    runtime: Runtime
    front: Front
    server: Postgres | MariaDB
    workers: list[Process]


def kill_worker(scene: Scene) -> None:
    """`kill -9` of one of two workers of a front-end database at a random moment"""
    place = _CHANCE.randrange(2)
    scene.workers[place].kill()
    scene.workers[place].wait(20)
    scene.workers[place] = start(scene.runtime, "frontend")


def kill_workers(scene: Scene) -> None:
    """`kill -9` of both workers of a front-end database at once"""
    for worker in scene.workers:
        worker.kill()
    scene.workers[:] = [start(scene.runtime, "frontend") for _ in scene.workers]


def kill_front(scene: Scene) -> None:
    """`kill -9` of the front-end database itself, started again after a second"""
    scene.server.kill9()
    Event().wait(1)
    scene.server.start()
    scene.front.engine.dispose()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("hurt", [kill_worker, kill_workers, kill_front])
def test_nothing_is_lost_and_nothing_twice(
    runtime: Runtime, front: Front, hurt: Callable[[Scene], None], request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.params["front"]
    row = Row(hurt.__name__, (hurt.__doc__ or "").strip(), f"front-end on {NAMES[kind]}", ROUNDS)
    row.trouble = "it did not come to its end"
    request.config.stash[ROWS].append(row)
    intake = start(runtime, "intake")
    workers = [start(runtime, "frontend"), start(runtime, "frontend", "county")]
    scene = Scene(runtime, front, request.getfixturevalue(kind), workers)
    made = 0
    for _ in range(ROUNDS):
        front.fill(*(penalty(of) for of in range(made + 1, made + EACH + 1)))
        made += EACH
        wait_until(front, "STATE", made - EACH + 1, "1")
        Event().wait(_CHANCE.uniform(0, 0.3))
        hurt(scene)
    since = monotonic()
    wait_until(front, "STATE", made, "1")
    row.recovery = monotonic() - since
    front.change(1, CF_NR_FK="0.9")
    wait_until(front, "STATE", made, "1")
    wait_until(front, "RESULT_CODE", made, "0000")
    for process in (*scene.workers, intake):
        process.terminate()
        assert process.wait(60) == 0
    _judge(runtime, made, row)
    assert not row.trouble, row


def _judge(runtime: Runtime, made: int, row: Row) -> None:
    [(came, repeats)] = rows(runtime, "SELECT count(*), sum(repeats) FROM message")
    [(records, revisions, disputed)] = rows(
        runtime, "SELECT count(*), sum(revision), count(*) FILTER (WHERE disputed) FROM record"
    )
    row.lost = made - int(records)
    row.twice = (int(came), int(revisions), int(disputed)) != (made + 1, made + 1, 0)
    row.repeats = int(repeats)
    found = {
        "rows were lost": row.lost != 0,
        "rows were taken twice": row.twice,
        "more was sent again than lots were in hand": row.repeats > 2 * LOT * ROUNDS,
    }
    row.trouble = "; ".join(what for what, so in found.items() if so)
