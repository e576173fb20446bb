"""One box for everything. What is typed is posted: the number of a person would stand in an address for every proxy."""

from __future__ import annotations

from urllib.parse import quote

from credit.store.queries.search import Hit, HitKind, is_personal, search
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete
from workers.console.screens import Cell, Column, Listing, Page, Screen, Shown

_MOST = 50
_NOTHING = "没有查到。请按证照原样填写代码、号码或文号，按来源所称填写报文编号，或填写名称的开头；名称中间的字查不到。"


def _show_search(asked: Asked) -> Shown:
    text = asked.query("q")
    if is_personal(text):
        raise Incomplete("证件号码不能写在网址中。请在页面上方的查找框内输入。")
    return _search(asked, text)


def _do_search(asked: Asked) -> Shown:
    return _search(asked, asked.text("q"))


def _search(asked: Asked, text: str) -> Shown:
    with asked.reading() as connection:
        hits = search(connection, text, asked.view(), asked.runtime.reader.routes.sources)
    places = {_place(each) for each in hits}
    if len(places) == 1:
        return asked.go(places.pop())
    found: Listing[Hit] = Listing(
        "查找结果",
        (
            Column("类别", lambda hit: hit.kind.word),
            Column("编号", lambda hit: Cell(hit.title, _place(hit))),
            Column("主体", lambda hit: hit.name or "—"),
        ),
        hits,
        empty=_NOTHING if text else "请输入要查找的内容。",
        after="more" if len(hits) >= _MOST else None,
        about=lambda hit: hit.subject_id,
    )
    asked_for = "" if is_personal(text) else text
    return Page("search.html", {"list": found, "asked_for": asked_for}, about=found.subjects())


def _place(hit: Hit) -> str:
    """Return where a hit leads to: in no address stands a number of a person."""
    match hit.kind:
        case HitKind.NOTICE | HitKind.RECEIPT:
            return f"/notices/{quote(hit.key, safe='')}"
        case HitKind.FEED_ROW | HitKind.ANSWER:
            return f"/feeds/rows/{quote(hit.key, safe='')}"
        case HitKind.PARKED:
            return f"/parked/{hit.key}"
        case HitKind.ACT if hit.subject_id is None:
            return f"/acts/{hit.key}"
        case HitKind.RECORD | HitKind.ACT | HitKind.MESSAGE:
            return f"/subjects/{hit.subject_id}/records/{quote(hit.key, safe='')}"
        case _:
            return f"/subjects/{hit.subject_id}"


SCREENS = (Screen("/search", "查找", Right.LOOK, _show_search, answer=_do_search),)
