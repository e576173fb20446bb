"""Carrier: brings the rows of feeds that are delivered to folders or tables where they belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from schemas.routing import Generation, RowKind
from schemas.states import Operation

LOT = 200
"""So many rows are delivered at once: what the platforms take in one call."""


@dataclass(frozen=True, slots=True)
class CarriedRow:
    """One operation on one row of a feed.

    `message_id` is the row's id and version, as `ROW:VERSION`: the same however often it comes. `items` are texts by
    column code of the feed's generation, for who `parties` are where the generation has a template for each; of a row
    to withdraw they are those that it was last delivered with, by which the platform finds it.
    """

    message_id: str
    row_id: str
    version: int
    feed: str
    generation: Generation
    kind: RowKind
    parties: Literal["organisation", "person"]
    operation: Operation
    items: Mapping[str, str]
    at: datetime
    """When the operation was decided."""


class Destination(Protocol):
    """Where the rows of one feed are delivered."""

    def deliver(self, rows: Sequence[CarriedRow]) -> None:
        """Deliver up to `LOT` rows of one kind, one operation and one sort of parties.

        When it returns they are there for good; rows delivered before, known by their `message_id`, are not delivered
        again. Versions of one row come in their order.

        Raises:
            TransientError: the place cannot be reached; the same rows come again.
        """
