"""An application served until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import uvicorn
from starlette.applications import Starlette

from schemas.errors import ConfigurationError

_GRACE_SECONDS = 10
_AT_ONCE = 200


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, tell: Callable[[int], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            self._tell(self.servers[0].sockets[0].getsockname()[1])


def serve(
    app: Starlette,
    host: str,
    port: int,
    proxies: Sequence[str],
    tell: Callable[[int], None],
    stop: threading.Event | None = None,
) -> None:
    """Serve until `stop` is set, or without one until SIGTERM or SIGINT; requests under way are answered first.

    `tell` hears the port, which for 0 the system chose. What a proxy says of who asks (`X-Forwarded-For`,
    `X-Forwarded-Proto`) is believed from the addresses in `proxies` alone.

    Raises:
        ConfigurationError: address or port cannot be had.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="off",
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws="none",
    )
    server = _Server(config, tell)
    if stop is not None:
        threading.Thread(target=_end, args=(server, stop), daemon=True).start()
    try:
        server.run()
    except SystemExit as error:  # so uvicorn ends a program whose port is taken
        raise ConfigurationError(f"cannot listen at {host}, port {port}: is it taken?") from error


def _end(server: uvicorn.Server, stop: threading.Event) -> None:
    stop.wait()
    server.should_exit = True
