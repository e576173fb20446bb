"""The messages of one document number with their parties, and the splits that a person decided."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from credit.record.merging import Outcome
from credit.store.queries.splits import Split
from workers.decisions.records import Statement
from workers.show.style import PAST, QUIET, moment, new_table, plain, show_code, show_force, stack
from workers.show.words import say_person


def show_parties(found: Sequence[Statement]) -> RenderableType:
    """Show which message names whom, and the record that it states."""
    table = new_table(f"报文和当事人（{len(found):,} 份）", "报文", "当事人", "记作", "结果", whole={"结果"})
    for each in found:
        table.add_row(
            plain(each.message_key),
            stack(each.name, each.identifier),
            stack(each.document_no, each.record_id),
            show_code(Outcome(each.outcome)),
        )
    return table


def show_splits(found: Sequence[Split]) -> RenderableType:
    """Show the splits, undone ones too."""
    if not found:
        return plain("没有拆分。", QUIET)
    whole = {"编号", "决定时间", "状态"}
    columns = ("编号", "拆出的记录", "当事人", "决定人 / 理由", "决定时间", "状态")
    table = new_table(f"同号拆分（{len(found):,} 项）", *columns, whole=whole)
    for row in found:
        table.add_row(
            plain(row.split_id),
            plain(row.document_no, "" if row.undone_by is None else PAST),
            plain(row.subject_id),
            stack(say_person(row.split_by, row.account), row.note),
            plain(moment(row.split_at)),
            show_force(row.undone_by, row.undone_why, row.undone_account),
        )
    return table
