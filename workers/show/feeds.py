"""Rows at Credit China and other feeds, and what is to be done about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from connectors.vocabulary import Item
from credit.record.rows import FeedRow
from credit.store.queries.feeds import Entry, Summary, Task
from credit.telling.feeds import NOT_WRITTEN
from schemas.states import FeedKind, FeedState, Operation
from workers.show.names import Names
from workers.show.style import ALARM, GOOD, QUIET, WAITING, coloured, day, moment, new_table, plain, show_code, stack
from workers.show.words import say, word

_LATE = "\n逾期"
_NO_ANSWER = "平台尚未反馈。请核对数据是否送达，并催办平台反馈。"


def show_feeds(entries: Sequence[Entry], summaries: Sequence[Summary], names: Names) -> RenderableType:
    """Show how many rows of each feed stand where, and each row."""
    if not entries:
        return plain("没有报送过任何数据。", QUIET)
    table = new_table(
        "数据行",
        "主体 / 文书 / 数据行编号",
        "平台 / 类别 / 操作",
        "状态",
        "期限",
        "平台反馈",
        whole={"状态", "期限"},
    )
    for entry in entries:
        table.add_row(
            stack(entry.name, entry.document_no, entry.row.row_id),
            stack(
                say(names.feeds, entry.row.feed),
                word(FeedKind, entry.row.kind),
                word(Operation, entry.row.operation),
            ),
            show_code(entry.state),
            plain(f"{day(entry.row.due_on)}{_LATE if entry.late else ''}", ALARM if entry.late else ""),
            _answer(entry),
        )
    return Group(show_summary(summaries, names), table)


def show_tasks(tasks: Sequence[Task], names: Names) -> RenderableType:
    """Show the rows that somebody has to see to, by the day that they are due, and what to do about each."""
    if not tasks:
        return plain("没有待补正、被退回、逾期或者临期的数据行。", GOOD)
    table = new_table(
        f"报送待办（{len(tasks):,} 行）",
        "期限",
        "主体 / 文书 / 数据行编号 / 平台",
        "状态",
        "原因和处理办法",
        whole={"期限", "状态"},
    )
    for task in tasks:
        entry = task.entry
        table.add_row(
            _due(task),
            stack(entry.name, entry.document_no, entry.row.row_id, _what(entry, names)),
            show_code(entry.state),
            plain("\n".join(say_why(entry, names))),
        )
    return table


def _what(entry: Entry, names: Names) -> str:
    kind, operation = word(FeedKind, entry.row.kind), word(Operation, entry.row.operation)
    return f"{say(names.feeds, entry.row.feed)} {kind} {operation}"


def _due(task: Task) -> Text:
    said = "\n".join(filter(None, (day(task.entry.row.due_on), say_left(task))))
    return plain(said, ALARM if task.over else WAITING)


def say_left(task: Task) -> str:
    """Say how many working days are left, or have gone by since the day; nothing of days that cannot be counted."""
    left = task.working_days
    if task.over:
        return f"已逾期 {-left} 个工作日" if left else "已逾期"
    return "" if left is None else f"剩 {left} 个工作日"


def say_why(entry: Entry, names: Names) -> list[str]:
    """Say why a row is on the work list and what to do about it, a line for each reason."""
    items = names.vocabulary.items(entry.family)
    said = [f"{title_of(each.item, items)}（{each.item}）{each.word}。{each.hint}" for each in entry.held]
    if entry.held and entry.row.in_force:
        said.append("平台上仍是上一次报送的内容。")
    if entry.row.result_code is not None and entry.state is FeedState.REFUSED:
        said.append(_say_refused(entry.row))
    return said or [_NO_ANSWER]


def _say_refused(row: FeedRow) -> str:
    if row.result_code == NOT_WRITTEN:
        return f"{row.result_message}。请维护人员处理前置库的表或路由，再重新评定，该行随即再次报送。"
    answer = f"{row.result_code} {row.result_message or ''}".rstrip()
    return f"平台退回：{answer}。请来源单位更正后重新报送（修订版次加一）。"


def title_of(code: str, items: Mapping[str, Item]) -> str:
    """Return the Chinese name of an item, its code where its connector is not installed."""
    return items[code].title if code in items else code


def say_answer(entry: Entry) -> str:
    """Say what a feed answered, or why the row is held; a dash for neither."""
    if entry.held:
        return "；".join(f"{each.item} {each.word}" for each in entry.held)
    if entry.row.result_code is None:
        return "—"
    return f"{entry.row.result_code} {entry.row.result_message or ''}".rstrip()


def _answer(entry: Entry) -> Text:
    if entry.held:
        return plain(say_answer(entry), ALARM)
    if entry.row.result_code is None:
        return plain(say_answer(entry), QUIET)
    _, _, brought_by = (entry.row.answered_by or "").partition(" ")
    more = [f"报文 {brought_by}"] if brought_by else []
    return stack(say_answer(entry), moment(entry.row.result_at), *more)


def show_summary(summaries: Sequence[Summary], names: Names) -> Table:
    """Show how many rows of each feed stand where."""
    words = ("数据行", "在示", *(state.word for state in FeedState), "逾期")
    table = new_table("报送汇总", "平台", *words, right=words)
    for each in summaries:
        table.add_row(
            plain(say(names.feeds, each.feed)),
            plain(f"{each.rows:,}"),
            plain(f"{each.shown:,}"),
            *(coloured(f"{getattr(each, state):,}", state) for state in FeedState),
            plain(f"{each.late:,}", ALARM if each.late else ""),
        )
    return table
