"""No change makes a message dearer unnoticed: `python -m tests.bench.baseline` writes down what a change costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit import vault
from tests.bench import counters
from tests.bench.counters import Counters
from workers import keyfile, settings


@pytest.fixture(scope="module")
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counters:
    folder: Path = tmp_path_factory.mktemp("counters")
    keys = folder / "keys.json"
    keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
    postgres = request.getfixturevalue("postgres")
    template = request.getfixturevalue("template_database")
    postgres.start()
    environ = {
        "XINGLIN_DATABASE_URL": postgres.create_database("counted", template),
        "XINGLIN_BROKER_URL": "amqp://nobody:nothing@127.0.0.1:1/",  # never connected to
        "XINGLIN_KEY_FILE": str(keys),
    }
    found = counters.count(settings.read(environ, home=folder / "home"))
    postgres.drop_database("counted")
    return found


@pytest.mark.servers
def test_a_batch_takes_as_many_statements_as_written_down(counted: Counters) -> None:
    known = counters.read_baseline()
    assert (counted.messages, counted.batches) == (known.messages, known.batches)
    assert counted.statements == known.statements
    assert counted.round_trips == known.round_trips


@pytest.mark.servers
def test_a_message_writes_as_much_wal_as_written_down(counted: Counters) -> None:
    known = counters.read_baseline().wal_bytes_per_message
    assert counted.wal_bytes_per_message == pytest.approx(known, rel=counters.WAL_TOLERANCE)
