"""What has come to a consumer and was not taken yet, counted in messages and in bytes."""

from __future__ import annotations

from collections import deque

from workers.broker.seam import Delivery


class Waiting:
    """Deliveries in the order in which they came; not safe for use by several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._deliveries: deque[Delivery] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._deliveries)

    def add(self, delivery: Delivery) -> None:
        """Add one that came."""
        self._deliveries.append(delivery)
        self._bytes += len(delivery.body)

    def fills(self, limit: int, most_bytes: int) -> bool:
        """Tell whether there is as much as one `take` may have: until then there is reason to read more."""
        return len(self._deliveries) >= limit or self._bytes >= most_bytes

    def take(self, limit: int, most_bytes: int) -> list[Delivery]:
        """Remove and return the first ones: up to `limit`, of `most_bytes` in all, or one that is larger."""
        taken: list[Delivery] = []
        room = most_bytes
        while self._deliveries and len(taken) < limit and (not taken or len(self._deliveries[0].body) <= room):
            taken.append(self._deliveries.popleft())
            room -= len(taken[-1].body)
        self._bytes -= most_bytes - room
        return taken

    def clear(self) -> None:
        """Forget all."""
        self._deliveries.clear()
        self._bytes = 0
