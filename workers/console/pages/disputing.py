"""Records whose source contradicts itself, and numbers of two parties: what was said side by side, and decided on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from credit.identity import MASKED
from credit.record.merging import Outcome
from credit.store.queries import splits
from credit.store.queries.disputes import (
    Disputed,
    Filter,
    Settlement,
    SettlementFilter,
    find_disputed,
    find_names,
    find_settlements,
    key_of_settlement,
)
from credit.store.queries.page import Part
from schemas.errors import PermanentError
from schemas.papers import PaperKind
from schemas.party import record_key
from schemas.rights import Right
from schemas.states import DisputeStep
from workers.console import screens
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.drawn import draw
from workers.console.export import as_pdf, printing
from workers.console.pages.deciding import (
    NOT_DONE,
    OF_DECISIONS,
    admits,
    columns_of,
    read_decision,
    read_number,
    refuse_some,
)
from workers.console.pages.subject import desks
from workers.console.screens import Button, Cell, Column, Listing, Menu, Page, Screen, Shown, code, nobody
from workers.console.telling import refuse_to_differ, shown_again, telling
from workers.decisions import disputes, records
from workers.decisions.anew import Told
from workers.decisions.disputes import Dispute
from workers.decisions.records import Effect, Statement
from workers.papers import asked as papers_asked
from workers.papers import inquiries
from workers.runtime import SHANGHAI
from workers.show.disputes import show_dispute, tell_step
from workers.show.style import day
from workers.show.words import say
from workers.web.pages import with_query

_NOT_FOUND = "没有查到。请按决定书原样填写文号，或填写告警中的记录编号。"


def _show(asked: Asked) -> Shown:
    """Show what was said of one number, side by side; without one, all records that contradict themselves."""
    refuse_some(asked)
    named = asked.query("named") or asked.text("named")
    if not named:
        return _show_open(asked)
    with telling(_NOT_FOUND):
        found = disputes.read_disputes(asked.runtime, named, MASKED)
    with asked.reading() as connection:
        records = frozenset(find_names(connection, named, record_key("", "", named).document_no))
        settlements = find_settlements(connection, SettlementFilter(records=records))
        some = splits.find_splits(connection, splits.Filter(records=records))
    parties = _read_parties(asked, named)
    return Page(
        "disputes.html",
        {
            "named": named,
            "found": [_lay_out(asked, each) for each in found],
            "parties": [(each, code(Outcome(each.outcome))) for each in parties],
            "settlements": [(row, code(row.step), tell_step(row)) for row in settlements],
            "splits": some,
            "why_not": asked.why_not(Right.DECIDE),
        },
        about=[*(each.subject_id for each in parties), *(row.subject_id for row in some)],
    )


def _read_parties(asked: Asked, named: str) -> list[Statement]:
    if not named:
        return []
    try:
        return records.list_parties(asked.runtime, named, MASKED)
    except PermanentError:
        return []  # it is the number of an act: nobody is named by it


def _lay_out(asked: Asked, dispute: Dispute) -> Mapping[str, Any]:
    return {
        "drawn": draw(show_dispute(dispute, asked.names)),
        "dispute": dispute,
        "choices": {
            each.messages[0].message_key: f"内容{number}（{each.messages[0].message_key}）"
            for number, each in enumerate(dispute.versions, 1)
        },
        "marks": " ".join(sorted(dispute.marks)),
        "letters": {
            with_query("/disputes/paper", {"named": dispute.record_id, "regime": regime}): (
                asked.runtime.reader.regimes[regime].name
            )
            for regime in desks(asked)
        },
    }


def _show_open(asked: Asked) -> Listing[Disputed]:
    names = asked.names
    wanted = Filter(asked.query("family") or None, asked.query("organ") or None, asked.whether("asked"))
    with asked.reading() as connection:
        found = find_disputed(connection, Part(asked.query("after"), asked.limit), wanted)
    return Listing(
        "来源前后不一的记录",
        (
            Column("文号", lambda each: Cell(each.document_no, with_query("/disputes", {"named": each.record_id}))),
            Column("类别", lambda each: say(names.vocabulary.titles, each.family)),
            Column("机关", lambda each: say(names.organs, each.organ_code)),
            Column("版次", lambda each: f"第 {each.revision} 版"),
            Column("请来源单位答复的期限", lambda each: day(each.due_on) if each.due_on else "尚未询问"),
        ),
        found,
        empty="没有来源前后不一的记录。",
        after=found[-1].after if len(found) == asked.limit else None,
        about=nobody,
        filters=(
            screens.Filter("named", "文号，或提醒中的记录编号"),
            screens.Filter("family", "类别", names.vocabulary.titles),
            screens.Filter("organ", "机关", names.organs),
            screens.Filter("asked", "询问来源单位", {"yes": "已询问", "no": "尚未询问"}),
        ),
        buttons=(Button("全部认定", "/disputes/decided"), Button("全部拆分", "/disputes/splits")),
    )


def _show_decided(asked: Asked) -> Listing[Settlement]:
    refuse_some(asked)
    wanted = SettlementFilter(asked.one_of("step", DisputeStep), asked.query("by") or None, asked.whether("undone"))
    with asked.reading() as connection:
        rows = find_settlements(connection, wanted, Part(asked.query("after"), asked.limit))
    return Listing(
        "来源前后不一的认定",
        (
            Column("编号", lambda row: str(row.dispute_id), number=True),
            Column("文号", lambda row: Cell(row.document_no, with_query("/disputes", {"named": row.record_id}))),
            Column("版次", lambda row: f"第 {row.revision} 版"),
            Column("认定", lambda row: code(row.step)),
            Column("内容", tell_step),
            *columns_of(lambda row: row.decided_by, lambda row: row.decided_at),
        ),
        rows,
        empty="没有符合条件的认定。",
        after=key_of_settlement(rows[-1]) if len(rows) == asked.limit else None,
        about=nobody,
        filters=(screens.Filter("step", "认定", {each.value: each.word for each in DisputeStep}), *OF_DECISIONS),
        buttons=(Button("回到争议记录", "/disputes"),),
    )


def _show_splits(asked: Asked) -> Listing[splits.Split]:
    refuse_some(asked)
    wanted = splits.Filter(asked.query("by") or None, asked.whether("undone"))
    with asked.reading() as connection:
        rows = splits.find_splits(connection, wanted, Part(asked.query("after"), asked.limit))
    return Listing(
        "同号拆分",
        (
            Column("编号", lambda row: str(row.split_id), number=True),
            Column("拆出的记录", lambda row: Cell(row.document_no, with_query("/disputes", {"named": row.record_id}))),
            Column("当事人", lambda row: Cell(row.subject_id, f"/subjects/{row.subject_id}")),
            *columns_of(lambda row: row.split_by, lambda row: row.split_at),
        ),
        rows,
        empty="没有符合条件的拆分。",
        after=splits.key_of(rows[-1]) if len(rows) == asked.limit else None,
        about=lambda row: row.subject_id,
        filters=OF_DECISIONS,
        buttons=(Button("回到争议记录", "/disputes"),),
    )


def _do(asked: Asked) -> Shown:
    refuse_some(asked)
    refuse_to_differ(asked)
    step = _STEPS.get(asked.text("step"))
    if step is None:
        raise Incomplete("请选择采信、询问、拆分或取消。")
    with telling(NOT_DONE):
        named = asked.text("named")
        return asked.go(with_query("/disputes", {"named": named}), step(asked), named)


def _take(asked: Asked) -> str:
    message = asked.required("message", "采信哪一内容")
    decision = read_decision(asked)
    decided = disputes.take(asked.runtime, message, decision, frozenset(asked.text("seen").split()))
    return f"已认定（{decided.number} 号）：{decided.document_no} 以 {message} 为准。{_tell(decided.told)}"


def _ask(asked: Asked) -> str:
    due, decision = _read_day(asked), read_decision(asked)
    decided = disputes.ask(asked.runtime, asked.required("record", "记录"), due, decision)
    return f"已登记（{decided.number} 号）：请来源单位于 {due} 前答复，已列入待办。请印制核对函送达。"


def _read_day(asked: Asked) -> date:
    try:
        return date.fromisoformat(asked.required("due", "答复期限"))
    except ValueError:
        raise Incomplete("答复期限应写作 2026-06-01。") from None


def _undo(asked: Asked) -> str:
    number = read_number(asked)
    decided = disputes.undo(asked.runtime, number, read_decision(asked))
    return f"认定 {number} 号已取消：{decided.document_no}。{_tell(decided.told)}"


def _split(asked: Asked) -> str:
    message = asked.required("message", "报文")
    effect = records.split(asked.runtime, message, read_decision(asked))
    return f"已拆分：{effect.document_no} 和 {effect.part} 各为一项记录。{_tell(effect)}{_tell_acts(effect)}"


def _join(asked: Asked) -> str:
    number = read_number(asked)
    effect = records.join(asked.runtime, number, read_decision(asked))
    done = f"拆分 {number} 号已取消，{effect.part} 并回 {effect.document_no}。"
    return f"{done}{_tell(effect)}{_tell_acts(effect)}"


_STEPS: Mapping[str, Callable[[Asked], str]] = {
    "take": _take,
    "ask": _ask,
    "undo": _undo,
    "split": _split,
    "join": _join,
}


def _tell(told: Told | Effect) -> str:
    return f"发出通知 {told.issued} 件，解除 {told.lifted} 件；报送变动 {told.feed_operations} 行。"


def _tell_acts(effect: Effect) -> str:
    if not effect.acts:
        return ""
    return f"原文号下有 {effect.acts} 项撤销、异议、修复或告知，只作用于 {effect.document_no}，请核实。"


def _print_letter(asked: Asked) -> Response:
    """Print the letter to the source as PDF; whom it names is in the log before."""
    refuse_some(asked)
    regime, named = asked.query("regime"), asked.query("named")
    if regime not in desks(asked):
        raise Missing("没有这个评价制度，或者它没有文书。")
    asked.look_at((each.subject_id for each in _read_parties(asked, named)), PaperKind.SOURCE_INQUIRY.word)
    wish = papers_asked.Asked(asked.now.astimezone(SHANGHAI).date(), {"document": named})
    with printing():
        paper = next(inquiries.make_inquiries(asked.runtime, wish))
        return as_pdf(PaperKind.SOURCE_INQUIRY, regime, paper, asked.runtime.settings)


SCREENS = (
    Screen("/disputes", "争议记录", Right.DECIDE, _show, shown_again(_show, _do), Menu.RECORDS, admits),
    Screen("/disputes/decided", "来源前后不一的认定", Right.DECIDE, _show_decided),
    Screen("/disputes/splits", "同号拆分", Right.DECIDE, _show_splits),
    Screen("/disputes/paper", PaperKind.SOURCE_INQUIRY.word, Right.DECIDE, _print_letter),
)
