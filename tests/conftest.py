"""What every test may ask for: private servers, and on them a fresh database or virtual host."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NoReturn, TypeVar
from uuid import uuid4

import pytest
import typer.testing
from hypothesis import HealthCheck, settings
from xdist.workermanage import NodeManager

from credit.store import engine, migrate
from tests import once, sessions, statements
from tests.servers import MariaDB, Postgres, RabbitMQ, Server, ServerUnavailableError

ServerT = TypeVar("ServerT", bound=Server)
NODE = pytest.StashKey[RabbitMQ]()
FAILED = pytest.StashKey[bool]()
LOG = "the log of "
"""How the property of a report is called that holds what the log of a RabbitMQ node said."""


def pytest_configure() -> None:
    # What is imported and collected stays to the end: there is no garbage to look for, until the tests begin.
    gc.disable()
    # How long an example takes says how busy the machine is, and nothing about what is tested.
    settings.register_profile("xinglin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("xinglin")
    once.keep()
    # So is what Typer makes of our commands.
    typer.testing._get_command = lru_cache(maxsize=None)(typer.testing._get_command)  # type: ignore[attr-defined]
    # And what a statement is in SQL, which each engine would find out anew.
    engine.create_engine = statements.create_engine  # type: ignore[attr-defined]
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Nor do the processes of one that runs side by side, which are told by it: they need some seconds to wind up.
    NodeManager.EXIT_TIMEOUT = 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"postgres", "mariadb", "rabbitmq"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
    seconds = {item.path: mark.kwargs.get("seconds", 10) for item in items if (mark := item.get_closest_marker("long"))}
    items.sort(key=lambda item: -seconds.get(item.path, 0))  # the last file to run shall be short


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    node = item.config.stash.get(NODE, None)
    if node is not None:
        if report.failed and item.get_closest_marker("servers") and not item.config.stash.get(FAILED, False):
            item.config.stash[FAILED] = True
            report.user_properties.append((f"{LOG}{node.nodename} at the first failure", node.last_words()))
        while node.losses:
            why = f"{node.nodename}, started again because its queues were lost"
            report.user_properties.append((f"{LOG}{why}", node.losses.pop()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the log of each RabbitMQ node said at its first failure, and at every loss of queues."""
    for report in [report for reports in terminalreporter.stats.values() for report in reports]:
        for name, value in getattr(report, "user_properties", ()):
            if name.startswith(LOG):
                terminalreporter.section(f"{name}, in {report.nodeid}")
                terminalreporter.write_line(str(value))


def pytest_collection_finish() -> None:
    # Looked through again and again, what was collected cost a tenth of all time.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.fixture(scope="session")
def template_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded archive with its tables and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "archive.sqlite"
    prepare_template(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this test run."""
    with lifetime(Postgres) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """The MariaDB server of this test run."""
    with lifetime(MariaDB) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq(pytestconfig: pytest.Config) -> Iterator[RabbitMQ]:
    """The RabbitMQ server of this test run."""
    with lifetime(RabbitMQ) as server:
        pytestconfig.stash[NODE] = server
        yield server


@pytest.fixture(scope="session")
def template_database(postgres: Postgres) -> str:
    """The name of the database that every `database` is a copy of."""
    postgres.start()
    prepare_template(postgres.create_database("xinglin_template"))
    return "xinglin_template"


@pytest.fixture
def database(postgres: Postgres, template_database: str) -> Iterator[str]:
    """The URL of a database of this test's own. The server runs, whatever an earlier test did to it."""
    postgres.start()
    name = f"test_{uuid4().hex}"
    yield postgres.create_database(name, template_database)
    postgres.start()
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def lent_database(postgres: Postgres, template_database: str) -> str:
    """The name of a database that tests use one after the other, each finding it empty."""
    postgres.start()
    postgres.create_database("lent", template_database)
    sessions.keep("lent")
    return "lent"


@pytest.fixture
def emptied_database(postgres: Postgres, lent_database: str) -> str:
    """The URL of a database with nothing in it, for a test that leaves its tables as they are.

    Emptying one takes a fraction of what making and dropping one takes.
    """
    postgres.start()
    postgres.empty(lent_database)
    return postgres.url_of(lent_database)


@pytest.fixture(params=["embedded", pytest.param("servers", marks=pytest.mark.servers)])
def archive_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an archive of this test's own with nothing in it; every scenario passes on both stores."""
    if request.param == "servers":
        url: str = request.getfixturevalue("emptied_database")
        return url
    copy = shutil.copy(request.getfixturevalue("template_archive"), tmp_path / "archive.sqlite")
    return f"sqlite:///{copy}"


@pytest.fixture
def vhost(rabbitmq: RabbitMQ) -> Iterator[str]:
    """The URL of a virtual host of this test's own. The server runs, whatever an earlier test did to it."""
    rabbitmq.start()
    name = f"test_{uuid4().hex}"
    yield rabbitmq.create_vhost(name)
    rabbitmq.start()
    rabbitmq.delete_vhost(name)


@pytest.fixture(scope="session")
def lent_vhost(rabbitmq: RabbitMQ) -> str:
    """The name of a virtual host that tests use one after the other, each finding nothing in its queues."""
    rabbitmq.start()
    rabbitmq.create_vhost("lent")
    return "lent"


@pytest.fixture
def emptied_vhost(rabbitmq: RabbitMQ, lent_vhost: str) -> str:
    """The URL of a virtual host for a test that declares what is shipped, and leaves it as it is declared.

    RabbitMQ takes a second of a processor to make all queues; to empty them, a fraction of it.
    """
    rabbitmq.start()
    rabbitmq.empty(lent_vhost)
    return rabbitmq.url_of(lent_vhost)


def prepare_template(url: str) -> None:
    """Put into the empty database at `url` what every test shall find there; leave no connection open."""
    made = engine.connect(url)
    migrate.upgrade(made)
    made.dispose()


@contextmanager
def lifetime(kind: Callable[[], ServerT]) -> Iterator[ServerT]:
    """A started server, stopped and removed at the end; without one the test is skipped or fails."""
    with ExitStack() as stack:
        try:
            server = kind()
            stack.callback(server.remove)
            server.start()
        except ServerUnavailableError as error:
            give_up(str(error))
        yield server


def give_up(reason: str) -> NoReturn:
    """A developer without servers runs the rest; where servers are promised, their absence is a failure."""
    if os.environ.get("XINGLIN_REQUIRE_SERVERS") == "1" or os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
