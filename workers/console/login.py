"""The pages before the console: logging in, step by step, and logging out. Who holds the cookie is logged in."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from credit.access.account import Holder
from credit.access.refusal import AccessRefused
from credit.store import looks, sessions
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.queries.accounts import find_holder
from credit.store.sessions import Begun, Found
from credit.vault import place
from schemas.access import Logged
from schemas.errors import PermanentError, TransientError
from workers.console import enrolling
from workers.console.enrolling import Form
from workers.console.entering import Door, Locked, Visit, lacks_second
from workers.console.oidc import Asking, Oidc
from workers.runtime import Runtime
from workers.web.pages import environment, with_query
from workers.web.security import LOOPBACK, refusal

_COOKIE = "xinglin"
_OIDC_COOKIE = "xinglin_oidc"
_OIDC_SECONDS = 600
_ASKING = place("console", "oidc")
_OUT_COOKIE = "xinglin_out"
"""What the provider is told at the end of a login that began there; the browser sends it to `/logout` alone."""
_OUT = place("console", "logout")
_LONGEST_COOKIE = 3800
"""Browsers keep no longer one."""
_LARGEST = 16 * 1024
"""So many bytes a form of these pages may have, whoever sends it."""

Fields = Mapping[str, str]


class Login:
    """Lets people in, and knows them by their cookie."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._door = Door(runtime.engine, runtime.keyring)
        chosen = runtime.settings.oidc
        self._oidc = Oidc(chosen) if chosen is not None else None
        self._templates = environment("workers.console")

    def find_holder(self, request: Request) -> Holder | None:
        """Return who asks; None where nobody is logged in."""
        now = self._runtime.clock()
        found = self.find_session(request)
        if found is None or not found.session.complete:
            return None
        with reading(self._runtime.engine) as connection:
            holder = find_holder(connection, found.account, now)
        if lacks_second(found.account, holder):  # made an administrator since
            return None
        if holder is not None and _is_by_person(request) and sessions.is_to_be_noted(found.session, now):
            with writing(self._runtime.engine) as connection:
                sessions.note_seen(connection, found.session, now)
        request.state.session = found.session
        return holder

    def find_session(self, request: Request) -> Found | None:
        """Return the session that the cookie is of, complete or not; None where it holds no more."""
        token = request.cookies.get(_name_cookie(request))
        if not token:
            return None
        with reading(self._runtime.engine) as connection:
            return sessions.find(connection, token, self._runtime.clock())

    def routes(self) -> Sequence[BaseRoute]:
        """Return the pages before the login."""
        return [
            Route("/login", self._page(self._show_login, self._log_in), methods=["GET", "POST"]),
            Route("/login/more", self._page(self._show_more, self._complete), methods=["GET", "POST"]),
            Route("/login/second", self._page(self._show_more, self._enrol), methods=["GET", "POST"]),
            Route("/login/oidc", self._page(self._ask_oidc, self._refuse_post), methods=["GET", "POST"]),
            Route("/login/oidc/back", self._page(self._come_back, self._refuse_post), methods=["GET", "POST"]),
            Route("/logout", self._page(self._show_logout, self._log_out), methods=["GET", "POST"]),
        ]

    def _page(
        self, show: Callable[[Request], Response], do: Callable[[Request, Fields], Response]
    ) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            if not _is_private(request):
                return refusal(400, "请通过 https 打开本页：明文网络上不传输密码。")
            if request.method != "POST":
                return await run_in_threadpool(self._guard, show, request)
            fields = await _read_form(request)
            if fields is None:
                return refusal(413, "表单过大或不完整，未作任何处理。")
            return await run_in_threadpool(self._guard, do, request, fields)

        return answer

    def _guard(self, work: Callable[..., Response], request: Request, *given: Fields) -> Response:
        try:
            return work(request, *given)
        except TransientError:
            values = {"error": "档案库连接不上。", "status": 503, "begun": request.method == "POST"}
            return self._write("error.html", {"title": "暂时无法办理"} | values, 503)

    def _show_login(self, request: Request) -> Response:
        return self._ask(own_path(request.query_params.get("next", "")))

    def _ask(self, wanted: str, *, name: str = "", error: str = "", status: int = 200) -> Response:
        oidc = with_query("/login/oidc", {"next": wanted if wanted != "/" else ""}) if self._oidc is not None else ""
        values = {"title": "登录", "next": wanted, "name": name, "error": error, "oidc": oidc}
        return self._write("login.html", values, status)

    def _log_in(self, request: Request, fields: Fields) -> Response:
        wanted, name = own_path(fields.get("next", "")), fields.get("name", "")
        self._end_present(request)
        try:
            begun = self._door.enter(name, fields.get("password", ""), self._visit(request))
        except AccessRefused as refused:
            return self._ask(wanted, name=name, error=refused.told, status=_status(refused))
        answer = self._let_in(request, begun, wanted)
        answer.delete_cookie(_OUT_COOKIE, path="/logout")
        return answer

    def _let_in(self, request: Request, begun: Begun, wanted: str) -> Response:
        following = (
            wanted if begun.row.complete else with_query("/login/more", {"next": wanted if wanted != "/" else ""})
        )
        answer = RedirectResponse(following, 303)
        answer.set_cookie(
            _name_cookie(request), begun.token, path="/", httponly=True, samesite="lax", secure=_is_https(request)
        )
        return answer

    def _end_present(self, request: Request) -> None:
        """End what the browser was logged in as: who logs in next has a session of his own."""
        present = self.find_session(request)
        if present is not None:
            name, now = present.account.name, self._runtime.clock()
            with writing(self._runtime.engine) as connection:
                sessions.end(connection, name, present.session.session_id, name, now)

    def _refuse_post(self, _request: Request, _fields: Fields) -> Response:
        return RedirectResponse("/login", 303)

    def _ask_oidc(self, request: Request) -> Response:
        if self._oidc is None:
            return RedirectResponse("/login", 303)
        wanted = own_path(request.query_params.get("next", ""))
        try:
            url, asking = self._oidc.ask(self._back(request), wanted)
        except PermanentError:
            return self._ask(wanted, error="统一认证没有配置好，请联系运维人员。", status=503)
        sealed = self._runtime.keyring.seal(asking.dump(), _ASKING)
        answer = RedirectResponse(url, 303)
        # Lax: the browser comes back from another site, by GET.
        answer.set_cookie(
            _OIDC_COOKIE,
            urlsafe_b64encode(sealed).decode(),
            max_age=_OIDC_SECONDS,
            path="/login/oidc",
            httponly=True,
            samesite="lax",
            secure=_is_https(request),
        )
        return answer

    def _come_back(self, request: Request) -> Response:
        said, now = request.query_params, self._runtime.clock()
        if self._oidc is None:
            return RedirectResponse("/login", 303)
        try:
            kept = urlsafe_b64decode(request.cookies.get(_OIDC_COOKIE, ""))
            asking = Asking.parse(self._runtime.keyring.unseal(kept, _ASKING))
            proven = self._oidc.verify(self._back(request), asking, said.get("state", ""), said.get("code", ""), now)
            begun = self._door.admit(proven.names, self._visit(request))
        except AccessRefused as refused:
            answer = self._ask("/", error=refused.told, status=_status(refused))
        except (PermanentError, ValueError):
            answer = self._ask("/", error="统一认证没有完成，请重新登录。", status=400)
        else:
            self._end_present(request)
            answer = self._let_in(request, begun, own_path(asking.wanted))
            self._keep_hint(request, answer, proven.token)
        answer.delete_cookie(_OIDC_COOKIE, path="/login/oidc")
        return answer

    def _keep_hint(self, request: Request, answer: Response, token: str) -> None:
        """Let the browser keep the token that it came in by, sealed; one that is too long is not told at the end."""
        sealed = urlsafe_b64encode(self._runtime.keyring.seal(token.encode(), _OUT)).decode()
        kept = sealed if len(sealed) <= _LONGEST_COOKIE else "-"
        answer.set_cookie(
            _OUT_COOKIE, kept, path="/logout", httponly=True, samesite="strict", secure=_is_https(request)
        )

    def _back(self, request: Request) -> str:
        return f"{self._here(request)}/login/oidc/back"

    def _here(self, request: Request) -> str:
        return self._runtime.settings.console_address or f"{request.url.scheme}://{request.url.netloc}"

    def _show_more(self, request: Request) -> Response:
        wanted = own_path(request.query_params.get("next", ""))
        found = self.find_session(request)
        if found is None:
            return RedirectResponse(with_query("/login", {"next": wanted if wanted != "/" else ""}), 303)
        return RedirectResponse(wanted, 303) if found.session.complete else self._ask_more(found, wanted)

    def _ask_more(self, found: Found, wanted: str, error: str = "", status: int = 200) -> Response:
        values = {"title": "登录", "next": wanted, "account": found.account, "error": error}
        if found.account.second is not None or found.account.must_change:
            return self._write("login_more.html", values, status)
        made = enrolling.offer(found.account.name, self._runtime.keyring)
        return self._write("login_second.html", values | {"title": "启用动态口令", "offer": made}, status)

    def _complete(self, request: Request, fields: Fields) -> Response:
        wanted, found = own_path(fields.get("next", "")), self.find_session(request)
        if found is None or found.session.complete:
            return RedirectResponse("/login", 303)
        new = fields.get("new", "")
        if found.account.must_change and new != fields.get("again", ""):
            return self._ask_more(found, wanted, "两次输入的新密码不一致。", 400)
        try:
            begun = self._door.complete(found, fields.get("code", ""), new, self._visit(request))
        except AccessRefused as refused:
            return self._ask_more(found, wanted, refused.told, _status(refused))
        return self._let_in(request, begun, wanted)

    def _enrol(self, request: Request, fields: Fields) -> Response:
        """Set a second factor up for who gets in with one alone."""
        wanted, found = own_path(fields.get("next", "")), self.find_session(request)
        if found is None or found.session.complete:
            return RedirectResponse("/login", 303)
        visit, form = self._visit(request), Form(*(fields.get(name, "") for name in Form._fields))
        try:
            secret, step = enrolling.prove(self._door, found.account, form, visit)
            begun = self._door.enrol(found, secret, step, visit)
        except AccessRefused as refused:
            return self._ask_more(found, wanted, refused.told, _status(refused))
        return self._let_in(request, begun, wanted)

    def _show_logout(self, _request: Request) -> Response:
        return RedirectResponse("/", 303)

    def _log_out(self, request: Request, _fields: Fields) -> Response:
        found, now = self.find_session(request), self._runtime.clock()
        if found is not None:
            actor = Actor(found.account.name, found.account.person, "/logout", _address(request))
            with writing(self._runtime.engine) as connection:
                sessions.end(connection, actor.account, found.session.session_id, actor.account, now)
                looks.note(connection, actor, Logged.LOGOUT, actor.account, "", now)
        answer = self._leave_provider(request) or RedirectResponse("/login", 303)
        answer.delete_cookie(_name_cookie(request), path="/", httponly=True, samesite="lax", secure=_is_https(request))
        answer.delete_cookie(_OUT_COOKIE, path="/logout")
        return answer

    def _leave_provider(self, request: Request) -> Response | None:
        """Return the page that leads on to the provider's own logout; None where the login did not begin there.

        A page and no redirect: browsers let no form lead to another site, by whichever way.
        """
        kept = request.cookies.get(_OUT_COOKIE, "")
        if self._oidc is None or not kept:
            return None
        try:
            token = "" if kept == "-" else self._runtime.keyring.unseal(urlsafe_b64decode(kept), _OUT).decode()
            provider = self._oidc.leave(f"{self._here(request)}/login", token)
        except (PermanentError, TransientError, ValueError):
            return None  # here the session has ended in any case
        if provider is None:
            return None
        answer = self._write("logged_out.html", {"title": "已退出", "provider": provider})
        answer.headers["Refresh"] = f"0; url={provider}"
        return answer

    def _visit(self, request: Request) -> Visit:
        return Visit(_address(request), request.headers.get("user-agent", ""), self._runtime.clock())

    def _write(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        around: dict[str, Any] = {"holder": None, "searches": False, "menus": [], "told": "", "here": ""}
        return HTMLResponse(self._templates.get_template(template).render(around | dict(values)), status)


async def _read_form(request: Request) -> Fields | None:
    """Return the fields of a form; None where it is larger than any of ours."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST:
                return None
        said = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except (ClientDisconnect, ValueError):
        return None
    return {name: values[0] for name, values in said.items()}


def own_path(wanted: str) -> str:
    """Return where to go after the login: a path of ours, or the first page.

    Browsers take a backslash for a slash, and leave out what does not print.
    """
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    foreign = parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith("//")
    if foreign or "\\" in wanted or not wanted.isprintable() or parts.path.startswith("/login"):
        return "/"
    return wanted


def _is_by_person(request: Request) -> bool:
    """Tell whether a person asks: what a page asks for by script alone, to follow something, keeps nobody logged in."""
    return request.method == "POST" or "hx-request" not in request.headers


def _status(refused: AccessRefused) -> int:
    return 429 if isinstance(refused, Locked) else 400


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"


def _is_private(request: Request) -> bool:
    """Tell whether nobody listens on the way: by https, or within the same machine."""
    return _is_https(request) or request.url.hostname in {host.strip("[]") for host in LOOPBACK}


def _name_cookie(request: Request) -> str:
    """Return the name of the cookie; by https browsers take one of this name from this very host alone."""
    return f"__Host-{_COOKIE}" if _is_https(request) else _COOKIE
