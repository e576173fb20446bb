"""What protects pages: headers, requests from elsewhere refused, bodies and hosts limited.

Requests that change something carry no token. A browser says where a request comes from (`Sec-Fetch-Site`, or
`Origin`), and what comes from elsewhere, or does not say, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The content security policy: everything from here, and nothing within the page but by its own files."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_YEAR = "max-age=31536000"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HERE = frozenset({"same-origin", "none"})
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def protect(hosts: Sequence[str], body_bytes: int) -> list[Middleware]:
    """Return what stands before an application: only these hosts are answered, and no larger body is read."""
    return [
        Middleware(SecurityHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        Middleware(RequestBodyLimitMiddleware, max_body_size=body_bytes),
        Middleware(SameOrigin),
    ]


class SecurityHeaders:
    """Adds the headers that protect a page to every answer; pages are kept by no cache unless they say otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _YEAR
            await send(message)

        await self.app(scope, receive, add)


class SameOrigin:
    """Refuses requests that change something unless they come from a page of this very origin."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or scope["method"] in _SAFE or _is_from_here(scope):
            await self.app(scope, receive, send)
            return
        refusal = PlainTextResponse("请求不是从本页面发出的，未作任何处理。请重新打开页面再办理。", 403)
        await refusal(scope, receive, send)


def _is_from_here(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _HERE
    # Browsers send Sec-Fetch-Site to trustworthy addresses alone: over http within a network only the origin tells.
    return headers.get("origin") == f"{scope['scheme']}://{headers.get('host')}"
