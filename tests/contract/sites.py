"""Brokers of both kinds with a small topology, and what is asked of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from tests.contract.hands import PATIENCE
from workers.broker import Broker, Consumer, Delivery, Fate, Outgoing, Queue, Topology

ALL_TOPICS = Queue("all", "events", ("#",))
TOPOLOGY = Topology(("events",), (ALL_TOPICS, Queue("permits", "events", ("permit.*",))), "dead", "dead")


@dataclass(frozen=True)
class Site:
    """A broker with the topology declared, and where it is."""

    url: str
    broker: Broker


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
