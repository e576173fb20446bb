"""Proposals on the screen: what waits for a second person, and what one would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from credit.access.account import ProposalRow
from credit.access.foureyes import state_of
from schemas.access import FourEyes, ProposalState
from workers.show.style import GOOD, QUIET, WAITING, moment, new_table, plain, show_code, stack

NOT_SENT = (
    "已同意，但报文还没有送达消息代理（broker）。恢复后由调度进程自动送出，不必再次同意。"
    "如果一直显示“已同意，待执行”，请通知运维人员。"
)
"""What a person is told who confirmed something that is not sent yet."""
NOBODY = "目前没有人有权复核，请安全管理员授予另一人“复核”角色"
"""What stands in the place of those who may confirm."""


def show_proposals(rows: Sequence[ProposalRow], now: datetime) -> RenderableType:
    """Show what waits for a second person, or all that was proposed."""
    if not rows:
        return plain("✓ 没有待复核的事项。", GOOD)
    table = new_table("待复核事项", "编号", "事项", "提交", "有效至 / 状态", whole={"编号"})
    for row in rows:
        table.add_row(
            plain(row.proposal_id),
            stack(FourEyes(row.kind).word, row.about, f"理由：{row.why}"),
            stack(row.proposer, moment(row.proposed_at)),
            plain(moment(row.expires_at)).append("\n").append_text(show_code(state_of(row, now))),
        )
    return table


def show_proposal(row: ProposalRow, deciders: Sequence[str], said: str, now: datetime) -> RenderableType:
    """Show one proposal: by whom and why, who may decide, and exactly what it would do."""
    state = state_of(row, now)
    lines = [
        Text.assemble(plain(f"{FourEyes(row.kind).word}　{row.proposal_id}", "bold"), "　", show_code(state)),
        plain(f"内容：{row.about}"),
        plain(f"理由：{row.why}"),
        plain(f"提交：{row.proposer}（{row.proposed_by}），{moment(row.proposed_at)}；有效至 {moment(row.expires_at)}"),
    ]
    if row.decider is not None:
        lines.append(plain(f"复核：{row.decider}，{moment(row.decided_at)}：{row.answer or '—'}"))
    if state is ProposalState.OPEN:
        lines.append(say_deciders(deciders))
    return Group(*lines, plain("同意后将办理：", QUIET), plain(said))


def say_deciders(deciders: Sequence[str]) -> Text:
    """Return who may confirm or refuse a proposal."""
    return plain(f"可复核人：{'、'.join(deciders)}") if deciders else plain(f"{NOBODY}。", WAITING)
