"""The page of an institution, by its short code, and the code itself as a picture."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

import segno
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from credit.store.showing import reading as projection
from credit.store.showing.reading import Shown
from credit.store.showing.writing import VERSION
from schemas.showing import Content, Standing
from workers.papers import qr
from workers.public.forms import Said
from workers.public.front import MISSING, TOO_OFTEN, UNKNOWN, Front, closed, find_whom, read_around, spread_around

_CODE = re.compile("[2-9A-HJKMNP-Z]{10}")
_KEPT = 1000
"""So many pages are kept as they were rendered, until the projection changes."""
_FRESH_SECONDS = 1.0
"""For so long it is not asked again whether the projection changed."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Pages as they were rendered, and the state of the projection that all of them are of."""

    version: str = ""
    day: date = date.min
    pages: OrderedDict[str, Response] = field(default_factory=OrderedDict)


class Institutions:
    """Shows institutions; pages are kept as they were rendered."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._kept = _Kept()
        self._looked_at = -_FRESH_SECONDS

    def find_kept(self, code: str) -> Response | None:
        """Return a page that was rendered just now, without a look at the database."""
        fresh = self._front.ticks() - self._looked_at < _FRESH_SECONDS
        return self._kept.pages.get(code) if fresh else None

    def show(self, request: Request, _said: Said) -> Response:
        """Show an institution."""
        code = request.path_params["code"]
        with self._front.reading() as connection:
            about = projection.read_about(connection)
            kept = self._keep(about.get(VERSION, ""), self._front.today())
            known = kept.pages.get(code)
            if known is not None:
                return known
            shown = self.find(connection, request)
        if shown.row.moved_to is not None:
            return RedirectResponse(f"/i/{shown.row.moved_to}", 301)
        values = {**_spread(shown, self._front.today()), "around": spread_around(about)}
        page = self._front.render("institution.html", values)
        kept.pages[code] = page
        if len(kept.pages) > _KEPT:
            kept.pages.popitem(last=False)
        return page

    def draw(self, request: Request, _said: Said) -> Response:
        """Show the QR code that leads to an institution."""
        with self._front.reading() as connection:
            around = read_around(connection)
            shown = self.find(connection, request)
        link = f"{around.address or str(request.base_url).rstrip('/')}/i/{shown.row.code}"
        if request.path_params["form"] == "svg":
            return Response(qr.draw(link), media_type="image/svg+xml")
        if request.path_params["form"] != "png":
            raise MISSING
        out = BytesIO()
        segno.make(link, error="m", micro=False).save(out, kind="png", border=4, scale=12)
        return Response(out.getvalue(), media_type="image/png")

    def find(self, connection: Connection, request: Request) -> Shown:
        """Return the institution of a request.

        Raises:
            Gone: nobody has the code, the institution is closed, or too many wrong codes were asked for.
        """
        code, whom = request.path_params["code"], find_whom(request)
        if self._front.is_over("missed", whom):
            raise TOO_OFTEN
        today = self._front.today()
        found = projection.find_institution(connection, code, today) if _CODE.fullmatch(code) else None
        if found is None:
            self._front.take("missed", whom)
            raise UNKNOWN
        if found.row.standing == Standing.CLOSED:
            raise closed(found.row.name)
        return found

    def _keep(self, version: str, today: date) -> _Kept:
        """Return the kept pages of a state of the projection; those of another one, or of another day, are forgotten.

        Whoever was slow to render a page of an older state keeps it among the pages of that state, where nobody looks.
        """
        kept = self._kept
        if (kept.version, kept.day) != (version, today):
            kept = self._kept = _Kept(version, today)
        self._looked_at = self._front.ticks()
        return kept


def _spread(shown: Shown, today: date) -> dict[str, Any]:
    """Return what the page of an institution shows; what has ended since it was written is left out."""
    content = Content.model_validate_json(shown.row.content)
    penalties = [each for each in content.penalties if each.until is None or each.until >= today]
    withdrawn = shown.row.standing == Standing.SIGN_WITHDRAWN
    return {"shown": shown, "row": shown.row, "content": content, "penalties": penalties, "withdrawn": withdrawn}
