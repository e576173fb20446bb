"""Spans of our own, for who collects traces: one for each batch, with a link to each message that is in a trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry.trace import Link, NoOpTracer, SpanKind, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from credit.batch.arrival import Arrival
from schemas.errors import ConfigurationError
from schemas.tracing import TRACEPARENT

UNTRACED: Tracer = NoOpTracer()
"""Records nothing."""
_PROPAGATOR = TraceContextTextMapPropagator()


@contextmanager
def tracing(*, wanted: bool, version: str) -> Iterator[Tracer]:
    """Yield who records spans, and send what is left when the block ends; `UNTRACED` where nobody wants them.

    Where spans go, and everything else about it, the SDK reads from its own variables (`OTEL_…`).

    Raises:
        ConfigurationError: the extra is not installed.
    """
    if not wanted:
        yield UNTRACED
        return
    try:
        # The extra tracing, which few need.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import SpanLimits, TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and spans need packages: pip install -r requirements-tracing.txt"
        ) from None
    resource = Resource.create({"service.name": "xinglin", "service.version": version})
    # By default a span has 128 links, and a batch has more messages.
    limits = SpanLimits(max_links=SpanLimits.UNSET)
    provider = TracerProvider(resource=resource, shutdown_on_exit=False, span_limits=limits)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield provider.get_tracer("xinglin", version)
    finally:
        provider.shutdown()


def span_of(tracer: Tracer, arrivals: Sequence[Arrival]) -> AbstractContextManager[object]:
    """Return the span in which a batch is committed: in a trace of its own, with links to its messages."""
    if tracer is UNTRACED:
        return nullcontext()
    events = (arrival.event for arrival in arrivals)
    links = [_link_to(event.traceparent) for event in events if event is not None and event.traceparent is not None]
    attributes: dict[str, str | int] = {
        "messaging.operation.name": "take in",
        "messaging.batch.message_count": len(arrivals),
    }
    return tracer.start_as_current_span("take in", kind=SpanKind.CONSUMER, links=links, attributes=attributes)


def _link_to(traceparent: str) -> Link:
    return Link(get_current_span(_PROPAGATOR.extract({TRACEPARENT: traceparent})).get_span_context())
