"""`kill -9` of the console while a table is uploaded: it is not there, or said to be half-sent and gone on with."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple

import httpx
import pytest
import sqlalchemy as sa
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from credit.store import tables
from credit.store.engine import reading, writing
from credit.store.files import SENT_WITHIN
from credit.store.queries.observation import observe
from schemas.rights import Role
from tests.accounts import PASSWORD, make_account
from tests.builders import HEALTH, declare, rows
from tests.fault.conftest import ROWS as FIGURES
from tests.fault.table import BOTH, RECOVERY_SECONDS, Row
from tests.processes import XINGLIN, Process
from tests.sheets import penalty, write_csv
from workers.files import taking
from workers.relay import WINDOW
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

ROUNDS, ROWS = 10, 2000
_CHANCE = random.Random(20261128)
_WHERE = re.compile(r"工作台：(http://\S+)")


class Table(NamedTuple):
    """A table to upload, and the id that it has once it was taken."""

    path: Path
    file_id: str


class Told(NamedTuple):
    """What the archive says of a table that was taken."""

    rows: int
    sent: int


def _write(folder: Path, number: int) -> Table:
    path = write_csv(folder / f"处罚{number}.csv", [penalty(1 + number * ROWS + row) for row in range(ROWS)])
    return Table(path, taking.identify(path, HEALTH.code))


def _read(runtime: Runtime, table: Table) -> Told | None:
    found = rows(runtime, "SELECT rows, sent FROM file WHERE file_id = :file_id", file_id=table.file_id)
    return Told(*found[0]) if found else None


@retry(wait=wait_fixed(0.02), stop=stop_after_delay(60), retry=retry_if_result(lambda found: found is None))
def _find_address(log: Path) -> str | None:
    found = _WHERE.search(log.read_text("utf-8"))
    return found[1] if found is not None else None


class Desk(NamedTuple):
    """A console that runs as a process of its own, and the clerk's browser at it."""

    process: Process
    browser: httpx.Client

    def upload(self, table: Table) -> httpx.Response:
        with table.path.open("rb") as book:
            files = {"file": (table.path.name, book, "text/csv")}
            return self.browser.post("/upload", data={"sender": HEALTH.code}, files=files)


