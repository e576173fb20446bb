"""The ledger as a table by type of message, and whether it adds up."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from credit.record.merging import Outcome
from credit.store.queries.ledger import Ledger, Tally
from workers.show.style import ALARM, GOOD, QUIET, WAITING, coloured, new_table, plain

_TYPE = "报文类型"
_HEADS = ("收到", *(outcome.word for outcome in Outcome))


def show_ledger(ledger: Ledger) -> RenderableType:
    """Show what came in and what became of it."""
    table = new_table("收报台账", _TYPE, *_HEADS, right=_HEADS)
    for tally in ledger.types:
        table.add_row(plain(tally.type), *_counts(tally))
    if ledger.types:
        table.add_section()
    table.add_row(plain("合计", "bold"), *_counts(ledger))
    return Group(table, _verdict(ledger), _dispatches(ledger))


def _counts(tally: Tally | Ledger) -> list[Text]:
    received = plain(f"{tally.received:,}") if tally.received else plain("·", QUIET)
    return [received, *(_count(outcome, getattr(tally, outcome)) for outcome in Outcome)]


def _count(outcome: Outcome, number: int) -> Text:
    return coloured(f"{number:,}", outcome) if number else plain("·", QUIET)


def _verdict(ledger: Ledger) -> Text:
    ended = ledger.applied + ledger.repeated + ledger.superseded + ledger.conflict + ledger.parked
    if ledger.balanced:
        verdict = plain("✓ 账实相符：收到 = 入档 + 重复 + 已有新版 + 冲突 + 挂起", GOOD)
    else:
        verdict = plain(f"✗ 账实不符：收到 {ledger.received:,}，有去向的 {ended:,}。请立即联系维护人员。", ALARM)
    parked = plain(
        f"\n挂起 {ledger.parked:,} 份，其中待处理 {ledger.open:,} 份、已作废 {ledger.discarded:,} 份",
        WAITING if ledger.open else "",
    )
    return Text.assemble(verdict, parked)


def _dispatches(ledger: Ledger) -> Text:
    out = ledger.dispatches
    text = f"发件箱 {out.enqueued:,} 份：已发出 {out.sent:,}，待发 {out.unsent:,}"
    return plain(f"{text}，其中发送受阻 {out.troubled:,}", ALARM) if out.troubled else plain(text)
