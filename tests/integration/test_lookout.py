"""A scheduler's lookout at a real broker: what is wrong there is raised once, and ends when it is mended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from credit.store.engine import connect, reading
from credit.store.queries.alerts import STILL_OPEN, find_alerts
from tests.builders import KEYS, NOON, declare, declared, rules
from tests.servers import RabbitMQ
from workers.lookout import Lookout
from workers.watching import watch

ROUTES = rules().routes
pytestmark = pytest.mark.servers


@pytest.fixture
def channel(vhost: str) -> Iterator[BlockingChannel]:
    """Somebody who may do anything at the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(vhost))
    yield connection.channel()
    connection.close()


def test_what_is_wrong_at_the_broker_begins_and_ends(
    rabbitmq: RabbitMQ, vhost: str, channel: BlockingChannel, template_archive: Path, tmp_path: Path
) -> None:
    broker = declared(vhost, KEYS, ROUTES.topology)
    rabbitmq.settle_dead_letters()
    engine = connect(f"sqlite:///{shutil.copy(template_archive, tmp_path / 'archive.sqlite')}")
    lookouts = [Lookout(engine, lambda: watch(broker, ROUTES)) for _ in range(2)]
    minute = 0

    def look() -> set[tuple[str, str]]:
        for lookout in lookouts:
            lookout.look(rules(NOON + timedelta(minutes=minute)))
        with reading(engine) as connection:
            return {(row.kind, row.subject) for row in find_alerts(connection, STILL_OPEN)}

    assert look() == set()
    channel.confirm_delivery()
    for queue in ("credit.in.office", ROUTES.topology.dead_queue):
        channel.basic_publish("", queue, b"{}", pika.BasicProperties(delivery_mode=2), mandatory=True)
    channel.queue_delete("notice.tax")
    broken = {("dead-letters", ""), ("queue-missing", "notice.tax")}
    assert look() == broken
    minute = 1  # nobody has read the queue for so long
    assert look() == broken | {("intake-stopped", "credit.in.office")}
    for queue in ("credit.in.office", ROUTES.topology.dead_queue):
        assert channel.basic_get(queue, auto_ack=True)[2] == b"{}"
    declare(broker, ROUTES.topology)
    assert look() == set()
    with reading(engine) as connection:
        assert len(find_alerts(connection)) == 3
    broker.close()
    engine.dispose()
