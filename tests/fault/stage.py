"""A stage: one Xinglin at work on servers of its own, a fault done to it, and the verdict on what is left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import tenacity
from sqlalchemy import Connection, Table, func, select

from credit.batch.arrival import message_key
from credit.store import sweeps
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.ledger import read_ledger
from credit.store.tables import feed_row, message, notice, outbox, parked, touched, unsent
from credit.vault import Keyring
from schemas.errors import XinglinError
from tests.fault import traffic
from tests.fault.cluster import Cluster
from tests.fault.crew import Crew
from tests.fault.proxy import Proxy
from tests.processes import XINGLIN, Process
from tests.servers import Postgres, RabbitMQ
from workers import drain, keyfile
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings, read

CREW = ("intake", "relay", "scheduler", "assessor")
_GIVE_UP_SECONDS = 150
_GLANCE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Servers:
    """The private servers of a stage."""

    rabbitmq: RabbitMQ | Cluster
    postgres: Postgres


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a fault did. `recovery` is in seconds from the end of the (last) fault until its backlog was worked off.

    `lost` counts messages that a source saw confirmed and the archive does not know, notices in force and feed
    rows shown that their receiver does not know, and those it holds that ended; and notices that wait for their party
    to be told in one of the archives alone, this one or that without the fault. `twice` says that the archive
    is another one than without the fault. `repeats` are messages that left more than once.
    """

    lost: int
    twice: bool
    repeats: int
    recovery: float
    balanced: bool
    parked: int


class Waiting(NamedTuple):
    """A notice that is prepared until its party was told."""

    record_id: str
    ground: str
    agency: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the same messages come to where nothing goes wrong; `waiting` are the notices that are not sent yet."""

    digest: str
    keys: frozenset[str]
    waiting: frozenset[Waiting]


@dataclass(frozen=True, slots=True)
class Standing:
    """What an archive says at a moment: its digest, and how many rows the tables have that are written to."""

    digest: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said to its user besides results."""

    status: int
    said: str


