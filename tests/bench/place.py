"""Where it is measured: private servers that keep their promises, and worker processes that are let loose at once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pika
import psycopg
from sqlalchemy import make_url
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from credit import vault
from credit.store import migrate
from credit.store.engine import connect
from tests.servers import DeployedPostgres, Postgres, RabbitMQ, Server
from workers import drain, keyfile, settings
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

ROOT = Path(__file__).parents[2]
XINGLIN = Path(sys.executable).with_name("xinglin")
_TEMPLATE = "xinglin_bench"
_PATIENCE_SECONDS = 600


class Unfinished(Exception):
    """A measured process ended, or did not get through its messages in time; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Place:
    """The servers of one run. Every round has a database of its own and the same, emptied queues."""

    folder: Path
    postgres: Postgres
    rabbitmq: RabbitMQ

    @contextmanager
    def round(self) -> Iterator[Round]:
        """Give an empty Xinglin and empty queues; what is started in it has ended afterwards."""
        name = f"round_{uuid4().hex}"
        self.postgres.create_database(name, _TEMPLATE)
        try:
            with self.keep(name) as kept:
                yield kept
        finally:
            self.postgres.drop_database(name)

    @contextmanager
    def keep(self, database: str) -> Iterator[Round]:
        """Give the Xinglin in a database that exists, and empty queues."""
        where = self.settings(self.postgres.url_of(database))
        servers = {"broker": self.rabbitmq, "database": self.postgres}
        with open_runtime(where) as runtime, ExitStack() as stack:
            self._purge(runtime)
            yield Round(runtime, self.folder / "workers.log", servers, stack)

    def settings(self, database_url: str) -> Settings:
        """Return the settings of a Xinglin in one of the databases."""
        environ = {
            "XINGLIN_DATABASE_URL": database_url,
            "XINGLIN_BROKER_URL": self.rabbitmq.url,
            "XINGLIN_KEY_FILE": str(self.folder / "keys.json"),
        }
        return settings.read(environ, home=self.folder / "home")

    def create_database(self, name: str) -> None:
        """Create an empty Xinglin's database."""
        self.postgres.create_database(name, _TEMPLATE)

    def _purge(self, runtime: Runtime) -> None:
        with pika.BlockingConnection(pika.URLParameters(self.rabbitmq.url)) as connection:
            channel = connection.channel()
            for queue in runtime.reader.routes.topology.queues:
                channel.queue_purge(queue.name)


