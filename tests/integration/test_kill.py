"""`kill -9` at any moment and a restart lose nothing and do nothing twice, on both stores."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Select, func, select
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from credit.store import outbox
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.ledger import read_ledger
from credit.store.tables import batch, message, touched
from tests.builders import declare
from tests.processes import XINGLIN, Process
from tests.receivers import Receivers
from workers import drain
from workers.demo.town.day import ordinary
from workers.postings import Posting
from workers.relay import WINDOW
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings, read

POSTINGS = [Posting(one.body, one.routing_type) for one in ordinary(5, 750, date(2026, 11, 22))]
KILLS = 6


@contextmanager
def _worker(place: Settings) -> Iterator[Process]:
    process = Process(XINGLIN, ["worker", "all", "--home", str(place.home)], place.environ, Path(os.devnull))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@retry(wait=wait_fixed(0.02), stop=stop_after_delay(90), retry=retry_if_result(lambda met: not met))
def _wait(condition: Callable[[], bool]) -> bool:
    return condition()


def _has_begun(runtime: Runtime, enough: int) -> bool:
    with reading(runtime.engine) as connection:
        return _ask(connection, select(func.coalesce(func.sum(batch.c.received), 0))) > enough


def _is_done(runtime: Runtime, messages: int) -> bool:
    """Everything is in, nothing waits for an identifier, everything is out: asked in the order in which it comes so."""
    with reading(runtime.engine) as connection:
        return (
            _ask(connection, select(func.count()).select_from(message)) == messages
            and read_ledger(connection).open == 0
            and _ask(connection, select(func.count()).select_from(touched)) == 0
            and outbox.count_unsent(connection) == 0
        )


def _ask(connection: Connection, question: Select[Any]) -> int:
    return int(connection.execute(question).scalar_one())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    with open_runtime(read({}, home=tmp_path_factory.mktemp("undisturbed"))) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        drain.send(runtime, POSTINGS, lambda _: None)
        drain.work_until_empty(runtime, lambda _: None)
        with reading(runtime.engine) as connection:
            messages = connection.execute(select(func.count()).select_from(message)).scalar_one()
            return digest(connection, runtime.keyring), messages


@pytest.mark.long(seconds=30)
def test_killed_workers_lose_nothing_and_do_nothing_twice(own_place: Settings, undisturbed: tuple[str, int]) -> None:
    expected, messages = undisturbed
    chance = random.Random(20261122)
    receivers = Receivers()
    with open_runtime(own_place) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        drain.send(runtime, POSTINGS, lambda _: None)
        for kill in range(1, KILLS + 1):
            enough = (kill - 1) * len(POSTINGS) // KILLS + chance.randrange(50)
            with _worker(own_place) as process:
                _wait(partial(_has_begun, runtime, enough))
                process.send_signal(signal.SIGKILL)
        with _worker(own_place) as process:
            _wait(partial(_is_done, runtime, messages))
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        receivers.take(runtime)
        with reading(runtime.engine) as connection:
            ledger = read_ledger(connection)
            assert receivers.find_wrong(connection) == set()
            assert digest(connection, runtime.keyring) == expected
    assert ledger.balanced
    assert ledger.open == 0
    assert receivers.notices
    assert receivers.lifted
    assert receivers.rows
    assert receivers.repeats <= KILLS * WINDOW