class Stage:
    """Runs while a fault happens. Everything a fault may hurt is an attribute or a method."""

    def __init__(self, runtime: Runtime, crew: Crew, sources: traffic.Sources, servers: Servers | None) -> None:
        self.runtime = runtime
        self.crew = crew
        self.sources = sources
        self._servers = servers
        self.proxies: Mapping[str, Proxy] = {}
        self.poisoned = 0

    @property
    def keyring(self) -> Keyring:
        """The keys of the archive as they are now."""
        settings = self.runtime.settings
        return keyfile.load(settings.home, settings.environ, servers=settings.servers)

    @property
    def folder(self) -> Path:
        """Where the stage keeps its files."""
        return self.runtime.settings.home.parent

    @property
    def rabbitmq(self) -> RabbitMQ:
        """The broker; there is none on the embedded pair."""
        assert self._servers is not None
        assert isinstance(self._servers.rabbitmq, RabbitMQ)
        return self._servers.rabbitmq

    @property
    def cluster(self) -> Cluster:
        """The cluster of brokers, where there is one."""
        assert self._servers is not None
        assert isinstance(self._servers.rabbitmq, Cluster)
        return self._servers.rabbitmq

    @property
    def postgres(self) -> Postgres:
        """The database; there is none on the embedded pair."""
        assert self._servers is not None
        return self._servers.postgres

    def look(self, question: Callable[[Connection], int]) -> int:
        """Ask the archive for a number."""
        with reading(self.runtime.engine) as connection:
            return question(connection)

    def standing(self) -> Standing:
        """Return what has been decided and told up to now."""
        with reading(self.runtime.engine) as connection:
            rows = {table.name: _count(connection, table) for table in (message, notice, feed_row, outbox, unsent)}
            return Standing(digest(connection, self.keyring), rows)

    def run(self, *words: str, module: str = XINGLIN) -> Ended:
        """Run a command on the archive of the stage, as an operator would; return how it ended."""
        log = self.folder / "command.log"
        settings = self.runtime.settings
        status = Process(module, [*words, "--home", str(settings.home)], settings.environ, log).wait(_GIVE_UP_SECONDS)
        return Ended(status, log.read_text())

    def look_patiently(self, question: Callable[[Connection], int]) -> int:
        """Ask the archive for a number, as often as it takes."""
        for attempt in _patiently():
            with attempt:
                return self.look(question)
        raise AssertionError

    def wait(self, met: Callable[[], bool], what: str) -> None:
        """Wait until something is so; asking while a server is away counts as no."""
        for attempt in _patiently():
            with attempt:
                if not met():
                    raise _NotYet(f"waited {_GIVE_UP_SECONDS} s in vain for {what}")

    def poison(self, bodies: Sequence[bytes]) -> None:
        """Send messages that nobody can read, each different, among the others; each must be parked."""
        kinds = sorted({posting.type for posting in self.sources.content if posting.type})
        bad = [Posting(body, kinds[number % len(kinds)]) for number, body in enumerate(bodies)]
        drain.send(self.runtime, bad, lambda _: None)
        self.poisoned += len(bodies)

    def await_quiet(self) -> None:
        """Wait until the inbound queues are empty and the outbox is."""
        self.wait(lambda: not self._inbound(), "the inbound queues to be empty")
        self.wait(lambda: self.look(_count_unsent) == 0, "the outbox to be empty")

    def _inbound(self) -> int:
        look = self.runtime.broker.look(self.runtime.reader.routes.inbound)
        return sum(depth.ready for depth in look.queues.values() if depth is not None)

    def await_progress(self, more: int = 60) -> None:
        """Wait until all workers are up and so many more messages in: there is work at hand when the fault comes."""
        self.wait(lambda: self.crew.is_complete, "all workers to be up")
        before = self.look_patiently(_count_messages)
        self.wait(lambda: self.sources.resting or self.look(_count_messages) >= before + more, "progress")

    def measure_recovery(self) -> float:
        """Return how long it takes to work off what the fault left: sources' confirmed messages, and the outbox."""
        ended = monotonic()
        due = frozenset(map(_key_of, self.sources.content[: self.sources.confirmed]))
        self.wait(lambda: self._has(due), "intake to go on")
        last = self.look_patiently(_last_of_outbox)
        self.wait(lambda: self.look(lambda connection: _count_unsent(connection, last)) == 0, "the relay to go on")
        return monotonic() - ended

    def finish(self, expected: Expected) -> None:
        """Let the sources send the rest and wait until nothing is left to do."""
        self.sources.hurry()
        self.wait(lambda: self.sources.done, "the sources to finish")
        self.wait(lambda: self._has(expected.keys), "all messages to be in")
        self.wait(lambda: self.look(count_parked) == self.poisoned, "all but poison to come out of parking")
        self.wait(lambda: self.look(_count_unassessed) == 0, "everybody to be assessed")
        self.wait(lambda: self.look(_count_unsent) == 0, "the outbox to be empty")

    def judge(self, expected: Expected, recovery: float) -> Verdict:
        """Compare the archive, the ledger and what receivers believe with what should be."""
        told = traffic.hear_witness(self.runtime)
        with reading(self.runtime.engine) as connection:
            ledger = read_ledger(connection)
            wrong = told.find_wrong(connection)
            waiting = _read_waiting(connection)
            same = digest(connection, self.keyring) == expected.digest
        return Verdict(
            lost=len(self._missing(expected.keys)) + len(wrong) + len(waiting ^ expected.waiting),
            twice=not same,
            repeats=told.repeats,
            recovery=recovery,
            balanced=ledger.balanced,
            parked=ledger.open - self.poisoned,
        )

    def _has(self, keys: frozenset[str]) -> bool:
        # Counting takes a fraction of reading all keys, and the sources need the processor meanwhile.
        return self.look(_count_messages) >= len(keys) and not self._missing(keys)

    def _missing(self, keys: frozenset[str]) -> frozenset[str]:
        with reading(self.runtime.engine) as connection:
            return keys - frozenset(connection.execute(select(message.c.message_key)).scalars())


