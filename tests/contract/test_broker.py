"""What every broker promises, told once and kept by both."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import pytest

from schemas.errors import ConfigurationError, PermanentError
from tests.builders import KEYS, declare
from tests.contract import hands
from tests.contract.hands import PATIENCE
from tests.contract.sites import TOPOLOGY, Site, bodies, collect, left_over, message, messages, publish, ready
from tests.processes import FORKS
from workers.broker import BrokerLost, Depth, Fate, Outgoing, Queue, Topology, connect

pytestmark = pytest.mark.long(seconds=20)


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
    found: list[bytes] = []
    until = monotonic() + PATIENCE
    while len(found) < 2 and monotonic() < until:  # what is stored may be on its way for a while
        found += bodies(consumer.take(5, 1.0))
    assert found == [b"m0", b"m1"]
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
