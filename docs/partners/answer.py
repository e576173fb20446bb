"""Take the notices of an agency and answer each with a receipt: acknowledged only when the receipt is confirmed."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pika

MEDIA_TYPE = "application/cloudevents+json"
RECEIPT = "credit.partner.receipt.v1"


def make_receipt(agency: str, sender: str, notice: dict[str, Any], state: str) -> dict[str, Any]:
    """Return the receipt of a notice: a new message each time, as saying the same twice does no harm."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    data = {"notice_no": notice["notice_no"], "agency": agency, "state": state, "at": now}
    if state == "lifted" and "measures" in notice:  # only these have ended, the rest of the notice holds on
        data["measures"] = [{"code": code, "done": True} for code in notice["measures"]]
    head = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": f"/partner/{agency}", "type": RECEIPT}
    return head | {"time": now, "sender": sender, "data": data}


def answer(url: str, agency: str, sender: str, work: Callable[[dict[str, Any]], str]) -> int:
    """Answer every notice that waits; return how many. `work` does what a notice or a lift asks and says the state.

    It may be given the same notice twice, after a crash: it looks by `notice_no` and the event's id what was done.
    """
    done = 0
    where = pika.URLParameters(url)
    kept = pika.BasicProperties(content_type=MEDIA_TYPE, delivery_mode=2, user_id=where.credentials.username)
    with pika.BlockingConnection(where) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        while True:
            delivery, _, body = channel.basic_get(f"notice.{agency}")
            if delivery is None:
                return done
            event = json.loads(body)
            receipt = make_receipt(agency, sender, event["data"], work(event))
            if "traceparent" in event:  # optional: who looks for one finds notice and receipt in one trace
                receipt["traceparent"] = event["traceparent"]
            said = json.dumps(receipt, ensure_ascii=False).encode()
            channel.basic_publish("credit.in", RECEIPT, said, kept, mandatory=True)
            channel.basic_ack(delivery.delivery_tag)
            done += 1
