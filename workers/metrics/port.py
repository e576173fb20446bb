"""The port where the metrics of a process are fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from wsgiref.simple_server import WSGIRequestHandler

from prometheus_client import CollectorRegistry, start_http_server

from schemas.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
_TIMEOUT_SECONDS = 10.0


class _Handler(WSGIRequestHandler):
    """Answers one request; whoever says nothing, or goes away, takes a thread for some seconds and fills no log."""

    timeout = _TIMEOUT_SECONDS

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the library gives it
        pass


@contextmanager
def served(registry: CollectorRegistry, port: int, address: str = LOOPBACK) -> Iterator[int]:
    """Answer at /metrics until the block ends, by threads of its own; yield the port, which for 0 the system chose.

    Raises:
        ConfigurationError: the address or the port cannot be had.
    """
    try:
        server, thread = start_http_server(port, address, registry)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigurationError(f"--metrics-port {port}: cannot listen at {address}: {error}") from error
    server.RequestHandlerClass = _Handler
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
