"""The two pairs of broker and database that every fault is tried on, and the figures that come of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from credit import vault
from tests.fault import traffic
from tests.fault.stage import Expected, Servers, expect
from tests.fault.table import Row
from workers import settings
from workers.letters import Letter
from workers.settings import Settings

ROWS = pytest.StashKey[list[Row]]()
LETTERS = 1500


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
def content() -> list[Letter]:
    """The messages that the sources send."""
    return traffic.letters(5, LETTERS)


@pytest.fixture(scope="session")
def expected(content: list[Letter], tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """What they come to where nothing happens."""
    return expect(content, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> list[Row]:
    """The table that the figures go to."""
    return request.config.stash[ROWS]


@pytest.fixture
def servers(request: pytest.FixtureRequest, pair: str) -> Servers | None:
    """The private servers, on the pair that has any."""
    if pair == "embedded":
        return None
    return Servers(request.getfixturevalue("rabbitmq"), request.getfixturevalue("postgres"))


@pytest.fixture
def place(request: pytest.FixtureRequest, pair: str, tmp_path: Path) -> Settings:
    """Settings of a new, empty Xinglin."""
    environ: dict[str, str] = {}
    if pair == "servers":
        keys = tmp_path / "keys.json"
        vault.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
        environ = {
            "XINGLIN_DATABASE_URL": request.getfixturevalue("database"),
            "XINGLIN_BROKER_URL": request.getfixturevalue("vhost"),
            "XINGLIN_KEY_FILE": str(keys),
        }
    return settings.read(environ, home=tmp_path / "home")
