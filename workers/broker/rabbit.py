"""RabbitMQ through pika: quorum queues, windows of confirms, connections dropped when in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pika
from pika.delivery_mode import DeliveryMode
from pika.exceptions import ChannelClosedByBroker

from schemas.errors import PermanentError
from schemas.routing import Topology
from workers.broker.link import Link, parameters
from workers.broker.seam import (
    TAKE_BYTES,
    BrokerLost,
    Consumer,
    Delivery,
    Depth,
    Fate,
    Look,
    Outgoing,
    Publisher,
    check_distinct,
)
from workers.broker.waiting import Waiting

#: Unconfirmed messages at a time; more gains nothing and fills the socket of a broker that is blocked.
_WINDOW = 1000
#: How long the broker may be silent to who asks whether it takes anything.
_ANSWER_SECONDS = 5.0
_NOT_FOUND = 404


class RabbitBroker:
    """A virtual host of RabbitMQ 3.10 or newer."""

    def __init__(self, where: pika.ConnectionParameters) -> None:
        self._where = where

    @classmethod
    def at(cls, url: str) -> RabbitBroker:
        """Return the broker at an AMQP URL; its time limits are ours, whatever the URL says of them.

        Raises `ConfigurationError` when the URL cannot be read.
        """
        return cls(parameters(url))

    def declare(self, topology: Topology) -> None:
        """Declare; see `Broker.declare`. Every queue is a quorum queue.

        Dead letters move at least once: the queue keeps them until the dead queue has confirmed them, which
        RabbitMQ does only where a full queue refuses publishers.
        """
        link = Link(self._where)
        channel = link.channel
        try:
            for exchange in (*topology.exchanges, topology.dead_exchange):
                link.call(channel.exchange_declare, exchange=exchange, exchange_type="topic", durable=True)
            for name, arguments in queue_arguments(topology).items():
                link.call(channel.queue_declare, queue=name, durable=True, arguments=arguments)
            _bind(link, topology.dead_queue, topology.dead_exchange, "#")
            for queue in topology.queues:
                for key in queue.bindings:
                    _bind(link, queue.name, queue.exchange, key)
        finally:
            link.close()

    def consumer(self, queues: Sequence[str], prefetch: int) -> Consumer:
        """Return a consumer; see `Broker.consumer`. RabbitMQ counts `prefetch` for each queue."""
        return RabbitConsumer(self._where, queues, prefetch)

    def publisher(self) -> Publisher:
        """Return a publisher; see `Broker.publisher`."""
        return RabbitPublisher(self._where)

    def look(self, queues: Sequence[str]) -> Look:
        """Look; see `Broker.look`. AMQP does not tell the messages that a consumer holds."""
        return Look(dict(self._ask(queues)), self._find_alarm())

    def _ask(self, queues: Sequence[str]) -> Iterator[tuple[str, Depth | None]]:
        link = Link(self._where)
        try:
            for name in queues:
                try:
                    found = link.call(link.channel.queue_declare, queue=name, passive=True).method
                except PermanentError as error:
                    if not is_missing(error):
                        raise
                    link.drop()  # the broker closes the channel on which it refused something
                    link = Link(self._where)
                    yield name, None
                else:
                    yield name, Depth(int(found.message_count), int(found.consumer_count))
        finally:
            link.close()

    def _find_alarm(self) -> str | None:
        """Tell why publishers are blocked: the broker says so to who publishes alone, here to nowhere."""
        link = Link(self._where)
        reasons: list[str] = []
        answers: list[object] = []
        try:
            link.hear_blocked(reasons.append)
            link.channel.add_on_return_callback(lambda *answer: answers.append(answer))
            link.channel.basic_publish("", f"xinglin-look-{uuid4().hex}", b"", mandatory=True)
            if not link.wait(lambda: bool(reasons or answers), _ANSWER_SECONDS):
                return f"no answer within {_ANSWER_SECONDS:.0f} s"
        finally:
            link.drop()  # under an alarm the broker does not answer a goodbye
        return reasons[0] if reasons else None

    def close(self) -> None:
        """Do nothing: every connection belongs to a consumer or a publisher."""


def queue_arguments(topology: Topology) -> dict[str, dict[str, str]]:
    """Return with which arguments every queue, the dead one first, is made: what `declare` and `doctor` hold to."""
    safe = {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": topology.dead_exchange,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return {topology.dead_queue: {"x-queue-type": "quorum"}} | {queue.name: safe for queue in topology.queues}


def is_missing(refused: PermanentError) -> bool:
    """Tell whether the broker refused something because there is no such exchange or queue."""
    return isinstance(refused.__cause__, ChannelClosedByBroker) and refused.__cause__.reply_code == _NOT_FOUND


def _bind(link: Link, queue: str, exchange: str, key: str) -> None:
    link.call(link.channel.queue_bind, queue=queue, exchange=exchange, routing_key=key)


def _text(value: str | bytes) -> str:
    # pika leaves as bytes what a sender did not write in UTF-8.
    return value if isinstance(value, str) else value.decode(errors="replace")


class RabbitConsumer:
    """Consumes over one connection at a time; each connection is a generation."""

    def __init__(self, where: pika.ConnectionParameters, queues: Sequence[str], prefetch: int) -> None:
        self._where = where
        self._queues = tuple(queues)
        self._prefetch = prefetch
        self._link: Link | None = None
        self._generation = 0
        self._acked = 0
        self._arrived = Waiting()

    def take(self, limit: int, wait_seconds: float, most_bytes: int = TAKE_BYTES) -> list[Delivery]:
        """Take; see `Consumer.take`."""
        deadline = monotonic() + wait_seconds
        try:
            link = self._link or self._connect()
            link.wait(lambda: self._arrived.fills(limit, most_bytes), deadline - monotonic())
        except BaseException:
            # Whatever interrupts connecting leaves a link that consumes nothing.
            self._drop()
            raise
        return self._arrived.take(limit, most_bytes)

    def ack(self, last: Delivery) -> None:
        """Acknowledge; see `Consumer.ack`."""
        # A tag means something on its own channel only, and acknowledging one twice closes the channel.
        if self._link is None or last.generation != self._generation or last.tag <= self._acked:
            return
        self._acked = last.tag
        try:
            self._link.channel.basic_ack(last.tag, multiple=True)
            self._link.wait(lambda: True, 0)
        except (BrokerLost, pika.exceptions.AMQPError) as error:
            self._link.fail(error)

    def is_drained(self) -> bool:
        """Look; see `Consumer.is_drained`."""
        try:
            link = self._link or self._connect()
            declared = [link.call(link.channel.queue_declare, queue=name, passive=True) for name in self._queues]
            # What a queue gave out before it was counted is with the channel by now, which sends it before this answer.
            link.call(link.channel.basic_qos, prefetch_count=self._prefetch)
        except BaseException:
            self._drop()
            raise
        return not self._arrived and not any(answer.method.message_count for answer in declared)

    def close(self) -> None:
        """Close; see `Consumer.close`."""
        link, self._link = self._link, None
        self._arrived.clear()
        if link is not None:
            link.close()

    def _connect(self) -> Link:
        # Kept at once, so that whatever fails from here on drops the connection.
        link = self._link = Link(self._where)
        self._generation += 1
        self._acked = 0
        link.call(link.channel.basic_qos, prefetch_count=self._prefetch)
        for queue in self._queues:
            link.channel.basic_consume(queue, self._receiver(queue, self._generation))
        return link

    def _receiver(self, queue: str, generation: int) -> Any:
        def receive(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            self._arrived.add(
                Delivery(
                    queue=queue,
                    body=body,
                    headers={_text(name): value for name, value in (properties.headers or {}).items()},
                    content_type=properties.content_type and _text(properties.content_type),
                    tag=method.delivery_tag,
                    generation=generation,
                    redelivered=method.redelivered,
                    user=self._vouch(properties.user_id),
                ),
            )

        return receive

    def _vouch(self, user_id: str | bytes | None) -> str | None:
        # RabbitMQ refuses a user-id that is not the user of the connection.
        user = _text(user_id) if user_id else ""
        return None if user == self._where.credentials.username else user

    def _drop(self) -> None:
        link, self._link = self._link, None
        self._arrived.clear()
        if link is not None:
            link.drop()


class RabbitPublisher:
    """Publishes over one connection at a time and keeps its own account of confirms."""

    def __init__(self, where: pika.ConnectionParameters) -> None:
        self._where = where
        self._link: Link | None = None
        self._tag = 0
        self._waiting: dict[int, str] = {}
        self._returns: set[str] = set()
        self._fates: dict[str, Fate] = {}

    def publish(self, batch: Sequence[Outgoing], deadline_seconds: float, under_way: int = 0) -> dict[str, Fate]:
        """Publish; see `Publisher.publish`.

        A missing connection is made first, which may take `CALL_SECONDS` longer than the deadline.
        """
        check_distinct(batch)
        deadline = monotonic() + deadline_seconds
        try:
            link = self._link or self._connect()
            for message in batch:
                if len(self._waiting) >= _WINDOW:
                    self._settle(link, _WINDOW // 2, deadline)
                self._send(link, message)
            self._settle(link, under_way, deadline)
        except pika.exceptions.AMQPError as error:
            self._drop()
            raise BrokerLost(f"the connection failed while publishing: {error!r}") from error
        except BaseException:
            # Whatever interrupts a window leaves confirms under way that must meet no later window.
            self._drop()
            raise
        fates, self._fates = self._fates, {}
        return fates

    def idle(self, seconds: float) -> None:
        """Wait; see `Publisher.idle`. A connection that fails meanwhile is dropped."""
        deadline = monotonic() + seconds
        if self._link is not None:
            try:
                self._link.wait(lambda: False, seconds)
            except BrokerLost:
                self._drop()
        sleep(max(deadline - monotonic(), 0))

    def close(self) -> None:
        """Close; see `Publisher.close`."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _connect(self) -> Link:
        # Kept at once, so that whatever fails from here on drops the connection.
        link = self._link = Link(self._where)
        self._tag = 0
        self._waiting.clear()
        self._returns.clear()
        self._fates = {}
        link.channel.add_on_return_callback(self._returned)
        link.call(link.channel.confirm_delivery, ack_nack_callback=self._confirmed)
        return link

    def _send(self, link: Link, message: Outgoing) -> None:
        self._tag += 1
        self._waiting[self._tag] = message.message_id
        link.channel.basic_publish(
            exchange=message.exchange,
            routing_key=message.routing_key,
            body=message.body,
            properties=pika.BasicProperties(
                message_id=message.message_id,
                content_type=message.content_type,
                headers=dict(message.headers),
                delivery_mode=DeliveryMode.Persistent,
                user_id=self._where.credentials.username,
            ),
            mandatory=True,
        )

    def _settle(self, link: Link, remaining: int, deadline: float) -> None:
        if not link.wait(lambda: len(self._waiting) <= remaining, deadline - monotonic()):
            raise BrokerLost(f"{link} left {len(self._waiting)} messages unconfirmed at the deadline")

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        # RabbitMQ sends the return before the confirm of the same message, which decides when the fate is known.
        self._returns.add(properties.message_id)

    def _confirmed(self, frame: Any) -> None:
        last, multiple = frame.method.delivery_tag, frame.method.multiple
        fate = Fate.CONFIRMED if isinstance(frame.method, pika.spec.Basic.Ack) else Fate.REFUSED
        # Tags were entered in counting order, so those covered by `last` come first.
        tags = [last]
        if multiple:
            tags = []
            for tag in self._waiting:
                if tag > last:
                    break
                tags.append(tag)
        for tag in tags:
            id_ = self._waiting.pop(tag)
            self._fates[id_] = Fate.RETURNED if id_ in self._returns else fate
            self._returns.discard(id_)

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.drop()
