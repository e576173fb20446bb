"""The shape of a broker: what intake and relay may ask of it, and what every implementation promises.

Each consumer and each publisher belongs to one thread at a time. None of them starts a thread: heartbeats are
answered while a method runs, so `take` or `idle` must be called at least every `HEARTBEAT_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from schemas.errors import PermanentError, TransientError
from schemas.routing import Topology

#: A connection that says nothing for about twice as long is dropped by the other side; so within 26 seconds a worker
#: finds out that the network swallows everything.
HEARTBEAT_SECONDS = 8


#: Bodies that one `take` returns at most, in bytes, unless told less; a consumer reads no further while it has as much.
TAKE_BYTES = 16 * 2**20


class BrokerLost(TransientError):
    """The connection to the broker is gone; what was not confirmed or acknowledged may come again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came: `body` is exactly the bytes that were published.

    `user` is the broker's user that sent it: "" where the broker vouches for nobody, None where it is ours, which may
    feed in any message.
    `tag` counts up within a generation, and every new connection of a consumer is a new generation.
    """

    queue: str
    body: bytes
    headers: Mapping[str, object]
    content_type: str | None
    tag: int
    generation: int
    redelivered: bool
    user: str | None = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish. Its `message_id` is unique within a batch and the same when sent again."""

    message_id: str
    exchange: str
    routing_key: str
    body: bytes
    content_type: str
    headers: Mapping[str, str]


class Fate(Enum):
    """What became of one published message."""

    CONFIRMED = "confirmed"  #: stored durably in every queue that its routing key reaches
    RETURNED = "returned"  #: no queue is bound for its routing key; stored nowhere
    REFUSED = "refused"  #: the broker would not take it (a full queue, for one); perhaps later


@dataclass(frozen=True, slots=True)
class Depth:
    """What a queue tells of itself: messages that wait, and consumers, None where nobody counts them.

    On RabbitMQ what a consumer holds does not wait; embedded it does.
    """

    ready: int
    consumers: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """What a broker tells of itself: each queue that was asked for, None for one that does not exist.

    `alarm` is why it takes nothing from publishers at present, in its own words; None when it does.
    """

    queues: Mapping[str, Depth | None]
    alarm: str | None


class Consumer(Protocol):
    """Takes messages and acknowledges them; what is not acknowledged comes again."""

    def take(self, limit: int, wait_seconds: float, most_bytes: int = TAKE_BYTES) -> list[Delivery]:
        """Return up to `limit` deliveries in the order of delivery, with bodies of up to `most_bytes` in all.

        A body that is larger comes alone. Returns as soon as there are as many or as much, otherwise `wait_seconds`
        after the call, perhaps with none.
        Raises `BrokerLost` when the connection, the channel or a queue is gone: everything unacknowledged
        will be delivered again. The next call connects anew.
        """

    def ack(self, last: Delivery) -> None:
        """Acknowledge `last` and everything delivered before it.

        A delivery of an older generation, or one acknowledged before, is ignored: its tag would acknowledge
        other messages. Raises nothing when the connection is gone: what could not be acknowledged comes
        again.
        """

    def is_drained(self) -> bool:
        """Tell whether nothing is left to take; embedded, also that no other consumer holds anything.

        `Broker.look` cannot tell: a message on its way to the consumer does not wait any more. Raises `BrokerLost` as
        `take` does.
        """

    def close(self) -> None:
        """Give back what is unacknowledged and disconnect."""


class Publisher(Protocol):
    """Publishes persistent messages and knows of each what became of it."""

    def publish(self, batch: Sequence[Outgoing], deadline_seconds: float, under_way: int = 0) -> dict[str, Fate]:
        """Publish all of `batch` and return by message id the fates that came to be known and were not yet returned.

        Returns when so many fates or fewer are still `under_way`; a later call, perhaps of an empty batch, returns
        these.

        Raises `BrokerLost` when the connection fails, an exchange does not exist, or too many fates are not known
        within `deadline_seconds`. Anything whose fate was not returned may then have arrived: send all of it again
        with the same ids. The connection has been dropped and the next call connects anew, so no late
        confirm is taken for another message's.
        """

    def idle(self, seconds: float) -> None:
        """Wait, answering heartbeats; nothing may be under way."""

    def close(self) -> None:
        """Disconnect."""


class Broker(Protocol):
    """One broker, and what can be made on it."""

    def declare(self, topology: Topology) -> None:
        """Make everything of `topology` that is not there yet.

        Raises `PermanentError` when something of that name exists with other arguments.
        """

    def consumer(self, queues: Sequence[str], prefetch: int) -> Consumer:
        """Return a consumer that holds up to `prefetch` unacknowledged messages (RabbitMQ: of each queue)."""

    def publisher(self) -> Publisher:
        """Return a publisher with a connection of its own."""

    def look(self, queues: Sequence[str]) -> Look:
        """Look at the queues, and whether publishers are held up; nothing is made or published.

        Embedded, consumers are not counted and nobody is held up. Raises `BrokerLost` when the broker does not answer,
        `PermanentError` when it refuses the login.
        """

    def close(self) -> None:
        """Release what the broker itself holds; its consumers and publishers are closed by their owners."""


def check_distinct(batch: Sequence[Outgoing]) -> None:
    """Raise `PermanentError` when two messages share an id: nobody could tell their fates apart."""
    if len({message.message_id for message in batch}) != len(batch):
        raise PermanentError("two messages of one batch share a message id; give each its own")
