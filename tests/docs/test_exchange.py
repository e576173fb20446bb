"""The programs shown to sources and partners, on a broker like theirs."""

from __future__ import annotations

import re
import runpy
from datetime import UTC, datetime
from typing import Any

import pytest
from pika.exceptions import UnroutableError

from schemas import wire
from schemas.statement import Fact, Receipt
from schemas.states import NoticeState
from tests.builders import HEALTH, KEYS, POLICE, ROOT, connectors, declared, national_law, shipped_routes
from workers import broker as brokers
from workers.broker import Fate, Outgoing
from workers.reading import Reader

NOW = datetime.now(UTC)
SAMPLE = ROOT / "connectors" / "security" / "samples" / "offence.json"


def read_next(broker: brokers.Broker, queue: str) -> Any:
    """What the only message of a queue says."""
    consumer = broker.consumer([queue], 1)
    [delivery] = consumer.take(1, 60)
    consumer.close()
    headers = {**delivery.headers, "content-type": delivery.content_type}
    arrival = Reader(connectors(), shipped_routes(), national_law()).read(queue, delivery.body, headers, NOW.date())
    assert arrival.failure is None
    return arrival.statement


def test_the_page_for_partners_has_every_state_of_a_receipt() -> None:
    page = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == {
        state.value for state in NoticeState if state.reply is not None
    }


def test_what_the_programs_send_is_read_as_it_was_meant(vhost: str) -> None:
    send = runpy.run_path(str(ROOT / "docs" / "sources" / "send.py"))["send"]
    answer = runpy.run_path(str(ROOT / "docs" / "partners" / "answer.py"))["answer"]
    broker = declared(vhost, KEYS, shipped_routes().topology)
    send(vhost, [SAMPLE.read_bytes()])
    assert isinstance(read_next(broker, "credit.in.security"), Fact)
    with pytest.raises(UnroutableError):
        send(vhost, [b'{"type": "nobody.reads.this.v1"}'])

    notice = wire.compose(
        {"notice_no": "N-1", "measures": ["M04"]},
        message_type="credit.notice.lifted.v1",
        message_id="1",
        source="/xinglin",
        sender=HEALTH.code,
        time=NOW,
    )
    publisher = broker.publisher()
    outgoing = Outgoing("1", "credit.out", "notice.police", notice, "application/cloudevents+json", {})
    assert publisher.publish([outgoing], 20) == {"1": Fate.CONFIRMED}
    publisher.close()
    assert answer(vhost, "police", POLICE.code, lambda _: "lifted") == 1
    receipt = read_next(broker, "credit.in.receipts")
    assert isinstance(receipt, Receipt)
    assert (receipt.notice_no, receipt.state) == ("N-1", NoticeState.LIFTED)
    assert [(each.code, each.done) for each in receipt.measures] == [("M04", True)]
    broker.close()
