"""Files of rows that were handed in: a list with counts, and one file with the rows that somebody has to look at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from credit.record.rows import FileRow
from credit.store import files
from credit.store.queries.files import Handed, RowOutcome
from schemas.sheets import Template
from schemas.states import FileState, RowState
from workers.files.ending import explain
from workers.files.verdicts.words import NOTHING_AROUND, say, words_of
from workers.show.style import ALARM, GOOD, QUIET, moment, new_table, plain, show_code, stack


def show_files(handed: Sequence[Handed], now: datetime) -> Table:
    """Show the files that were handed in as they stand at a moment, each with what became of its rows."""
    heads = ("表格", "状态", "提交", "行数", "办理结果")
    table = new_table(f"提交的表格（{len(handed)} 个）", *heads, right={"行数"}, whole={"状态"})
    for each in handed:
        row = each.row
        table.add_row(
            stack(row.name, row.file_id[: files.NAMED_BY]),
            _stands(row, now),
            stack(moment(row.taken_at), row.by),
            plain(f"{row.rows:,}"),
            Text("\n").join(_counts(each)),
        )
    return table


def _stands(row: FileRow, now: datetime) -> Text:
    state = files.stands(row, now)
    come = f"\n已送 {row.sent:,} 行" if state == FileState.HALF else ""
    return Text.assemble(show_code(state), plain(come, QUIET))


def _counts(handed: Handed) -> list[Text]:
    """Return what became of how many rows; states that no row is in are left out."""
    counted = ((state, handed.counts[state]) for state in RowState if handed.counts[state])
    return [Text.assemble(show_code(state), plain(f" {number:,}")) for state, number in counted]


def show_handed(handed: Handed, verdict: str) -> RenderableType:
    """Show what became of a file that was just handed in, and where its verdict is."""
    head = plain(f"✓ {handed.row.name}：{handed.row.rows:,} 行", GOOD)
    return Group(head, Text.assemble("  ", Text("，").join(_counts(handed))), plain(f"  办理结果：{verdict}"))


def show_refused(row: FileRow) -> RenderableType:
    """Show why nothing of a file was taken, and how it is mended."""
    word, hint = explain(row.reason or "")
    return Group(plain(f"✗ {row.name}：{word}", ALARM), plain(f"  {row.detail}"), plain(f"  {hint}"))


def show_file(
    handed: Handed, now: datetime, rows: Iterable[RowOutcome], templates: Mapping[str, Template]
) -> RenderableType:
    """Show one file as it stands at a moment, and what became of those of its rows that have to be looked at."""
    row = handed.row
    head = Group(
        show_files([handed], now),
        plain(f"编号 {row.file_id}", QUIET),
        plain(f"报送单位 {row.sender}；提交人 {row.by}；{moment(row.taken_at)} 接收，{moment(row.answered_at)} 办结"),
    )
    if row.state == FileState.REFUSED:
        return Group(head, show_refused(row))
    table = new_table("需要处理的行", "位置", "结果", "说明", whole=("结果",))
    for outcome, says in explain_rows(row, rows, templates):
        place = stack(f"{outcome.sheet_name} 第 {outcome.row} 行", outcome.ticket or "")
        table.add_row(place, _state(outcome), plain(says))
    return Group(head, table)


def explain_rows(
    row: FileRow, rows: Iterable[RowOutcome], templates: Mapping[str, Template]
) -> Iterator[tuple[RowOutcome, str]]:
    """Yield rows of a file, each with what its verdict says of it."""
    layouts = {each["sheet"]: each for each in json.loads(row.sheets) if "columns" in each}
    words = {sheet: words_of(each["template"], templates, each["columns"]) for sheet, each in layouts.items()}
    for outcome in rows:
        yield outcome, say(outcome, words[outcome.sheet], NOTHING_AROUND).says


def _state(outcome: RowOutcome) -> Text:
    number = f"\n挂起 {outcome.parked_id} {outcome.reason}" if outcome.parked_id else ""
    return Text.assemble(show_code(outcome.state), plain(number, QUIET))
