"""The port where the metrics of a process are fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from schemas.errors import ConfigurationError

LOOPBACK = "127.0.0.1"


@contextmanager
def served(registry: CollectorRegistry, port: int, address: str = LOOPBACK) -> Iterator[int]:
    """Answer at /metrics until the block ends, by threads of its own; yield the port, which for 0 the system chose.

    Raises:
        ConfigurationError: the address or the port cannot be had.
    """
    try:
        server, thread = start_http_server(port, address, registry)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(f"--metrics-port {port}: cannot listen at {address}: {error}") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
