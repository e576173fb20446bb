"""An archive, a front-end database on each kind of server, and an embedded Xinglin, for a test each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from credit import vault
from credit.store.engine import connect
from credit.vault import Algorithm
from tests.builders import KEYS, declared
from tests.contract.archives import Shelf
from tests.contract.sites import TOPOLOGY, Site
from tests.fronts import Front
from tests.servers import MariaDB, Postgres
from workers import settings
from workers.runtime import Runtime, open_runtime

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


@pytest.fixture(params=["postgres", "mariadb"])
def front(request: pytest.FixtureRequest) -> Iterator[Front]:
    server: Postgres | MariaDB = request.getfixturevalue(request.param)
    server.start()
    name = f"front_{uuid4().hex}"
    made = Front(server.create_database(name))
    yield made
    made.close()
    server.start()
    server.drop_database(name)


@pytest.fixture
def runtime(template_archive: Path, tmp_path: Path) -> Iterator[Runtime]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({}, home=home), clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def shelf(archive_url: str) -> Iterator[Shelf]:
    engine = connect(archive_url)
    yield Shelf(engine, vault.generate(Algorithm.AES_256_GCM))
    engine.dispose()


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.servers)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    embedded = request.param == "embedded"
    yield from _site(f"embedded://{tmp_path}/broker.sqlite" if embedded else request.getfixturevalue("vhost"))


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Site]:
    yield from _site(f"embedded://{tmp_path}/broker.sqlite")


@pytest.fixture
def rabbit(vhost: str) -> Iterator[Site]:
    yield from _site(vhost)


def _site(url: str) -> Iterator[Site]:
    broker = declared(url, KEYS, TOPOLOGY)
    yield Site(url, broker)
    broker.close()
