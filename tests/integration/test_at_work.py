"""What is known of those at work on an archive, and what nobody does while they are."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed
from typer.testing import CliRunner, Result

from credit.store import migrate, roll
from credit.store.engine import connect, reading, writing
from schemas.errors import ClockWrong, ConfigurationError
from tests.builders import declare, message, rows
from workers import drain, holders, settings
from workers.broker import BrokerLost
from workers.cli import app
from workers.editions import Editions
from workers.heart import Heart
from workers.keyfile import read, save
from workers.process import work_in_turns
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.signals import Signals


def run(home: Path, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "140"}).invoke(app, [*words, "--home", str(home)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An embedded home that a worker has used."""
    with open_runtime(settings.read({}, home=tmp_path)) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
    return tmp_path


@contextmanager
def process_with(file: Path) -> Iterator[int]:
    """Run a process that is on no roll and has a file open, as a worker of a former version has."""
    with file.open("rb") as handle:
        done = subprocess.Popen(["sleep", "600"], pass_fds=[handle.fileno()])
    try:
        yield done.pid
    finally:
        done.kill()
        done.wait()


class TestSeen:
    """`xinglin workers`."""

    def test_each_with_what_it_has_loaded(self, home: Path) -> None:
        with open_runtime(settings.read({}, home=home)) as runtime:
            heart, other = Heart(runtime, "all"), Heart(runtime, "relay")
            heart.complain("reload refused: routing.yaml:7")
            heart.beat()
            other.beat()
            other.leave()
        found = {row["kind"]: row for row in json.loads(run(home, "workers", "--json").stdout)}
        digest = hashlib.sha256(Path(settings.read({}).routing).read_bytes()).hexdigest()
        assert [found[kind]["routing"] for kind in ("all", "relay")] == [digest] * 2
        assert [found[kind]["at_work"] for kind in ("all", "relay")] == [True, False]
        assert (found["all"]["pid"], found["all"]["trouble"]) == (os.getpid(), "reload refused: routing.yaml:7")
        shown = run(home, "workers").stdout
        for text in ("在运行", "已停止", digest[:12], "reload refused: routing.yaml:7"):
            assert text in shown

    def test_one_that_was_killed_does_not_answer(self, home: Path) -> None:
        with open_runtime(settings.read({}, home=home)) as runtime:
            Heart(runtime, "all").beat()
            with writing(runtime.engine) as connection:
                connection.exec_driver_sql("UPDATE worker SET heard_at = datetime(heard_at, '-36 seconds')")
        assert "无响应" in run(home, "workers").stdout


class TestClock:
    """`xinglin db clock`."""

    @pytest.fixture
    def rested(self, home: Path) -> Path:
        """A home whose last worker ended 40 days ago, by the clock that it had then."""
        long_ago = datetime.now(UTC) - timedelta(days=40)
        with open_runtime(settings.read({}, home=home)) as runtime:
            heart = Heart(runtime, "all")
            heart.beat()
            heart.leave()
            with writing(runtime.engine) as connection:
                roll.set_time(connection, long_ago)
        return home

    def test_after_a_long_rest_nothing_is_decided_until_a_person_says_that_it_is_right(self, rested: Path) -> None:
        refused = run(rested, "identity", "unlink", "1", "--by", "王芳", "--why", "误认")
        assert isinstance(refused.exception, ClockWrong)
        assert run(rested, "ledger").exit_code == 0
        told = json.loads(run(rested, "db", "clock", "--json").stdout)
        apart = datetime.fromisoformat(told["now"]) - datetime.fromisoformat(told["latest"])
        assert (told["confirmed"], apart.days) == (False, 40)
        assert isinstance(run(rested, "identity", "unlink", "1", "--by", "王芳", "--why", "误认").exception, ClockWrong)
        assert "已确认" in run(rested, "db", "clock", "--confirm").stdout
        with open_runtime(settings.read({}, home=rested)) as runtime, writing(runtime.engine):
            pass

    def test_it_is_not_confirmed_under_a_worker(self, home: Path) -> None:
        with open_runtime(settings.read({}, home=home)) as runtime:
            Heart(runtime, "all").beat()
        refused = run(home, "db", "clock", "--confirm")
        assert (refused.exit_code, "1 workers are at work" in str(refused.exception)) == (1, True)


class TestKeys:
    """`xinglin keys rotate` on an embedded home, whose broker holds sealed messages."""

    def test_not_under_a_worker(self, home: Path) -> None:
        before = read(home / "keys.json")
        with open_runtime(settings.read({}, home=home)) as runtime:
            heart = Heart(runtime, "all")
            heart.beat()
            refused = run(home, "keys", "rotate")
            assert (refused.exit_code, "worker all" in str(refused.exception)) == (1, True)
            heart.leave()
        with process_with(home / "broker.sqlite") as pid:
            refused = run(home, "keys", "rotate")
            assert (refused.exit_code, f"process {pid} (sleep 600)" in str(refused.exception)) == (1, True)
        assert read(home / "keys.json") == before

    def test_what_waits_in_the_broker_is_sealed_again_and_taken(self, home: Path) -> None:
        with open_runtime(settings.read({}, home=home)) as runtime:
            drain.send(
                runtime,
                [message("penalty", "1"), message("penalty", "2", CF_WSH="舞卫医罚〔2026〕99号")],
                lambda _: None,
            )
        former = read(home / "keys.json").current
        assert json.loads(run(home, "keys", "rotate", "--json").stdout)["key"] != former
        # The former key may be taken out of the file: nothing but old backups needs it.
        ring = read(home / "keys.json")
        left = {name: key for name, key in ring.data_keys.items() if name != former}
        save(replace(ring, data_keys=left), home / "keys.json")
        with open_runtime(settings.read({}, home=home)) as runtime:
            drain.work_until_empty(runtime, lambda _: None)
            assert rows(runtime, "SELECT outcome FROM message") == [("applied",)] * 2


