"""The two pairs of broker and database that every fault is tried on, and the figures that come of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from ruamel.yaml import YAML

from credit import vault
from tests.builders import HEALTH, ROOT
from tests.fault import skewed, traffic
from tests.fault.cluster import Cluster
from tests.fault.stage import Expected, Servers, Stage, expect, opened
from tests.fault.table import Fault, Row
from tests.fronts import VARIABLE, Front
from tests.servers import MariaDB, Postgres
from workers import keyfile, settings
from workers.broker import transport
from workers.postings import Posting
from workers.settings import Settings

ROWS = pytest.StashKey[list[Row]]()
POSTINGS, SHORT = 1200, 600
"""How many messages there are where figures are wanted, and where it is enough that nothing is lost."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--figures FILE`: where the figures of all faults are written as JSON."""
    parser.addoption("--figures", type=Path, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Begin a new table."""
    config.stash[ROWS] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the figures."""
    target = session.config.getoption("--figures")
    if target is not None:
        rows = [asdict(row) for row in session.config.stash[ROWS]]
        target.write_text(json.dumps(rows, ensure_ascii=False, indent=1))


@pytest.fixture(scope="session")
def content(pytestconfig: pytest.Config) -> list[Posting]:
    """The messages that the sources send."""
    return traffic.postings(5, POSTINGS if pytestconfig.getoption("--figures") else SHORT)


@pytest.fixture(scope="session")
def expected(content: list[Posting], tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """What they come to where nothing happens."""
    return expect(content, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture
def row(request: pytest.FixtureRequest, pair: str, fault: Fault) -> Row:
    """The line of the table that this test fills."""
    mine = Row(fault.name, fault.text, pair, fault.rounds)
    request.config.stash[ROWS].append(mine)
    return mine


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Three nodes that are one broker."""
    started = Cluster()
    yield started
    started.remove()


@pytest.fixture
def servers(request: pytest.FixtureRequest, pair: str) -> Servers | None:
    """The private servers, on the pairs that have any."""
    if pair == "embedded":
        return None
    broker = request.getfixturevalue("cluster" if pair == "cluster" else "rabbitmq")
    return Servers(broker, request.getfixturevalue("postgres"))


@pytest.fixture
def home(tmp_path: Path, fault: Fault) -> Iterator[Path]:
    """The home of a stage; on a disk of its own where the fault is about the disk."""
    folder = tmp_path / "home"
    folder.mkdir()
    if not fault.disk_mib:
        yield folder
        return
    if os.geteuid() != 0:
        pytest.skip("a disk of its own takes root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={fault.disk_mib}m", "xinglin", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, pair: str, home: Path) -> Settings:
    """Settings of a new, empty Xinglin on the disk of a fault."""
    return _settle(request, pair, home)


@pytest.fixture
def bare(request: pytest.FixtureRequest, pair: str, tmp_path: Path) -> Settings:
    """Settings of a new, empty Xinglin, for a test that does its faults itself."""
    return _settle(request, pair, tmp_path / "home")


def _settle(request: pytest.FixtureRequest, pair: str, home: Path) -> Settings:
    environ: dict[str, str] = {}
    if pair != "embedded":
        keys = home.parent / "keys.json"
        keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
        cluster = pair == "cluster"
        environ = {
            "XINGLIN_DATABASE_URL": request.getfixturevalue("database"),
            "XINGLIN_BROKER_URL": request.getfixturevalue("cluster").url_of("%2F")
            if cluster
            else request.getfixturevalue("vhost"),
            "XINGLIN_KEY_FILE": str(keys),
        }
    return settings.read(environ, home=home)


@pytest.fixture
def stage(
    place: Settings, content: list[Posting], fault: Fault, servers: Servers | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """The stage with everything at work."""
    # Whoever uses the embedded broker is on one machine, and a machine has one clock.
    monkeypatch.setattr(transport, "time", partial(skewed.unix_time, place.home))
    with opened(place, content, fault.crew, servers, fault.launcher) as ready:
        yield ready


@pytest.fixture(params=["postgres", "mariadb"])
def front(request: pytest.FixtureRequest) -> Iterator[Front]:
    """A front-end database with its table."""
    server: Postgres | MariaDB = request.getfixturevalue(request.param)
    server.start()
    name = f"front_{uuid4().hex}"
    made = Front(server.create_database(name))
    yield made
    made.close()
    server.drop_database(name)


@pytest.fixture
def fronted(database: str, vhost: str, front: Front, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a new, empty Xinglin on servers, by what routing.yaml says of the front-end database and of feeds."""

    def settle(frontend: dict[str, Any], **feeds: dict[str, Any]) -> Settings:
        keys = tmp_path / "keys.json"
        keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
        yaml = YAML()
        routing = yaml.load(ROOT / "routing.yaml")
        named = {"name": "市信用办前置库", "url_from": VARIABLE, "sender": HEALTH.code}
        routing["frontends"] = {"county": named | frontend}
        for name, said in feeds.items():
            routing["feeds"][name.replace("_", "-")] |= said
        yaml.dump(routing, tmp_path / "routing.yaml")
        environ = {
            "XINGLIN_DATABASE_URL": database,
            "XINGLIN_BROKER_URL": vhost,
            "XINGLIN_KEY_FILE": str(keys),
            "XINGLIN_ROUTING": str(tmp_path / "routing.yaml"),
            VARIABLE: front.url,
        }
        return settings.read(environ, home=tmp_path / "home")

    return settle
