"""Whatever breaks: nothing is lost, nothing takes effect twice, and soon everything goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fault.faults import FAULTS
from tests.fault.stage import Expected, Servers, Stage, Verdict, opened
from tests.fault.table import Fault, Row, troubles
from workers.letters import Letter
from workers.settings import Settings


def _cases() -> Iterator[object]:
    for fault in FAULTS:
        for pair in fault.pairs:
            marks = [pytest.mark.timeout(480)] if pair in fault.short else [pytest.mark.timeout(480), pytest.mark.fault]
            name = f"{pair}-{fault.name}-{len(fault.crew)}"
            yield pytest.param(pair, fault, id=name, marks=marks)


@pytest.mark.parametrize(("pair", "fault"), list(_cases()))
def test_nothing_is_lost_or_done_twice(
    pair: str,
    fault: Fault,
    place: Settings,
    servers: Servers | None,
    content: list[Letter],
    expected: Expected,
    rows: list[Row],
) -> None:
    trouble = ["the stage did not come to its end"]
    verdict = Verdict(lost=0, twice=False, repeats=0, recovery=0.0, balanced=True, parked=0)
    try:
        with opened(place, content, fault.crew, servers, dict(fault.extra)) as stage:
            verdict = _suffer(stage, fault, expected)
        trouble = troubles(fault, verdict)
    except AssertionError as error:
        trouble = [str(error)]
        raise
    finally:
        rows.append(
            Row(
                fault=fault.name,
                text=fault.text,
                pair=pair,
                rounds=fault.rounds,
                lost=verdict.lost,
                twice=verdict.twice,
                repeats=verdict.repeats,
                recovery=verdict.recovery,
                trouble="; ".join(trouble),
            )
        )
    assert not trouble


def _suffer(stage: Stage, fault: Fault, expected: Expected) -> Verdict:
    recoveries = []
    for _ in range(fault.rounds):
        fault.hurt(stage)
        recoveries.append(stage.measure_recovery() if fault.rounds == 1 else 0.0)
    recovery = recoveries[0] if fault.rounds == 1 else stage.measure_recovery()
    stage.finish(expected)
    return stage.judge(expected, recovery)
