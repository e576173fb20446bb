"""The report that a subject asks for about itself at the desk: made for whoever proves who they are, with a code."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from starlette.responses import RedirectResponse

from credit.record.own_reports import count, state_of
from credit.store.queries.archive import Archive
from schemas.errors import PermanentError
from schemas.own_reports import Asker, OwnReportState
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.pages.subject import base_of, desks, list_own, open_archive, with_archive
from workers.console.screens import Page, Screen, Shown
from workers.console.telling import shown_again
from workers.decisions import own_reports
from workers.decisions.own_reports import Wish

_LONGEST = 19
_FORM = re.compile("[0-9a-f]{32}")


def _show(asked: Asked, archive: Archive) -> Page:
    rows = own_reports.read(asked.runtime, archive.subject_id)
    regimes = asked.runtime.reader.regimes
    free = asked.runtime.reader.law.free_reports(asked.view().today)
    waiting = [row for row in rows if state_of(row, asked.now) is OwnReportState.WAITING]
    return Page(
        "own.html",
        {
            "title": f"{archive.name}：本人信用报告",
            "back": base_of(archive),
            "base": base_of(archive),
            "list": list_own(rows, asked.now),
            "waiting": waiting,
            "free": free,
            "made": count(rows, asked.now),
            "regimes": {name: regimes[name].name for name in desks(asked)},
            "askers": {each.value: each.word for each in Asker},
            "form": secrets.token_hex(16),
            "why_not": _why_not(asked),
        },
    )


def _show_again(asked: Asked) -> Page:
    """Show the form again that was sent for a report; nobody was asked what for."""
    archive = open_archive(asked)
    return replace(_show(asked, archive), about=(archive.subject_id,))


def _why_not(asked: Asked) -> str | None:
    """Return why this person may make no report; None where it may."""
    try:
        own_reports.require(asked.holder)
    except PermanentError as error:
        return "".join(getattr(error, "__notes__", ()))
    return None


def _make(asked: Asked) -> Page:
    """Make a report, and show its code, this once."""
    own_reports.require(asked.holder)
    archive = open_archive(asked)
    asker = asked.required("asker", "申请人")
    if asker not in set(Asker):
        raise Incomplete("请选择申请人。")
    wish = Wish(
        key=archive.subject_id,
        regime=asked.required("regime", "评价制度"),
        number=asked.required("number", "报告编号"),
        asker=Asker(asker),
        proof=asked.required("proof", "核验的证件"),
        purpose=asked.required("purpose", "用途"),
        form=_read_form(asked),
    )
    made = own_reports.make(asked.runtime, wish, asked.actor, asked.holder.person)
    address = asked.runtime.settings.public_address
    return Page(
        "own_made.html",
        {
            "title": "本人信用报告：领取码",
            "name": archive.name,
            "made": made,
            "address": f"{address}/own" if address else "",
            "back": base_of(archive),
        },
    )


def _read_form(asked: Asked) -> str:
    form = asked.text("form")
    if _FORM.fullmatch(form) is None:
        raise Incomplete("表单读不出来，请重新打开页面再填写。")
    return form


def _revoke(asked: Asked) -> RedirectResponse:
    own_reports.require(asked.holder)
    archive = open_archive(asked)
    number = asked.required("report", "报告")
    if not (number.isascii() and number.isdigit() and len(number) < _LONGEST):
        raise Incomplete("报告的编号不对，请从列表中办理。")
    row = own_reports.revoke(asked.runtime, archive.subject_id, int(number), asked.actor)
    return asked.go(f"{base_of(archive)}/own", f"已作废报告 {row.number}，该份不再计入。")


def _refuse_to_show(_: Asked) -> Shown:
    raise Missing("没有这个页面。请从信用档案办理。")


SCREENS = (
    Screen(
        "/subjects/{key}/own", "本人信用报告", Right.LOOK, with_archive(_show), answer=shown_again(_show_again, _make)
    ),
    Screen("/subjects/{key}/own/revoke", "作废本人信用报告", Right.LOOK, _refuse_to_show, answer=_revoke),
)
