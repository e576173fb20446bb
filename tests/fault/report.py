"""Runs the whole fault suite and writes down what it measured: python -m tests.fault.report FILE [--again]."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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


_KEPT = Path("faults.json")


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows of a run, how long it took, and which of them were run again by themselves since."""

    rows: list[Row]
    seconds: int
    again: tuple[str, ...] = ()

    def replace(self, rows: Sequence[Row]) -> Measured:
        """Return the same with some rows as they were measured again."""
        new = {(row.text, row.pair): row for row in rows}
        merged = [new.get((row.text, row.pair), row) for row in self.rows]
        return Measured(merged, self.seconds, (*self.again, *(f"{row.text} ({row.pair})" for row in rows)))

    def keep(self) -> None:
        """Keep it beside the page, which has less."""
        _KEPT.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))


def read_kept() -> Measured:
    """Return what the last run measured."""
    kept = json.loads(_KEPT.read_text())
    return Measured([Row(**row) for row in kept["rows"]], kept["seconds"], tuple(kept["again"]))


def write(measured: Measured) -> str:
    """Return the page."""
    rows, seconds = measured.rows, measured.seconds
    held = sum(not row.trouble for row in rows)
    parts = [_HEAD, f"{held} of {len(rows)} rows hold. The run took {seconds // 60} min {seconds % 60} s.\n"]
    if measured.again:
        parts.append("Run again by themselves after it (`python -m tests.fault.report docs/faults.md --again`):\n")
        parts.append("\n".join(f"- {text}" for text in measured.again) + "\n")
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


def main() -> int:
    """Run every fault, write the page whatever comes out, and return pytest's exit status."""
    options = argparse.ArgumentParser(prog="python -m tests.fault.report", description=main.__doc__)
    options.add_argument("page", type=Path)
    options.add_argument(
        "--again", action="store_true", help="run those alone that failed, and put them in their places on the page"
    )
    asked = options.parse_args()
    started = monotonic()
    with TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        words = ["tests/fault", "-m", "", "-p", "no:randomly", "--figures", str(figures)]
        status = pytest.main([*words, "--last-failed", "--last-failed-no-failures=none"] if asked.again else words)
        rows = [Row(**row) for row in json.loads(figures.read_text())]
    measured = read_kept().replace(rows) if asked.again else Measured(rows, round(monotonic() - started))
    measured.keep()
    asked.page.write_text(write(measured))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
