"""`xinglin worker`, by a clock that is wrong: python -m tests.fault.skewed worker KIND --home HOME.

The file `clock` beside the home says by how many seconds; it may change while the worker runs.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from workers import cli
from workers.broker import transport
from workers.cli import worker
from workers.runtime import open_runtime, wall_clock

CLOCK = "clock"


def offset(home: Path) -> float:
    """Return by how many seconds the clock of a stage is wrong now."""
    file = home.parent / CLOCK
    return float(file.read_text()) if file.exists() else 0.0


def unix_time(home: Path) -> float:
    """Return what `time.time` says by that clock."""
    return time.time() + offset(home)


def main() -> None:
    """Run the command under the wrong clock."""
    home = Path(sys.argv[-1])

    def clock() -> datetime:
        return wall_clock() + timedelta(seconds=offset(home))

    worker.open_runtime = partial(open_runtime, clock=clock)  # type: ignore[attr-defined]
    transport.time = partial(unix_time, home)  # type: ignore[attr-defined]
    cli.main()


if __name__ == "__main__":
    main()
