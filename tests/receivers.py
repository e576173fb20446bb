"""What partners and feeds believe after what they were sent: the other end of the relay."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from credit.store.tables import feed_row, notice
from workers.runtime import Runtime


@dataclass
class Receivers:
    """Everybody who is told something. Repeats are recognised by message id, as the contract lets receivers do."""

    deliveries: Counter[str] = field(default_factory=Counter)
    notices: set[str] = field(default_factory=set)
    lifted: set[str] = field(default_factory=set)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, runtime: Runtime) -> None:
        """Take everything that waits in the outbound queues."""
        told = [q.name for q in runtime.reader.routes.topology.queues if q.name.startswith(("notice.", "feed."))]
        consumer = runtime.broker.consumer(told, prefetch=1000)
        try:
            while not consumer.is_drained():  # a moment without any is no end: the broker may be slow
                taken = consumer.take(1000, 1.0)
                for delivery in taken:
                    self.hear(json.loads(delivery.body))
                if taken:
                    consumer.ack(taken[-1])
        finally:
            consumer.close()

    def hear(self, event: dict[str, Any]) -> None:
        self.deliveries[event["id"]] += 1
        if self.deliveries[event["id"]] > 1:
            return
        data = event["data"]
        match event["type"]:
            case "credit.notice.issued.v1":
                self.notices.add(data["notice_no"])
            case "credit.notice.lifted.v1" if "measures" not in data:  # else the rest holds on
                self.notices.remove(data["notice_no"])
                self.lifted.add(data["notice_no"])
            case "credit.feed.rows.v1":
                for row in data["rows"]:
                    if data["operation"] == "withdraw":
                        del self.rows[row["row_id"]]
                    else:
                        self.rows[row["row_id"]] = row

    def find_wrong(self, connection: Connection) -> set[str]:
        """Return the notices and rows that are in force and unknown here, or known here and over, by the archive.

        Of a notice that waits for its party to be told nobody may know.
        """
        in_force = select(notice.c.notice_no).where(notice.c.issued_at.is_not(None), notice.c.lifted_at.is_(None))
        shown = select(feed_row.c.row_id).where(feed_row.c.operation != "withdraw")
        return (self.notices ^ set(connection.execute(in_force).scalars())) | (
            set(self.rows) ^ set(connection.execute(shown).scalars())
        )

    @property
    def repeats(self) -> int:
        """How many deliveries were repeats."""
        return self.deliveries.total() - len(self.deliveries)
