"""SQLite's write-ahead log: readers do not wait for the writer, and a commit is one write."""

from __future__ import annotations

import sqlite3

import tenacity


def enter(sql: sqlite3.Connection, patience_seconds: float) -> None:
    """Keep the write-ahead log of a file from now on, whoever else opens it for the first time just now.

    SQLite does not use its busy handler here, since two that change the journal at once could wait for each other.

    Raises:
        sqlite3.OperationalError: the file cannot be written, or somebody held it for longer than `patience_seconds`.
    """
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_busy),
        wait=tenacity.wait_random(0, 0.02),
        stop=tenacity.stop_after_delay(patience_seconds),
        reraise=True,
    )
    attempts(sql.execute, "PRAGMA journal_mode = WAL")


def _is_busy(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
