"""The log of who did and saw what; and who looked at one subject's record, for that subject on request."""

from __future__ import annotations

from datetime import datetime, timedelta

from credit.access.account import LookRow
from credit.store.queries.looks import Wanted, read_looks
from credit.store.queries.subjects import SubjectUnknown, find
from schemas.access import Logged
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.screens import EXPORT, Column, Filter, Listing, Menu, Page, Screen, code, nobody
from workers.runtime import SHANGHAI

_WORDS = {each.value: each.word for each in Logged}
_FILTERS = (
    Filter("account", "账号"),
    Filter("about", "对象"),
    Filter("what", "事项", _WORDS),
    Filter("since", "自", kind="date"),
    Filter("until", "至", kind="date"),
)
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


def _day(asked: Asked, name: str, more: int = 0) -> datetime | None:
    said = asked.query(name)
    try:
        return datetime.fromisoformat(said).replace(tzinfo=SHANGHAI) + timedelta(days=more) if said else None
    except (ValueError, OverflowError):
        raise Incomplete("日期应写作 2026-06-01。") from None


def _show(asked: Asked) -> Listing[LookRow]:
    what = asked.query("what")
    if what and what not in _WORDS:
        raise Incomplete("没有这种事项。")
    wanted = Wanted(
        account=asked.query("account").lower() or None,
        about=asked.query("about") or None,
        what=Logged(what) if what else None,
        since=_day(asked, "since"),
        until=_day(asked, "until", more=1),
    )
    with asked.reading() as connection:
        rows = read_looks(connection, wanted, asked.limit, asked.after())
    after = str(rows[-1].look_id) if len(rows) == asked.limit else None
    return Listing("操作日志", _COLUMNS, rows, "没有符合条件的记录。", after=after, filters=_FILTERS, about=nobody)


def _show_of(_asked: Asked) -> Page:
    return Page("log_of.html", {"list": None})


def _tell_of(asked: Asked) -> Page:
    """Show everybody who looked at a subject; that it was asked for is in the log too. No address has the number."""
    key = asked.required("key", "代码或证件号码")
    with asked.reading() as connection:
        try:
            members = find(connection, key, asked.runtime.keyring).members
        except SubjectUnknown:
            raise Missing("没有查到这一主体，请核对代码或证件号码。") from None
        rows = [
            row
            for member in sorted(members)
            for row in read_looks(connection, Wanted(about=member, what=Logged.LOOK), EXPORT)
        ]
    rows.sort(key=lambda row: row.look_id, reverse=True)
    asked.note(Logged.DECIDE, min(members), "应当事人申请告知查看记录")
    columns = tuple(column for column in _COLUMNS if column.title in _OF_A_PERSON)
    return Page("log_of.html", {"list": Listing("查看记录告知", columns, rows, "没有人查看过其记录。", about=nobody)})


SCREENS = (
    Screen("/log", "操作日志", Right.LOG, _show, menu=Menu.SYSTEM),
    Screen("/log/of", "查看记录告知", Right.LOG, _show_of, answer=_tell_of, menu=Menu.SYSTEM),
)
