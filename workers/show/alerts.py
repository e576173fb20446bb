"""Alerts as operators see them: what holds, how much of it, since when, and who has seen it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import RenderableType

from credit.record.rows import AlertRow
from schemas.alerts import AlertKind, Urgency
from workers.show.names import Names
from workers.show.style import moment, new_table, plain, show_code, stack

UNWATCHED = "没有 scheduler 在运行：提醒停留在其最后一次检查之时"
"""Where no scheduler is at work: only it lets alerts begin and end."""


def show_alerts(rows: Sequence[AlertRow], names: Names) -> RenderableType:
    """Show alerts with their kind, what they are about, and a few of what they count."""
    held = sum(row.ended_at is None for row in rows)
    table = new_table(
        f"提醒（{len(rows)} 条，未终止 {held} 条）",
        "编号",
        "紧急程度",
        "种类 / 对象",
        "数量 / 起止 / 知悉",
        "详情 / 举例",
        right={"编号"},
        whole={"编号", "紧急程度"},
    )
    for row in rows:
        table.add_row(
            plain(row.alert_id),
            show_code(Urgency(row.severity)),
            stack(AlertKind(row.kind).word, say_subject(row, names)),
            stack(f"{row.count:,}", *_say_times(row)),
            stack(row.detail, *json.loads(row.sample)),  # a line each, so that none is broken in two
        )
    return table


def say_subject(row: AlertRow, names: Names) -> str:
    """Return what an alert is about by the name that people know; nothing of one that is about all."""
    return names.agencies.get(row.subject) or names.feeds.get(row.subject) or row.subject


def _say_times(row: AlertRow) -> list[str]:
    """Say since when the oldest waits, when the alert began and ended, and who has seen it."""
    said = [f"最早 {moment(row.oldest)}"] if row.oldest is not None else []
    said += [f"开始 {moment(row.raised_at)}", f"终止 {moment(row.ended_at)}" if row.ended_at else "未终止"]
    return said + ([f"{row.acknowledged_by} {moment(row.acknowledged_at)}"] if row.acknowledged_by else [])
