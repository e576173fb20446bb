"""What waits for a second person: the list, what each would do, and yes or no."""

from __future__ import annotations

from datetime import UTC, datetime

from credit.access.account import ProposalRow
from credit.access.foureyes import state_of, why_not_decide
from credit.access.refusal import AccessRefused
from credit.store import proposals
from credit.store.proposals import After, Listed
from schemas.access import FourEyes, ProposalState
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.foreseen import foresee
from workers.console.proposing import by
from workers.console.screens import Cell, Column, Filter, Listing, Menu, Page, Screen, Shown, code, nobody
from workers.console.telling import refuse_to_differ, telling
from workers.decisions import proposed
from workers.show.proposals import NOBODY, NOT_SENT
from workers.show.style import moment

_FILTERS = (Filter("all", "范围", {"yes": "包括已办理的"}),)


def _show_all(asked: Asked) -> Listing[ProposalRow]:
    with asked.reading() as connection:
        listed = Listed(asked.holder, None if asked.query("all") == "yes" else asked.now)
        found = proposals.read_page(connection, listed, asked.limit, _after(asked))
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
        about=nobody,
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
    try:
        return proposed.find(asked.runtime, asked.path("proposal"), asked.holder)
    except AccessRefused as error:
        raise Missing("没有这一事项。") from error


def _show_one(asked: Asked) -> Page:
    row = _need(asked)
    would = foresee(asked, row, proposed.read_payload(asked.runtime, row))
    facts = [
        ("内容", row.about),
        ("理由", row.why),
        ("提交", f"{row.proposer}（{row.proposed_by}），{moment(row.proposed_at)}"),
        ("有效至", moment(row.expires_at)),
        ("状态", code(state_of(row, asked.now))),
        ("复核", f"{row.decider}，{moment(row.decided_at)}：{row.answer or '—'}" if row.decider else "—"),
    ]
    if state_of(row, asked.now) is ProposalState.OPEN:
        facts.append(("可复核人", "、".join(proposed.find_deciders(asked.runtime, row)) or NOBODY))
    return Page(
        "proposal.html",
        {
            "title": f"复核：{FourEyes(row.kind).word}",
            "row": row,
            "facts_of": facts,
            "would": would,
            "why_not": why_not_decide(row, asked.holder, asked.now),
        },
        about=sorted(would.about),
    )


def _decide(asked: Asked) -> Shown:
    row, step = _need(asked), asked.text("step")
    if step not in {"yes", "no"}:
        raise Incomplete("请选择同意或退回。")
    if step == "no":
        row = proposed.refuse(asked.runtime, row.proposal_id, asked.required("why", "复核意见"), by(asked))
        return asked.go(f"/proposals/{row.proposal_id}", "已退回，没有办理。")
    refuse_to_differ(asked)
    with telling("没有办理，该事项仍待复核。"):
        row = proposed.confirm(asked.runtime, row.proposal_id, asked.text("why"), by(asked))
    told = "已同意并办理。" if ProposalState(row.state) is ProposalState.DONE else NOT_SENT
    return asked.go(f"/proposals/{row.proposal_id}", told)


SCREENS = (
    Screen("/proposals", "待复核事项", None, _show_all, menu=Menu.TODAY),
    Screen("/proposals/{proposal}", "复核", None, _show_one, answer=_decide),
)
