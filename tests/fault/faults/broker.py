"""What happens to the message broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event

import pika
from pika.adapters.blocking_connection import BlockingChannel

from tests.fault import traffic
from tests.fault.faults.database import connected
from tests.fault.stage import CREW, Stage, count_parked
from tests.fault.table import SERVERS, Fault


def kill_broker(stage: Stage) -> None:
    """`kill -9` of the broker, started again after three seconds"""
    stage.await_progress()
    stage.rabbitmq.kill9()
    Event().wait(3)
    stage.rabbitmq.start()


def restart_broker(stage: Stage) -> None:
    """The broker stopped the orderly way and started again"""
    stage.await_progress()
    stage.rabbitmq.ctl("stop_app")
    stage.rabbitmq.ctl("start_app")


def stay_away(stage: Stage) -> None:
    """The broker away for a minute"""
    stage.await_progress()
    stage.rabbitmq.ctl("stop_app")
    Event().wait(60)
    stage.rabbitmq.ctl("start_app")


def close_connections(stage: Stage) -> None:
    """`rabbitmqctl close_all_connections`"""
    stage.await_progress()
    stage.rabbitmq.close_connections()


def raise_memory_alarm(stage: Stage) -> None:
    """Memory alarm for twenty seconds: the broker blocks everybody who publishes"""
    stage.await_progress()
    stage.rabbitmq.ctl("set_vm_memory_high_watermark", "absolute", "1MB")
    Event().wait(20)
    stage.rabbitmq.ctl("set_vm_memory_high_watermark", "0.4")


def time_out_consumer(stage: Stage) -> None:
    """Consumer timeout: intake holds messages for longer than the broker allows, as the database is locked"""
    _set_consumer_timeout(stage, 3_000)
    stage.await_progress()
    with connected(stage) as connection, connection.transaction():
        connection.execute("LOCK TABLE message IN ACCESS EXCLUSIVE MODE")
        Event().wait(10)
    _set_consumer_timeout(stage, 1_800_000)


def _set_consumer_timeout(stage: Stage, milliseconds: int) -> None:
    settings = {"consumer_timeout": milliseconds, "channel_tick_interval": min(milliseconds, 60_000) // 3}
    calls = ",".join(f"application:set_env(rabbit,{name},{value})" for name, value in settings.items())
    stage.rabbitmq.ctl("eval", f"{calls}.")
    # Channels read it when they are opened.
    stage.rabbitmq.ctl("close_all_connections", "new settings")


def poison(stage: Stage) -> None:
    """Five hundred unreadable messages in a full queue"""
    with ExitStack() as paused:
        for number in stage.crew.find("intake"):
            paused.enter_context(stage.crew.paused(number))
        stage.poison([_POISONS[number % len(_POISONS)] % number for number in range(500)])
        stage.sources.hurry()
        stage.wait(lambda: stage.sources.done, "the queue to be full")


def swallow_large_bodies(stage: Stage) -> None:
    """Two dozen messages of 20 MB among the others: each is parked, and no worker takes 400 MB"""
    stage.await_progress()
    for number in range(24):
        stage.poison([b'{"number": %d, "attachment": "%s"}' % (number, b"x" * _LARGE)])
    stage.wait(lambda: stage.look(count_parked) == stage.poisoned, "the large ones to be parked")
    for number in (each for kind in CREW for each in stage.crew.find(kind)):
        taken = stage.crew.peak_bytes(number)
        assert taken < _MOST_MEMORY, f"worker {number} took {taken:,} bytes"


_LARGE = 20_000_000
_MOST_MEMORY = 400_000_000
"""A worker takes a good 100 MB with nothing to do, and then one such body a few times: as it came, joined, sealed."""

_POISONS = (
    b'{"half": %d',
    b"\xff\xfe\x00%d",
    b"[%d]",
    b"%d",
    b"[" * 20_000 + b"%d",
    b'{"specversion": "1.0", "id": "poison-%d"}',
    b'{"specversion": "1.0", "id": "poison-%d", "source": "/inspection", "type": "x", "data": {"a": 1e999}}',
    b"\x80\x04\x95cos\nsystem\n%d",
)


def lose_dead_letters(stage: Stage) -> None:
    """The exchange and the queue of dead letters deleted for five seconds, with poison under way"""
    topology = stage.runtime.reader.routes.topology
    stage.await_progress()
    with channel(stage) as open_channel:
        open_channel.exchange_delete(topology.dead_exchange)
        open_channel.queue_delete(topology.dead_queue)
    stage.poison([b"{%d" % number for number in range(50)])
    Event().wait(5)
    stage.runtime.broker.declare(topology)


def delete_queue(stage: Stage) -> None:
    """An inbound queue, empty at that moment, deleted for ten seconds while its consumer listens"""
    stage.await_progress()
    with stage.sources.held():
        stage.await_quiet()
        with channel(stage) as open_channel:
            open_channel.queue_delete(stage.runtime.reader.routes.inbound[0])
    Event().wait(10)
    stage.runtime.broker.declare(stage.runtime.reader.routes.topology)


def unbind_partners(stage: Stage) -> None:
    """Notices with nowhere to go: the bindings of every outbound queue gone for ten seconds"""
    topology = traffic.witness_topology(stage.runtime)
    out = stage.runtime.reader.routes.exchange_out
    # An intake that starts declares everything but the witness: it would bring back the others and leave them unheard.
    stage.await_progress()
    with channel(stage) as open_channel:
        for queue in reversed(topology.queues):
            for key in queue.bindings if queue.exchange == out else ():
                open_channel.queue_unbind(queue.name, out, key)
    stage.await_progress()
    Event().wait(10)
    stage.runtime.broker.declare(topology)


@contextmanager
def channel(stage: Stage) -> Iterator[BlockingChannel]:
    """A channel of the fault's own."""
    with pika.BlockingConnection(pika.URLParameters(stage.runtime.settings.broker_url)) as connection:
        yield connection.channel()


FAULTS = (
    Fault(kill_broker, pairs=SERVERS, rounds=2, short=SERVERS),
    Fault(restart_broker, pairs=SERVERS),
    Fault(stay_away, pairs=SERVERS),
    Fault(close_connections, pairs=SERVERS, rounds=4, short=SERVERS),
    Fault(raise_memory_alarm, pairs=SERVERS),
    Fault(time_out_consumer, pairs=SERVERS),
    Fault(poison),
    Fault(swallow_large_bodies),
    Fault(lose_dead_letters, pairs=SERVERS),
    Fault(delete_queue, pairs=SERVERS),
    Fault(unbind_partners, pairs=SERVERS),
)
