"""What every broker promises, told once and kept by both; then what only one of them can be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import pika
import pytest

from schemas.errors import ConfigurationError, PermanentError
from tests.builders import KEYS, declare, declared
from tests.contract import hands
from tests.contract.hands import PATIENCE
from tests.processes import FORKS
from tests.servers import RabbitMQ
from workers.broker import (
    Broker,
    BrokerLost,
    Consumer,
    Delivery,
    Depth,
    Fate,
    Outgoing,
    Queue,
    Topology,
    connect,
    transport,
)

pytestmark = pytest.mark.long(seconds=30)

ALL_TOPICS = Queue("all", "events", ("#",))
TOPOLOGY = Topology(("events",), (ALL_TOPICS, Queue("permits", "events", ("permit.*",))), "dead", "dead")


@dataclass(frozen=True)
class Site:
    """A broker with the topology declared, and where it is."""

    url: str
    broker: Broker


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.servers)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    embedded = request.param == "embedded"
    yield from _site(f"embedded://{tmp_path}/broker.sqlite" if embedded else request.getfixturevalue("vhost"))


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Site]:
    yield from _site(f"embedded://{tmp_path}/broker.sqlite")


@pytest.fixture
def rabbit(vhost: str) -> Iterator[Site]:
    yield from _site(vhost)


def _site(url: str) -> Iterator[Site]:
    broker = declared(url, KEYS, TOPOLOGY)
    yield Site(url, broker)
    broker.close()


def message(name: str, key: str = "x", body: bytes | None = None, exchange: str = "events") -> Outgoing:
    return Outgoing(name, exchange, key, name.encode() if body is None else body, "text/plain", {})


def messages(count: int) -> list[Outgoing]:
    return [message(f"m{number}") for number in range(count)]


def publish(broker: Broker, batch: Sequence[Outgoing]) -> dict[str, Fate]:
    publisher = broker.publisher()
    try:
        return publisher.publish(batch, PATIENCE)
    finally:
        publisher.close()


def collect(consumer: Consumer, count: int) -> list[Delivery]:
    """Take until there are `count`; fewer only when time is up."""
    until = monotonic() + PATIENCE
    found: list[Delivery] = []
    while len(found) < count and monotonic() < until:
        found += consumer.take(count - len(found), until - monotonic())
    return found


def bodies(deliveries: Sequence[Delivery]) -> list[bytes]:
    return [delivery.body for delivery in deliveries]


def ready(broker: Broker, queues: Sequence[str]) -> dict[str, int | None]:
    return {name: depth.ready if depth else None for name, depth in broker.look(queues).queues.items()}


def left_over(site: Site, queue: str = "all") -> list[bytes]:
    """What another consumer still finds: the unacknowledged, in order."""
    last = f"last-{queue}".encode()
    publish(site.broker, [message(last.decode(), key="permit.last")])
    consumer = site.broker.consumer([queue], prefetch=100)
    found: list[bytes] = []
    while not found or found[-1] != last:
        found += bodies(collect(consumer, 1))
    consumer.close()
    return found[:-1]


def test_messages_come_in_the_order_of_publishing_and_in_batches(site: Site) -> None:
    publish(site.broker, messages(250))
    consumer = site.broker.consumer(["all"], prefetch=100)
    sizes, seen = [], []
    for limit in (1, 7, 100, 100, 42):
        taken = collect(consumer, limit)
        consumer.ack(taken[-1])
        sizes.append(len(taken))
        seen += taken
    consumer.close()
    assert sizes == [1, 7, 100, 100, 42]
    assert bodies(seen) == [f"m{number}".encode() for number in range(250)]
    assert [d.tag for d in seen] == sorted(d.tag for d in seen)


def test_take_returns_as_soon_as_the_limit_is_reached(site: Site) -> None:
    publish(site.broker, messages(3))
    consumer = site.broker.consumer(["all"], prefetch=10)
    started = monotonic()
    assert len(consumer.take(3, 60.0)) == 3
    assert monotonic() - started < 30
    consumer.close()


def test_take_returns_what_there_is_when_the_time_is_up(site: Site) -> None:
    consumer = site.broker.consumer(["all"], prefetch=10)
    assert consumer.take(5, 0.05) == []
    publish(site.broker, messages(2))
    assert bodies(consumer.take(5, 1.0)) == [b"m0", b"m1"]
    consumer.close()


def test_no_more_than_the_prefetch_is_held_unacknowledged(site: Site) -> None:
    publish(site.broker, messages(5))
    consumer = site.broker.consumer(["all"], prefetch=2)
    first = collect(consumer, 2)
    assert consumer.take(1, 0.2) == []
    consumer.ack(first[-1])
    assert bodies(collect(consumer, 2)) == [b"m2", b"m3"]
    consumer.close()


def test_ack_covers_everything_delivered_before_and_nothing_after(site: Site) -> None:
    publish(site.broker, messages(5))
    consumer = site.broker.consumer(["all"], prefetch=10)
    taken = collect(consumer, 5)
    consumer.ack(taken[2])
    consumer.ack(taken[2])
    consumer.ack(taken[0])
    consumer.close()
    assert left_over(site) == [b"m3", b"m4"]


def test_what_was_taken_and_not_acknowledged_comes_again_marked_so(site: Site) -> None:
    publish(site.broker, messages(2))
    first = site.broker.consumer(["all"], prefetch=10)
    assert [d.redelivered for d in collect(first, 2)] == [False, False]
    first.close()
    second = site.broker.consumer(["all"], prefetch=10)
    again = collect(second, 2)
    second.close()
    assert bodies(again) == [b"m0", b"m1"]
    assert [d.redelivered for d in again] == [True, True]


def test_a_killed_consumer_loses_nothing(site: Site) -> None:
    publish(site.broker, messages(5))
    told, tells = FORKS.Pipe(duplex=False)
    holder = FORKS.Process(target=hands.hold, args=(site.url, tells), daemon=True)
    holder.start()
    assert told.poll(PATIENCE)
    assert told.recv() == [b"m0", b"m1", b"m2"]
    holder.kill()
    holder.join()
    consumer = site.broker.consumer(["all"], prefetch=10)
    assert sorted(bodies(collect(consumer, 5))) == [b"m0", b"m1", b"m2", b"m3", b"m4"]
    consumer.close()


def test_a_delivery_of_an_older_generation_acknowledges_nothing(site: Site) -> None:
    publish(site.broker, messages(3))
    consumer = site.broker.consumer(["all"], prefetch=10)
    taken = collect(consumer, 3)
    consumer.ack(replace(taken[-1], generation=taken[-1].generation - 1))
    consumer.close()
    assert left_over(site) == [b"m0", b"m1", b"m2"]


def test_a_closed_consumer_starts_a_new_generation(site: Site) -> None:
    publish(site.broker, messages(3))
    consumer = site.broker.consumer(["all"], prefetch=10)
    old = collect(consumer, 3)
    consumer.close()
    new = collect(consumer, 3)
    assert {d.generation for d in new} == {old[0].generation + 1}
    consumer.ack(old[-1])
    consumer.close()
    assert left_over(site) == [b"m0", b"m1", b"m2"]


def test_an_unroutable_message_is_returned_and_its_neighbours_are_not(site: Site) -> None:
    topology = Topology(("narrow",), (Queue("narrow", "narrow", ("a",)),), "dead", "dead")
    declare(site.broker, topology)
    batch = [message(name, key, exchange="narrow") for name, key in (("1", "a"), ("2", "b"), ("3", "a"))]
    assert publish(site.broker, batch) == {"1": Fate.CONFIRMED, "2": Fate.RETURNED, "3": Fate.CONFIRMED}
    assert ready(site.broker, ["narrow"]) == {"narrow": 2}


def test_fates_that_were_still_under_way_come_with_a_later_call_each_once(site: Site) -> None:
    topology = Topology(("narrow",), (Queue("narrow", "narrow", ("a",)),), "dead", "dead")
    declare(site.broker, topology)
    batches = [[message(f"{number}{key}", key, exchange="narrow") for key in "ab"] for number in range(20)]
    publisher = site.broker.publisher()
    heard = [publisher.publish(batch, PATIENCE, under_way=6) for batch in batches]
    known = sum(map(len, heard))
    assert 40 - 6 <= known <= 40
    heard.append(publisher.publish([], PATIENCE))
    assert publisher.publish([], PATIENCE) == {}
    publisher.close()
    told = [(name, fate) for fates in heard for name, fate in fates.items()]
    assert sorted(told) == sorted(
        (f"{number}{key}", fate) for number in range(20) for key, fate in (("a", Fate.CONFIRMED), ("b", Fate.RETURNED))
    )


def test_a_missing_exchange_is_an_error_and_the_publisher_recovers(site: Site) -> None:
    publisher = site.broker.publisher()
    with pytest.raises(BrokerLost):
        publisher.publish([message("1", exchange="missing")], PATIENCE)
    assert publisher.publish([message("2")], PATIENCE) == {"2": Fate.CONFIRMED}
    publisher.close()


def test_two_messages_of_a_batch_may_not_share_an_id(site: Site) -> None:
    with pytest.raises(PermanentError, match="message id"):
        publish(site.broker, [message("1"), message("1")])
    assert ready(site.broker, ["all"]) == {"all": 0}


def test_publishing_nothing_is_fine(site: Site) -> None:
    assert publish(site.broker, []) == {}


def test_five_thousand_messages_in_one_call_are_all_confirmed(site: Site) -> None:
    fates = publish(site.broker, messages(5000))
    assert len(fates) == 5000
    assert set(fates.values()) == {Fate.CONFIRMED}
    assert ready(site.broker, ["all", "permits"]) == {"all": 5000, "permits": 0}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe not utf-8 \x80",
        b"\x00\x00a\x00",
        b"\r\n\r\n",
        bytes(range(256)) * 4096,
        "杏林".encode("gb18030"),
    ],
    ids=["empty", "not-utf-8", "nul", "newlines", "1-MiB", "gb18030"],
)
def test_the_bytes_delivered_are_the_bytes_published(site: Site, body: bytes) -> None:
    publish(site.broker, [message("1", body=body)])
    consumer = site.broker.consumer(["all"], prefetch=1)
    (delivery,) = collect(consumer, 1)
    consumer.close()
    assert delivery.body == body


def test_headers_and_content_type_are_kept(site: Site) -> None:
    # A header of this name makes kombu decompress the body.
    headers = {"signature": "c2ln", "机构": "卫生监督所", "empty": "", "compression": "gzip"}
    publish(site.broker, [Outgoing("1", "events", "permit.x", b"{}", "application/json", headers)])
    consumer = site.broker.consumer(["permits"], prefetch=1)
    (delivery,) = collect(consumer, 1)
    consumer.close()
    assert (delivery.queue, delivery.body, delivery.content_type) == ("permits", b"{}", "application/json")
    assert dict(delivery.headers) == headers


def test_two_consumers_of_a_queue_share_it_without_overlap(site: Site) -> None:
    publish(site.broker, messages(100))
    consumers = [site.broker.consumer(["all"], prefetch=5) for _ in range(2)]
    seen: list[list[bytes]] = [[], []]
    until = monotonic() + PATIENCE
    while sum(map(len, seen)) < 100 and monotonic() < until:
        for consumer, mine in zip(consumers, seen, strict=True):
            if taken := consumer.take(5, 0.2):
                mine.extend(bodies(taken))
                consumer.ack(taken[-1])
    for consumer in consumers:
        consumer.close()
    assert all(seen)
    assert sorted(seen[0] + seen[1]) == sorted(f"m{number}".encode() for number in range(100))


def test_one_consumer_takes_from_several_queues_and_acknowledges_across_them(site: Site) -> None:
    publish(site.broker, [message("1", "permit.a"), message("2", "other")])
    consumer = site.broker.consumer(["all", "permits"], prefetch=10)
    taken = collect(consumer, 3)
    assert sorted((d.queue, d.body) for d in taken) == [("all", b"1"), ("all", b"2"), ("permits", b"1")]
    consumer.ack(taken[-1])
    consumer.close()
    assert left_over(site) == []
    assert left_over(site, "permits") == [b"last-all"]  # what the line above left there


def test_what_is_on_its_way_is_not_drained_yet(site: Site) -> None:
    consumer = site.broker.consumer(["all", "permits"], prefetch=10)
    assert consumer.is_drained()
    for number in range(20):
        publish(site.broker, [message(str(number))])
        assert not consumer.is_drained()
        consumer.ack(collect(consumer, 1)[0])
        assert consumer.is_drained()
    consumer.close()


def test_depths_count_what_waits(site: Site) -> None:
    publish(site.broker, [message("1"), message("2", "permit.a")])
    assert ready(site.broker, ["all", "permits", "dead"]) == {"all": 2, "permits": 1, "dead": 0}


def test_a_queue_that_does_not_exist_is_told_among_the_others_and_not_made(site: Site) -> None:
    publish(site.broker, [message("1", "permit.a")])
    asked = ["missing", "all", "gone", "permits"]
    assert ready(site.broker, asked) == {"missing": None, "all": 1, "gone": None, "permits": 1}
    assert ready(site.broker, ["missing"]) == {"missing": None}


def test_rabbitmq_counts_consumers_and_not_what_they_hold(rabbit: Site) -> None:
    publish(rabbit.broker, messages(5))
    consumer = rabbit.broker.consumer(["all"], prefetch=2)
    collect(consumer, 2)
    assert rabbit.broker.look(["all", "permits"]).queues == {"all": Depth(3, 1), "permits": Depth(0, 0)}
    consumer.close()


def test_a_broker_in_order_raises_no_alarm_and_looking_leaves_nothing_behind(site: Site) -> None:
    look = site.broker.look(["all", "permits", "dead"])
    assert look.alarm is None
    assert ready(site.broker, ["all", "permits", "dead"]) == {"all": 0, "permits": 0, "dead": 0}


def test_consuming_a_queue_that_does_not_exist_loses_the_broker_until_it_is_declared(site: Site) -> None:
    consumer = site.broker.consumer(["late"], prefetch=1)
    for _ in range(2):
        with pytest.raises(BrokerLost, match="late"):
            consumer.take(1, PATIENCE)
    declare(site.broker, Topology(("events",), (Queue("late", "events", ("#",)),), "dead", "dead"))
    publish(site.broker, messages(1))
    assert bodies(collect(consumer, 1)) == [b"m0"]
    consumer.close()


def test_declaring_again_changes_nothing(site: Site) -> None:
    publish(site.broker, messages(1))
    site.broker.declare(TOPOLOGY)
    connect(site.url, KEYS).declare(TOPOLOGY)
    assert ready(site.broker, ["all"]) == {"all": 1}


def test_binding_a_queue_to_a_missing_exchange_is_refused(site: Site) -> None:
    with pytest.raises(PermanentError, match="missing"):
        site.broker.declare(Topology((), (Queue("q", "missing", ("#",)),), "dead", "dead"))


def test_topic_keys_match_as_amqp_says(site: Site) -> None:
    bindings = {
        "exact": "credit.permit.v1",
        "one-word": "credit.*.v1",
        "any-words": "credit.#",
        "any-words-first": "#.v1",
        "any-words-between": "credit.#.v1",
        "dot-is-no-wildcard": "creditxpermit.v1",
        "everything": "#",
    }
    queues = tuple(Queue(name, "topics", (key,)) for name, key in bindings.items())
    declare(site.broker, Topology(("topics",), queues, "dead", "dead"))
    publisher = site.broker.publisher()
    keys = ("credit.permit.v1", "credit", "credit.v1", "credit.a.b.v1", "v1", "credit.permit.v1\n", "")
    publisher.publish([message(str(n), key, exchange="topics") for n, key in enumerate(keys)], PATIENCE)
    publisher.close()
    assert ready(site.broker, list(bindings)) == {
        "exact": 1,
        "one-word": 1,
        "any-words": 5,
        "any-words-first": 4,
        "any-words-between": 3,
        "dot-is-no-wildcard": 0,
        "everything": 7,
    }


# --- the URL


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("amqpp://u:hunter2@h/", "did you mean amqp"),
        ("embeded:///x.sqlite", "did you mean embedded"),
        ("redis://u:hunter2@h/", "use one of"),
        ("broker.sqlite", "use one of"),
        ("", "use one of"),
        ("embedded://relative/broker.sqlite", "three slashes"),
        ("embedded:///", "three slashes"),
        ("amqp://u:hunter2@h:notaport/", "cannot be read"),
    ],
)
def test_a_wrong_url_is_refused_with_a_hint_and_without_the_password(url: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint) as caught:
        connect(url, KEYS)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_absent_broker_is_lost_and_its_password_is_not_told() -> None:
    with pytest.raises(BrokerLost) as caught:
        connect("amqp://u:hunter2@127.0.0.1:1/v", KEYS).look(["q"])
    assert "127.0.0.1:1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


# --- embedded only


def test_a_batch_is_stored_whole_or_not_at_all(embedded: Site) -> None:
    with pytest.raises(BrokerLost, match="missing"):
        publish(embedded.broker, [*messages(3), message("bad", exchange="missing")])
    assert ready(embedded.broker, ["all"]) == {"all": 0}


def test_depths_include_what_a_consumer_holds(embedded: Site) -> None:
    publish(embedded.broker, messages(3))
    consumer = embedded.broker.consumer(["all"], prefetch=2)
    taken = collect(consumer, 2)
    assert ready(embedded.broker, ["all"]) == {"all": 3}
    consumer.ack(taken[0])
    assert ready(embedded.broker, ["all"]) == {"all": 2}
    consumer.close()


def test_an_expired_lease_goes_to_another_and_the_late_ack_deletes_nothing(
    embedded: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(embedded.broker, messages(2))
    hung, other = (embedded.broker.consumer(["all"], prefetch=10) for _ in range(2))
    monkeypatch.setattr(transport, "LEASE_SECONDS", -1.0)
    late = collect(hung, 2)
    monkeypatch.undo()
    assert bodies(collect(other, 2)) == [b"m0", b"m1"]
    hung.ack(late[-1])
    assert ready(embedded.broker, ["all"]) == {"all": 2}
    hung.close()
    other.close()
    assert left_over(embedded) == [b"m0", b"m1"]


def test_a_living_owner_keeps_its_messages(embedded: Site) -> None:
    publish(embedded.broker, messages(2))
    first, second = (embedded.broker.consumer(["all"], prefetch=10) for _ in range(2))
    assert len(collect(first, 2)) == 2
    assert second.take(1, 0.1) == []
    first.close()
    second.close()


def test_no_lock_file_stays_behind(embedded: Site, tmp_path: Path) -> None:
    consumer = embedded.broker.consumer(["all"], prefetch=10)
    consumer.take(1, 0)
    dead = tmp_path / "broker.sqlite-owner-0123"
    dead.touch()
    consumer.close()
    consumer.take(1, 0)
    consumer.close()
    assert not list(tmp_path.glob("*-owner-*"))


def test_the_file_is_readable_by_its_owner_only(embedded: Site, tmp_path: Path) -> None:
    publish(embedded.broker, messages(1))
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_processes_and_threads_write_one_file_at_once(tmp_path: Path) -> None:
    # Nobody has made the file yet: they also race to do so.
    url = f"embedded://{tmp_path}/broker.sqlite"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: connect(url, KEYS).declare(TOPOLOGY), range(4)))
    writers = [FORKS.Process(target=hands.write, args=(url, str(number)), daemon=True) for number in range(3)]
    for writer in writers:
        writer.start()
    consumer = connect(url, KEYS).consumer(["all"], prefetch=50)
    seen: list[Delivery] = []
    while len(seen) < 600 and (taken := collect(consumer, 1)):
        seen += taken
        consumer.ack(taken[-1])
    consumer.close()
    for writer in writers:
        writer.join(PATIENCE)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert len(seen) == len(set(bodies(seen))) == 600


def test_a_writer_that_holds_the_file_too_long_loses_the_broker(embedded: Site, tmp_path: Path) -> None:
    publisher = embedded.broker.publisher()
    other = sqlite3.connect(tmp_path / "broker.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BrokerLost, match="locked"):
        publisher.publish(messages(1), 0.05)
    other.close()
    assert publisher.publish(messages(1), PATIENCE) == {"m0": Fate.CONFIRMED}
    publisher.close()


def test_a_missing_folder_is_permanent(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="make its folder"):
        connect(f"embedded://{tmp_path}/missing/broker.sqlite", KEYS).look(["all"])


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.sqlite"
    path.write_text("Dear committee, " * 1000)
    with pytest.raises(PermanentError, match="not the file"):
        connect(f"embedded://{path}", KEYS).declare(TOPOLOGY)
    assert path.read_text() == "Dear committee, " * 1000


# --- RabbitMQ only


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
    rabbitmq.evaluate(limits.format(1000, 200))
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


def test_the_file_holds_nothing_of_a_message_in_clear_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "broker.sqlite"
    path.touch(mode=0o666)
    path.chmod(0o666)
    broker = connect(f"embedded://{path}", KEYS)
    broker.declare(TOPOLOGY)
    told = Outgoing("m1", "events", "x", b"41048120000229101X", "text/plain", {"h": "110105491231002"})
    broker.publisher().publish([told], PATIENCE)
    for file in tmp_path.glob("broker.sqlite*"):
        held = file.read_bytes()
        assert b"41048120000229101X" not in held, file
        assert b"110105491231002" not in held, file
        assert file.stat().st_mode & 0o077 == 0, file
    (delivery,) = broker.consumer(["all"], 10).take(1, PATIENCE)
    assert (delivery.body, delivery.headers) == (told.body, told.headers)


def test_what_an_older_file_holds_in_clear_is_sealed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "broker.sqlite"
    broker = connect(f"embedded://{path}", KEYS)
    broker.declare(TOPOLOGY)
    broker.publisher().publish([message("m1", body=b"41048120000229101X")], PATIENCE)
    with sqlite3.connect(path) as old:
        (sealed,) = old.execute("SELECT body FROM message").fetchone()
        envelope, _, body = KEYS.unseal(sealed, b"broker").partition(b"\n")
        old.execute("ALTER TABLE message ADD COLUMN envelope TEXT NOT NULL DEFAULT ''")
        old.execute("UPDATE message SET body = ?, envelope = ?", (body, envelope.decode()))
        old.execute("PRAGMA user_version = 1")
    old.close()
    (delivery,) = broker.consumer(["all"], 10).take(1, PATIENCE)
    assert delivery.body == b"41048120000229101X"
    assert all(b"41048120000229101X" not in file.read_bytes() for file in tmp_path.glob("broker.sqlite*"))
