"""What waits for a second person: the list, what each would do, and yes or no."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from credit.access.account import EVERY_ORGAN, ProposalRow
from credit.access.foureyes import state_of, why_not_decide
from credit.identity import mask_text
from credit.store import proposals
from credit.store.proposals import After, Answer
from schemas.access import FourEyes, ProposalState
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.proposing import carry_out
from workers.console.screens import Cell, Column, Filter, Listing, Menu, Page, Screen, Shown, code
from workers.show.style import moment

_FILTERS = (Filter("all", "范围", {"yes": "包括已办理的"}),)


def _may_see(asked: Asked, row: ProposalRow) -> bool:
    """Tell whether somebody may see a proposal: whoever made it, and whoever confirms those of its organ."""
    return row.proposed_by == asked.holder.account or asked.holder.may(Right.CONFIRM, row.organ or EVERY_ORGAN)


def _show_all(asked: Asked) -> Listing[ProposalRow]:
    with asked.reading() as connection:
        undecided = asked.query("all") != "yes"
        found = proposals.read_page(connection, asked.limit, _after(asked), undecided=undecided, holder=asked.holder)
    last = found[-1] if len(found) == asked.limit else None
    return Listing(
        "待复核事项",
        (
            Column("事项", lambda row: Cell(FourEyes(row.kind).word, f"/proposals/{row.proposal_id}")),
            Column("内容", lambda row: row.about),
            Column("理由", lambda row: row.why),
            Column("提交人", lambda row: row.proposer),
            Column("提交时间", lambda row: moment(row.proposed_at)),
            Column("有效至", lambda row: moment(row.expires_at)),
            Column("状态", lambda row: code(state_of(row, asked.now))),
        ),
        found,
        "没有待复核的事项。",
        after=f"{last.proposed_at.isoformat()} {last.proposal_id}" if last is not None else None,
        filters=_FILTERS,
    )


def _after(asked: Asked) -> After | None:
    said = asked.query("after")
    if not said:
        return None
    at, _, number = said.partition(" ")
    try:
        return After(datetime.fromisoformat(at).astimezone(UTC), number)
    except ValueError:
        raise Incomplete("地址中的页码不对，请从第一页开始。") from None


def _need(asked: Asked) -> ProposalRow:
    with asked.reading() as connection:
        row = proposals.read(connection, asked.path("proposal"))
    if row is None or not _may_see(asked, row):
        raise Missing("没有这一事项。")
    return row


def _show_one(asked: Asked) -> Page:
    row = _need(asked)
    payload = json.loads(proposals.open_payload(row, asked.runtime.keyring))
    said = json.dumps(asked.holder.viewer().value(payload), ensure_ascii=False, indent=2)
    facts = [
        ("内容", row.about),
        ("理由", row.why),
        ("提交", f"{row.proposer}（{row.proposed_by}），{moment(row.proposed_at)}"),
        ("有效至", moment(row.expires_at)),
        ("状态", code(state_of(row, asked.now))),
        ("复核", f"{row.decider}，{moment(row.decided_at)}：{row.answer or '—'}" if row.decider else "—"),
    ]
    return Page(
        "proposal.html",
        {
            "title": f"复核：{FourEyes(row.kind).word}",
            "row": row,
            "facts_of": facts,
            "said": said,
            "why_not": why_not_decide(row, asked.holder, asked.now),
        },
    )


def _decide(asked: Asked) -> Shown:
    row, step = _need(asked), asked.text("step")
    chosen = {"yes": ProposalState.CONFIRMED, "no": ProposalState.REFUSED}.get(step)
    if chosen is None:
        raise Incomplete("请选择同意或退回。")
    answer = Answer(chosen, mask_text(asked.required("why", "复核意见") if step == "no" else asked.text("why")))
    with asked.writing() as connection:
        row = proposals.decide(connection, row.proposal_id, answer, asked.holder, asked.actor, asked.now)
        if chosen is ProposalState.CONFIRMED:
            carry_out(asked, connection, row)
    told = "已同意并办理。" if chosen is ProposalState.CONFIRMED else "已退回，没有办理。"
    return asked.go(f"/proposals/{row.proposal_id}", told)


SCREENS = (
    Screen("/proposals", "待复核事项", None, _show_all, menu=Menu.TODAY),
    Screen("/proposals/{proposal}", "复核", None, _show_one, _decide),
)