def _key_of(posting: Posting) -> str:
    event = json.loads(posting.body)
    return message_key(event["source"], event["id"])


def _patiently() -> tenacity.Retrying:
    return tenacity.Retrying(
        wait=tenacity.wait_fixed(_GLANCE_SECONDS),
        stop=tenacity.stop_after_delay(_GIVE_UP_SECONDS),
        retry=tenacity.retry_if_exception_type((XinglinError, _NotYet)),
        reraise=True,
    )


class _NotYet(AssertionError):
    """What is waited for is not so; after the last attempt it is what the test fails with."""


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _count_messages(connection: Connection) -> int:
    return _count(connection, message)


def count_parked(connection: Connection) -> int:
    """Return how many messages are parked and open."""
    open_ones = select(func.count()).select_from(parked).where(parked.c.closed_as.is_(None))
    return int(connection.execute(open_ones).scalar_one())


def _read_waiting(connection: Connection) -> frozenset[Waiting]:
    columns = (notice.c.record_id, notice.c.ground, notice.c.agency)
    waiting = select(*columns).where(notice.c.issued_at.is_(None), notice.c.lifted_at.is_(None))
    return frozenset(Waiting(*row) for row in connection.execute(waiting))


def _count_unassessed(connection: Connection) -> int:
    row = sweeps.read(connection)
    return _count(connection, touched) + (row is not None and row.reached is not None)


def _last_of_outbox(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(outbox.c.outbox_id), 0))).scalar_one())


def _count_unsent(connection: Connection, last: int | None = None) -> int:
    waiting = select(func.count()).select_from(unsent)
    if last is not None:
        waiting = waiting.where(unsent.c.outbox_id <= last)
    return int(connection.execute(waiting).scalar_one())


def expect(content: Sequence[Posting], home: Path) -> Expected:
    """Return what some messages come to on the embedded pair where nothing happens."""
    with open_runtime(read({}, home=home)) as runtime:
        runtime.broker.declare(runtime.reader.routes.topology)
        drain.send(runtime, content, lambda _: None)
        drain.work_until_empty(runtime, lambda _: None)
        with reading(runtime.engine) as connection:
            keys = frozenset(connection.execute(select(message.c.message_key)).scalars())
            return Expected(digest(connection, runtime.keyring), keys, _read_waiting(connection))


@contextmanager
def opened(
    place: Settings, content: Sequence[Posting], crew: Sequence[str], servers: Servers | None, launcher: str = XINGLIN
) -> Iterator[Stage]:
    """Open a stage with workers, sources and partners at work. On servers the workers go through proxies."""
    with ExitStack() as stack:
        runtime = stack.enter_context(open_runtime(place))
        runtime.broker.declare(traffic.witness_topology(runtime))
        proxies = {}
        if servers is not None:
            servers.rabbitmq.settle()
            proxies = {"broker": Proxy(servers.rabbitmq.port), "database": Proxy(servers.postgres.port)}
            for proxy in proxies.values():
                stack.callback(proxy.close)
        workers = Crew(_through(place, proxies), crew, place.home.parent, launcher)
        stack.callback(workers.stop)
        sources = stack.enter_context(traffic.Sources(runtime, content))
        stack.enter_context(traffic.Answers(runtime))
        stage = Stage(runtime, workers, sources, servers)
        stage.proxies = proxies
        yield stage


def _through(place: Settings, proxies: Mapping[str, Proxy]) -> Settings:
    """Return the settings of workers that reach their servers through proxies."""
    if not proxies:
        return place
    changed = {
        variable: _with_port(place.environ[variable], proxies[name].port)
        for variable, name in (("XINGLIN_BROKER_URL", "broker"), ("XINGLIN_DATABASE_URL", "database"))
    }
    return replace(place, environ={**place.environ, **changed})


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{port}")).geturl()
