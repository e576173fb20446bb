"""The flow on one screen of 100 columns and 30 lines: what is amiss comes first, and what is much is cut short.

A screen of 80 columns and 24 lines still has the alerts and the queues.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from credit.record.rows import AlertRow, WorkerRow
from credit.store import roll
from credit.store.queries.flow import Flow
from credit.telling.observation import Observation
from credit.telling.sources import SourceSeen
from schemas.alerts import AlertKind, Urgency
from schemas.states import SourceState
from workers.show.alerts import UNWATCHED, say_subject
from workers.show.names import Names
from workers.show.sources import name_source, say_roughly
from workers.show.style import ALARM, GOOD, PAST, QUIET, WAITING, new_table, plain, show_code
from workers.top import Picture
from workers.watching import Watched, WatchedQueue, Way

_QUEUES, _WORKERS, _SOURCES, _ALERTS = 7, 4, 4, 5
"""So many of each are shown at most."""
_WAITS = {
    "parked": "挂起的报文",
    "unsent": "待发的消息",
    "unconfirmed": "未获确认的消息",
    "notices_overdue": "逾期未复的通知",
    "lifts_overdue": "逾期未确认的解除",
    "feed_rows_late": "逾期的报送",
    "records_due": "到期未更新的记录",
}
_LOUD = frozenset({"lifts_overdue", "unconfirmed", "records_due"})
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def show_top(picture: Picture, names: Names) -> RenderableType:
    """Show a picture."""
    seen = picture.seen
    halves = Table.grid(padding=(0, 2))
    halves.add_column(ratio=1)
    halves.add_column(ratio=1)
    halves.expand = True
    halves.add_row(_queues(picture.watched), _waits(picture))
    halves.add_row("", "")
    halves.add_row(_workers(seen.workers, seen.rolled_at), _sources(seen.sources, names))
    return Group(_head(picture), "", _alerts(seen, names), "", halves)


def _head(picture: Picture) -> Text:
    now = picture.seen.at.now.astimezone(_SHANGHAI)
    head = Text.assemble(("杏林", "bold cyan"), plain(f"  {now:%Y-%m-%d %H:%M:%S}  "))
    return head.append_text(_flow(picture.flow))


def _flow(flow: Flow | None) -> Text:
    if flow is None or not flow.within:
        return plain("")
    seconds = flow.within.total_seconds()
    counts = {"收到": flow.received, "挂起": flow.parked, "新增待发": flow.queued, "发出": flow.sent}
    parts = [f"{name} {count / seconds:,.1f}" for name, count in counts.items()]
    return plain(f"每秒：{'  '.join(parts)}", "bold" if any(counts.values()) else QUIET)


def _queues(watched: Watched) -> RenderableType:
    if watched.lost is not None:
        return plain(f"消息中间件无法连接：{watched.lost}", ALARM)
    table = _new_block("队列", "待取", "消费者", right={"待取", "消费者"})
    ranked = sorted(watched.queues, key=_rank)
    shown = [queue for queue in ranked[:_QUEUES] if queue.missing or queue.ready]
    for queue in shown:
        style = ALARM if queue.missing or (queue.unread and queue.way is Way.IN) else WAITING if queue.unread else ""
        readers = "—" if queue.consumers is None else str(queue.consumers)
        ready = "不存在" if queue.missing else f"{queue.ready:,}"
        table.add_row(plain(queue.name, style), plain(ready, style), plain(readers))
    if rest := len(watched.queues) - len(shown):
        busy = any(queue.ready for queue in ranked[len(shown) :])
        table.add_row(plain(f"{'另有' if busy else '没有积压的'} {rest} 个", QUIET), "", "")
    if watched.alarm is None:
        return table
    return Group(plain(f"已停止接收发送方的消息：{watched.alarm}", ALARM), table)


class _Rank(NamedTuple):
    """Where a queue comes in the list: by what is amiss with it, then by how much waits."""

    amiss: int
    ready: int
    name: str


def _rank(queue: WatchedQueue) -> _Rank:
    """Return where a queue comes: missing ones, dead letters, what comes in, what nobody reads, the rest."""
    amiss = (queue.missing, queue.ready and queue.way is Way.DEAD, queue.ready and queue.way is Way.IN, queue.unread)
    return _Rank(next((place for place, wrong in enumerate(amiss) if wrong), len(amiss)), -queue.ready, queue.name)


def _waits(picture: Picture) -> RenderableType:
    table = _new_block("等待", "数量", "最早", right={"数量", "最早"})
    now = picture.seen.at.now
    for name, waiting in picture.waits().items():
        if not waiting.count:
            table.add_row(plain(_WAITS[name], QUIET), plain("·", QUIET), plain("—", QUIET))
            continue
        style = ALARM if name in _LOUD else WAITING
        table.add_row(
            plain(_WAITS[name]), plain(f"{waiting.count:,}", style), plain(say_roughly(waiting.age(now)), style)
        )
    return table


def _workers(rows: Sequence[WorkerRow], now: datetime) -> RenderableType:
    table = _new_block("worker", "主机", "心跳", "版本", right={"心跳"})
    # Those that ended in order are no news here.
    rows = sorted((row for row in rows if row.ended_at is None), key=lambda row: roll.is_at_work(row, now))
    for row in rows[:_WORKERS]:
        alive = roll.is_at_work(row, now)
        style = ALARM if not alive else WAITING if row.trouble else GOOD
        heard = say_roughly(now - row.heard_at) if alive else "无响应"
        table.add_row(plain(row.kind, style), plain(row.host), plain(heard, style), plain(row.version, QUIET))
    _cut(table, len(rows) - _WORKERS, 3)
    if not rows:
        table.add_row(plain("没有 worker 在运行", ALARM), "", "", "")
    return table


_ORDER = {SourceState.SILENT: 0, SourceState.HEARD: 1, SourceState.LEARNING: 1}


def _sources(seen: Sequence[SourceSeen], names: Names) -> RenderableType:
    table = _new_block("来源", "状态", "已静默", right={"已静默"})
    heard = [each for each in seen if each.last_heard is not None]
    heard.sort(key=lambda each: (_ORDER.get(each.state, 2), each.source.count("/"), each.silence))
    for each in heard[:_SOURCES]:
        name = name_source(each.source, names).partition(" ")[0]
        table.add_row(plain(name), show_code(each.state), plain(say_roughly(each.silence)))
    _cut(table, len(seen) - min(len(heard), _SOURCES), 2)
    return table


def _alerts(seen: Observation, names: Names) -> RenderableType:
    """Show the open alerts, and say where nobody raises or ends any."""
    watched = bool(seen.at_work.get("scheduler"))
    listed = _list_alerts(seen.alerts, seen.at.now, names, watched=watched)
    return listed if watched else Group(plain(UNWATCHED, WAITING), listed)


def _list_alerts(rows: Sequence[AlertRow], now: datetime, names: Names, *, watched: bool) -> RenderableType:
    if not rows:
        return plain("没有未终止的提醒", GOOD if watched else QUIET)
    right = {"编号", "数量", "持续"}
    table = _new_block("编号", "未终止的提醒", "对象", "数量", "持续", "知悉", right=right)
    urgent = sorted(rows, key=lambda row: (row.acknowledged_by or "", row.severity != Urgency.PAGE, row.alert_id))
    for row in urgent[:_ALERTS]:
        style = PAST if row.acknowledged_by else ALARM if row.severity == Urgency.PAGE else WAITING
        table.add_row(
            plain(row.alert_id, QUIET),
            plain(AlertKind(row.kind).word, style),
            plain(say_subject(row, names)),
            plain(f"{row.count:,}"),
            plain(say_roughly(now - row.raised_at)),
            plain(row.acknowledged_by or ""),
        )
    if len(rows) > _ALERTS:
        table.add_row("", plain(f"另有 {len(rows) - _ALERTS} 条", QUIET), "", "", "", "")
    return table


def _new_block(*columns: str, right: Collection[str]) -> Table:
    """Return an empty table that takes no line more than it has to."""
    table = new_table("", *columns, right=right, whole=right)
    table.title, table.show_edge = None, False
    return table


def _cut(table: Table, left: int, others: int) -> None:
    """Say how many are left out."""
    if left > 0:
        table.add_row(plain(f"另有 {left} 个", QUIET), *[""] * others)
