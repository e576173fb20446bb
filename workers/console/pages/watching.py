"""What an operator watches: when each source was last heard, what holds that somebody has to look at, the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from credit.record.merging import Outcome
from credit.record.rows import AlertRow
from credit.store import alerts as following
from credit.store import roll
from credit.store.queries import alerts
from credit.store.queries.ledger import Ledger, Tally, read_ledger, read_tallies
from credit.store.queries.observation import see_sources
from credit.store.queries.page import Part
from credit.telling.sources import SourceSeen
from schemas.alerts import AlertKind, Urgency
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked, Incomplete
from workers.console.leading import lead
from workers.console.screens import Cell, Column, Filter, Listing, Menu, Page, Screen, Shown, code, nobody
from workers.console.telling import telling
from workers.runtime import wall_clock
from workers.show.alerts import UNWATCHED, say_subject
from workers.show.sources import name_source, say_roughly
from workers.show.style import moment


def _show_sources(asked: Asked) -> Listing[SourceSeen]:
    rules = asked.runtime.rules()
    with asked.reading() as connection:
        seen = see_sources(connection, rules.at, rules.law, rules.routes.sources)
    names = asked.names
    return Listing(
        "来源和部门",
        (
            Column("来源", lambda each: name_source(each.source, names)),
            Column("状态", lambda each: code(each.state)),
            Column("最近来报", lambda each: moment(each.last_heard)),
            Column("近七日", lambda each: f"{each.messages:,}", number=True),
            Column("通常间隔", lambda each: say_roughly(each.usual_gap), number=True),
            Column("已静默", lambda each: say_roughly(each.silence), number=True),
        ),
        sorted(seen, key=lambda each: each.source.count("/")),
        empty="路由文件没有写任何来源。",
        about=nobody,
        note="间隔按工作日计。",
    )


def _show_alerts(asked: Asked) -> Listing[AlertRow]:
    kind, urgency = asked.one_of("kind", AlertKind), asked.one_of("urgency", Urgency)
    wanted = alerts.Filter(kind, urgency, open_only=not asked.whether("all"))
    with asked.reading() as connection:
        rows = alerts.find_alerts(connection, wanted, Part(asked.query("after"), asked.limit))
        watched = any(row.kind in {"scheduler", "all"} for row in roll.at_work(connection, wall_clock()))
    names = asked.names
    return Listing(
        "提醒",
        (
            Column("编号", lambda row: Cell(str(row.alert_id), f"/alerts/{row.alert_id}"), number=True),
            Column("紧急程度", lambda row: code(Urgency(row.severity))),
            Column("种类", lambda row: AlertKind(row.kind).word),
            Column("对象", lambda row: say_subject(row, names)),
            Column("数量", lambda row: f"{row.count:,}", number=True),
            Column("开始", lambda row: moment(row.raised_at)),
            Column("终止", lambda row: moment(row.ended_at) if row.ended_at else Cell("未终止", tone=Tone.WAITING)),
            Column(
                "知悉",
                lambda row: f"{row.acknowledged_by} {moment(row.acknowledged_at)}" if row.acknowledged_by else "—",
            ),
        ),
        rows,
        empty="没有提醒。",
        after=alerts.key_of(rows[-1]) if len(rows) == asked.limit else None,
        about=nobody,
        filters=(
            Filter("urgency", "紧急程度", {each.value: each.word for each in Urgency}),
            Filter("kind", "种类", {each.value: each.word for each in AlertKind}),
            Filter("all", "已终止的", {"yes": "也列出"}),
        ),
        note=None if watched else UNWATCHED,
    )


def _find(asked: Asked) -> AlertRow:
    number = int(asked.path("number"))
    with asked.reading() as connection:
        found = alerts.read_alert(connection, number)
    if found is None:
        raise Incomplete("没有这一编号的提醒。")
    return found


def _show_alert(asked: Asked) -> Page:
    row = _find(asked)
    kind = AlertKind(row.kind)
    values = {
        "title": f"提醒 {row.alert_id}：{kind.word}",
        "row": row,
        "detail": lead(row.detail, asked.may),
        "urgency": code(Urgency(row.severity)),
        "subject": say_subject(row, asked.names) or "—",
        "sample": json.loads(row.sample),
        "why_not": None if row.ended_at is None else "这条提醒已经终止。",
    }
    return Page("alert.html", values)


def _acknowledge(asked: Asked) -> Shown:
    number, why = int(asked.path("number")), asked.required("why", "说明")
    with telling("没有这一编号的未终止提醒。"), asked.writing() as connection:
        following.acknowledge(connection, number, asked.decision(why))
    return asked.go(f"/alerts/{number}", "已确认知悉。")


def _show_ledger(asked: Asked) -> Listing[Tally | Ledger]:
    """Show what became of all messages; who sees some organs is shown those that these sent."""
    with asked.reading() as connection:
        if asked.holder.organs is not None:
            return _list_tallies(read_tallies(connection, asked.view()), "只计您有权查询的单位发来的报文。")
        ledger = read_ledger(connection)
    out = ledger.dispatches
    said = (
        "账实相符：收到 = 入档 + 重复 + 已有新版 + 冲突 + 挂起。"
        if ledger.balanced
        else "账实不符，请立即联系维护人员！"
    )
    return _list_tallies(
        (*ledger.types, ledger),
        f"{said}挂起的 {ledger.parked:,} 份中，待处理 {ledger.open:,} 份、已作废 {ledger.discarded:,} 份。"
        f"发件箱 {out.enqueued:,} 份：已发出 {out.sent:,}，待发 {out.unsent:,}，发送受阻 {out.troubled:,}。",
    )


def _list_tallies(rows: Sequence[Tally | Ledger], note: str) -> Listing[Tally | Ledger]:
    counts = [Column(outcome.word, _counter(outcome.value), number=True) for outcome in Outcome]
    return Listing(
        "收报台账",
        (
            Column("报文类型", lambda row: row.type if isinstance(row, Tally) else "合计"),
            Column("收到", lambda row: f"{row.received:,}", number=True),
            *counts,
        ),
        rows,
        empty="还没有收到过报文。",
        note=note,
        about=nobody,
    )


def _counter(name: str) -> Callable[[Tally | Ledger], str]:
    return lambda row: f"{getattr(row, name):,}"


SCREENS = (
    Screen("/sources", "来源和部门", Right.OPERATE, _show_sources, menu=Menu.SYSTEM),
    Screen("/alerts", "提醒", Right.OPERATE, _show_alerts, menu=Menu.SYSTEM),
    Screen("/alerts/{number:int}", "提醒", Right.OPERATE, _show_alert, _acknowledge),
    Screen("/ledger", "收报台账", Right.LOOK, _show_ledger, menu=Menu.MESSAGES),
)
