"""A message's trace leads to the notice, to the row of the feed and back by the receipt; the batch links to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from docs.partners.answer import make_receipt
from schemas.tracing import TRACEPARENT
from tests.builders import NOON, feed_in, message
from workers.broker import Delivery
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SOUND = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def runtime(place: Settings, spans: InMemorySpanExporter) -> Iterator[Runtime]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    with open_runtime(place, lambda: NOON, tracer=provider.get_tracer("test")) as opened:
        yield opened
    provider.shutdown()


def taken(runtime: Runtime, queue: str) -> list[Delivery]:
    consumer = runtime.broker.consumer([queue], prefetch=100)
    found: list[Delivery] = []
    while not consumer.is_drained():
        found += consumer.take(100, 0.1)
        if found:
            consumer.ack(found[-1])
    consumer.close()
    return found


def linked(spans: InMemorySpanExporter) -> list[str]:
    """The traces that the batches link to."""
    return [f"{link.context.trace_id:032x}" for span in spans.get_finished_spans() for link in span.links]


def test_a_trace_goes_from_message_to_receipt(runtime: Runtime, spans: InMemorySpanExporter) -> None:
    traced = [message(sample, "traced", {TRACEPARENT: SOUND}) for sample in ("penalty", "office.listing")]
    feed_in(runtime, *traced, message("check", "plain"))
    assert linked(spans) == [TRACE] * 2
    outgoing = [queue.name for queue in runtime.reader.routes.topology.queues if queue.name.startswith("notice.")]
    notices = [delivery for queue in outgoing for delivery in taken(runtime, queue)]
    rows = taken(runtime, "feed.credit-china")
    assert notices
    assert rows
    for delivery in (*notices, *rows):
        assert delivery.headers[TRACEPARENT] == SOUND
        assert json.loads(delivery.body)[TRACEPARENT] == SOUND
    event: dict[str, Any] = json.loads(notices[0].body)
    agency = event["data"]["agency"]
    partner = runtime.reader.routes.partners[agency]
    receipt = make_receipt(agency, partner.organ_code, event["data"], "executed") | {TRACEPARENT: event[TRACEPARENT]}
    feed_in(runtime, Posting(json.dumps(receipt).encode(), receipt["type"]))
    assert linked(spans) == [TRACE] * 3


def test_what_is_in_no_trace_leaves_as_ever(runtime: Runtime, spans: InMemorySpanExporter) -> None:
    feed_in(runtime, message("penalty", "plain", {TRACEPARENT: f"00-{'0' * 32}-{SPAN}-01"}))
    (delivery,) = taken(runtime, "feed.credit-china")
    assert TRACEPARENT not in delivery.headers
    assert TRACEPARENT not in json.loads(delivery.body)
    assert linked(spans) == []
    assert [span.name for span in spans.get_finished_spans()] == ["take in"]
