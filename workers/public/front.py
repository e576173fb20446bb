"""What all groups of the page stand on: projection, clocks, templates, limits, and how troubles are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from credit.store.engine import StoreUnavailable, reading, writing
from credit.store.showing import reading as projection
from credit.store.showing.writing import has_form
from workers.public.forms import Forms, Said
from workers.public.limits import Limits
from workers.web.addresses import group
from workers.web.pages import environment

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class Gone(Exception):
    """There is no page any more under a code, or never was; with the status and what is told."""

    def __init__(self, status: int, title: str, told: str) -> None:
        super().__init__(title)
        self.status, self.title, self.told = status, title, told


MISSING = Gone(404, "没有这个页面", "请检查网址，或从首页按名称查找。")
UNREAD = Gone(400, "没有提交", "表单读不出来，请重新打开页面再填写。")
UNKNOWN = Gone(404, "没有查到这个机构", "二维码可能已损坏或被更换。请从首页按名称查找，或向卫生健康主管部门核实。")
TOO_OFTEN = Gone(429, "查询过于频繁", "请稍后再试。")
BROKEN = Gone(500, "本页出错", "没有办成，请稍后再试。")
AWAY = Gone(503, "暂时无法办理", "数据库暂时不可用，没有提交任何内容。请稍后再试。")


def closed(name: str) -> Gone:
    """Return what is told of an institution that is closed: which one it was, and nothing else of it."""
    return Gone(410, f"{name}：牌照已收回", "该机构已停业、被吊销或注销，信用等级牌照已经收回，不再公示其信用信息。")


@dataclass(frozen=True, slots=True)
class Around:
    """What the page knows of its archive: whose it is, its address, the box to seal to, and how forms are signed."""

    authority: str
    address: str
    box: bytes
    forms: Forms


NOWHERE = Around("", "", b"", Forms(""))
"""What is known where the projection cannot be asked."""

Handler = Callable[[Request, Said], Response]
"""Answers a request, with what was written in its form; raises Gone where there is nothing to show."""


class Front:
    """Shared by all requests; `ticks` are seconds of a clock that never goes back."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], ticks: Callable[[], float]) -> None:
        self.engine, self.clock, self.ticks = engine, clock, ticks
        self._templates = environment("workers.public")
        self._limits = Limits()

    def today(self) -> date:
        """Return the day in Asia/Shanghai."""
        return self.clock().astimezone(_SHANGHAI).date()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read the projection in one snapshot."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Add to the projection in one transaction."""
        with writing(self.engine) as connection:
            yield connection

    def take(self, kind: str, whom: str) -> bool:
        """Count one more of a kind, and tell whether it is within the limit."""
        return self._limits.take(kind, whom, self.ticks())

    def is_over(self, kind: str, whom: str) -> bool:
        """Tell whether nothing more of a kind is taken from somebody, without counting."""
        return self._limits.is_over(kind, whom, self.ticks())

    def render(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """Return a page."""
        return HTMLResponse(self._templates.get_template(template).render(values), status)

    def say(self, gone: Gone) -> Response:
        """Return the page of what is not there."""
        return self.render("gone.html", {"around": NOWHERE, "title": gone.title, "told": gone.told}, gone.status)


def read_around(connection: Connection) -> Around:
    """Return what the page knows of its archive.

    Raises:
        StoreUnavailable: nothing was published yet, or by a program whose tables and contents are of another form.
    """
    return spread_around(projection.read_about(connection))


def spread_around(about: Mapping[str, str]) -> Around:
    """Return the same of what was read; raises as `read_around`."""
    if not about.keys() >= {"authority", "address", "box", "forms"}:
        raise StoreUnavailable("nothing was published yet")
    if not has_form(about):
        raise StoreUnavailable("a program of another version published last; its scheduler has not begun yet")
    return Around(about["authority"], about["address"], bytes.fromhex(about["box"]), Forms(about["forms"]))


def find_whom(request: Request) -> str:
    """Return from where somebody asks. What headers say of it counts only where the server believes its proxy."""
    return group(request.client.host) if request.client is not None else ""
