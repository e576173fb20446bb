"""Promise 2: any order, repetition and batching of the same messages ends in the same archive, on either store."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from credit import vault
from credit.identity import MASKED
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.ledger import read_ledger
from credit.store.queries.parked import find_parked
from tests.builders import declare
from tests.servers import Postgres, RabbitMQ
from workers import drain, keyfile
from workers.demo.town.day import Sent, ordinary
from workers.intake import BatchLimits
from workers.postings import Posting
from workers.runtime import open_runtime
from workers.settings import Settings
from workers.settings import read as read_settings

TODAY = date(2026, 11, 22)
COUNT = 1000
REPEATED = 50
BATCHES = {1: 100, 7: 350, 500: 600}
"""How many of the messages are taken in by batches of each size, in an order that each run has for itself."""


NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

MakePlace = Callable[[], Settings]
orders = st.lists(st.integers(0, 2**32), min_size=4, max_size=4, unique=True)


@pytest.fixture(scope="module")
def day() -> Sequence[Sent]:
    return ordinary(11, COUNT, TODAY)


@pytest.fixture
def new_home(tmp_path: Path) -> MakePlace:
    return lambda: read_settings({}, home=tmp_path / uuid4().hex)


@pytest.fixture
def new_servers(tmp_path: Path, postgres: Postgres, rabbitmq: RabbitMQ, template_database: str) -> MakePlace:
    keys = tmp_path / "keys.json"
    keyfile.save(vault.generate(vault.Algorithm.SM4_GCM), keys)

    def make() -> Settings:
        name = f"test_{uuid4().hex}"
        environ = {
            "XINGLIN_DATABASE_URL": postgres.create_database(name, template_database),
            "XINGLIN_BROKER_URL": rabbitmq.create_vhost(name),
            "XINGLIN_KEY_FILE": str(keys),
        }
        return read_settings(environ, home=tmp_path)

    return make


def _shuffle(day: Sequence[Sent], seed: int) -> list[Posting]:
    """The messages in an order of its own, some of them twice."""
    chance = random.Random(seed)
    sent = [*day, *chance.sample(day, REPEATED)]
    chance.shuffle(sent)
    return [Posting(one.body, one.routing_type) for one in sent]


def _run(place: Settings, postings: Sequence[Posting], sizes: Sequence[int]) -> str:
    rest = iter(postings)
    with open_runtime(place, lambda: NOW) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        for size in sizes:
            drain.send(runtime, list(islice(rest, BATCHES[size])), lambda _: None)
            drain.work_until_empty(runtime, lambda _: None, BatchLimits(messages=size))
        assert next(rest, None) is None
        with reading(runtime.engine) as connection:
            ledger = read_ledger(connection)
            assert ledger.received == len(postings)
            assert ledger.balanced
            assert find_parked(connection, MASKED) == []
            return digest(connection, runtime.keyring)


@pytest.mark.long
@settings(
    max_examples=1,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seeds=orders)
def test_any_order_and_batching_gives_one_digest_on_both_stores(
    seeds: list[int], day: Sequence[Sent], new_home: MakePlace, new_servers: MakePlace
) -> None:
    runs = [
        ((1, 7, 500), new_home),
        ((500, 7, 1), new_servers),
        ((7, 500, 1), new_home),
        ((500, 1, 7), new_servers),
    ]
    digests = {
        (seed, sizes): _run(make(), _shuffle(day, seed), sizes) for seed, (sizes, make) in zip(seeds, runs, strict=True)
    }
    assert len(set(digests.values())) == 1, digests
