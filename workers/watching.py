"""What is true of the broker at a moment: what waits in each queue, who reads it, what is missing, dead or held up.

Whoever watches (doctor, alerts, metrics, `xinglin top`) looks by this, and judges for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from credit.routing.routes import Routes
from schemas.errors import PermanentError, TransientError
from workers.broker import Broker, Depth


class Way(Enum):
    """Where the messages of a queue go: to intake, to an agency, platform or operator, or nowhere: dead letters."""

    IN = "in"
    OUT = "out"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class WatchedQueue:
    """A queue of the topology; `ready` messages wait in it, of which embedded a worker may hold some.

    `consumers` is None where the broker does not count them, as the embedded one.
    """

    name: str
    way: Way
    ready: int = 0
    consumers: int | None = None
    missing: bool = False

    @property
    def unread(self) -> bool:
        """Tell whether messages wait and nobody is there to read them."""
        return self.ready > 0 and self.consumers == 0


@dataclass(frozen=True, slots=True)
class Watched:
    """A broker at a moment, queue by queue in the order of the topology, that of dead letters last.

    `alarm` is why the broker takes nothing from publishers; None when it does. `lost` is why it could not be looked at,
    in the words of the error; then nothing is known of its queues.
    """

    queues: tuple[WatchedQueue, ...] = ()
    alarm: str | None = None
    lost: str | None = None

    @property
    def dead(self) -> int:
        """Count the dead letters."""
        return sum(queue.ready for queue in self.queues if queue.way is Way.DEAD)

    def of(self, way: Way) -> tuple[WatchedQueue, ...]:
        """Return the queues whose messages go one way."""
        return tuple(queue for queue in self.queues if queue.way is way)


def watch(broker: Broker, routes: Routes) -> Watched:
    """Look at everything that the routes need of a broker; nothing is made. One that does not answer is `lost`.

    RabbitMQ is asked over connections of its own, in some ten milliseconds; one that is silent for up to 20 seconds.
    """
    topology, inbound = routes.topology, frozenset(routes.inbound)
    ways = {queue.name: Way.IN if queue.name in inbound else Way.OUT for queue in topology.queues}
    ways[topology.dead_queue] = Way.DEAD
    try:
        look = broker.look(tuple(ways))
    except (TransientError, PermanentError) as error:
        return Watched(lost=str(error))
    return Watched(tuple(_queue(name, way, look.queues[name]) for name, way in ways.items()), look.alarm)


def _queue(name: str, way: Way, depth: Depth | None) -> WatchedQueue:
    if depth is None:
        return WatchedQueue(name, way, missing=True)
    return WatchedQueue(name, way, depth.ready, depth.consumers)
