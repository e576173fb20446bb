"""Parked messages: the list a clerk works off, and one message with its story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from connectors.vocabulary import Item, Vocabulary
from credit.record.merging import Outcome
from credit.store.queries.parked import Parked, Story, count_reasons
from schemas.envelope import family_of
from schemas.reasons import HINTS, Reason
from workers.show.detail import NO_ITEMS, say_detail
from workers.show.style import GOOD, PAST, QUIET, WAITING, moment, new_table, plain, shorten, show_code
from workers.show.words import PARKED_ACTIONS, say


def show_list(rows: Sequence[Parked], vocabulary: Vocabulary) -> RenderableType:
    """Show parked messages and how many there are for each reason; items are called by their titles."""
    if not rows:
        return plain("✓ 没有挂起的报文。", GOOD)
    table = new_table(
        f"挂起的报文（{len(rows):,} 份）",
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
    counts = new_table("按原因", "原因", "份数", right={"份数"})
    for reason, number in count_reasons(rows).items():
        counts.add_row(plain(reason), plain(f"{number:,}"))
    return Group(table, counts)


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
    table = new_table("处理经过", "时间", "处理人", "处理", "说明", "此前的内容")
    for event in story.events:
        table.add_row(
            plain(moment(event.at)),
            plain(event.by),
            plain(say(PARKED_ACTIONS, event.action)),
            plain(event.note or "—"),
            plain("—" if event.before is None else "已留存", QUIET),
        )
    return table


def show_verdict(parked_id: int, why: str | None, items: Mapping[str, Item] = NO_ITEMS) -> RenderableType:
    """Show what came of a replay; `why` is None when the message was applied, else `reason: detail`."""
    if why is None:
        return plain(f"✓ {parked_id} 号报文已处理，移出挂起。", GOOD)
    reason, _, detail = why.partition(": ")
    return Text("\n").join(
        [
            plain(f"✗ {parked_id} 号报文仍然挂起：{HINTS[Reason(reason)]}", WAITING),
            plain(f"{reason}: {say_detail(detail, items)}", QUIET),
        ]
    )
