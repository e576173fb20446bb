"""Fuzz for so many seconds: `python -m tests.fuzz 600`. Prints how many inputs each target had; fails on a finding."""

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

import structlog
from hypothesis import HealthCheck, Phase, seed, settings

from tests.fuzz.targets import TARGETS

_HANG_SECONDS = 120
_MEMORY_MIB = 512
_ROUND = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def main(seconds: float) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    end = time.monotonic() + seconds
    tried: Counter[str] = Counter()
    failed: dict[str, str] = {}
    while time.monotonic() < end:
        for target, examples in TARGETS.items():
            name = target.__name__
            if name in failed or time.monotonic() >= end:
                continue
            faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
            try:
                _try(target, examples)
            except BaseException:  # noqa: BLE001 - whatever comes out is what is looked for
                failed[name] = traceback.format_exc()
            tried[name] += examples
    faulthandler.cancel_dump_traceback_later()
    return _report(tried, failed)


def _try(target: Callable[[], None], examples: int) -> None:
    seed(random.getrandbits(64))(settings(_ROUND, max_examples=examples)(target))()


def _report(tried: Counter[str], failed: dict[str, str]) -> int:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, told in failed.items():
        print(f"--- {name}\n{told}")
    for name, count in sorted(tried.items()):
        print(f"{count:>10,}  {name}{'  FAILED' if name in failed else ''}")
    print(f"{tried.total():>10,}  inputs, {len(failed)} findings, {memory} MiB at most")
    return bool(failed) or memory > _MEMORY_MIB


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 600.0))
