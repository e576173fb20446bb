"""What is true of a broker at a moment, seen over the seam."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.routing import Topology
from tests.builders import KEYS, rules
from workers.broker import Outgoing, connect
from workers.watching import Watched, WatchedQueue, Way, watch

ROUTES = rules().routes


def test_queues_are_told_by_their_way_with_what_waits_and_what_is_missing(tmp_path: Path) -> None:
    broker = connect(f"embedded://{tmp_path}/broker.sqlite", KEYS)
    left_out = ("notice.tax", "credit.in.office")
    queues = tuple(queue for queue in ROUTES.topology.queues if queue.name not in left_out)
    broker.declare(Topology(ROUTES.topology.exchanges, queues, ROUTES.topology.dead_exchange, "credit.dead"))
    publisher = broker.publisher()
    for number, name in enumerate(("credit.in.security", "credit.in.security", "notice.police", "credit.dead")):
        publisher.publish([Outgoing(str(number), "", name, b"{}", "application/json", {})], 5.0)
    publisher.close()
    watched = watch(broker, ROUTES)
    assert (watched.lost, watched.alarm, watched.dead) == (None, None, 1)
    assert {queue.name for queue in watched.queues if queue.missing} == set(left_out)
    assert {queue.name: queue.ready for queue in watched.queues if queue.ready} == {
        "credit.in.security": 2,
        "notice.police": 1,
        "credit.dead": 1,
    }
    assert {queue.name for queue in watched.of(Way.IN)} == set(ROUTES.inbound)
    assert watched.queues[-1] == WatchedQueue("credit.dead", Way.DEAD, ready=1)
    assert "credit.out.alerts" in {queue.name for queue in watched.of(Way.OUT)}
    assert not any(queue.unread for queue in watched.queues)  # nobody counts who reads


def test_a_broker_that_does_not_answer_is_lost_and_no_error() -> None:
    watched = watch(connect("amqp://u:hunter2@127.0.0.1:1/v", KEYS), ROUTES)
    assert (watched.queues, watched.dead) == ((), 0)
    assert "127.0.0.1:1" in str(watched.lost)
    assert "hunter2" not in str(watched.lost)


@pytest.mark.parametrize(
    ("ready", "consumers", "unread"),
    [(0, 0, False), (1, 0, True), (1, 1, False), (1, None, False)],
)
def test_unread_is_what_waits_with_nobody_there(ready: int, consumers: int | None, *, unread: bool) -> None:
    queue = WatchedQueue("q", Way.OUT, ready, consumers)
    assert Watched((queue,)).queues[0].unread is unread
