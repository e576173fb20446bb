"""The private servers answer, and keep what they confirmed over a `kill -9`."""

from __future__ import annotations

import pika
import psycopg

from tests.builders import KEYS, declared, shipped_routes
from tests.servers import Postgres, RabbitMQ

PERSISTENT = pika.BasicProperties(delivery_mode=2)


def test_postgres_keeps_a_committed_row_over_kill9(postgres: Postgres, database: str) -> None:
    plain = database.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE TABLE kept (value integer)")
        connection.execute("INSERT INTO kept VALUES (42)")

    postgres.kill9()
    assert not postgres.running
    postgres.start()

    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [(42,)]


def test_postgres_is_set_to_lose_nothing(database: str) -> None:
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        for setting, value in {"fsync": "on", "synchronous_commit": "on"}.items():
            assert connection.execute(f"SHOW {setting}".encode()).fetchone() == (value,)


def test_databases_are_empty_whatever_another_test_did(postgres: Postgres, template_database: str) -> None:
    first = postgres.create_database("first", template_database)
    with psycopg.connect(first.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE stray (value integer)")
    second = postgres.create_database("second", template_database)
    with psycopg.connect(second.replace("+psycopg", "")) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'stray'"
        assert connection.execute(tables).fetchone() == (0,)
    postgres.drop_database("first")
    postgres.drop_database("second")


def test_rabbitmq_keeps_a_confirmed_message_over_kill9(rabbitmq: RabbitMQ, vhost: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(vhost)) as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        rabbitmq.settle()
        channel.confirm_delivery()
        channel.basic_publish("", "kept", b"42", PERSISTENT, mandatory=True)

    rabbitmq.kill9()
    assert not rabbitmq.running
    rabbitmq.start()

    with pika.BlockingConnection(pika.URLParameters(vhost)) as connection:
        channel = connection.channel()
        _, _, body = channel.basic_get("kept", auto_ack=True)
        assert body == b"42"


def test_a_node_that_lost_its_queues_is_started_again(rabbitmq: RabbitMQ, lent_vhost: str) -> None:
    topology = shipped_routes().topology
    url = rabbitmq.url_of(lent_vhost)
    declared(url, KEYS, topology).close()
    rabbitmq.evaluate("ok = supervisor:terminate_child(rabbit_sup, rabbit_fifo_dlx_sup).")
    rabbitmq.empty(lent_vhost)
    (loss,) = rabbitmq.losses
    assert "rabbit_fifo_dlx_sup" in loss
    declared(url, KEYS, topology).close()
    rabbitmq.losses.clear()


def test_rabbitmqctl_speaks_to_the_private_node(rabbitmq: RabbitMQ, vhost: str) -> None:
    said = rabbitmq.ctl("eval", "{rabbit_mnesia:dir(), rabbit_vhost:list_names()}.")
    assert str(rabbitmq.folder) in said
    assert vhost.rsplit("/", 1)[1] in said
