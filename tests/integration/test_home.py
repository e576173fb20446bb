"""A worker that has looked at its home keeps the log of its databases, whoever opens and closes them beside it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from credit.store.engine import reading
from tests.builders import declare
from workers import doctor
from workers.doctor import home
from workers.runtime import open_runtime
from workers.settings import read

_LOOK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM sqlite_master').fetchall()"
"""What every command does that opens a home; as the last to close a database it would delete its log."""


@pytest.mark.parametrize("name", home.FILES)
def test_who_opens_the_home_beside_a_worker_is_not_the_last_to_close_it(tmp_path: Path, name: str) -> None:
    with open_runtime(read({}, home=tmp_path)) as runtime, ExitStack() as stack:
        declare(runtime.broker, runtime.reader.routes.topology)
        with reading(runtime.engine) as connection:
            connection.execute(text("SELECT 1"))
        consumer = stack.enter_context(closing(runtime.broker.consumer(runtime.reader.routes.inbound, prefetch=1)))
        consumer.take(1, 0)
        assert doctor.refusals(runtime) == []
        log = tmp_path / f"{name}-wal"
        assert log.exists()
        subprocess.run([sys.executable, "-c", _LOOK + "; c.close()", str(tmp_path / name)], check=True)
        assert log.exists()


def test_a_database_without_a_write_ahead_log_is_found(tmp_path: Path) -> None:
    plain, other = (tmp_path / name for name in home.FILES)
    with closing(sqlite3.connect(plain)) as sql:
        sql.execute("CREATE TABLE kept (number INTEGER)")
    other.write_bytes(b"no database" * 100)
    assert home.observe(tmp_path).rollback == home.FILES
    other.write_bytes(b"")
    assert home.observe(tmp_path).rollback == (home.FILES[0],)
