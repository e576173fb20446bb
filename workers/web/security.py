"""What protects pages: headers, requests from elsewhere refused, bodies, addresses and hosts limited.

Whatever is refused, by us or by a library, is a page in Chinese; what nobody foresaw is one with a number.

Requests that change something carry no token. A browser says where a request comes from (`Sec-Fetch-Site`, or
`Origin`), and what comes from elsewhere, or does not say, is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import structlog
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse
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


_log = structlog.get_logger(__name__)

_LONGEST_ADDRESS = 8000
"""So many bytes an address may have; nginx lets no more through either."""
_TOLD = {
    400: ("请求有误", "请求不完整，或者网址不是本系统的，未作任何处理。"),
    403: ("没有办理", "请求不是从本页面发出的，未作任何处理。请重新打开页面再办理。"),
    404: ("没有找到", "没有这个页面。请检查网址，或从首页进入。"),
    405: ("没有办理", "本页不接受这种请求方式，未作任何处理。"),
    413: ("内容过大", "所传的内容过大，未作任何处理。"),
    414: ("网址过长", "网址过长，未作任何处理。请从首页进入。"),
    500: ("本页出错", "未能完成。"),
}


class _Number(IntegerConvertor):
    """A number in an address, as `{number:int}`: what is longer than the number of any row leads nowhere."""

    regex = "[0-9]{1,18}"


register_url_convertor("int", _Number())


def refusal(status: int, told: str = "", headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Return a page that says, in Chinese, why something was refused, and that nothing was done."""
    title, usual = _TOLD[status]
    page = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body><main><h1>{title}</h1><p>{told or usual}</p><p><a href="/">回到首页</a></p></main></body></html>'
    )
    return HTMLResponse(page, status, headers)


def protect(hosts: Sequence[str], body_bytes: int) -> list[Middleware]:
    """Return what stands before an application: only these hosts are answered, and no larger body is read."""
    return [
        Middleware(SecurityHeaders),
        Middleware(Refusals),
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


class Refusals:
    """Refuses addresses that no page has, and answers in Chinese what a library refuses by itself or nobody foresaw."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = _judge_address(scope)
        if refused:
            await refusal(refused)(scope, receive, send)
            return
        said = _Said(scope, receive, send)
        try:
            await self.app(scope, receive, said.send)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception:
            number = secrets.token_hex(4)
            _log.exception("request_failed", number=number)
            if said.begun:
                raise
            told = f"未能完成。请把编号 {number} 告诉运维人员，日志中有详细记录。"
            await refusal(500, told)(scope, receive, send)


def _judge_address(scope: Scope) -> int | None:
    address = scope.get("raw_path", b"") + b"?" + scope["query_string"]
    if len(address) > _LONGEST_ADDRESS:
        return 414
    return 400 if b"%00" in address else None


class _Said:
    """What an application answers, with the plain English of a library taken out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self.begun = self._replaced = False

    async def send(self, message: Message) -> None:
        """Send a part of the answer on, or another answer in its place."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers, status = Headers(raw=message["headers"]), message["status"]
            self._replaced = status in _TOLD and headers.get("content-type", "").startswith("text/plain")
            if self._replaced:
                allowed = {"Allow": headers["allow"]} if "allow" in headers else None
                await refusal(status, headers=allowed)(self._scope, self._receive, self._send)
        if not self._replaced:
            await self._send(message)


class SameOrigin:
    """Refuses requests that change something unless they come from a page of this very origin."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or scope["method"] in _SAFE or _is_from_here(scope):
            await self.app(scope, receive, send)
            return
        await refusal(403)(scope, receive, send)


def _is_from_here(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _HERE
    # Browsers send Sec-Fetch-Site to trustworthy addresses alone: over http within a network only the origin tells.
    return headers.get("origin") == f"{scope['scheme']}://{headers.get('host')}"
