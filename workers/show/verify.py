"""What `xinglin verify` found, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType

from credit.store.audit import Fault, Misfit
from workers.show.style import BUSY, GOOD, new_table, plain, show_code

_RESTORE = "库中该行被改动或损坏：从备份恢复该行"
_COMPARE = f"{_RESTORE}，再请来源单位重报该日报文；恢复前不要据此对外出具结果"

ADVICE: Mapping[Fault, str] = {
    Fault.MESSAGE_SEALED: _RESTORE,
    Fault.MESSAGE_CONTENT: _RESTORE,
    Fault.FORMER_SEALED: _RESTORE,
    Fault.FORMER_CONTENT: _RESTORE,
    Fault.SUBJECT_NUMBER: f"{_RESTORE}，再运行 xinglin routing apply 补发期间停发的通知和报送",
    Fault.ALIAS_SEALED: _RESTORE,
    Fault.ALIAS_HASH: _RESTORE,
    Fault.HEAD_UNSTATED: _COMPARE,
    Fault.HEAD_CONTENT: _COMPARE,
    Fault.HEAD_BEHIND: _COMPARE,
    Fault.NOTICE_MEASURES: f"{_RESTORE}，并与该部门核对已执行的措施",
    Fault.NOTICE_SUBJECT: f"{_RESTORE}，并与该部门核对所惩戒的当事人",
    Fault.NOTICE_ORGAN: f"{_RESTORE}；恢复前该通知可能被其他单位的人员看到",
    Fault.FEED_ORGAN: f"{_RESTORE}；恢复前该数据行可能被其他单位的人员看到",
    Fault.OUTBOX_SEALED: f"{_RESTORE}；待发的在恢复后自动发出",
    Fault.OUTBOX_CONTENT: "请立即与该部门核对所收到的当事人和措施，再查明库中哪一行被改动",
}
"""What an operator does about each fault."""


def show_misfits(found: Sequence[Misfit], rows: int) -> RenderableType:
    """Show what does not fit, after looking at so many rows."""
    if not found:
        return plain(f"✓ 已核查 {rows:,} 行，全部相符。", GOOD)
    table = new_table("核查不符", "不符之处", "表", "所在行")
    for misfit in found:
        table.add_row(show_code(misfit.fault), plain(misfit.table), plain(misfit.name))
    faults = dict.fromkeys(misfit.fault for misfit in found)
    steps = [plain(f"→ {fault.word}：{ADVICE[fault]}。", BUSY) for fault in faults]
    return Group(table, *steps, plain(f"已核查 {rows:,} 行，不符 {len(found):,} 处。", "bold red"))
