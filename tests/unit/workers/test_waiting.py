"""Batches are bounded by bytes: at the consumer, in the embedded broker, and where messages are fed in."""

from __future__ import annotations

from pathlib import Path

from schemas.routing import Queue, Topology
from tests.builders import KEYS
from workers.broker import Delivery, Outgoing, connect
from workers.broker.waiting import Waiting

MANY, LARGE = 40, 2_000_000
BUDGET = 16_777_216


def arrive(tag: int, size: int) -> Delivery:
    return Delivery("all", b"x" * size, {}, None, tag, 1, redelivered=False)


def test_what_waits_is_taken_in_order_within_the_budget() -> None:
    waiting = Waiting()
    for tag in range(MANY):
        waiting.add(arrive(tag, LARGE))
    taken = []
    while batch := waiting.take(500, BUDGET):
        assert [len(one.body) for one in batch] == [LARGE] * 8
        taken += [one.tag for one in batch]
    assert taken == list(range(MANY))
    assert not waiting.fills(1, 1)


def test_a_body_larger_than_the_budget_comes_alone() -> None:
    waiting = Waiting()
    for tag, size in enumerate((3, 11, 4, 6, 1)):
        waiting.add(arrive(tag, size))
    assert [[one.tag for one in waiting.take(500, 10)] for _ in range(4)] == [[0], [1], [2, 3], [4]]


def test_no_more_is_read_once_there_is_as_much_as_one_take_may_have() -> None:
    waiting = Waiting()
    waiting.add(arrive(0, 9))
    assert not waiting.fills(2, 10)
    waiting.add(arrive(1, 1))
    assert waiting.fills(3, 10)
    assert waiting.fills(2, 100)
    waiting.clear()
    assert not waiting.fills(1, 1)


def test_the_embedded_broker_gives_forty_large_bodies_within_the_budget(tmp_path: Path) -> None:
    broker = connect(f"embedded://{tmp_path}/broker.sqlite", KEYS)
    broker.declare(
        Topology(exchanges=("in",), queues=(Queue("all", "in", ("#",)),), dead_exchange="d", dead_queue="dq")
    )
    publisher, consumer = broker.publisher(), broker.consumer(["all"], prefetch=1500)
    publisher.publish([Outgoing(f"m{n}", "in", "k", b"x" * LARGE, "a/b", {}) for n in range(MANY)], 60.0)
    publisher.close()
    sizes = []
    while batch := consumer.take(500, 0.0, 5_000_000):
        sizes.append([len(one.body) for one in batch])
        consumer.ack(batch[-1])
    consumer.close()
    assert sum(map(len, sizes)) == MANY
    assert max(map(sum, sizes)) <= 5_000_000
