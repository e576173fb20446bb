"""The console as a web application, built from its screens."""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from threading import BoundedSemaphore
from typing import Any, Protocol

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from credit.access.account import Holder
from credit.access.refusal import AccessRefused
from credit.identity import mask_text
from credit.store import migrate
from schemas.access import Logged
from schemas.errors import PermanentError, TransientError, XinglinError
from schemas.rights import Right
from workers.console.asked import TOLD, Asked, Done, Missing
from workers.console.export import as_xlsx
from workers.console.screens import EXPORT, PAGE, Listing, Menu, Page, Screen, Shown
from workers.runtime import SHANGHAI, Runtime
from workers.show.detail import NO_ITEMS, say_detail
from workers.watching import watch
from workers.web.pages import assets, environment, with_query
from workers.web.security import protect

_log = structlog.get_logger(__name__)

_BODY_BYTES = 64 * 1024 * 1024
"""The largest form: a spreadsheet of 100,000 rows has a fifth of it."""
_FIELDS, _FILES = 2000, 20
_EXPORTS = 2
"""Spreadsheets that are made at a time."""
_XLSX = "xlsx"


class Gate(Protocol):
    """Who lets people in."""

    def find_holder(self, request: Request) -> Holder | None:
        """Return who asks; None where nobody is logged in."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the pages before the login."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A line of the menu, there for whoever has the right (None: all) and is admitted."""

    path: str
    title: str
    menu: Menu
    right: Right | None
    admits: Callable[[Asked], bool]


