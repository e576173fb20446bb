"""Runs the whole fault suite and writes down what it measured: python -m tests.fault.report FILE."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pytest

from tests.fault.table import RECOVERY_SECONDS, Row
from workers.relay import WINDOW

_PAIRS = {
    "embedded": "Embedded: SQLite and the broker in a file",
    "servers": "Servers: PostgreSQL and RabbitMQ",
    "cluster": "A cluster of three RabbitMQ nodes, and PostgreSQL",
    "front-end on PostgreSQL": "A front-end database 前置库 on PostgreSQL, whose source goes on writing",
    "front-end on MariaDB": "A front-end database 前置库 on MariaDB, whose source goes on writing",
}
_HEAD = f"""# Faults

Measured by `make fault`, which writes this page; nothing on it is edited by hand.

Each row is a private broker and database with all workers at work, sources that send 200 messages a second and
repeat what was not confirmed, and partners that answer. Then the fault, as often as *rounds* says. In the end:

- **lost**: messages confirmed to their source and unknown to the archive, and notices or rows of Credit China
  on which the receivers' belief differs from the archive, and notices that wait for their party to be told in one
  of the archives alone: this one, and that of the same messages without any fault. It must be 0.
- **effect twice**: whether the archive, the notices or the rows differ (by `xinglin digest`) from those of the same
  messages without any fault. It must be "no". The ledger must balance too.
- **sent again**: messages that left more than once, under the same message id. At most one window of confirms
  ({WINDOW:,}) for each fault; of a file that is handed in, the rows that were at hand, some thousands.
- **recovery**: seconds from the end of the last round until everything it held up was taken in and sent on.
  At most {RECOVERY_SECONDS:.0f}; of a file that is handed in again, besides what its rows take.
"""


def write(rows: list[Row], seconds: int) -> str:
    """Return the page."""
    held = sum(not row.trouble for row in rows)
    parts = [_HEAD, f"{held} of {len(rows)} rows hold. The run took {seconds // 60} min {seconds % 60} s.\n"]
    for pair, title in _PAIRS.items():
        mine = [row for row in rows if row.pair == pair]
        if mine:
            parts.append(f"## {title}\n\n{_table(mine)}\n")
    broken = [f"- {row.text} ({row.pair}): {row.trouble}" for row in rows if row.trouble]
    if broken:
        parts.append("## What does not hold\n\n" + "\n".join(broken) + "\n")
    return "\n".join(parts)


def _table(rows: list[Row]) -> str:
    head = "| fault | rounds | lost | effect twice | sent again | recovery (s) | holds |"
    line = "|---|--:|--:|---|--:|--:|---|"
    return "\n".join([head, line, *map(_line, rows)])


def _line(row: Row) -> str:
    if row.repeats is None or row.recovery is None:
        figures = ["not measured"] * 4
    else:
        figures = [str(row.lost), "yes" if row.twice else "no", f"{row.repeats:,}", f"{row.recovery:.1f}"]
    holds = "**no**" if row.trouble else "yes"
    return f"| {row.text} | {row.rounds} | {' | '.join(figures)} | {holds} |"


def main(target: Path) -> int:
    """Run every fault, write the page whatever comes out, and return pytest's exit status."""
    started = monotonic()
    with TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        status = pytest.main(["tests/fault", "-m", "", "-p", "no:randomly", "--figures", str(figures)])
        rows = [Row(**row) for row in json.loads(figures.read_text())]
    target.write_text(write(rows, round(monotonic() - started)))
    return int(status)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