class TestUpgrade:
    """An older embedded home, and a worker of a version that is on no roll."""

    @pytest.fixture
    def older(self, home: Path) -> Path:
        with closing(sqlite3.connect(home / "archive.sqlite")) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0002'")
            connection.commit()
        return home

    @pytest.mark.parametrize("words", [["db", "upgrade"], ["ingest", __file__]], ids=" ".join)
    def test_it_is_refused_while_the_files_are_open(self, older: Path, words: list[str]) -> None:
        file = older / "nothing.jsonl"
        file.write_bytes(message("penalty", "1").body)
        words = [*words[:1], str(file)] if words[0] == "ingest" else words
        with process_with(older / "archive.sqlite") as pid:
            refused = run(older, *words)
            assert isinstance(refused.exception, ConfigurationError)
            assert f"process {pid} (sleep 600)" in str(refused.exception)
            assert [each.pid for each in holders.find_holders(older)] == [pid]
        assert holders.find_holders(older) == []
        engine = connect(f"sqlite:///{older / 'archive.sqlite'}")
        assert migrate.is_due(engine)
        engine.dispose()

    def test_where_nothing_is_to_be_done_nobody_is_asked_to_stop(self, home: Path) -> None:
        with process_with(home / "archive.sqlite"):
            assert run(home, "db", "upgrade").exit_code == 0


class Listening(Heart):
    """A heart whose complaints are heard at once."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime, "all")
        self.complaints: list[str] = []

    def complain(self, trouble: str) -> None:
        super().complain(trouble)
        self.complaints.append(trouble)


@retry(wait=wait_fixed(0.02), stop=stop_after_delay(60), retry=retry_if_result(lambda met: not met))
def wait_for(met: Sequence[object], number: int) -> bool:
    return len(met) >= number


def test_on_a_hangup_the_files_are_read_again_and_bad_ones_refused(home: Path, tmp_path: Path) -> None:
    place = settings.read({"XINGLIN_ROUTING": str(tmp_path / "routing.yaml")}, home=home)
    good = Path(settings.read({}).routing).read_text()
    place.routing.write_text(good)
    heard, said = socket.socketpair()
    signals = Signals(heard, said)
    turns: list[Editions] = []

    def work(opened: Runtime, stop: threading.Event) -> None:
        turns.append(opened.editions)
        stop.wait()

    with heard, said, open_runtime(place) as runtime:
        heart = Listening(runtime)
        ended: list[bool] = []
        thread = threading.Thread(
            target=lambda: ended.append(work_in_turns(runtime, [work], heart, signals)), daemon=True
        )
        thread.start()
        wait_for(turns, 1)
        place.routing.write_text(good.replace("partners:", "partners: []\nrest:", 1))
        signals.say(signal.SIGHUP)
        wait_for(heart.complaints, 1)
        heart.beat()
        assert loaded(place) == (turns[0].routing, heart.complaints[0])
        place.routing.write_text(f"{good}# edited\n")
        signals.say(signal.SIGHUP)
        wait_for(turns, 2)
        heart.beat()
        assert loaded(place) == (hashlib.sha256(place.routing.read_bytes()).hexdigest(), None)
        signals.say(signal.SIGTERM)
        thread.join(60)
    assert ended == [True]
    assert [each.routing for each in turns] == [
        hashlib.sha256(text.encode()).hexdigest() for text in (good, f"{good}# edited\n")
    ]
    assert f"{place.routing}:" in heart.complaints[0]
    assert loaded(place, ended=True)[0] == turns[1].routing


def test_told_to_end_while_the_broker_is_away_a_worker_ends_in_order(home: Path) -> None:
    heard, said = socket.socketpair()
    signals = Signals(heard, said)
    turns = iter([signal.SIGHUP, signal.SIGTERM])

    def work(_opened: Runtime, stop: threading.Event) -> None:
        signals.say(next(turns))
        stop.wait()
        raise BrokerLost("gone")

    with heard, said, open_runtime(settings.read({}, home=home)) as runtime, capture_logs() as logs:
        assert work_in_turns(runtime, [work], Heart(runtime, "all"), signals)
    assert [line["trouble"] for line in logs if line["event"] == "stopped_in_trouble"] == ["gone", "gone"]


def test_who_meets_trouble_and_is_not_told_to_end_has_failed(home: Path) -> None:
    heard, said = socket.socketpair()

    def work(_opened: Runtime, _stop: threading.Event) -> None:
        raise BrokerLost("gone")

    with heard, said, open_runtime(settings.read({}, home=home)) as runtime, capture_logs() as logs:
        assert not work_in_turns(runtime, [work], Heart(runtime, "all"), Signals(heard, said))
    assert [line["worker"] for line in logs if line["event"] == "failed"] == ["work"]


def loaded(place: Settings, *, ended: bool = False) -> tuple[str, str | None]:
    engine = connect(place.database_url)
    with reading(engine) as connection:
        (row,) = roll.read(connection)
    engine.dispose()
    assert (row.ended_at is not None) == ended
    return row.routing, row.trouble
