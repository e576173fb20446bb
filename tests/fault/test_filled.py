"""Faults while a table of a front-end database is filled: each row is there once, and its answer comes back once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa
import tenacity

from tests.builders import feed_in, message, rows
from tests.fault.conftest import ROWS
from tests.fault.table import RECOVERY_SECONDS, Row
from tests.fault.test_frontend import NAMES, start
from tests.fronts import PENALTIES, TABLE, WITHOUT, Front, number
from tests.processes import Process
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

pytestmark = [pytest.mark.fault, pytest.mark.servers]
ROUNDS = 10
COUNT = 2000
FILLED: dict[str, Any] = {
    "template": PENALTIES,
    "key": ["CF_WSH"],
    "state": {"column": "STATE"},
    "operated": "OPER_TIME",
    "verdict": {"code": "RESULT_CODE", "text": "RESULT_TEXT"},
    "columns": {"BZ": "REMARK"},
    "without": list(WITHOUT),
}
_CHANCE = random.Random(20261128)
_ANSWERED = "SELECT count(*) FROM feed_row WHERE result_code = '0000'"


@dataclass
class Reader:
    """Who reads the table and answers what is new there; `again` counts what was new to it more than once."""

    front: Front
    seen: set[str] = field(default_factory=set)
    again: int = 0

    def answer(self) -> None:
        table = self.front.table
        with self.front.engine.begin() as connection:
            new = set(connection.execute(sa.select(table.c.CF_WSH).where(table.c.STATE == "0")).scalars())
            mine = sa.update(table).where(table.c.CF_WSH.in_(new))
            connection.execute(mine.values(STATE="1", RESULT_CODE="0000", RESULT_TEXT="成功"))
        self.again += len(new & self.seen)
        self.seen |= new


@pytest.mark.timeout(480)
def test_each_row_is_new_to_its_reader_once_and_answered_once(
    fronted: Callable[..., Settings], front: Front, request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.params["front"]
    said = "`kill -9` of the carrier and the worker that fetch answers, at a random moment while a table is filled"
    row = Row("kill_filling", said, f"front-end on {NAMES[kind]}", ROUNDS, trouble="it did not come to its end")
    request.config.stash[ROWS].append(row)
    deliver = {
        "generation": "V2016",
        "kinds": ["penalty"],
        "person_kinds": [],
        "deliver": {"table": {"frontend": "county"}},
    }
    reader = Reader(front)
    with open_runtime(fronted({"outgoing": {TABLE: FILLED}}, credit_china=deliver)) as runtime:
        feed_in(runtime, *(message("penalty", f"m{n}", CF_WSH=number(n)) for n in range(1, COUNT + 1)))
        intake = start(runtime, "intake")
        for _ in range(ROUNDS):
            _fill_and_kill(runtime, reader)
        begin = monotonic()
        workers = [start(runtime, "carrier"), start(runtime, "frontend")]
        _finish(runtime, reader)
        row.recovery = monotonic() - begin
        for process in (*workers, intake):
            process.terminate()
            assert process.wait(60) == 0
        [(came, repeats)] = rows(runtime, "SELECT count(*), sum(repeats) FROM message")
        [(answered,)] = rows(runtime, _ANSWERED)
    row.lost, row.repeats = COUNT - min(len(reader.seen), int(answered)), int(repeats)
    row.twice = bool(reader.again) or int(came) != 2 * COUNT
    found = {
        "rows or answers were lost": row.lost != 0,
        "rows were new twice, or answers came twice": row.twice,
        "it took too long": row.recovery > RECOVERY_SECONDS,
    }
    row.trouble = "; ".join(what for what, so in found.items() if so)
    assert not row.trouble, row


def _fill_and_kill(runtime: Runtime, reader: Reader) -> None:
    """Let both work until the table holds more than before, or all; then kill them at a random moment."""
    before = len(reader.front.column("STATE"))
    workers: list[Process] = [start(runtime, "carrier"), start(runtime, "frontend")]
    since = monotonic()
    while before < COUNT and len(reader.front.column("STATE")) == before and monotonic() - since < 20:
        Event().wait(0.02)
    reader.answer()
    Event().wait(_CHANCE.uniform(0, 0.5))
    for process in workers:
        process.kill()
        process.wait(20)


def _finish(runtime: Runtime, reader: Reader) -> None:
    for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(0.2), stop=tenacity.stop_after_delay(120)):
        with attempt:
            reader.answer()
            assert rows(runtime, _ANSWERED) == [(COUNT,)]