class Console:
    """Answers the screens for whoever is logged in, each in a thread of its own."""

    def __init__(self, runtime: Runtime, gate: Gate, screens: Sequence[Screen]) -> None:
        self._runtime, self._gate, self._screens = runtime, gate, screens
        self._templates = environment("workers.console")
        self._exports = BoundedSemaphore(_EXPORTS)
        self._menus = sorted(
            (
                Entrance(screen.path, screen.title, screen.menu, screen.right, screen.admits)
                for screen in screens
                if screen.menu
            ),
            key=lambda each: list(Menu).index(each.menu),
        )

    def app(self, hosts: Sequence[str]) -> Starlette:
        """Return the application, which answers requests for these hosts alone."""
        routes: list[BaseRoute] = [assets(), Route("/healthz", _say_alive), Route("/readyz", self._say_ready)]
        routes.extend(self._gate.routes())
        for screen in self._screens:
            methods = ["GET", "POST"] if screen.post else ["GET"]
            routes.append(Route(screen.path, self._endpoint(screen), methods=methods))
        return Starlette(
            routes=routes,
            middleware=protect(hosts, _BODY_BYTES),
            exception_handlers={HTTPException: self._say_refused},
        )

    def _endpoint(self, screen: Screen) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if request.method != "POST":
                return await run_in_threadpool(self._answer, screen, request, FormData())
            # No form is read of who is not let in: it may be large.
            refused = await run_in_threadpool(self._refuse, request)
            if refused is not None:
                return refused
            async with request.form(max_files=_FILES, max_fields=_FIELDS) as form:
                return await run_in_threadpool(self._answer, screen, request, form)

        return answer

    def _refuse(self, request: Request) -> Response | None:
        try:
            return None if self._gate.find_holder(request) is not None else self._send_to_login(request)
        except TransientError as error:
            return self._say(request, None, error)

    def _answer(self, screen: Screen, request: Request, form: FormData) -> Response:
        try:
            holder = self._gate.find_holder(request)
        except TransientError as error:
            return self._say(request, None, error)
        if holder is None:
            return self._send_to_login(request)
        if any("\0" in text for text in _said(request, form)):
            return self._write_error(None, "所填或网址中有不能用的字符，未作任何处理。", 400)
        limit = EXPORT if request.query_params.get("as") == _XLSX else PAGE
        asked = Asked(request, self._runtime, holder, form, self._runtime.clock(), limit)
        try:
            if screen.right is not None:
                asked.demand(screen.right)
            with self._turn(asked):
                return self._render(asked, screen, _work(asked, screen))
        except XinglinError as error:
            return self._say(request, asked, error)
        except Exception:  # noqa: BLE001 - what nobody foresaw is a page with a number, not a trace
            number = secrets.token_hex(4)
            _log.exception("screen_failed", screen=screen.path, number=number, account=holder.account)
            told = f"本页出错，未能完成。请把编号 {number} 告诉运维人员，日志中有详细记录。"
            return self._write_error(asked, told, 500)

    @contextmanager
    def _turn(self, asked: Asked) -> Iterator[None]:
        """Let few spreadsheets be made at a time: each holds all its rows.

        Raises:
            TransientError: as many are being made.
        """
        if asked.limit != EXPORT:
            yield
            return
        if not self._exports.acquire(blocking=False):
            raise TransientError("正在导出其他表格，请稍后再导出。")
        try:
            yield
        finally:
            self._exports.release()

    def _render(self, asked: Asked, screen: Screen, shown: Shown) -> Response:
        if isinstance(shown, Response):
            return shown
        listing = shown.list if isinstance(shown, Page) else shown
        if listing is not None and asked.query("as") == _XLSX:
            return self._export(asked, listing)
        around = {"list": listing} | _lead(asked, listing) if listing is not None else {}
        if isinstance(shown, Page):
            asked.look_at(shown.about, screen.title)
            values = {"title": screen.title} | around | dict(shown.values)
            return self._write(asked, shown.template, values, shown.status)
        asked.look_at(shown.subjects(), shown.title)
        return self._write(asked, "list.html", {"title": shown.title} | around)

    def _export(self, asked: Asked, listing: Listing[Any]) -> Response:
        rules, what = self._runtime.rules(), f"{listing.title} {len(listing.rows)} 行"
        asked.look_at(listing.subjects(), f"导出：{listing.title}")
        asked.note(Logged.EXPORT, asked.request.url.path, what)
        return as_xlsx(listing, rules.routes.authority, asked.now.astimezone(SHANGHAI).date())

    def _write(self, asked: Asked | None, template: str, values: dict[str, Any], status: int = 200) -> Response:
        around: dict[str, Any] = {"holder": None, "searches": False, "menus": [], "told": "", "here": ""}
        if asked is not None:
            request = asked.request
            around = {
                "holder": asked.holder,
                "searches": asked.may(Right.LOOK),
                "menus": [(menu, list(lines)) for menu, lines in groupby(self._open_to(asked), lambda line: line.menu)],
                "told": _read_told(request),
                "here": request.url.path,
                "asked": asked,
            }
        page = self._templates.get_template(template).render(around | values)
        answer = HTMLResponse(page, status)
        if asked is not None and TOLD in asked.request.cookies:
            answer.delete_cookie(TOLD)
        return answer

    def _open_to(self, asked: Asked) -> list[Entrance]:
        return [line for line in self._menus if (line.right is None or asked.may(line.right)) and line.admits(asked)]

    def _say(self, request: Request, asked: Asked | None, error: XinglinError) -> Response:
        """Return the page of an error: what it is, and whether anything may have been done."""
        status = _status_of(error)
        if status >= 500:
            _log.warning("screen_refused", path=request.url.path, error=str(error))
        return self._write_error(asked, _tell(error), status)

    def _write_error(self, asked: Asked | None, told: str, status: int) -> Response:
        begun = asked is not None and asked.request.method == "POST"
        values = {"title": _TITLES[status], "error": told, "status": status, "begun": begun}
        return self._write(asked, "error.html", values, status)

    async def _say_refused(self, _request: Request, error: Exception) -> Response:
        """Answer what was refused before any screen was asked, by its own status."""
        assert isinstance(error, HTTPException)
        status = error.status_code if error.status_code in _REFUSED else 400
        answer = await run_in_threadpool(self._write_error, None, _REFUSED[status], status)
        answer.headers.update(error.headers or {})
        return answer

    def _send_to_login(self, request: Request) -> Response:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = wanted if request.method == "GET" and wanted != "/" else ""
        login = with_query("/login", {"next": back})
        if "hx-request" in request.headers:  # a script asks: the whole page has to go, with what it shows
            return Response(headers={"HX-Redirect": login})
        return RedirectResponse(login, 303)

    async def _say_ready(self, _request: Request) -> Response:
        troubles = await run_in_threadpool(find_troubles, self._runtime)
        return PlainTextResponse("\n".join(troubles) or "ok", 503 if troubles else 200)


