"""Parked messages: the list a clerk works off, and one message with its story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from connectors.vocabulary import Item, Vocabulary
from credit.record.merging import Outcome
from credit.store.queries.parked import Parked, Story
from credit.store.queries.parked_piles import Pile
from schemas.envelope import family_of
from workers.show.detail import NO_ITEMS, say_detail
from workers.show.style import GOOD, PAST, QUIET, WAITING, moment, new_table, plain, shorten, show_code, stack
from workers.show.verdicts import show_changes
from workers.show.words import PARKED_ACTIONS, say


def show_list(rows: Sequence[Parked], total: int, vocabulary: Vocabulary) -> RenderableType:
    """Show a page of parked messages, of so many there are; items are called by their titles."""
    if not rows:
        return plain("✓ 没有挂起的报文。", GOOD)
    table = new_table(
        f"挂起的报文（{total:,} 份）" if len(rows) == total else f"挂起的报文（{total:,} 份中的 {len(rows):,} 份）",
        "编号",
        "挂起时间 / 状态",
        "原因 / 报文",
        whole={"编号", "挂起时间 / 状态"},
    )
    for row in rows:
        table.add_row(
            plain(row.parked_id),
            plain(f"{moment(row.parked_at)}\n").append_text(_state(row)),
            _told(row, vocabulary.items(family_of(row.type)) if row.type else NO_ITEMS),
        )
    return table


def show_piles(piles: Sequence[Pile]) -> RenderableType:
    """Show how many messages are parked for which reason, from which source and sender, with a sample of each."""
    if not piles:
        return plain("✓ 没有挂起的报文。", GOOD)
    total = sum(pile.count for pile in piles)
    table = new_table(
        f"挂起的报文（{total:,} 份）",
        "份数",
        "最早 / 最晚",
        "原因 / 来源 / 示例",
        right={"份数"},
        whole={"份数", "最早 / 最晚"},
    )
    for pile in piles:
        reason = Text.assemble(plain(pile.reason, WAITING), plain(f"  {pile.hint}"))
        sender = f"来源 {shorten(pile.source)}  发送单位 {pile.sender or '—'}"
        sample = plain(f"{pile.sample} 号：{say_detail(pile.detail, NO_ITEMS)}", QUIET)
        table.add_row(
            plain(f"{pile.count:,}"),
            plain(f"{moment(pile.first)}\n{moment(pile.last)}"),
            Text("\n").join([reason, plain(sender, QUIET), sample]),
        )
    return table


def _told(row: Parked, items: Mapping[str, Item]) -> Text:
    """Say why a message is parked, and which one it is: by its key and its type, or where that is unknown its queue."""
    which = Text.assemble(
        plain("报文 ", QUIET), *(plain(f"{shorten(word)} ", QUIET) for word in row.message_key.split(" "))
    )
    kind = f"类型 {row.type}" if row.type else f"队列 {row.queue}"
    reason = Text.assemble(plain(row.reason, WAITING), plain(f"  {say_detail(row.detail, items)}", QUIET))
    return Text("\n").join([plain(row.hint), reason, which, plain(kind, QUIET)])


def _state(row: Parked) -> Text:
    if row.closed_as:
        return _closed(row.closed_as)
    return plain("等待关联" if row.waits else "待处理", WAITING)


def _closed(closed_as: str) -> Text:
    return plain("已作废", PAST) if closed_as == "discarded" else show_code(Outcome(closed_as))


def show_story(story: Story, items: Mapping[str, Item]) -> RenderableType:
    """Show one parked message: why, by whom, what was done, and what it says with personal numbers masked.

    `items` are those of its type, by which the reason names them.
    """
    row = story.row
    head = Text("\n").join(
        [
            plain(f"{row.hint}", "bold"),
            plain(f"{row.reason}  {say_detail(row.detail, items)}", WAITING),
            plain(f"报文    {row.message_key}"),
            plain(f"类型    {row.type or '—'}"),
            plain(f"队列    {row.queue}    发送单位 {row.sender or '—'}"),
            plain(f"收到    {moment(story.received_at)}    挂起 {moment(row.parked_at)}"),
            Text.assemble("状态    ", _state(row), plain(f"  {row.closed_by or ''} {_closed_at(row)}", QUIET)),
        ]
    )
    parts: list[RenderableType] = [Panel(head, title=f"挂起 {row.parked_id} 号", title_align="left", box=box.ROUNDED)]
    if story.events:
        parts.append(_history(story))
    parts.append(Panel(plain(story.message), title="报文内容", title_align="left", box=box.ROUNDED))
    return Group(*parts)


def _closed_at(row: Parked) -> str:
    return moment(row.closed_at) if row.closed_at else ""


def _history(story: Story) -> RenderableType:
    table = new_table("处理经过", "时间", "处理人 / 账户", "处理", "说明 / 改动", whole={"时间"})
    for event in story.events:
        said = plain(event.note or "—")
        if event.changes is not None:
            said = Text("\n").join([said, show_changes(event.changes)])
        table.add_row(
            plain(moment(event.at)),
            stack(event.by, event.account or "—"),
            plain(say(PARKED_ACTIONS, event.action)),
            said,
        )
    return table
