"""Three RabbitMQ nodes on this machine that form one cluster, behind a balancer that leads to a living one."""

from __future__ import annotations

from contextlib import suppress

from tests.fault.proxy import Proxy
from tests.servers import RabbitMQ

_NODES = 3


class Cluster:
    """Stands where a single node stands: has its port, its URLs and what a stage asks of a broker."""

    def __init__(self) -> None:
        """Start the nodes, each with a port mapper that knows the others, and join them."""
        self.nodes = [RabbitMQ() for _ in range(_NODES)]
        self._first = self.nodes[0]
        for node in self.nodes[1:]:
            node.follow(self._first)
        for node in self.nodes:
            node.start()
        for node in self.nodes[1:]:
            node.ctl("stop_app")
            node.ctl("join_cluster", self._first.nodename)
            node.ctl("start_app")
        self._balancer = Proxy(self._first.port)

    @property
    def port(self) -> int:
        """Where the balancer listens."""
        return self._balancer.port

    def url_of(self, vhost: str) -> str:
        """Where a virtual host is, whichever node answers."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{vhost}"

    def settle(self) -> None:
        """Write to disk on every node which quorum queues there are."""
        for node in self.nodes:
            node.settle()

    def lose_first(self) -> None:
        """`kill -9` of the node that everybody is connected to; the balancer leads to another from now on."""
        self._first.kill9()
        self._balancer.target = self.nodes[1].port

    def revive_first(self) -> None:
        """Start the lost node again; it catches up with the others."""
        self._first.start()

    def remove(self) -> None:
        """Stop all nodes, the one with the common port mapper last, and delete their folders."""
        self._balancer.close()
        for node in reversed(self.nodes):
            with suppress(ChildProcessError):
                node.remove()
