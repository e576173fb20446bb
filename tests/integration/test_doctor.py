"""The doctor on real servers: it refuses what loses messages, passes what keeps them, and leaves all as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pika
import psycopg
import pytest
from sqlalchemy import create_engine

from credit import vault
from credit.store import engine as store_engine
from credit.store import keymark
from credit.store.engine import writing
from credit.vault import Algorithm
from tests import builders
from tests.builders import KEYS
from tests.servers import Postgres, RabbitMQ
from workers import doctor, keyfile, settings
from workers.doctor import Finding, Verdict, postgres, rabbitmq
from workers.heart import Heart
from workers.runtime import load_reader, open_runtime

pytestmark = pytest.mark.long(seconds=20)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ROUTES = load_reader(settings.read({}), lambda: NOW).routes
TOPOLOGY = ROUTES.topology


class Careless(Postgres):
    """A PostgreSQL that confirms what it has not written, as some tuning guides advise."""

    def _spawn(self, *command: str | Path, env: dict[str, str] | None = None) -> Any:
        careless = ("--fsync=off", "--full_page_writes=off", "--synchronous_commit=off")
        return super()._spawn(*command, *(careless if Path(command[0]).name == "postgres" else ()), env=env)


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in findings}


def refused(findings: list[Finding]) -> set[str]:
    return {finding.check for finding in findings if finding.verdict is Verdict.REFUSED}


def look_at_database(url: str) -> list[Finding]:
    engine = store_engine.connect(url)
    try:
        return postgres.examine(engine)
    finally:
        engine.dispose()


def look_at_broker(url: str) -> list[Finding]:
    return rabbitmq.examine(url, TOPOLOGY, ROUTES.inbound)


@contextmanager
def channel(url: str) -> Iterator[Any]:
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        yield connection.channel()


@pytest.fixture
def declared(emptied_vhost: str) -> str:
    """A virtual host with everything that a worker declares, for a test that leaves it so."""
    builders.declared(emptied_vhost, KEYS, TOPOLOGY).close()
    return emptied_vhost


@pytest.fixture
def altered(vhost: str, rabbitmq: RabbitMQ) -> str:
    """A virtual host with everything that a worker declares, for a test that takes something away."""
    builders.declared(vhost, KEYS, TOPOLOGY).close()
    rabbitmq.settle_dead_letters()
    return vhost


# --- PostgreSQL


def test_the_servers_of_these_tests_are_sound(database: str) -> None:
    assert set(verdicts(look_at_database(database)).values()) == {Verdict.OK}


def test_a_server_that_does_not_wait_for_its_disk_is_refused() -> None:
    server = Careless()
    try:
        server.start()
        found = verdicts(look_at_database(server.url))
    finally:
        server.remove()
    assert found["postgres.disk"] is Verdict.REFUSED
    # Our own sessions ask for it, so nothing of ours is lost; a restore or a hand at psql does not.
    assert found["postgres.commit"] is Verdict.WARNING


def test_a_session_that_does_not_wait_for_its_commit_is_refused(postgres: Postgres, database: str) -> None:
    """What a connection pool does that drops the settings a session starts with."""
    name = database.rpartition("/")[2]
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off'.encode())
    pooled = create_engine(database)
    try:
        found = verdicts(doctor.postgres.examine(pooled))
    finally:
        pooled.dispose()
    assert found["postgres.commit"] is Verdict.REFUSED
    assert found["postgres.timeouts"] is Verdict.WARNING
    assert verdicts(look_at_database(database))["postgres.commit"] is Verdict.WARNING


def test_a_slot_that_nobody_reads_is_told(postgres: Postgres, database: str) -> None:
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SELECT pg_create_physical_replication_slot('forgotten', true)")
        try:
            found = {finding.check: finding for finding in look_at_database(database)}
        finally:
            connection.execute("SELECT pg_drop_replication_slot('forgotten')")
    assert found["postgres.slots"].verdict is Verdict.WARNING
    assert "forgotten" in found["postgres.slots"].found


def test_the_age_of_an_open_transaction_is_seen(database: str) -> None:
    engine = store_engine.connect(database)
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT 1")
        assert doctor.postgres.observe(engine).oldest_transaction > timedelta(0)
    engine.dispose()


def test_a_transaction_of_another_database_keeps_no_rows_of_this_one(postgres: Postgres, database: str) -> None:
    engine = store_engine.connect(database)
    with psycopg.connect(postgres.url.replace("+psycopg", "")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT 1")
        assert doctor.postgres.observe(engine).oldest_transaction == timedelta(0)
    engine.dispose()


def test_a_database_that_does_not_answer_is_refused() -> None:
    found = look_at_database("postgresql+psycopg://xinglin:hunter2@127.0.0.1:1/none")
    assert refused(found) == {"postgres.reachable"}
    assert "hunter2" not in str(found)


# --- RabbitMQ


def test_a_declared_broker_is_sound(declared: str) -> None:
    assert set(verdicts(look_at_broker(declared)).values()) == {Verdict.OK}


def test_an_empty_broker_is_told_and_left_empty(rabbitmq: RabbitMQ, vhost: str) -> None:
    found = verdicts(look_at_broker(vhost))
    assert found["rabbitmq.topology"] is Verdict.WARNING
    rabbitmq.evaluate(f'[] = rabbit_amqqueue:list(<<"{vhost.rpartition("/")[2]}">>).')


def test_a_classic_queue_of_our_name_is_refused(vhost: str) -> None:
    with channel(vhost) as there:
        there.queue_declare("credit.in.licensing", durable=True)
    found = {finding.check: finding for finding in look_at_broker(vhost)}
    assert found["rabbitmq.arguments"].verdict is Verdict.REFUSED
    assert "credit.in.licensing" in found["rabbitmq.arguments"].found


def test_a_queue_that_may_lose_dead_letters_is_refused(altered: str) -> None:
    arguments = {"x-queue-type": "quorum", "x-dead-letter-exchange": TOPOLOGY.dead_exchange}
    with channel(altered) as there:
        there.queue_delete("notice.tax")
        there.queue_declare("notice.tax", durable=True, arguments=arguments)
    found = {finding.check: finding for finding in look_at_broker(altered)}
    assert refused(list(found.values())) == {"rabbitmq.arguments"}
    assert "x-dead-letter-strategy" in found["rabbitmq.arguments"].found


@pytest.mark.parametrize("missing", ["exchange credit.dead", "queue credit.dead", "queue feed.credit-china"])
def test_what_is_missing_is_refused_by_name(altered: str, missing: str) -> None:
    kind, name = missing.split()
    with channel(altered) as there:
        getattr(there, f"{kind}_delete")(name)
    found = {finding.check: finding for finding in look_at_broker(altered)}
    assert refused(list(found.values())) == {"rabbitmq.topology"}
    assert found["rabbitmq.topology"].found == f"not there: {missing}"


def test_an_exchange_of_another_kind_is_refused(vhost: str) -> None:
    with channel(vhost) as there:
        there.exchange_declare("credit.out", "fanout", durable=True)
    assert "rabbitmq.arguments" in refused(look_at_broker(vhost))


def test_dead_letters_and_queues_without_intake_are_told(declared: str) -> None:
    with channel(declared) as there:
        there.confirm_delivery()
        there.basic_publish("", "credit.dead", b"x")
        there.basic_publish("credit.in", "credit.office.repair.v1", b"x")
    found = verdicts(look_at_broker(declared))
    assert {check for check, verdict in found.items() if verdict is Verdict.WARNING} == {
        "rabbitmq.dead",
        "rabbitmq.consumers",
    }


def test_a_broker_out_of_memory_is_told(rabbitmq: RabbitMQ, declared: str) -> None:
    rabbitmq.block_publishers()
    try:
        found = {finding.check: finding for finding in look_at_broker(declared)}
    finally:
        rabbitmq.unblock_publishers()
    assert found["rabbitmq.alarm"].verdict is Verdict.WARNING
    assert "memory" in found["rabbitmq.alarm"].found


def test_a_refused_login_is_told_without_the_password(vhost: str) -> None:
    found = look_at_broker(vhost.replace("guest:guest", "guest:hunter2"))
    assert refused(found) == {"rabbitmq.reachable"}
    assert "hunter2" not in str(found)


# --- both together


@pytest.fixture
def place(emptied_database: str, declared: str, tmp_path: Path) -> settings.Settings:
    """Servers with an archive and its keys."""
    keyring = vault.generate(Algorithm.AES_256_GCM)
    keyfile.save(keyring, tmp_path / "keys.json")
    engine = store_engine.connect(emptied_database)
    with writing(engine) as connection:
        keymark.check_keys(connection, keyring)
    engine.dispose()
    keys = str(tmp_path / "keys.json")
    environ = {"XINGLIN_DATABASE_URL": emptied_database, "XINGLIN_BROKER_URL": declared}
    return settings.read({**environ, "XINGLIN_KEY_FILE": keys}, home=tmp_path / "var")


def test_sound_servers_are_passed(place: settings.Settings) -> None:
    found = doctor.examine(place, NOW)
    assert {each.check for each in found if each.verdict is not Verdict.OK} == {"archive.at-work"}
    assert len(found) == 43  # all but the four of an embedded home
    with open_runtime(place, lambda: NOW) as opened:
        Heart(opened, "all").beat()
        assert {finding.verdict for finding in doctor.examine(place, NOW)} == {Verdict.OK}
        assert doctor.refusals(opened) == []


def test_other_keys_are_refused(place: settings.Settings, tmp_path: Path) -> None:
    keyfile.save(vault.generate(Algorithm.SM4_GCM), tmp_path / "keys.json")
    assert refused(doctor.examine(place, NOW)) == {"archive.keys"}


def test_tables_that_are_not_there_are_refused(place: settings.Settings, postgres: Postgres) -> None:
    postgres.create_database("without_tables")
    bare = replace(place, database_url=postgres.url_of("without_tables"))
    assert refused(doctor.examine(bare, NOW)) == {"archive.tables"}
    postgres.drop_database("without_tables")


def test_a_worker_is_refused_a_broker_that_lost_a_queue(place: settings.Settings, altered: str) -> None:
    with channel(altered) as there:
        there.queue_delete("notice.tax")
    with open_runtime(replace(place, broker_url=altered), lambda: NOW) as opened:
        assert refused(doctor.refusals(opened)) == {"rabbitmq.topology"}


def test_a_worker_is_refused_a_home_without_write_ahead_log(tmp_path: Path) -> None:
    embedded = settings.read({}, home=tmp_path / "var")
    with open_runtime(embedded, lambda: NOW) as opened:
        assert doctor.refusals(opened) == []
        with closing(sqlite3.connect(tmp_path / "var" / "broker.sqlite")) as connection:
            connection.execute("CREATE TABLE made_by_another_program (x)")
        assert refused(doctor.refusals(opened)) == {"home.journal"}
