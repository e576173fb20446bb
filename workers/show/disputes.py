"""Records whose source contradicts itself: what it said side by side, and what persons decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from connectors.vocabulary import Item
from credit.store.queries.disputes import Disputed, Settlement
from schemas.states import DisputeStep
from workers.decisions.disputes import Dispute, Version
from workers.show.names import Names
from workers.show.style import ALARM, GOOD, PAST, QUIET, day, moment, new_table, plain, show_code, show_force, stack
from workers.show.words import arrange, say, say_value


def show_dispute(dispute: Dispute, names: Names) -> RenderableType:
    """Show what each content of the revision says: who said it and when, and every item in which they differ."""
    heads = [f"内容{number}" for number in range(1, len(dispute.versions) + 1)]
    title = f"{dispute.document_no}（{say(names.vocabulary.titles, dispute.family)}）第 {dispute.revision} 版"
    table = new_table(title, "项目", *heads)
    table.add_row(plain("认定"), *map(_standing, dispute.versions))
    table.add_row(plain("报文"), *(_messages(version) for version in dispute.versions))
    for name, told in lines(dispute, names):
        table.add_row(plain(name), *map(plain, told))
    return table


def lines(dispute: Dispute, names: Names) -> list[tuple[str, tuple[str, ...]]]:
    """Return the items in which the contents differ, each with what every content says of it."""
    versions = dispute.versions
    every = [
        ("当事人", tuple(f"{each.name} {each.identifier}".strip() or "—" for each in versions)),
        ("发生日期", tuple(day(each.occurred_on) for each in versions)),
        *_items(dispute, names),
    ]
    return [(name, told) for name, told in every if len(set(told)) > 1]


def _items(dispute: Dispute, names: Names) -> Iterable[tuple[str, tuple[str, ...]]]:
    if not any(version.name for version in dispute.versions):
        states = (names.vocabulary.state(dispute.family, each.values["state"]) for each in dispute.versions)
        yield "处理", tuple(states)
        yield "所涉文号", tuple(str(each.values["target"]) for each in dispute.versions)
        return
    union: dict[str, Any] = {}
    for version in dispute.versions:
        union |= version.values
    for each in arrange(union, names.vocabulary.items(dispute.family)):
        yield each.item.title, tuple(_say(each.item, version.values.get(each.name)) for version in dispute.versions)


def _say(item: Item, value: Any) -> str:
    return "—" if value in (None, "", []) else say_value(item, value)


def _standing(version: Version) -> Text:
    if version.holds:
        return plain("采信", GOOD)
    if version.dismissed:
        return plain("不采信", PAST)
    return plain("未认定，暂以此为准" if version.shown else "未认定", ALARM)


def _messages(version: Version) -> Text:
    said = (
        Text.assemble(
            plain(each.message_key),
            "\n",
            plain(f"{moment(each.event_time)} 出具，{moment(each.received_at)} 收到", QUIET),
        )
        for each in version.messages
    )
    return Text("\n").join(said)


def show_disputed(found: Sequence[Disputed], names: Names) -> RenderableType:
    """Show the records that contradict themselves now."""
    if not found:
        return plain("没有来源前后不一的记录。", QUIET)
    table = new_table(f"来源前后不一的记录（{len(found):,} 项）", "文号", "类别 / 机关", "版次", "请来源单位答复的期限")
    for each in found:
        table.add_row(
            stack(each.document_no, each.record_id),
            stack(say(names.vocabulary.titles, each.family), say(names.organs, each.organ_code)),
            plain(f"第 {each.revision} 版"),
            plain(day(each.due_on) if each.due_on else "尚未询问"),
        )
    return table


def show_settlements(found: Sequence[Settlement]) -> RenderableType:
    """Show what persons decided, undone decisions too."""
    if not found:
        return plain("没有认定。", QUIET)
    whole = {"编号", "时间", "状态"}
    table = new_table("来源前后不一（人工认定）", "编号", "文号", "认定", "决定人 / 理由", "时间", "状态", whole=whole)
    for row in found:
        table.add_row(
            plain(row.dispute_id),
            stack(row.document_no, f"第 {row.revision} 版"),
            Text.assemble(show_code(row.step), "\n", plain(tell_step(row), QUIET)),
            stack(row.decided_by, row.note),
            plain(moment(row.decided_at)),
            show_force(row.undone_by, row.undone_why),
        )
    return table


def tell_step(row: Settlement) -> str:
    """Say which message was taken, or by when the source is to answer."""
    return f"以报文 {row.message_key} 为准" if row.step is DisputeStep.TAKEN else f"请于 {day(row.due_on)} 前答复"
