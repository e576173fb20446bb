"""The embedded broker: kombu on a transport of ours, for a machine without a broker."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import kombu
from kombu.exceptions import ChannelError

from credit.vault import Keyring
from schemas.errors import ConfigurationError, PermanentError
from schemas.routing import Topology
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
from workers.broker.transport import Transport
from workers.broker.waiting import Waiting


class BrokerFile(NamedTuple):
    """The file of an embedded broker, and the keys that what lies in it is sealed with."""

    path: Path
    keyring: Keyring


class KombuBroker:
    """A broker in one file; `workers.broker.transport` says how it keeps messages."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._file = BrokerFile(path, keyring)

    @classmethod
    def at(cls, url: str, keyring: Keyring) -> KombuBroker:
        """Return the broker at `embedded:///absolute/file`; the file is made when it is first used."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        if parts.netloc or not path.name:
            raise ConfigurationError(
                "the URL of an embedded broker has three slashes and an absolute file: embedded:///home/me/broker.sqlite",
            )
        return cls(path, keyring)

    def declare(self, topology: Topology) -> None:
        """Declare; see `Broker.declare`. Nothing dead-letters here, as no message is ever rejected."""
        dead = kombu.Queue(topology.dead_queue, kombu.Exchange(topology.dead_exchange, "topic"), routing_key="#")
        with _channel(self._file) as channel:
            for name in topology.exchanges:
                kombu.Exchange(name, "topic")(channel).declare()
            dead(channel).declare()
            for queue in topology.queues:
                bindings = [
                    kombu.binding(kombu.Exchange(queue.exchange, "topic", passive=True), key) for key in queue.bindings
                ]
                kombu.Queue(queue.name, bindings=bindings)(channel).declare()

    def consumer(self, queues: Sequence[str], prefetch: int) -> Consumer:
        """Return a consumer; see `Broker.consumer`."""
        return KombuConsumer(self._file, queues, prefetch)

    def publisher(self) -> Publisher:
        """Return a publisher; see `Broker.publisher`."""
        return KombuPublisher(self._file)

    def look(self, queues: Sequence[str]) -> Look:
        """Look; see `Broker.look`. What a consumer holds is counted: it may have died."""
        with _channel(self._file) as channel:
            counts = {name: channel.count(name) for name in queues}
        depths = {name: None if count is None else Depth(count, None) for name, count in counts.items()}
        return Look(depths, alarm=None)

    def close(self) -> None:
        """Do nothing: every connection belongs to a consumer or a publisher."""


class KombuConsumer:
    """Consumes over one connection to the file at a time; each connection is a generation."""

    def __init__(self, file: BrokerFile, queues: Sequence[str], prefetch: int) -> None:
        self._file = file
        self._queues = tuple(queues)
        self._prefetch = prefetch
        self._connection: kombu.Connection | None = None
        self._channel: Any = None
        self._generation = 0
        self._arrived = Waiting()

    def take(self, limit: int, wait_seconds: float, most_bytes: int = TAKE_BYTES) -> list[Delivery]:
        """Take; see `Consumer.take`."""
        deadline = monotonic() + wait_seconds
        try:
            with _translated(self._file.path):
                connection = self._connection or self._connect()
                while not self._arrived.fills(limit, most_bytes):
                    connection.drain_events(timeout=max(deadline - monotonic(), 0))
        except TimeoutError:
            pass
        except BaseException:
            # Whatever interrupts connecting leaves a connection that consumes nothing.
            self._drop()
            raise
        return self._arrived.take(limit, most_bytes)

    def ack(self, last: Delivery) -> None:
        """Acknowledge; see `Consumer.ack`."""
        if self._connection is None or last.generation != self._generation:
            return
        try:
            with _translated(self._file.path):
                self._channel.basic_ack(last.tag, multiple=True)
        except BrokerLost:
            self._drop()

    def is_drained(self) -> bool:
        """Look; see `Consumer.is_drained`. Here nothing is on its way: what is taken has arrived."""
        with _channel(self._file) as channel:
            waiting = any(channel.queue_declare(name, passive=True).message_count for name in self._queues)
        return not waiting and not self._arrived

    def close(self) -> None:
        """Close; see `Consumer.close`."""
        self._drop()

    def _connect(self) -> kombu.Connection:
        connection = self._connection = _connection(self._file)
        self._generation += 1
        self._channel = connection.channel()
        kombu.Consumer(
            self._channel,
            [kombu.Queue(name) for name in self._queues],
            on_message=self._receive,
            auto_declare=False,
            prefetch_count=self._prefetch,
        ).consume()
        return connection

    def _receive(self, message: kombu.Message) -> None:
        self._arrived.add(
            Delivery(
                queue=message.delivery_info["queue"],
                body=message.body,
                headers=message.headers,
                content_type=message.content_type,
                tag=message.delivery_tag,
                generation=self._generation,
                redelivered=message.delivery_info["redelivered"],
                user=None,  # whoever can write to the file owns the home
            ),
        )

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._arrived.clear()
        # Even if giving back fails, the lock of the owner is released and the messages come again.
        with suppress(BrokerLost), _translated(self._file.path):
            if connection is not None:
                connection.release()


class KombuPublisher:
    """Publishes a batch as one transaction: all of it is stored, or nothing is."""

    def __init__(self, file: BrokerFile) -> None:
        self._file = file
        self._producer: kombu.Producer | None = None
        self._returned: set[str] = set()

    def publish(self, batch: Sequence[Outgoing], deadline_seconds: float, under_way: int = 0) -> dict[str, Fate]:  # noqa: ARG002
        """Publish; see `Publisher.publish`. The deadline bounds the wait for other writers of the file.

        Nothing is ever under way: a transaction is over when it returns.
        """
        check_distinct(batch)
        self._returned.clear()
        with _translated(self._file.path):
            producer = self._producer or self._connect()
            with producer.channel.transaction(deadline_seconds):
                for message in batch:
                    producer.publish(
                        message.body,
                        exchange=message.exchange,
                        routing_key=message.routing_key,
                        content_type=message.content_type,
                        headers=dict(message.headers),
                        message_id=message.message_id,
                        mandatory=True,
                    )
        ids = [message.message_id for message in batch]
        return {id_: Fate.RETURNED if id_ in self._returned else Fate.CONFIRMED for id_ in ids}

    def idle(self, seconds: float) -> None:
        """Wait; see `Publisher.idle`."""
        sleep(seconds)

    def close(self) -> None:
        """Close; see `Publisher.close`."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.connection.release()

    def _connect(self) -> kombu.Producer:
        channel = _connection(self._file).channel()
        self._producer = kombu.Producer(channel, auto_declare=False, on_return=self._note_return)
        return self._producer

    def _note_return(self, _error: object, _exchange: str, _key: str, message: dict[str, Any]) -> None:
        self._returned.add(message["properties"]["message_id"])


def _connection(file: BrokerFile) -> kombu.Connection:
    options = {"path": str(file.path), "keyring": file.keyring}
    return kombu.Connection(transport=Transport, transport_options=options)


@contextmanager
def _channel(file: BrokerFile) -> Iterator[Any]:
    path = file.path
    with _translated(path), _connection(file) as connection:
        try:
            yield connection.channel()
        except ChannelError as error:
            raise PermanentError(f"the broker file {path}: {error}") from error


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise PermanentError(
            f"the broker file {path} cannot be opened: {error}; make its folder, for this user"
        ) from error
    except (sqlite3.OperationalError, ChannelError, OSError) as error:
        raise BrokerLost(f"the broker file {path}: {error}; is the disk full, or another program in it?") from error
    except sqlite3.DatabaseError as error:
        raise PermanentError(f"{path} is not the file of an embedded broker: {error}") from error
