"""An application served until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import uvicorn
from starlette.applications import Starlette

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


def serve(app: Starlette, host: str, port: int, proxies: Sequence[str], tell: Callable[[int], None]) -> bool:
    """Serve until SIGTERM or SIGINT; requests under way are answered first. Return whether it could begin.

    `tell` hears the port, which for 0 the system chose. What a proxy says of who asks (`X-Forwarded-For`,
    `X-Forwarded-Proto`) is believed from the addresses in `proxies` alone.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        date_header=True,
        access_log=False,
        log_config=None,
        lifespan="off",
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws="none",
    )
    server = _Server(config, tell)
    server.run()
    return server.started
