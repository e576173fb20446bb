"""What only RabbitMQ can be asked."""

from __future__ import annotations

from time import monotonic

import pika
import pytest

from schemas.errors import PermanentError
from tests.builders import KEYS, declare
from tests.contract.hands import PATIENCE
from tests.contract.sites import TOPOLOGY, Site, bodies, collect, left_over, message, messages, publish
from tests.servers import RabbitMQ
from workers.broker import BrokerLost, Fate, Queue, Topology, connect

pytestmark = pytest.mark.long


def test_a_rejected_message_goes_to_the_dead_queue(rabbit: Site) -> None:
    publish(rabbit.broker, messages(1))
    with pika.BlockingConnection(pika.URLParameters(rabbit.url)) as connection:
        channel = connection.channel()
        method, _, _ = channel.basic_get("all")
        channel.basic_reject(method.delivery_tag, requeue=False)
        consumer = rabbit.broker.consumer(["dead"], prefetch=1)
        (delivery,) = collect(consumer, 1)
        consumer.close()
    assert delivery.body == b"m0"


def test_queues_are_declared_as_quorum_queues_that_lose_no_dead_letter(rabbit: Site) -> None:
    arguments = {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": "dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    with pika.BlockingConnection(pika.URLParameters(rabbit.url)) as connection:
        # RabbitMQ compares these when a queue is declared again, and closes the channel if one differs.
        connection.channel().queue_declare("all", durable=True, arguments=arguments)
        connection.channel().queue_declare("dead", durable=True, arguments={"x-queue-type": "quorum"})


def test_a_queue_of_other_arguments_is_refused(rabbit: Site) -> None:
    with pika.BlockingConnection(pika.URLParameters(rabbit.url)) as connection:
        connection.channel().queue_declare("classic", durable=True)
    with pytest.raises(PermanentError, match="classic"):
        rabbit.broker.declare(Topology(("events",), (Queue("classic", "events", ("#",)),), "dead", "dead"))


def test_a_full_queue_refuses(rabbit: Site) -> None:
    with pika.BlockingConnection(pika.URLParameters(rabbit.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        channel.queue_bind("full", "events", "full")
    publisher = rabbit.broker.publisher()
    fates = [publisher.publish([message(name, "full")], PATIENCE)[name] for name in ("1", "2")]
    publisher.close()
    assert fates == [Fate.CONFIRMED, Fate.REFUSED]


def test_a_deleted_queue_loses_the_broker(rabbit: Site, rabbitmq: RabbitMQ) -> None:
    consumer = rabbit.broker.consumer(["permits"], prefetch=1)
    assert consumer.take(1, 0) == []
    rabbitmq.settle_dead_letters()
    with pika.BlockingConnection(pika.URLParameters(rabbit.url)) as connection:
        connection.channel().queue_delete("permits")
    with pytest.raises(BrokerLost, match="queue was deleted"):
        consumer.take(1, PATIENCE)
    declare(rabbit.broker, TOPOLOGY)
    publish(rabbit.broker, [message("1", "permit.a")])
    assert bodies(collect(consumer, 1)) == [b"1"]
    consumer.close()


def test_a_consumer_that_holds_messages_too_long_gets_them_again(rabbit: Site, rabbitmq: RabbitMQ) -> None:
    limits = "application:set_env(rabbit, consumer_timeout, {}),application:set_env(rabbit, channel_tick_interval, {})."
    publish(rabbit.broker, messages(2))
    consumer = rabbit.broker.consumer(["all"], prefetch=10)
    rabbitmq.evaluate(limits.format(3000, 200))  # long enough to take them on a busy machine
    try:
        old = collect(consumer, 2)
        with pytest.raises(BrokerLost, match="timed out"):
            consumer.take(1, PATIENCE)
    finally:
        rabbitmq.evaluate(limits.format(1_800_000, 60_000))
    consumer.ack(old[-1])
    assert bodies(collect(consumer, 2)) == [b"m0", b"m1"]
    consumer.close()


def test_properties_that_are_no_text_do_not_stop_the_queue(rabbit: Site) -> None:
    properties = pika.BasicProperties(content_type=b"\xff/x", headers={b"\xfe": "1"})
    with pika.BlockingConnection(pika.URLParameters(rabbit.url)) as connection:
        connection.channel().basic_publish("events", "x", b"body", properties)
    consumer = rabbit.broker.consumer(["all"], prefetch=1)
    (delivery,) = collect(consumer, 1)
    consumer.close()
    assert (delivery.content_type, dict(delivery.headers)) == ("\ufffd/x", {"\ufffd": "1"})


def test_a_cut_connection_gives_everything_back_and_old_acks_do_nothing(
    rabbit: Site,
    rabbitmq: RabbitMQ,
) -> None:
    publisher = rabbit.broker.publisher()
    publisher.publish(messages(3), PATIENCE)
    consumer = rabbit.broker.consumer(["all"], prefetch=10)
    old = collect(consumer, 3)
    rabbitmq.close_connections()
    consumer.ack(old[0])
    with pytest.raises(BrokerLost):
        consumer.take(1, PATIENCE)
    new = collect(consumer, 3)
    assert bodies(new) == bodies(old)
    assert {d.generation for d in new} == {old[0].generation + 1}
    consumer.ack(old[-1])
    publisher.idle(0)
    assert publisher.publish([message("next")], PATIENCE) == {"next": Fate.CONFIRMED}
    consumer.ack(new[0])
    consumer.close()
    publisher.close()
    assert left_over(rabbit) == [b"m1", b"m2", b"next"]


def test_a_publisher_outlives_the_broker(rabbit: Site, rabbitmq: RabbitMQ) -> None:
    publisher = rabbit.broker.publisher()
    publisher.publish(messages(100), PATIENCE)
    rabbitmq.settle()
    rabbitmq.kill9()
    with pytest.raises(BrokerLost):
        publisher.publish([message("meanwhile")], PATIENCE)
    with pytest.raises(BrokerLost):
        publisher.publish([message("meanwhile")], PATIENCE)
    rabbitmq.start()
    assert publisher.publish([message("after")], PATIENCE) == {"after": Fate.CONFIRMED}
    publisher.close()
    consumer = rabbit.broker.consumer(["all"], prefetch=200)
    assert bodies(collect(consumer, 101)) == [*(f"m{n}".encode() for n in range(100)), b"after"]
    consumer.close()


def test_a_blocked_broker_meets_the_deadline(rabbit: Site, rabbitmq: RabbitMQ) -> None:
    publisher = rabbit.broker.publisher()
    publisher.publish(messages(1), PATIENCE)
    rabbitmq.block_publishers()
    try:
        started = monotonic()
        with pytest.raises(BrokerLost, match="unconfirmed"):
            publisher.publish([message("blocked")], 0.5)
        assert monotonic() - started < 10
    finally:
        rabbitmq.unblock_publishers()
    assert publisher.publish([message("again")], PATIENCE) == {"again": Fate.CONFIRMED}
    publisher.close()


def test_a_refused_login_is_permanent_and_does_not_tell_the_password(rabbit: Site) -> None:
    url = rabbit.url.replace("guest:guest@", "guest:hunter2@")
    with pytest.raises(PermanentError, match="refused the login") as caught:
        connect(url, KEYS).look(["all"])
    assert "hunter2" not in str(caught.value)
