"""A place to work in: the embedded home, or private servers; every scenario passes in both."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from credit import vault
from workers import keyfile, settings
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
