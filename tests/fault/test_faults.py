"""Whatever breaks: nothing is lost, nothing takes effect twice, and soon everything goes on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.fault.faults import FAULTS
from tests.fault.stage import Expected, Stage, Verdict
from tests.fault.table import Fault, Row, troubles

_SECONDS = 480


def _cases() -> list[object]:
    return [
        pytest.param(
            pair,
            fault,
            id=f"{pair}-{fault.name}-{len(fault.crew)}",
            marks=[pytest.mark.timeout(_SECONDS), *([] if pair in fault.short else [pytest.mark.fault])],
        )
        for fault in FAULTS
        for pair in fault.pairs
    ]


@pytest.mark.long(seconds=120)
@pytest.mark.parametrize(("pair", "fault"), _cases())
def test_nothing_is_lost_or_done_twice(stage: Stage, fault: Fault, expected: Expected, row: Row) -> None:
    row.trouble = "it did not come to its end"
    try:
        verdict = _suffer(stage, fault, expected)
    except AssertionError as error:
        row.trouble = str(error).partition("\n")[0]
        raise
    row.fill(verdict)
    row.trouble = "; ".join(troubles(fault, verdict))
    assert not row.trouble, stage.crew.last_words()


def _suffer(stage: Stage, fault: Fault, expected: Expected) -> Verdict:
    stage.wait(lambda: stage.crew.is_complete, "all workers to be up")
    for number in range(fault.rounds):
        stage.sources.allow((number + 1) / fault.rounds)
        fault.hurt(stage)
    recovery = stage.measure_recovery()
    stage.finish(expected)
    stage.wait(lambda: stage.crew.is_complete, "all workers to be up again")
    statuses = stage.crew.stop()
    assert not any(statuses), f"workers ended with {_each(statuses)} at the end"
    return stage.judge(expected, recovery)


def _each(statuses: Sequence[int]) -> str:
    return ", ".join(map(str, statuses))
