"""What agencies and feeds were told: notices and their end, rows and what is to be done about them."""

from __future__ import annotations

from urllib.parse import quote

from credit.store.queries import feeds, notices
from credit.store.queries.feeds import Entry, Task
from credit.store.queries.notices import Notice
from credit.store.queries.page import Part
from schemas.record import Cause
from schemas.rights import Right
from schemas.states import FeedKind, FeedState, NoticeState, Operation
from schemas.words import Tone
from workers.console.asked import Asked, Missing
from workers.console.drawn import draw
from workers.console.screens import Button, Cell, Column, Filter, Listing, Menu, Page, Screen, code
from workers.show.feeds import say_answer, say_left, say_why
from workers.show.notices import say_why_ended, show_notices
from workers.show.style import day, moment
from workers.show.words import say, word


def _show_notices(asked: Asked) -> Listing[Notice]:
    wanted = notices.Filter(asked.query("agency") or None, asked.one_of("state", NoticeState))
    with asked.reading() as connection:
        rows = notices.find_notices(connection, asked.view(), wanted, Part(asked.query("after"), asked.limit))
    return Listing(
        "联合惩戒通知",
        (
            *_of_notice(asked),
            Column("认定依据", lambda each: say(asked.names.grounds, each.row.ground)),
            Column("措施", lambda each: "、".join(measure["name"] for measure in each.measures)),
            Column("状态", lambda each: code(each.state)),
            Column("发出", lambda each: moment(each.row.issued_at)),
            Column("期限", _due),
        ),
        rows,
        empty="没有符合条件的联合惩戒通知。",
        after=rows[-1].row.notice_no if len(rows) == asked.limit else None,
        about=_about,
        filters=(
            Filter("agency", "接收单位", asked.names.agencies),
            Filter("state", "状态", {each.value: each.word for each in NoticeState}),
        ),
        buttons=(Button("尚未确认解除", "/closure"),),
    )


def _of_notice(asked: Asked) -> tuple[Column[Notice], ...]:
    return (
        Column("通知编号", _number),
        Column("接收单位", lambda each: say(asked.names.agencies, each.row.agency)),
        Column("惩戒对象", _whom),
    )


def _number(each: Notice) -> Cell:
    return Cell(each.row.notice_no, f"/notices/{quote(each.row.notice_no, safe='')}")


def _whom(each: Notice) -> Cell:
    """Return whom a notice is about; of what is concealed there is nothing to say."""
    return Cell(each.name, f"/subjects/{each.row.subject_id}") if each.name else Cell("（已封存）")


def _about(each: Notice) -> str | None:
    return each.row.subject_id if each.name else None


def _due(each: Notice) -> Cell:
    due = each.confirm_by or each.row.reply_by
    return Cell(f"{day(due)}{' 逾期' if each.overdue else ''}", tone=Tone.ALARM if each.overdue else None)


def _show_notice(asked: Asked) -> Page:
    with asked.reading() as connection:
        found = notices.read_notice(connection, asked.view(), asked.path("number"))
    if found is None:
        raise Missing("没有这个编号的通知，或者不在您的查询范围内。")
    row = found.row
    path = f"/subjects/{row.subject_id}/records/{quote(row.record_id, safe='')}"
    steps = [
        ("发出", moment(row.issued_at)),
        ("回执期限", day(row.reply_by)),
        ("回执", f"{moment(row.replied_at)} {NoticeState(row.reply_state).word if row.reply_state else ''}".strip()),
        ("解除原因", word(Cause, row.lift_cause)),
        ("解除通知", moment(row.lifted_at)),
        ("确认期限", day(found.confirm_by)),
        ("确认解除", moment(row.lift_confirmed_at)),
    ]
    return Page(
        "notice.html",
        {
            "title": f"联合惩戒通知 {row.notice_no}",
            "drawn": draw(show_notices([found], asked.names)),
            "facts": [
                ("惩戒对象", _whom(found)),
                ("证照号码", found.identifier),
                ("依据记录", Cell(found.document_no, path)),
                ("有效期", f"{day(row.from_on)} 至 {day(row.until_on)}"),
                *steps,
            ],
            "reply": _say_reply(found),
        },
        about=[_about(found)],
    )


def _say_reply(found: Notice) -> list[tuple[str, str]]:
    """Return what the agency said of each measure, and the reason that it gave."""
    reply, names = found.reply or {}, {measure["code"]: measure["name"] for measure in found.measures}
    said = []
    for each in reply.get("measures") or ():
        remark = f"：{each['remark']}" if each.get("remark") else ""
        said.append((names.get(each["code"], each["code"]), f"{'已落实' if each['done'] else '未落实'}{remark}"))
    return said + ([("理由", reply["reason"])] if reply.get("reason") else [])


