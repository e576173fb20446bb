"""What the tests of rules and dashboards may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.routing import Topology
from tests.builders import shipped_routes
from tests.conftest import give_up
from tests.prometheus import find
from tests.servers import ServerUnavailableError


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The tool that tries rules; without it the test is skipped or fails, as one without its servers."""
    try:
        return find("promtool")
    except ServerUnavailableError as error:
        give_up(str(error))


@pytest.fixture(scope="session")
def topology() -> Topology:
    """The queues of the routes that are shipped."""
    return shipped_routes().topology
