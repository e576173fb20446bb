"""The public page as a web application. It reads the projection, adds to its inbox, and can do nothing else."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import segno
import structlog
from sqlalchemy import Connection, Engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from credit.store.engine import StoreUnavailable, reading, writing
from credit.store.showing import reading as projection
from credit.store.showing.reading import PAGE, Place, Shown
from credit.store.showing.writing import VERSION, digest_of
from schemas.errors import TransientError
from schemas.regime.lists import ListKind
from schemas.showing import Content, Sent, Standing
from workers.papers import qr
from workers.public import forms
from workers.public.composing import NUMBERS
from workers.public.forms import Forms, Opened, Refused, Said
from workers.public.limits import Limits
from workers.web.addresses import group
from workers.web.pages import assets, environment, with_query
from workers.web.security import protect

_log = structlog.get_logger(__name__)

BODY_BYTES = 64 * 1024
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_CODE = re.compile("[2-9A-HJKMNP-Z]{10}")
_KEPT = 1000
"""So many pages are kept as they were rendered, until the projection changes."""
_FRESH_SECONDS = 1.0
"""For so long it is not asked again whether the projection changed."""
_KINDS = {"complain": "complaint", "rate": "rating"}


class Gone(Exception):
    """There is no page any more under a code, or never was; with the status and what is told."""

    def __init__(self, status: int, title: str, told: str) -> None:
        super().__init__(title)
        self.status, self.title, self.told = status, title, told


MISSING = Gone(404, "没有这个页面", "请检查网址，或从首页按名称查找。")
UNREAD = Gone(400, "没有提交", "表单读不出来，请重新打开页面再填写。")
UNKNOWN = Gone(404, "没有查到这个机构", "二维码可能已损坏或被更换。请从首页按名称查找，或向卫生健康主管部门核实。")
CLOSED = Gone(410, "牌照已收回", "该机构已停业、被吊销或注销，信用等级牌照已经收回，不再公示其信用信息。")
TOO_OFTEN = Gone(429, "查询过于频繁", "请稍后再试。")
BROKEN = Gone(500, "本页出错", "没有办成，请稍后再试。")
AWAY = Gone(503, "暂时无法办理", "数据库暂时不可用，没有提交任何内容。请稍后再试。")


@dataclass(frozen=True, slots=True)
class _Kept:
    """Pages as they were rendered, and the state of the projection that all of them are of."""

    version: str = ""
    day: date = date.min
    pages: OrderedDict[str, Response] = field(default_factory=OrderedDict)


@dataclass(frozen=True, slots=True)
class Around:
    """What the page knows of its archive: whose it is, its address, the box to seal to, and how forms are signed."""

    authority: str
    address: str
    box: bytes
    forms: Forms


class PublicPage:
    """Answers everybody, each request that asks the database in a thread of its own."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], ticks: Callable[[], float] = monotonic) -> None:
        """Keep where the projection is; `ticks` are seconds of a clock that never goes back."""
        self._engine, self._clock, self._ticks = engine, clock, ticks
        self._templates = environment("workers.public")
        self._limits = Limits()
        self._kept = _Kept()
        self._looked_at = -_FRESH_SECONDS

    def app(self, hosts: list[str]) -> Starlette:
        """Return the application, which answers requests for these hosts alone."""
        routes = [
            assets(),
            Route("/healthz", _say_alive),
            Route("/readyz", self._say_ready),
            Route("/", self._endpoint(self._home)),
            Route("/search", self._endpoint(self._search)),
            Route("/lists", self._endpoint(self._lists)),
            Route("/lists/{regime}/{name}", self._endpoint(self._list)),
            Route("/state", self._endpoint(self._state), methods=["GET", "POST"]),
            Route("/i/{code}", self._institution),
            Route("/i/{code}/qr.{form}", self._endpoint(self._qr)),
            Route("/i/{code}/{act}", self._endpoint(self._send), methods=["GET", "POST"]),
        ]
        return Starlette(
            routes=routes,
            middleware=protect(hosts, BODY_BYTES),
            exception_handlers={400: self._say_unread, 404: self._say_missing},
        )

    def _endpoint(self, work: Callable[[Request, Said], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if request.method != "POST":
                return await run_in_threadpool(self._answer, work, request, FormData())
            async with request.form(max_files=0, max_fields=20) as form:
                return await run_in_threadpool(self._answer, work, request, form)

        return answer

    def _answer(self, work: Callable[[Request, Said], Response], request: Request, form: FormData) -> Response:
        try:
            return work(request, Said({name: text for name, text in form.items() if isinstance(text, str)}))
        except Gone as gone:
            return self._say(gone)
        except TransientError as error:
            _log.warning("projection_lost", path=request.url.path, error=str(error))
            return self._say(AWAY)
        except Exception:  # noqa: BLE001 - what nobody foresaw is a page too, and what it was stands in the log
            _log.exception("page_failed", route=request.scope["route"].path)
            return self._say(BROKEN)

    async def _institution(self, request: Request) -> Response:
        code, now = request.path_params["code"], self._ticks()
        if now - self._looked_at < _FRESH_SECONDS and (known := self._kept.pages.get(code)) is not None:
            return known
        return await run_in_threadpool(self._answer, self._show_institution, request, FormData())

    def _show_institution(self, request: Request, _said: Said) -> Response:
        code = request.path_params["code"]
        with reading(self._engine) as connection:
            about = projection.read_about(connection)
            kept = self._keep(about.get(VERSION, ""), self._today())
            known = kept.pages.get(code)
            if known is not None:
                return known
            shown = self._find(connection, request)
        if shown.row.moved_to is not None:
            return RedirectResponse(f"/i/{shown.row.moved_to}", 301)
        page = self._render("institution.html", {**_spread(shown, self._today()), "around": _read_around(about)})
        kept.pages[code] = page
        if len(kept.pages) > _KEPT:
            kept.pages.popitem(last=False)
        return page

    def _keep(self, version: str, today: date) -> _Kept:
        """Return the kept pages of a state of the projection; those of another one, or of another day, are forgotten.

        Whoever was slow to render a page of an older state keeps it among the pages of that state, where nobody looks.
        """
        kept = self._kept
        if (kept.version, kept.day) != (version, today):
            kept = self._kept = _Kept(version, today)
        self._looked_at = self._ticks()
        return kept

    def _find(self, connection: Connection, request: Request) -> Shown:
        """Return the institution of a request.

        Raises:
            Gone: nobody has the code, the institution is closed, or too many wrong codes were asked for.
        """
        code, whom = request.path_params["code"], _whom(request)
        if self._limits.is_over("missed", whom, self._ticks()):
            raise TOO_OFTEN
        found = projection.find_institution(connection, code, self._today()) if _CODE.fullmatch(code) else None
        if found is None:
            self._limits.take("missed", whom, self._ticks())
            raise UNKNOWN
        if found.row.standing == Standing.CLOSED:
            raise CLOSED
        return found

    def _home(self, _request: Request, _said: Said) -> Response:
        with reading(self._engine) as connection:
            around = _read_around(projection.read_about(connection))
            scales = projection.read_scales(connection)
        return self._render("home.html", {"around": around, "scales": scales})

    def _search(self, request: Request, _said: Said) -> Response:
        if not self._limits.take("search", _whom(request), self._ticks()):
            raise TOO_OFTEN
        name, grade = _read(request, "name", 100), _read(request, "grade", 200)
        with reading(self._engine) as connection:
            around = _read_around(projection.read_about(connection))
            scales = projection.read_scales(connection)
            found = projection.find_institutions(connection, name, grade, _read_place(request))
        following = with_query("/search", {"name": name, "grade": grade, "after": _write_place(found, _place_of)})
        words = {each.grade: each.word for each in scales}
        values = {"scales": scales, "found": found[:PAGE], "words": words, "name": name, "grade": grade}
        return self._render("search.html", {**values, "around": around, "next": following if len(found) > PAGE else ""})

    def _lists(self, _request: Request, _said: Said) -> Response:
        with reading(self._engine) as connection:
            around = _read_around(projection.read_about(connection))
            lists = projection.read_lists(connection)
        return self._render("lists.html", {"around": around, "lists": lists, "kinds": ListKind})

    def _list(self, request: Request, _said: Said) -> Response:
        key = f"{request.path_params['regime']}/{request.path_params['name']}"
        with reading(self._engine) as connection:
            around = _read_around(projection.read_about(connection))
            mine = next((each for each in projection.read_lists(connection) if each.list_key == key), None)
            if mine is None:
                raise MISSING
            found = projection.find_listed(connection, key, self._today(), _read_place(request))
        after = _write_place(found, lambda entry: Place(entry.row.name, entry.row.subject))
        following = with_query(f"/lists/{key}", {"after": after}) if len(found) > PAGE else ""
        return self._render("list.html", {"around": around, "list": mine, "found": found[:PAGE], "next": following})

    def _qr(self, request: Request, _said: Said) -> Response:
        with reading(self._engine) as connection:
            around = _read_around(projection.read_about(connection))
            shown = self._find(connection, request)
        link = f"{around.address or str(request.base_url).rstrip('/')}/i/{shown.row.code}"
        if request.path_params["form"] == "svg":
            return Response(qr.draw(link), media_type="image/svg+xml")
        if request.path_params["form"] != "png":
            raise MISSING
        out = BytesIO()
        segno.make(link, error="m", micro=False).save(out, kind="png", border=4, scale=12)
        return Response(out.getvalue(), media_type="image/png")

    def _state(self, request: Request, said: Said) -> Response:
        found, number = None, "".join(said["number"].split()).upper()[:40]
        with reading(self._engine) as connection:
            around = _read_around(projection.read_about(connection))
            if number:
                if not self._limits.take("asked", _whom(request), self._ticks()):
                    raise TOO_OFTEN
                found = projection.find_answer(connection, digest_of(number)) if NUMBERS.fullmatch(number) else None
        return self._render("state.html", {"around": around, "number": number, "found": found})

    def _send(self, request: Request, said: Said) -> Response:
        act = request.path_params["act"]
        if act not in _KINDS:
            raise MISSING
        with reading(self._engine) as connection:
            around = _read_around(projection.read_about(connection))
            shown = self._find(connection, request)
        if shown.row.moved_to is not None:
            return RedirectResponse(f"/i/{shown.row.moved_to}/{act}", 303)
        now, code = self._clock(), shown.row.code
        if request.method != "POST":
            return self._ask(act, shown, around, around.forms.open(_KINDS[act], code, now), said)
        form = around.forms.read(said["form"], _KINDS[act], code, now)
        if form is None:
            fresh = around.forms.open(_KINDS[act], code, now)
            return self._ask(act, shown, around, fresh, said, Refused("页面打开时间过长，请核对后再提交一次。"))
        if forms.is_trapped(said):
            return self._thank(act, shown, around, form)
        sent = (forms.read_complaint if act == "complain" else forms.read_rating)(form, said)
        refused = sent if isinstance(sent, Refused) else around.forms.check(form, said, now)
        refused = refused or self._find_excess(request, code)
        if refused is not None:
            return self._ask(act, shown, around, form, said, refused)
        assert isinstance(sent, Sent)
        with writing(self._engine) as connection:
            new = projection.send(connection, forms.seal(form, sent, around.box, now))
        _log.info("sent", act=act, new=new)
        return self._thank(act, shown, around, form)

    def _find_excess(self, request: Request, code: str) -> Refused | None:
        now = self._ticks()
        if not self._limits.take("sent", _whom(request), now):
            return Refused("您所在的网络提交次数过多，请一小时后再试，或拨打投诉电话。", 429)
        if not self._limits.take("about", code, now):
            return Refused("该机构一小时内收到的提交过多，请稍后再试，或拨打投诉电话。", 429)
        return None

    def _ask(
        self, act: str, shown: Shown, around: Around, form: Opened, said: Said, refused: Refused | None = None
    ) -> Response:
        values = {"around": around, "row": shown.row, "form": form, "said": said, "refused": refused}
        values |= {"matters": forms.MATTERS, "stars": forms.STARS, "most": forms, "act": act}
        return self._render(f"{act}.html", values, refused.status if refused is not None else 200)

    def _thank(self, act: str, shown: Shown, around: Around, form: Opened) -> Response:
        return self._render("thanks.html", {"around": around, "row": shown.row, "number": form.number, "act": act})

    def _render(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(values), status)

    def _say(self, gone: Gone) -> Response:
        around = Around("", "", b"", Forms(""))
        return self._render("gone.html", {"around": around, "title": gone.title, "told": gone.told}, gone.status)

    async def _say_unread(self, _request: Request, _error: Exception) -> Response:
        return self._say(UNREAD)

    async def _say_missing(self, _request: Request, _error: Exception) -> Response:
        return self._say(MISSING)

    async def _say_ready(self, _request: Request) -> Response:
        def look() -> Response:
            try:
                with reading(self._engine) as connection:
                    ready = VERSION in projection.read_about(connection)
            except StoreUnavailable:
                ready = False
            return PlainTextResponse("ok" if ready else "database", 200 if ready else 503)

        return await run_in_threadpool(look)

    def _today(self) -> date:
        return self._clock().astimezone(_SHANGHAI).date()


def _read_around(about: Mapping[str, str]) -> Around:
    if not about.keys() >= {"authority", "address", "box", "forms"}:
        raise StoreUnavailable("nothing was published yet")
    return Around(about["authority"], about["address"], bytes.fromhex(about["box"]), Forms(about["forms"]))


def _spread(shown: Shown, today: date) -> dict[str, Any]:
    """Return what the page of an institution shows; what has ended since it was written is left out."""
    content = Content.model_validate_json(shown.row.content)
    penalties = [each for each in content.penalties if each.until is None or each.until >= today]
    withdrawn = shown.row.standing == Standing.SIGN_WITHDRAWN
    return {"shown": shown, "row": shown.row, "content": content, "penalties": penalties, "withdrawn": withdrawn}


def _whom(request: Request) -> str:
    """Return from where somebody asks. What headers say of it counts only where the server believes its proxy."""
    return group(request.client.host) if request.client is not None else ""


def _read(request: Request, name: str, most: int) -> str:
    """Return what the address says after the question mark; databases refuse some letters that do not print."""
    return "".join(filter(str.isprintable, request.query_params.get(name, "")[:most]))


def _read_place(request: Request) -> Place | None:
    name, mark, code = _read(request, "after", 400).rpartition("~")
    return Place(name, code) if mark else None


def _place_of(row: Any) -> Place:
    return Place(row.name, row.code)


def _write_place(found: list[Any], place_of: Callable[[Any], Place]) -> str:
    return "~".join(place_of(found[PAGE - 1])) if len(found) > PAGE else ""


async def _say_alive(_request: Request) -> Response:
    return PlainTextResponse("ok")