def _work(asked: Asked, screen: Screen) -> Shown:
    """Show the screen, or do what was posted to it and write in the log what was done."""
    if asked.request.method != "POST" or screen.post is None:
        return screen.show(asked)
    shown = screen.post(asked)
    if screen.do is not None:
        _log_done(asked, screen, shown)
    return shown


def _log_done(asked: Asked, screen: Screen, shown: Shown) -> None:
    """Write in the log what a form did, with the reason; a page that is shown again has done what it says, if anything.

    It is written after what was done, which keeps the account by itself.
    """
    match shown:
        case Done():
            told, about = shown.told, shown.about
        case Page(done=told) if told:
            about = asked.request.url.path
        case _:
            return
    why = asked.text("why")
    said = f"{screen.title}：{told}" + (f"理由：{why}" if why else "")
    asked.note(Logged.DECIDE, mask_text(about), mask_text(said))


def _said(request: Request, form: FormData) -> Iterator[str]:
    """Yield whatever somebody said: databases refuse one letter of all that there are."""
    yield request.scope["path"]
    yield from (text for _, text in request.query_params.multi_items())
    yield from (text for _, text in form.multi_items() if isinstance(text, str))


_CHINESE = re.compile("[\u4e00-\u9fff]")
_UNTOLD = "不能这样办理，请核对后再试；若无误，请把这句话告诉运维人员"
_LOST = "数据库或消息队列暂时不可用。"
_TITLES = {
    400: "未能办理",
    403: "没有权限",
    404: "没有找到",
    405: "未能办理",
    413: "内容过大",
    500: "本页出错",
    503: "暂时无法办理",
}
_REFUSED = {
    400: "表单读不出来，或者栏目过多，未作任何处理。请重新打开页面再填写。",
    404: "没有这个页面。请检查地址，或从菜单进入。",
    405: "本页不接受这种请求方式，未作任何处理。",
    413: "所传的内容过大，未作任何处理。表格请拆成几个再上传。",
}


def _status_of(error: XinglinError) -> int:
    match error:
        case AccessRefused():
            return 403
        case Missing():
            return 404
        case PermanentError():
            return 400
        case _:
            return 503


def _tell(error: XinglinError) -> str:
    """Return in Chinese what a person is told of an error: its note, its own text, or what may be done about its kind.

    What a database or a broker says is for the log.
    """
    noted = "".join(getattr(error, "__notes__", ()))
    if noted:
        return noted
    said = say_detail(str(error), NO_ITEMS)
    if _CHINESE.search(said):
        return said
    return (
        f"不能这样办理，请核对后再试；若无误，请把这句话告诉运维人员：{said}"
        if isinstance(error, PermanentError)
        else _LOST
    )


def _lead(asked: Asked, shown: Listing[Any]) -> dict[str, Any]:
    """Return the addresses around a list: its next page, its first one, and the spreadsheet."""
    said = {name: value for name, value in asked.queries.items() if name not in {"after", "as"}}
    path = asked.request.url.path
    return {
        "next": with_query(path, said | {"after": shown.after}) if shown.after else None,
        "first": with_query(path, said) if asked.query("after") else None,
        "sheet": with_query(path, said | {"as": _XLSX}),
        "said": said,
    }


def _read_told(request: Request) -> str:
    try:
        return urlsafe_b64decode(request.cookies.get(TOLD, "").encode()).decode()
    except ValueError:
        return ""


async def _say_alive(_request: Request) -> Response:
    return PlainTextResponse("ok")


def find_troubles(runtime: Runtime) -> list[str]:
    """Return why pages cannot be answered: the database or its tables, or the broker; empty where they can."""
    troubles = []
    try:
        migrate.check(runtime.engine)
    except XinglinError as error:
        _log.warning("database_not_ready", error=str(error))
        troubles.append("database")
    lost = watch(runtime.broker, runtime.reader.routes).lost
    if lost is not None:
        _log.warning("broker_not_ready", error=lost)
        troubles.append("broker")
    return troubles
