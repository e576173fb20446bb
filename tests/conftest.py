"""What every test may ask for: private servers, and on them a fresh database or virtual host."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn, TypeVar
from uuid import uuid4

import pytest

from credit.store import migrate
from credit.store.engine import connect
from tests.servers import Postgres, RabbitMQ, Server, ServerUnavailableError

ServerT = TypeVar("ServerT", bound=Server)


def pytest_configure() -> None:
    # A terminated run winds up like an interrupted one, so that it leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"postgres", "rabbitmq"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this test run."""
    with _lifetime(Postgres) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """The RabbitMQ server of this test run."""
    with _lifetime(RabbitMQ) as server:
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


@pytest.fixture
def vhost(rabbitmq: RabbitMQ) -> Iterator[str]:
    """The URL of a virtual host of this test's own. The server runs, whatever an earlier test did to it."""
    rabbitmq.start()
    name = f"test_{uuid4().hex}"
    yield rabbitmq.create_vhost(name)
    rabbitmq.start()
    rabbitmq.delete_vhost(name)


def prepare_template(url: str) -> None:
    """Put into the empty database at `url` what every test shall find there; leave no connection open."""
    engine = connect(url)
    migrate.upgrade(engine)
    engine.dispose()


@contextmanager
def _lifetime(kind: Callable[[], ServerT]) -> Iterator[ServerT]:
    """A started server, stopped and removed at the end; without one the test is skipped or fails."""
    with ExitStack() as stack:
        try:
            server = kind()
            stack.callback(server.remove)
            server.start()
        except ServerUnavailableError as error:
            _give_up(str(error))
        yield server


def _give_up(reason: str) -> NoReturn:
    """A developer without servers runs the rest; where servers are promised, their absence is a failure."""
    if os.environ.get("XINGLIN_REQUIRE_SERVERS") == "1" or os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
