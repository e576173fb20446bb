"""The log of who did and saw what; and who looked at one subject's record, for that subject on request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from credit.access.account import LookRow
from credit.store.queries.looks import Wanted, read_looks
from credit.store.queries.search import is_personal
from credit.store.queries.subjects import Lineage, SubjectUnknown, find
from schemas.access import Logged
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.screens import Column, Filter, Listing, Menu, Page, Screen, Shown, code, nobody
from workers.runtime import SHANGHAI
from workers.web.pages import with_query

_WORDS = {each.value: each.word for each in Logged}
_DAYS = (Filter("since", "自", kind="date"), Filter("until", "至", kind="date"))
_FILTERS = (Filter("account", "账号"), Filter("about", "对象"), Filter("what", "事项", _WORDS), *_DAYS)
_COLUMNS: tuple[Column[LookRow], ...] = (
    Column("时间", lambda row: f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"),
    Column("事项", lambda row: code(Logged(row.what))),
    Column("账号", lambda row: row.account),
    Column("姓名", lambda row: row.person or _say_unnamed(row)),
    Column("对象", lambda row: row.about),
    Column("目的或内容", lambda row: row.purpose),
    Column("页面或命令", lambda row: row.by),
    Column("地址", lambda row: row.address),
)
_OF_A_PERSON = ("时间", "姓名", "目的或内容")
"""What a person is told of who looked: when, who, and for what."""


def _say_unnamed(row: LookRow) -> str:
    """Say who it is that no account names: at a terminal the system user, to whom none is bound."""
    return "系统用户，未绑定账号" if row.by.startswith("xinglin ") else ""


def _read_wanted(asked: Asked) -> Wanted:
    """Return which entries are meant by the days that the address says."""
    since, until = asked.day("since"), asked.day("until")
    last = until if until and until < date.max else None
    return Wanted(since=_begin(since) if since else None, until=_begin(last + timedelta(days=1)) if last else None)


def _begin(on: date) -> datetime:
    return datetime.combine(on, time(), SHANGHAI)


def _show(asked: Asked) -> Listing[LookRow]:
    what = asked.query("what")
    if what and what not in _WORDS:
        raise Incomplete("没有这种事项。")
    said, about = asked.query("account").lower(), asked.query("about")
    wanted = _read_wanted(asked)._replace(
        account=said or None, about=frozenset({about}) if about else None, what=Logged(what) if what else None
    )
    with asked.reading() as connection:
        rows = read_looks(connection, wanted, asked.limit, asked.after())
    return Listing(
        "操作日志",
        _COLUMNS,
        rows,
        "没有符合条件的记录。",
        after=_after(asked, rows),
        filters=_FILTERS,
        about=nobody,
    )


def _after(asked: Asked, rows: Sequence[LookRow]) -> str | None:
    return str(rows[-1].look_id) if len(rows) == asked.limit else None


def _show_of(asked: Asked) -> Page:
    """Show everybody who looked at the subject of an id: what its number is, no address says."""
    about = asked.query("about")
    if not about:
        return Page("log_of.html")
    if is_personal(about):
        raise Incomplete("证件号码不能写在网址中。请在本页的栏内输入。")
    with asked.reading() as connection:
        members = _find(asked, connection, about).members
        wanted = _read_wanted(asked)._replace(about=members, what=Logged.LOOK)
        rows = read_looks(connection, wanted, asked.limit, asked.after())
    listing = Listing(
        "查看记录告知",
        tuple(column for column in _COLUMNS if column.title in _OF_A_PERSON),
        rows,
        "没有人查看过其记录。",
        after=_after(asked, rows),
        filters=(Filter("about", "", kind="hidden"), *_DAYS),
        about=lambda _: about,
    )
    return Page("log_of.html", list=listing)


def _find(asked: Asked, connection: Connection, key: str) -> Lineage:
    try:
        return find(connection, key, asked.runtime.keyring)
    except SubjectUnknown:
        raise Missing("没有查到这一主体，请核对代码或证件号码。") from None


def _tell_of(asked: Asked) -> Shown:
    """Lead to who looked at the subject of a number; that it was asked for is in the log too."""
    key = asked.required("key", "代码或证件号码")
    with asked.reading() as connection:
        lineage = _find(asked, connection, key)
    asked.note(Logged.DECIDE, min(lineage.members), "应当事人申请告知查看记录")
    return asked.go(with_query("/log/of", {"about": lineage.current}))


SCREENS = (
    Screen("/log", "操作日志", Right.LOG, _show, menu=Menu.SYSTEM),
    Screen("/log/of", "查看记录告知", Right.LOG, _show_of, answer=_tell_of, menu=Menu.SYSTEM),
)
