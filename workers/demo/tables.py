"""The demonstration's own views: sums that fit on a screen, where the commands show every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from credit.store.queries.census import Count
from credit.store.queries.notices import Notice
from credit.store.queries.parked import Parked
from schemas.reasons import HINTS, Reason
from schemas.record import Severity, State
from schemas.statement import Category
from schemas.states import NoticeState, RowState
from schemas.words import Worded
from workers.demo.messy import SHEET
from workers.files.opening import open_book
from workers.files.verdicts import Summary
from workers.show.names import Names
from workers.show.style import ALARM, QUIET, WAITING, coloured, new_table, plain
from workers.show.words import say, word


def show_kept(counts: Sequence[Count]) -> RenderableType:
    """Show how many records of each category stand where, and how many are how serious."""
    heads = (*(code.word for code in (*State, *Severity)), "有争议")
    table = new_table("信用记录", "类别", "记录", *heads, right=frozenset(("记录", *heads)))
    for category in sorted({count.category for count in counts}, key=[*Category].index):
        mine = [count for count in counts if count.category == category]
        disputed = sum(count.disputed for count in mine)
        table.add_row(
            plain(word(Category, category)),
            plain(sum(count.records for count in mine), "bold"),
            *(_number(sum(c.records for c in mine if c.state == state), state) for state in State),
            *(_number(sum(c.records for c in mine if c.severity == degree), degree) for degree in Severity),
            plain(disputed, ALARM) if disputed else plain("·", QUIET),
        )
    return table


def _number(number: int, code: Worded) -> Text:
    return coloured(f"{number:,}", code) if number else plain("·", QUIET)


def show_reasons(parked: Sequence[Parked]) -> RenderableType:
    """Show why messages are parked, with the hint for the clerk, commonest first."""
    reasons = Counter(row.reason for row in parked)
    table = new_table(f"挂起的报文（{len(parked)} 份）", "原因", "份数", "如何处理", right=frozenset({"份数"}))
    for reason, number in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])):
        table.add_row(plain(reason, WAITING), plain(number), plain(HINTS[Reason(reason)]))
    return Group(table, plain("每一份都保留原文，可修正、重放或由人作废：xinglin parked show 编号", QUIET))


def show_told(notices: Sequence[Notice], names: Names) -> RenderableType:
    """Show how many notices each agency was sent and where they stand, and on which grounds."""
    states = [state for state in NoticeState if any(notice.state is state for notice in notices)]
    heads = tuple(state.word for state in states)
    table = new_table(
        f"联合惩戒通知（{len(notices)} 件）", "接收单位", "件数", *heads, right=frozenset(("件数", *heads))
    )
    for agency, mine in _group(notices, lambda notice: notice.row.agency):
        counts = Counter(notice.state for notice in mine)
        numbers = (_number(counts[state], state) for state in states)
        table.add_row(plain(say(names.agencies, agency)), plain(len(mine), "bold"), *numbers)
    grounds = new_table("", "认定依据", "件数", "涉及单位", right=frozenset(("件数", "涉及单位")))
    for ground, mine in _group(notices, lambda notice: notice.row.ground):
        agencies = len({notice.row.agency for notice in mine})
        grounds.add_row(plain(say(names.grounds, ground)), plain(len(mine)), plain(agencies))
    return Group(table, grounds)


def show_verdict(handed: Summary) -> RenderableType:
    """Show the verdict file on a spreadsheet row by row, as the clerk opens it, and where it is."""
    states = {state.word: state for state in RowState}
    table = new_table(
        f"{handed.name}（{handed.rows} 行）", "行", "行政相对人", "办理结果", "说明", right=frozenset({"行"})
    )
    with open_book(handed.verdict) as sheets:
        for sheet in sheets:
            for number, cells in sheet.rows if sheet.name == SHEET else ():
                name, (word, says) = str(cells[1]), map(str, cells[-3:-1])
                if word in states:
                    table.add_row(plain(number), plain(name), coloured(word, states[word]), plain(says))
    return Group(table, plain(f"办理结果文件：{handed.verdict}，在其中更正后原样再次提交即可", QUIET))


def _group(notices: Sequence[Notice], key: Callable[[Notice], str]) -> list[tuple[str, list[Notice]]]:
    ordered = sorted(notices, key=key)
    return [(value, list(mine)) for value, mine in groupby(ordered, key=key)]
