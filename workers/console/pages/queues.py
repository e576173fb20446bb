"""The queues of the broker, and who is at work."""

from __future__ import annotations

from credit.record.rows import WorkerRow
from credit.store import roll
from schemas.errors import TransientError
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked
from workers.console.screens import Cell, Column, Listing, Menu, Screen, nobody
from workers.runtime import wall_clock
from workers.show.style import moment
from workers.watching import WatchedQueue, Way, watch

_WAYS = {Way.IN: "收", Way.OUT: "发", Way.DEAD: "死信"}


def _show_queues(asked: Asked) -> Listing[WatchedQueue]:
    watched = watch(asked.runtime.broker, asked.runtime.reader.routes)
    if watched.lost is not None:
        raise TransientError("消息代理（broker）没有应答，无法查看队列。")
    return Listing(
        "队列",
        (
            Column("队列", lambda queue: queue.name),
            Column("方向", lambda queue: _WAYS[queue.way]),
            Column("等待", lambda queue: str(queue.ready), number=True),
            Column("读取者", lambda queue: "—" if queue.consumers is None else str(queue.consumers), number=True),
            Column("状态", _judge),
        ),
        watched.queues,
        empty="路由文件没有写任何队列。",
        about=nobody,
        note=f"消息代理报警，暂不接收：{watched.alarm}" if watched.alarm else None,
    )


def _judge(queue: WatchedQueue) -> Cell:
    if queue.missing:
        return Cell("不存在", tone=Tone.ALARM)
    if queue.unread:
        return Cell("有报文而无人读取", tone=Tone.ALARM)
    if queue.way is Way.DEAD and queue.ready:
        return Cell("有死信", tone=Tone.GRAVE)
    return Cell("正常", tone=Tone.GOOD)


def _show_workers(asked: Asked) -> Listing[WorkerRow]:
    with asked.reading() as connection:
        now, rows = roll.time_of(connection, wall_clock()), roll.read(connection)

    def judge(row: WorkerRow) -> Cell:
        if roll.is_at_work(row, now):
            return Cell("在运行", tone=Tone.GOOD)
        return Cell("已停止", tone=Tone.PAST) if row.ended_at else Cell("无响应", tone=Tone.ALARM)

    return Listing(
        "后台进程",
        (
            Column("进程", lambda row: row.kind),
            Column("主机", lambda row: f"{row.host} {row.pid}"),
            Column("状态", judge),
            Column("最近心跳", lambda row: moment(row.heard_at)),
            Column("路由", lambda row: row.routing[:12]),
            Column("法规", lambda row: row.law[:12]),
            Column("问题", lambda row: Cell(row.trouble, tone=Tone.ALARM) if row.trouble else ""),
        ),
        rows,
        empty="没有进程登记过。",
        about=nobody,
    )


SCREENS = (
    Screen("/queues", "队列", Right.OPERATE, _show_queues, menu=Menu.SYSTEM),
    Screen("/workers", "后台进程", Right.OPERATE, _show_workers, menu=Menu.SYSTEM),
)
