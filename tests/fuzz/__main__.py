"""Look for trouble for so many seconds: `python -m tests.fuzz 600` fuzzes and runs the model's machine by turns.

Prints how many inputs each had, and how to repeat what was found, which is also kept in `var/fuzz`, a file each; fails
when anything was found.
"""

from __future__ import annotations

import faulthandler
import logging
import random
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.targets import TARGETS
from tests.model.machine import Machine

_HANG_SECONDS = 900  # finding the smallest case takes minutes
_MEMORY_MIB = 512
_KEPT = Path(__file__).parents[2] / "var" / "fuzz"
_RUNS = 5
_ROUND = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def main(seconds: float) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    end = time.monotonic() + seconds
    tried: Counter[str] = Counter()
    failed: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        Machine.prepare(Path(folder))
        while time.monotonic() < end:
            for name, (trial, examples) in _TRIALS.items():
                if name in failed or time.monotonic() >= end:
                    continue
                faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
                try:
                    trial(_ROUND, random.getrandbits(64))
                except BaseException:  # noqa: BLE001 - whatever comes out is what is looked for
                    failed[name] = _keep(name, traceback.format_exc())
                tried[name] += examples
    faulthandler.cancel_dump_traceback_later()
    return _report(tried, failed)


def _keep(name: str, told: str) -> str:
    # At once: a finding that comes once in a hundred thousand inputs may not be lost with the end of the output.
    _KEPT.mkdir(parents=True, exist_ok=True)
    (_KEPT / f"{name}.txt").write_text(told, encoding="utf-8", errors="backslashreplace")
    return told


def _run_machine(how: settings, chance: int) -> None:
    short = settings(how, max_examples=_RUNS, stateful_step_count=50)
    run_state_machine_as_test(seed(chance)(Machine), settings=short)


_TRIALS: dict[str, tuple[Callable[[settings, int], None], int]] = {
    **{name: (target.run, target.examples) for name, target in TARGETS.items()},
    "machine": (_run_machine, _RUNS),
}


def _report(tried: Counter[str], failed: dict[str, str]) -> int:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, told in failed.items():
        sys.stdout.write(f"--- {name}\n{told}\n")
    for name, count in sorted(tried.items()):
        sys.stdout.write(f"{count:>10,}  {name}{'  FAILED' if name in failed else ''}\n")
    sys.stdout.write(f"{tried.total():>10,}  inputs, {len(failed)} findings, {memory} MiB at most\n")
    return bool(failed) or memory > _MEMORY_MIB


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 600.0))
