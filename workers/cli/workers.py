"""`xinglin workers`: who is at work on the archive, what each has loaded, and when it was last heard."""

from __future__ import annotations

from credit.store import engine as store_engine
from credit.store import roll
from credit.store.engine import reading
from workers import footing, settings
from workers.cli.common import AsJson, Home, print_json, screen, tell_footing
from workers.runtime import wall_clock
from workers.show.style import ALARM, GOOD, PAST, moment, new_table, plain, stack


def workers(home: Home = None, as_json: AsJson = False) -> None:
    """列出各后台进程（worker）：路由、法规、心跳、时钟偏差和问题。"""
    chosen = settings.read(home=home)
    footing.require(chosen)
    tell_footing(chosen)
    engine = store_engine.connect(chosen.database_url)
    try:
        with reading(engine) as connection:
            now, rows = roll.time_of(connection, wall_clock()), roll.read(connection)
    finally:
        engine.dispose()
    if as_json:
        print_json([row._asdict() | {"at_work": roll.is_at_work(row, now)} for row in rows])
        return
    table = new_table(f"worker（{len(rows)} 个）", "worker", "状态", "路由 / 法规", "最近心跳 / 时钟偏差", "问题")
    for row in rows:
        if roll.is_at_work(row, now):
            state = plain("在运行", GOOD)
        else:
            state = plain("已停止", PAST) if row.ended_at else plain("无响应", ALARM)
        off = f"{row.clock_off_ms / 1000:+.1f} 秒" if row.clock_off_ms is not None else "—"
        table.add_row(
            stack(row.kind, f"{row.host} 进程 {row.pid}"),
            state,
            stack(row.routing[:12], row.law[:12]),
            stack(moment(row.heard_at), off),
            plain(row.trouble or "", ALARM),
        )
    screen().print(table)