@dataclass(frozen=True, slots=True)
class Round:
    """One empty Xinglin for one measurement."""

    runtime: Runtime
    log: Path
    servers: Mapping[str, Server]
    _stack: ExitStack

    @property
    def environ(self) -> Mapping[str, str]:
        """What a process of this round needs to know, PATH included."""
        return {**os.environ, **self.runtime.settings.environ}

    def start(self, *command: str | Path, **environ: str) -> Worker:
        """Start a process in this round; it ends with the round at the latest."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, env={**self.environ, **environ}, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        worker = Worker(process, self.log)
        self._stack.callback(worker.kill)
        return worker

    def start_xinglin(self, kind: str) -> Worker:
        """Start `xinglin worker KIND`."""
        return self.start(XINGLIN, "worker", kind, "--home", self.runtime.settings.home)

    def send(self, postings: Sequence[Posting]) -> None:
        """Publish to the inbound queues with confirms."""
        drain.send(self.runtime, postings, lambda _: None)

    def ask(self, query: str, *values: object) -> tuple[object, ...]:
        """Return the first row of a query."""
        with self.connect() as connection:
            row = connection.execute(query.encode(), values).fetchone()
        assert row is not None
        return tuple(row)

    def connect(self) -> psycopg.Connection:
        """Return a connection to the database of the round, in autocommit."""
        return psycopg.connect(plain(self.runtime.settings.database_url), autocommit=True)

    def processor_seconds(self, workers: Sequence[Worker]) -> dict[str, float]:
        """Return the processor time that the workers and each server have had until now."""
        of_servers = {name: processor_seconds(server.process_id or 0) for name, server in self.servers.items()}
        return {"workers": sum(processor_seconds(worker.process.pid) for worker in workers), **of_servers}

    def wait_for(self, query: str, expected: int, workers: Sequence[Worker]) -> None:
        """Wait until a query gives a number, asking seldom: what asks takes the time of what is measured."""
        with self.connect() as connection:

            def met() -> bool:
                for worker in workers:
                    worker.check()
                row = connection.execute(query.encode()).fetchone()
                return row is not None and int(row[0]) >= expected

            wait(met)

    def wait_for_consumers(self, queue: str, count: int, workers: Sequence[Worker]) -> None:
        """Wait until so many consumers are on a queue."""
        with pika.BlockingConnection(pika.URLParameters(self.runtime.settings.broker_url)) as connection:
            channel = connection.channel()

            def met() -> bool:
                for worker in workers:
                    worker.check()
                answer = channel.queue_declare(queue, passive=True)
                return bool(answer.method.consumer_count == count)

            wait(met)


@dataclass(frozen=True, slots=True)
class Worker:
    """A process under measurement, with all its children."""

    process: subprocess.Popen[bytes]
    log: Path

    def pause(self) -> None:
        """Halt it, so that its work can be laid out before it."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it and its children at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def check(self) -> None:
        """Raise Unfinished when it has ended."""
        if self.process.poll() is not None:
            raise Unfinished(f"{self.process.args!r} ended:\n{self.log.read_text(errors='replace')[-2000:]}")

    @property
    def peak_mib(self) -> float:
        """The most memory it has had resident, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


def processor_seconds(process_id: int) -> float:
    """Return the processor time of a process and its children, those that have ended too, in the kernel as well."""
    try:
        children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # a child that has just ended: its parent has it
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


@contextmanager
def open_place() -> Iterator[Place]:
    """Start the servers, with the topology and an empty archive to copy, and remove everything at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xinglin-bench-")))
        postgres, rabbitmq = DeployedPostgres(), RabbitMQ()
        for server in (postgres, rabbitmq):
            stack.callback(server.remove)
            server.start()
        _remember_commit_times(postgres)
        keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), folder / "keys.json")
        engine = connect(postgres.create_database(_TEMPLATE))
        migrate.upgrade(engine)
        engine.dispose()
        place = Place(folder, postgres, rabbitmq)
        postgres.create_database("declaring", _TEMPLATE)
        with open_runtime(place.settings(postgres.url_of("declaring"))) as runtime:
            runtime.broker.declare(runtime.reader.routes.topology)
        yield place


def _remember_commit_times(postgres: Postgres) -> None:
    """Let PostgreSQL tell when each row was committed: a rate then needs no clock in the worker."""
    with psycopg.connect(plain(postgres.url), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    postgres.stop()
    postgres.start()


def plain(url: str) -> str:
    """Return a database URL as psycopg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def wait(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds. Raises Unfinished after ten minutes."""
    patience = retry(
        wait=wait_fixed(0.1),
        stop=stop_after_delay(_PATIENCE_SECONDS),
        retry=retry_if_result(lambda met: not met),
        retry_error_callback=_give_up,
    )
    patience(condition)()


def _give_up(_state: object) -> bool:
    raise Unfinished(f"not through after {_PATIENCE_SECONDS} seconds")


@dataclass(frozen=True, slots=True)
class Effort:
    """What some work took: seconds by the clock, and processor seconds of workers, broker and database."""

    seconds: float
    processor: Mapping[str, float]


def measure(kept: Round, workers: Sequence[Worker], lay_out: Callable[[], None], done: tuple[str, int, str]) -> Effort:
    """Return what it takes paused workers to do what is laid out before them.

    `done` is a query, the number it gives when all is done, and the table whose last commit is the end.
    """
    query, expected, table = done
    for worker in workers:
        worker.pause()
    lay_out()
    before, begin = kept.processor_seconds(workers), time.time()
    for worker in workers:
        worker.resume()
    kept.wait_for(query, expected, workers)
    after = kept.processor_seconds(workers)
    (end,) = kept.ask(f"SELECT extract(epoch FROM max(pg_xact_commit_timestamp(xmin)))::float8 FROM {table}")
    assert isinstance(end, float)
    return Effort(end - begin, {name: after[name] - before[name] for name in after})