def _show_closure(asked: Asked) -> Listing[Notice]:
    wanted = notices.UnclosedFilter(asked.query("agency") or None, asked.whether("late"))
    with asked.reading() as connection:
        page = notices.find_unclosed(connection, asked.view(), Part(asked.query("after"), asked.limit), wanted)
    return Listing(
        "尚未确认解除的单位",
        (
            Column("确认期限", _due),
            *_of_notice(asked),
            Column("依据文书", lambda each: each.document_no or "—"),
            Column("解除原因", say_why_ended),
            Column("解除通知", lambda each: "尚未送出" if each.unsent else moment(each.row.lifted_at)),
        ),
        page,
        empty=_ALL_CLOSED if wanted == notices.EVERY_UNCLOSED else "没有符合条件的通知。",
        after=notices.key_of_unclosed(page[-1]) if len(page) == asked.limit else None,
        about=_about,
        filters=(
            Filter("agency", "接收单位", asked.names.agencies),
            Filter("late", "确认期限", {"yes": "逾期的", "no": "未逾期的"}),
        ),
    )


_ALL_CLOSED = "所有解除通知均已得到确认，没有单位仍按已失效的事实采取措施。"


def _show_feeds(asked: Asked) -> Listing[Entry]:
    with asked.reading() as connection:
        rows = feeds.find_page(connection, asked.view(), _read_wanted(asked), Part(asked.query("after"), asked.limit))
    return Listing(
        "报送数据行",
        (
            *_of_entry(asked),
            Column("期限", lambda each: Cell(day(each.row.due_on), tone=Tone.ALARM if each.late else None)),
            Column("平台反馈", say_answer),
        ),
        rows,
        empty="没有符合条件的数据行。",
        after=rows[-1].row.row_id if len(rows) == asked.limit else None,
        about=lambda each: each.subject_id,
        filters=_feed_filters(asked),
        buttons=(Button("报送待办", "/feeds/work"),),
    )


def _read_wanted(asked: Asked) -> feeds.Filter:
    return feeds.Filter(asked.query("feed") or None, asked.one_of("state", FeedState))


def _feed_filters(asked: Asked) -> tuple[Filter, ...]:
    return (
        Filter("feed", "平台", asked.names.feeds),
        Filter("state", "状态", {each.value: each.word for each in FeedState}),
    )


def _of_entry(asked: Asked) -> tuple[Column[Entry], ...]:
    return (
        Column("数据行", lambda each: Cell(each.row.row_id, f"/feeds/rows/{quote(each.row.row_id, safe='')}")),
        Column("平台", lambda each: say(asked.names.feeds, each.row.feed)),
        Column("类别", lambda each: word(FeedKind, each.row.kind)),
        Column("操作", lambda each: word(Operation, each.row.operation)),
        Column("主体", lambda each: Cell(each.name, f"/subjects/{each.subject_id}")),
        Column("文书", lambda each: each.document_no),
        Column("状态", lambda each: code(each.state)),
    )


def _show_tasks(asked: Asked) -> Listing[Task]:
    law, wanted = asked.runtime.reader.law, _read_wanted(asked)
    with asked.reading() as connection:
        part = Part(asked.query("after"), asked.limit)
        rows = feeds.find_tasks(connection, asked.view(), law.calendar if law is not None else None, part, wanted)

    def due(task: Task) -> Cell:
        said = "，".join(filter(None, (day(task.entry.row.due_on), say_left(task))))
        return Cell(said, tone=Tone.ALARM if task.over else Tone.WAITING)

    return Listing(
        "报送待办",
        (
            Column("期限", due),
            Column("主体", lambda task: Cell(task.entry.name, f"/subjects/{task.entry.subject_id}")),
            Column("文书", lambda task: task.entry.document_no),
            Column("平台", lambda task: say(asked.names.feeds, task.entry.row.feed)),
            Column("状态", lambda task: code(task.entry.state)),
            Column("原因和处理办法", lambda task: "；".join(say_why(task.entry, asked.names))),
        ),
        rows,
        empty="没有待补正、被退回、逾期或者临期的数据行。",
        after=feeds.key_of(rows[-1]) if len(rows) == asked.limit else None,
        about=lambda task: task.entry.subject_id,
        filters=_feed_filters(asked),
    )


def _show_row(asked: Asked) -> Listing[Entry]:
    with asked.reading() as connection:
        found = feeds.read_entry(connection, asked.view(), asked.path("row"))
    if found is None:
        raise Missing("没有这个编号的数据行，或者不在您的查询范围内。")
    return Listing(
        f"报送数据行 {found.row.row_id}",
        (
            *_of_entry(asked)[1:],
            Column("版次", lambda each: str(each.row.version), number=True),
            Column("期限", lambda each: Cell(day(each.row.due_on), tone=Tone.ALARM if each.late else None)),
            Column("平台反馈", say_answer),
            Column("反馈报文", lambda each: each.row.answered_by or "—"),
        ),
        [found],
        empty="",
        about=lambda each: each.subject_id,
        buttons=(Button("全部数据行", "/feeds"),),
    )


SCREENS = (
    Screen("/notices", "联合惩戒通知", Right.LOOK, _show_notices, menu=Menu.PARTNERS),
    Screen("/notices/{number}", "联合惩戒通知", Right.LOOK, _show_notice),
    Screen("/closure", "尚未确认解除", Right.LOOK, _show_closure, menu=Menu.PARTNERS),
    Screen("/feeds", "报送数据行", Right.LOOK, _show_feeds, menu=Menu.PARTNERS),
    Screen("/feeds/rows/{row}", "报送数据行", Right.LOOK, _show_row),
    Screen("/feeds/work", "报送待办", Right.LOOK, _show_tasks, menu=Menu.PARTNERS),
)
