"""A place to work in: the embedded home, or private servers; every scenario passes in both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from credit import vault
from tests.builders import NOON
from tests.consoles import EVERYTHING, holder, open_console
from workers import keyfile, settings
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

PLACES = ["embedded", "servers"]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty Xinglin; a test that leaves queues behind that differ from those shipped takes its own."""
    return _place(request, tmp_path, "emptied_vhost")


@pytest.fixture(params=PLACES)
def own_place(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty Xinglin whose queues nobody used before, and nobody will."""
    return _place(request, tmp_path, "vhost")


def _place(request: pytest.FixtureRequest, tmp_path: Path, vhost: str) -> Settings:
    environ: dict[str, str] = {}
    home = tmp_path / "home"
    if request.param == "servers":
        keys = tmp_path / "keys.json"
        keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
        environ = {
            "XINGLIN_DATABASE_URL": request.getfixturevalue("emptied_database"),
            "XINGLIN_BROKER_URL": request.getfixturevalue(vhost),
            "XINGLIN_KEY_FILE": str(keys),
        }
    else:
        home.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("template_archive"), home / "archive.sqlite")
    return settings.read(environ, home=home)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs against servers, so that it can be left out by hand."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and "servers" in [callspec.params.get(name) for name in ("place", "own_place")]:
            item.add_marker("servers")


@pytest.fixture
def runtime(tmp_path: Path, template_archive: Path) -> Iterator[Runtime]:
    """An embedded home at noon with an empty archive."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({}, home=home), lambda: NOON) as opened:
        yield opened


@pytest.fixture
def clerk(runtime: Runtime) -> TestClient:
    """The console as somebody sees it who may do everything, everywhere."""
    return open_console(runtime, holder(*EVERYTHING))
