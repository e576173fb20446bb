"""Complaints, objections and steps of credit repairs that wait for the authority: by when each is to be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from rich.console import RenderableType

from credit.record.clocks import CLOCKS, COMPLAINT, Clock
from credit.store.queries.work import Item
from schemas.statement import ActKind
from schemas.work import WorkKind
from workers.show.names import Names
from workers.show.style import ALARM, QUIET, day, new_table, plain, stack

_STARTED: Mapping[WorkKind, str] = {
    WorkKind.COMPLAINTS: COMPLAINT[0],
    WorkKind.OBJECTIONS: ActKind.OBJECTION.value,
    WorkKind.REPAIRS: ActKind.REPAIR.value,
}
"""The kinds of work whose day starts a clock."""
KINDS = tuple(_STARTED)


def find_due(item: Item, names: Names) -> date | None:
    """Return by when such a step is to be answered; None where no clock runs for it, or the law cannot be read."""
    clock = _find_clock(item)
    if clock is None or isinstance(item.day, datetime):
        return None
    return names.due(clock.deadline, item.day)


def _find_clock(item: Item) -> Clock | None:
    return CLOCKS.get((_STARTED.get(item.kind, ""), item.state))


def show_answers(items: Sequence[Item], names: Names, today: date) -> RenderableType:
    """Show the steps that wait, with the day by which each is to be answered."""
    if not items:
        return plain("\n没有待答复的投诉、异议和信用修复。", QUIET)
    table = new_table(
        f"待答复的投诉、异议和信用修复（{len(items):,} 件）", "事项 / 记录", "主体", "限期", "期限", whole={"期限"}
    )
    for each in items:
        clock, due = _find_clock(each), find_due(each, names)
        table.add_row(
            stack(each.title, each.key),
            stack(each.name or "—", *([each.subject_id] if each.subject_id else [])),
            plain(clock.word if clock is not None else each.kind.word),
            plain(day(due), ALARM if due is not None and due < today else ""),
        )
    return table
