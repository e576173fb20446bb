"""A new SQLite file that somebody else is opening at the same moment, or holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from credit.store import wal


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody in the middle of writing a file that has no write-ahead log yet."""
    with closing(sqlite3.connect(tmp_path / "new.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield holder


def test_the_other_one_is_waited_for(tmp_path: Path, holder: sqlite3.Connection) -> None:
    class Opener(sqlite3.Connection):
        """Sees to it that the file is free after the first attempt."""

        def execute(self, *statement: str) -> sqlite3.Cursor:  # type: ignore[override]
            try:
                return super().execute(*statement)
            finally:
                holder.rollback()

    with closing(sqlite3.connect(tmp_path / "new.sqlite", timeout=0, factory=Opener)) as sql:
        wal.enter(sql, 10)
        assert sql.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.usefixtures("holder")
def test_a_file_that_is_held_for_too_long_is_told(tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(tmp_path / "new.sqlite", timeout=0)) as sql,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        wal.enter(sql, 0.05)
