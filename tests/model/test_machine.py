"""Any interleaving of messages, answers, deaths, restarts and time ends in what the reference model says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Machine

pytestmark = pytest.mark.long


def test_any_interleaving_ends_as_the_model_says(tmp_path: Path) -> None:
    Machine.prepare(tmp_path)
    run_state_machine_as_test(Machine, settings=settings(max_examples=8, stateful_step_count=40, deadline=None))
