"""Rows at Credit China and other feeds."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from credit.store.queries.feeds import Entry, Summary
from schemas.states import FeedKind, FeedState, Operation
from workers.show.names import Names
from workers.show.style import ALARM, QUIET, coloured, day, moment, new_table, plain, show_code, stack
from workers.show.words import say, word

_LATE = "\n逾期"


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


def _answer(entry: Entry) -> Text:
    if entry.row.result_code is None:
        return plain("—", QUIET)
    said = plain(f"{entry.row.result_code} {entry.row.result_message or ''}".rstrip())
    return said.append(f"\n{moment(entry.row.result_at)}", QUIET)


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
