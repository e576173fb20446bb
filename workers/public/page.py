"""The public page as a web application. It reads the projection, adds to it, and can do nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from credit.store.engine import StoreUnavailable
from schemas.errors import TransientError
from workers.public.forms import Said
from workers.public.front import AWAY, BROKEN, MISSING, UNREAD, Front, Gone, Handler, read_around
from workers.public.institutions import Institutions
from workers.public.lists import Lists
from workers.public.own import OwnReports
from workers.public.sending import Sending
from workers.web.pages import assets
from workers.web.security import protect

_log = structlog.get_logger(__name__)

BODY_BYTES = 64 * 1024
_BOTH = ("GET", "POST")


class PublicPage:
    """Answers everybody, each request that asks the database in a thread of its own."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], ticks: Callable[[], float] = monotonic) -> None:
        """Keep where the projection is; `ticks` are seconds of a clock that never goes back."""
        self._front = Front(engine, clock, ticks)
        self._institutions = Institutions(self._front)

    def app(self, hosts: list[str]) -> Starlette:
        """Return the application, which answers requests for these hosts alone."""
        lists, sending = Lists(self._front), Sending(self._front, self._institutions)
        routes = [
            assets(),
            Route("/healthz", _say_alive),
            Route("/readyz", self._say_ready),
            Route("/", self._endpoint(lists.home)),
            Route("/search", self._endpoint(lists.search)),
            Route("/lists", self._endpoint(lists.show_all)),
            Route("/lists/{regime}/{name}", self._endpoint(lists.show)),
            Route("/state", self._endpoint(sending.state), methods=_BOTH),
            Route("/own", self._endpoint(OwnReports(self._front).hand), methods=_BOTH),
            Route("/i/{code}", self._show_institution),
            Route("/i/{code}/qr.{form}", self._endpoint(self._institutions.draw)),
            Route("/i/{code}/{act}", self._endpoint(sending.send), methods=_BOTH),
        ]
        return Starlette(
            routes=routes,
            middleware=protect(hosts, BODY_BYTES),
            exception_handlers={400: self._say_unread, 404: self._say_missing},
        )

    def _endpoint(self, work: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if request.method != "POST":
                return await run_in_threadpool(self._answer, work, request, FormData())
            async with request.form(max_files=0, max_fields=20) as form:
                return await run_in_threadpool(self._answer, work, request, form)

        return answer

    def _answer(self, work: Handler, request: Request, form: FormData) -> Response:
        try:
            return work(request, Said({name: text for name, text in form.items() if isinstance(text, str)}))
        except Gone as gone:
            return self._front.say(gone)
        except TransientError as error:
            _log.warning("projection_lost", path=request.url.path, error=str(error))
            return self._front.say(AWAY)
        except Exception:  # noqa: BLE001 - what nobody foresaw is a page too, and what it was stands in the log
            _log.exception("page_failed", route=request.scope["route"].path)
            return self._front.say(BROKEN)

    async def _show_institution(self, request: Request) -> Response:
        known = self._institutions.find_kept(request.path_params["code"])
        if known is not None:
            return known
        return await run_in_threadpool(self._answer, self._institutions.show, request, FormData())

    async def _say_unread(self, _request: Request, _error: Exception) -> Response:
        return self._front.say(UNREAD)

    async def _say_missing(self, _request: Request, _error: Exception) -> Response:
        return self._front.say(MISSING)

    async def _say_ready(self, _request: Request) -> Response:
        def look() -> Response:
            try:
                with self._front.reading() as connection:
                    read_around(connection)
            except StoreUnavailable as error:
                _log.warning("projection_not_ready", error=str(error))
                return PlainTextResponse("database", 503)
            return PlainTextResponse("ok")

        return await run_in_threadpool(look)


async def _say_alive(_request: Request) -> Response:
    return PlainTextResponse("ok")
