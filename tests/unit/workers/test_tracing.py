from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, Tracer

from schemas.errors import ConfigurationError
from tests.builders import arrive, penalty
from workers import settings
from workers.intake import BATCH_LIMITS
from workers.tracing import UNTRACED, span_of, tracing


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
    ],
)
def test_spans_are_wanted_where_it_is_said_where_they_go(environ: dict[str, str], wanted: bool) -> None:  # noqa: FBT001
    assert settings.read(environ).traced is wanted


def test_nobody_records_what_nobody_wants() -> None:
    with tracing(wanted=False, version="1") as tracer:
        assert tracer is UNTRACED
        assert isinstance(span_of(tracer, [arrive(penalty())]), nullcontext)


def test_with_the_extra_spans_are_recorded() -> None:
    with tracing(wanted=True, version="1") as tracer:
        assert isinstance(tracer, Tracer)
        assert tracer.resource.attributes["service.name"] == "xinglin"


def test_a_full_batch_is_linked_to_each_of_its_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.01")  # nobody takes it
    arrival = arrive(penalty())
    assert arrival.event is not None
    traced = arrival.event.model_copy(update={"traceparent": f"00-{'4' * 32}-{'7' * 16}-01"})
    with tracing(wanted=True, version="1") as tracer:
        with span_of(tracer, [replace(arrival, event=traced)] * BATCH_LIMITS.messages) as span:
            assert isinstance(span, ReadableSpan)
        assert len(span.links) == BATCH_LIMITS.messages
        assert span.dropped_links == 0


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError, match=r"requirements-tracing\.txt"), tracing(wanted=True, version="1"):
        pass
