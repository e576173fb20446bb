"""`kill -9` of workers of a front-end database at any moment: each row is taken once, each answer given."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
import tenacity
from ruamel.yaml import YAML

from credit import vault
from tests.builders import HEALTH, ROOT, rows
from tests.fronts import SAID, TABLE, VARIABLE, Front, number, penalty
from tests.processes import XINGLIN, Process
from tests.servers import MariaDB, Postgres
from workers import keyfile, settings
from workers.runtime import Runtime, open_runtime

pytestmark = [pytest.mark.fault, pytest.mark.servers]
ROUNDS = 12
EACH = 300
_CHANCE = random.Random(20261127)


@pytest.fixture(params=["postgres", "mariadb"])
def front(request: pytest.FixtureRequest) -> Iterator[Front]:
    server: Postgres | MariaDB = request.getfixturevalue(request.param)
    server.start()
    name = f"front_{uuid4().hex}"
    made = Front(server.create_database(name))
    yield made
    made.close()
    server.drop_database(name)


@pytest.fixture
def runtime(database: str, vhost: str, front: Front, tmp_path: Path) -> Iterator[Runtime]:
    keys = tmp_path / "keys.json"
    keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
    yaml = YAML()
    routing = yaml.load(ROOT / "routing.yaml")
    routing["frontends"] = {
        "county": {
            "name": "市信用办前置库",
            "url_from": VARIABLE,
            "sender": HEALTH.code,
            "tables": {TABLE: {**SAID, "without": list(SAID["without"])}},
        }
    }
    yaml.dump(routing, tmp_path / "routing.yaml")
    environ = {
        "XINGLIN_DATABASE_URL": database,
        "XINGLIN_BROKER_URL": vhost,
        "XINGLIN_KEY_FILE": str(keys),
        "XINGLIN_ROUTING": str(tmp_path / "routing.yaml"),
        VARIABLE: front.url,
    }
    with open_runtime(settings.read(environ, home=tmp_path / "home")) as opened:
        yield opened


def start(runtime: Runtime, *words: str) -> Process:
    log = runtime.settings.routing.parent / f"{uuid4().hex}.log"
    return Process(XINGLIN, ["worker", *words], runtime.settings.environ, log)


def wait_until(front: Front, column: str, count: int, value: str) -> None:
    for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(0.2), stop=tenacity.stop_after_delay(120)):
        with attempt:
            found = front.column(column)
            assert sum(each == value for each in found) >= count, (column, len(found))


def test_killed_at_any_moment_nothing_is_lost_and_nothing_twice(runtime: Runtime, front: Front) -> None:
    intake = start(runtime, "intake")
    workers = [start(runtime, "frontend"), start(runtime, "frontend", "county")]
    made = 0
    for _ in range(ROUNDS):
        front.fill(*(penalty(of) for of in range(made + 1, made + EACH + 1)))
        made += EACH
        wait_until(front, "STATE", made - EACH + 1, "1")
        Event().wait(_CHANCE.uniform(0, 0.3))
        place = _CHANCE.randrange(2)
        workers[place].kill()
        workers[place].wait(20)
        workers[place] = start(runtime, "frontend")
    front.change(1, CF_NR_FK="0.9")
    wait_until(front, "RESULT_CODE", made, "0000")
    wait_until(front, "STATE", made, "1")
    wait_until(front, "RESULT_CODE", made, "0000")
    for process in (*workers, intake):
        process.terminate()
        assert process.wait(60) == 0
    assert rows(runtime, "SELECT outcome, count(*) FROM message GROUP BY outcome") == [("applied", made + 1)]
    assert rows(runtime, "SELECT count(*), sum(revision), max(revision) FROM record") == [(made, made + 1, 2)]
    assert rows(runtime, "SELECT count(*) FROM record WHERE disputed") == [(0,)]
    assert rows(runtime, "SELECT revision FROM record WHERE document_no = :number", number=number(1)) == [(2,)]
