"""Complaints and ratings: their forms, what is sent by them, and how far it is."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from credit.store.showing import reading as projection
from credit.store.showing.reading import Shown
from credit.store.showing.writing import digest_of
from schemas.showing import Sent
from workers.public import forms
from workers.public.composing import NUMBERS
from workers.public.forms import Opened, Refused, Said
from workers.public.front import MISSING, TOO_OFTEN, Around, Front, find_whom, read_around
from workers.public.institutions import Institutions

_log = structlog.get_logger(__name__)

_KINDS = {"complain": "complaint", "rate": "rating"}


class Sending:
    """Takes what the public sends, and puts it sealed into the inbox."""

    def __init__(self, front: Front, institutions: Institutions) -> None:
        self._front, self._institutions = front, institutions

    def state(self, request: Request, said: Said) -> Response:
        """Show how far a complaint is, by its number."""
        found, number = None, "".join(said["number"].split()).upper()[:40]
        with self._front.reading() as connection:
            around = read_around(connection)
            if number:
                if not self._front.take("asked", find_whom(request)):
                    raise TOO_OFTEN
                found = projection.find_answer(connection, digest_of(number)) if NUMBERS.fullmatch(number) else None
        return self._front.render("state.html", {"around": around, "number": number, "found": found})

    def send(self, request: Request, said: Said) -> Response:
        """Show the form of an act, or take it."""
        act = request.path_params["act"]
        if act not in _KINDS:
            raise MISSING
        with self._front.reading() as connection:
            around = read_around(connection)
            shown = self._institutions.find(connection, request)
        if shown.row.moved_to is not None:
            return RedirectResponse(f"/i/{shown.row.moved_to}/{act}", 303)
        now, code = self._front.clock(), shown.row.code
        if request.method != "POST":
            return self._ask(act, shown, around, around.forms.open(_KINDS[act], code, now), said)
        form = around.forms.read(said["form"], _KINDS[act], code, now)
        if form is None:
            fresh = around.forms.open(_KINDS[act], code, now)
            return self._ask(act, shown, around, fresh, said, forms.TOO_OLD)
        if forms.is_trapped(said):
            return self._thank(act, shown, around, form)
        sent = (forms.read_complaint if act == "complain" else forms.read_rating)(form, said)
        refused = sent if isinstance(sent, Refused) else around.forms.check(form, said, now)
        refused = refused or self._find_excess(request, code)
        if refused is not None:
            return self._ask(act, shown, around, form, said, refused)
        assert isinstance(sent, Sent)
        with self._front.writing() as connection:
            new = projection.send(connection, forms.seal(form, sent, around.box, now))
        _log.info("sent", act=act, new=new)
        return self._thank(act, shown, around, form)

    def _find_excess(self, request: Request, code: str) -> Refused | None:
        if not self._front.take("sent", find_whom(request)):
            return Refused("您所在的网络提交次数过多，请一小时后再试，或拨打投诉电话。", 429)
        if not self._front.take("about", code):
            return Refused("该机构一小时内收到的提交过多，请稍后再试，或拨打投诉电话。", 429)
        return None

    def _ask(
        self, act: str, shown: Shown, around: Around, form: Opened, said: Said, refused: Refused | None = None
    ) -> Response:
        values = {"around": around, "row": shown.row, "form": form, "said": said, "refused": refused}
        values |= {"matters": forms.MATTERS, "stars": forms.STARS, "most": forms, "act": act}
        return self._front.render(f"{act}.html", values, refused.status if refused is not None else 200)

    def _thank(self, act: str, shown: Shown, around: Around, form: Opened) -> Response:
        values = {"around": around, "row": shown.row, "number": form.number, "act": act}
        return self._front.render("thanks.html", values)
