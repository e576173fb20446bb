"""A short selection of the fuzzing that `make fuzz` does at length."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.long

SHORT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("name", TARGETS)
def test(name: str) -> None:
    TARGETS[name].run(SHORT)
