"""`xinglin worker`, by a clock that is wrong: python -m tests.fault.skewed worker KIND --home HOME.

The file `clock` beside the home says by how many seconds; it may change while the worker runs. It is the clock of
the host: decisions are made by it, and it is what the worker compares with the database's.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from workers import cli, process, runtime
from workers.broker import transport

_CLOCK = "clock"


def set_clock(home: Path, seconds: float) -> None:
    """Let the clock of a stage be wrong by so many seconds from now on; 0 sets it right."""
    written = home.parent / f"{_CLOCK}.new"
    written.write_text(str(seconds))
    written.rename(home.parent / _CLOCK)


def offset(home: Path) -> float:
    """Return by how many seconds the clock of a stage is wrong now."""
    file = home.parent / _CLOCK
    return float(file.read_text()) if file.exists() else 0.0


def unix_time(home: Path) -> float:
    """Return what `time.time` says by that clock."""
    return time.time() + offset(home)


def main() -> None:
    """Run the command under the wrong clock."""
    home, right_time = Path(sys.argv[-1]), runtime.wall_clock

    def clock() -> datetime:
        return right_time() + timedelta(seconds=offset(home))

    runtime.wall_clock = clock
    process.open_runtime = partial(runtime.open_runtime, clock=clock)  # type: ignore[attr-defined]
    transport.time = partial(unix_time, home)  # type: ignore[attr-defined]
    cli.main()


if __name__ == "__main__":
    main()
