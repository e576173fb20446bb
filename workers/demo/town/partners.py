"""Simulated partners for the demonstration: agencies that answer notices, and Credit China that answers rows."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from credit.routing.routes import Routes
from workers.broker import Consumer
from workers.postings import Posting
from workers.runtime import Runtime

_REFUSED = "2003"
_Reply = dict[str, Any]


class Partners:
    """Everybody whom Xinglin tells something, behind one consumer of all their queues."""

    def __init__(self, runtime: Runtime) -> None:
        """Open the consumer."""
        self._routes = runtime.reader.routes
        self._clock = runtime.clock
        told = [queue.name for queue in self._routes.topology.queues if queue.name.startswith(("notice.", "feed."))]
        self._consumer: Consumer = runtime.broker.consumer(told, prefetch=1000)

    def answer(self) -> list[Posting]:
        """Take everything that was sent and return the answers to it."""
        postings: list[Posting] = []
        while taken := self._consumer.take(1000, 0.2):
            for delivery in taken:
                postings += _answer(json.loads(delivery.body), self._routes, self._clock)
            self._consumer.ack(taken[-1])
        return postings

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()


def _answer(event: dict[str, Any], routes: Routes, clock: Callable[[], datetime]) -> Iterator[Posting]:
    data = event["data"]
    if event["type"] == "credit.feed.rows.v1":
        for row in data["rows"]:
            answer = {"feed": data["feed"], "row_id": row["row_id"], **_judge(row["row_id"])}
            yield _posting(f"/feed/{data['feed']}", "credit.feed.result.v1", routes, answer, clock())
        return
    state = _state(event["type"], data)
    if state is None:
        return
    receipt = {"notice_no": data["notice_no"], "agency": data["agency"], "state": state, "at": clock().isoformat()}
    if state == "executed":
        receipt["measures"] = [{"code": measure["code"], "done": True} for measure in data["measures"]]
    if state == "declined":
        receipt["reason"] = "该主体不在本单位管辖范围内"
    yield _posting(f"/partner/{data['agency']}", "credit.partner.receipt.v1", routes, receipt, clock())


def _posting(source: str, kind: str, routes: Routes, data: _Reply, now: datetime) -> Posting:
    queue = routes.gate.queue_for(kind)
    assert queue is not None
    about = data.get("notice_no") or data["row_id"]
    event = {
        "specversion": "1.0",
        "id": f"{about}:{data.get('state') or data['code']}:{now.timestamp()}",
        "source": source,
        "type": kind,
        "time": now.isoformat(),
        "sender": min(routes.gate.admissions[queue].senders[source]),
        "data": data,
    }
    return Posting(json.dumps(event, ensure_ascii=False).encode(), kind)


def _state(kind: str, data: dict[str, Any]) -> str | None:
    """Most agencies do what they are asked; now and then one declines, only confirms receipt, or says nothing."""
    chance = zlib.crc32(f"{kind} {data['notice_no']}".encode()) % 20
    if kind == "credit.notice.lifted.v1":
        return "lifted" if chance < 12 else None
    return {17: "declined", 18: "received", 19: None}.get(chance, "executed")


def _judge(row_id: str) -> _Reply:
    if zlib.crc32(row_id.encode()) % 25 == 0:
        return {"code": _REFUSED, "message": "违法事实超过长度"}
    return {"code": "0000"}