class Office:
    """Where a console is started again and again; a login outlives it."""

    def __init__(self, place: Settings, folder: Path) -> None:
        self._place, self._folder = place, folder
        self._started, self._cookies = 0, httpx.Cookies()

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A console at work; it is killed in the end, unless it was before."""
        self._started += 1
        log = self._folder / f"console-{self._started}.log"
        words = ["console", "--port", "0", "--home", str(self._place.home)]
        process = Process(XINGLIN, words, self._place.environ, log)
        try:
            at = _find_address(log)
            assert at is not None
            with httpx.Client(
                base_url=at, headers={"Origin": at}, cookies=self._cookies, follow_redirects=True, timeout=120
            ) as browser:
                if not self._cookies:
                    browser.post("/login", data={"name": "chen", "password": PASSWORD})
                    self._cookies = browser.cookies
                yield Desk(process, browser)
        finally:
            process.kill()
            process.wait(20)


def _kill_at_upload(runtime: Runtime, office: Office, table: Table, *, taken: bool) -> None:
    """Kill the console at a random moment of an upload: of all of it, or of the time after the table was `taken`."""
    with office.desk() as desk:

        def upload() -> None:
            with suppress(httpx.TransportError):
                desk.upload(table)

        uploading = Thread(target=upload)
        uploading.start()
        while taken and uploading.is_alive() and _read(runtime, table) is None:
            Event().wait(0.005)
        Event().wait(_CHANCE.uniform(0, 0.1 if taken else 1.0))
        desk.process.kill()
        desk.process.wait(20)
        uploading.join()


def _go_on(runtime: Runtime, office: Office, table: Table) -> str:
    """Do as the clerk does who finds the console up again; return how she finds the table."""
    told = _read(runtime, table)
    with office.desk() as desk:
        listed = f"/files/{table.file_id}" in desk.browser.get("/files").text
        assert listed == (told is not None)
        if told is None:
            assert "正在处理" in desk.upload(table).text
            return "absent"
        if told.sent == told.rows:
            assert "继续报送" not in desk.browser.get(f"/files/{table.file_id}").text
            return "sent"
        _let_time_pass(runtime, table)
        page = desk.browser.get(f"/files/{table.file_id}").text
        assert "未送完" in page
        assert f"已送 {told.sent} 行" in page
        assert "继续报送</button>" in page
        assert _count_alerted(runtime) == 1
        assert "正在处理" in desk.browser.post(f"/files/{table.file_id}").text
    return "half"


def _let_time_pass(runtime: Runtime, table: Table) -> None:
    """Let the table have been taken longer ago than a table takes to be sent."""
    before = datetime.now(UTC) - SENT_WITHIN - timedelta(minutes=1)
    with writing(runtime.engine) as connection:
        mine = sa.update(tables.file).where(tables.file.c.file_id == table.file_id)
        connection.execute(mine.values(taken_at=before))


def _count_alerted(runtime: Runtime) -> int:
    """How many tables the alert `file-half` is about."""
    with reading(runtime.engine) as connection:
        return observe(connection, runtime.rules().at, runtime.reader.law).files_half.count


@retry(wait=wait_fixed(0.2), stop=stop_after_delay(120), retry=retry_if_result(lambda met: not met))
def _wait_until_applied(runtime: Runtime, count: int) -> bool:
    return rows(runtime, "SELECT count(*) FROM message WHERE outcome = 'applied'") == [(count,)]


@pytest.mark.fault
@pytest.mark.timeout(480)
@pytest.mark.parametrize("pair", BOTH)
def test_a_table_whose_console_is_killed_is_sent_once_by_who_goes_on(
    request: pytest.FixtureRequest, pair: str, bare: Settings, tmp_path: Path
) -> None:
    said = "`kill -9` of the console at a random moment of an upload: the clerk goes on, and each row is there once"
    row = Row("kill_console", said, pair, ROUNDS, trouble="it did not come to its end")
    request.config.stash[FIGURES].append(row)
    office = Office(bare, tmp_path)
    with open_runtime(bare) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        with writing(runtime.engine) as connection:
            make_account(connection, "chen", "陈晨", datetime.now(UTC), Role.CLERK)
        intake = Process(XINGLIN, ["worker", "intake", "--home", str(bare.home)], bare.environ, Path(os.devnull))
        try:
            ways: list[str] = []
            recovery = 0.0
            for number in range(ROUNDS):
                table = _write(tmp_path, number)
                _kill_at_upload(runtime, office, table, taken=number % 2 == 1)
                begin = monotonic()
                ways.append(_go_on(runtime, office, table))
                _wait_until_applied(runtime, (number + 1) * ROWS)
                recovery = monotonic() - begin
        finally:
            intake.kill()
            intake.wait(20)
        [(came, repeats)] = rows(runtime, "SELECT count(*), sum(repeats) FROM message")
        [(records,)] = rows(runtime, "SELECT count(*) FROM record")
        [(unsent,)] = rows(runtime, "SELECT count(*) FROM file WHERE sent < rows")
    row.recovery = recovery
    row.lost, row.repeats, row.twice = ROUNDS * ROWS - int(records), int(repeats), int(came) != ROUNDS * ROWS
    found = {
        f"rows were lost ({ways})": row.lost != 0 or int(unsent) != 0,
        "rows came twice": row.twice,
        "more was sent again than a window for each kill": row.repeats > ROUNDS * WINDOW,
        f"no table was half-sent ({ways})": "half" not in ways,
        "it took too long": recovery > RECOVERY_SECONDS,
    }
    row.trouble = "; ".join(what for what, so in found.items() if so)
    assert not row.trouble, row
