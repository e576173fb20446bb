"""A short selection of the fuzzing that `make fuzz` does at length."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from tests.fuzz.targets import TARGETS

SHORT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize(("target", "examples"), TARGETS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test(target: Callable[[], None], examples: int) -> None:
    settings(SHORT, max_examples=examples)(target)()
