"""A place to work in: the embedded home, or private servers; every scenario passes in both."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit import vault
from workers import keyfile, settings
from workers.settings import Settings


@pytest.fixture(params=["embedded", "servers"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a new, empty Xinglin."""
    environ: dict[str, str] = {}
    if request.param == "servers":
        keys = tmp_path / "keys.json"
        keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
        environ = {
            "XINGLIN_DATABASE_URL": request.getfixturevalue("emptied_database"),
            "XINGLIN_BROKER_URL": request.getfixturevalue("vhost"),
            "XINGLIN_KEY_FILE": str(keys),
        }
    return settings.read(environ, home=tmp_path / "home")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs against servers, so that it can be left out by hand."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("place") == "servers":
            item.add_marker("servers")
