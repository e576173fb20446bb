"""Handing out the report that somebody asked for about themselves at the desk, to whoever has its code, once."""

from __future__ import annotations

from contextlib import suppress

import structlog
from starlette.requests import Request
from starlette.responses import Response

from credit.record import places
from credit.store.showing import codes, handing
from credit.store.showing.writing import digest_of
from credit.vault import SealBroken, name_by, open_by
from workers.public import forms
from workers.public.forms import Opened, Refused, Said
from workers.public.front import TOO_OFTEN, Around, Front, find_whom, read_around

_log = structlog.get_logger(__name__)

_NONE = Refused("没有可以领取的报告：领取码不对、已经领取、已经作废或者过期。请核对后再试，或向出具单位询问。", 404)
"""The one answer to a code that opens nothing, whatever the reason: who guesses learns nothing by it."""
_FORM = "own"
_LONGEST = 100


class OwnReports:
    """Hands out reports. The code comes in the body of a request, and stands in no address and no log."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def hand(self, request: Request, said: Said) -> Response:
        """Show the form, or hand out the report whose code was given."""
        with self._front.reading() as connection:
            around = read_around(connection)
        now, whom = self._front.clock(), find_whom(request)
        if request.method != "POST":
            return self._ask(around, around.forms.open(_FORM, "", now))
        if self._front.is_over("guessed", whom):
            raise TOO_OFTEN
        form = around.forms.read(said["form"], _FORM, "", now)
        if form is None:
            return self._ask(around, around.forms.open(_FORM, "", now), forms.TOO_OLD)
        code = codes.read_once(said["code"][:_LONGEST])
        paper = self._fetch(code, form) if code is not None else None
        if paper is None:
            self._front.take("guessed", whom)
            return self._ask(around, form, _NONE)
        _log.info("report_handed_out")
        named = {"Content-Disposition": 'attachment; filename="credit-report.pdf"', "Cache-Control": "no-store"}
        return Response(paper, media_type="application/pdf", headers=named)

    def _fetch(self, code: str, form: Opened) -> bytes | None:
        """Return the report of a code, which is taken by this form from now on; None where there is none for it."""
        name, now = name_by(code), self._front.clock()
        with self._front.reading() as connection:
            if not handing.is_there(connection, name, now):
                return None
        # What does not open is not taken: the transaction ends with the error.
        with suppress(SealBroken), self._front.writing() as connection:
            sealed = handing.take(connection, name, digest_of(form.token), now)
            return open_by(code, sealed, places.of_report(name)) if sealed is not None else None
        return None

    def _ask(self, around: Around, form: Opened, refused: Refused | None = None) -> Response:
        values = {"around": around, "form": form, "refused": refused}
        return self._front.render("own.html", values, refused.status if refused is not None else 200)
