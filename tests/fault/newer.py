"""`xinglin` of a version to come, whose tables have one migration more: python -m tests.fault.newer … --home HOME.

Workers are of that version once it is installed; until then they are the program at hand, which is the former one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic.config import Config

from credit.store import migrate
from workers import cli

_INSTALLED = "newer"
_NEXT = Path(__file__).parent / "next"


def install(home: Path) -> None:
    """Let workers that are started from now on be of the newer version."""
    (home.parent / _INSTALLED).touch()


def main() -> None:
    """Run the command."""
    if sys.argv[1] != "worker" or (Path(sys.argv[-1]).parent / _INSTALLED).exists():
        migrate._place = _with_one_more
    cli.main()


_place = migrate._place


def _with_one_more() -> Config:
    made = _place()
    shipped = Path(str(made.get_main_option("script_location"))) / "versions"
    made.set_main_option("path_separator", "os")
    made.set_main_option("version_locations", f"{shipped}:{_NEXT}")
    return made


if __name__ == "__main__":
    main()
