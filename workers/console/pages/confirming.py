"""What takes two persons: one proposes it on its own screen, another confirms it here, and only then is it done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from credit.access.account import ProposalRow
from credit.access.foureyes import why_not_decide
from credit.identity import mask_text
from credit.record.rows import Decision
from credit.store import parked, proposals
from credit.store.proposals import Answer, Proposed
from schemas.access import FourEyes, ProposalState
from schemas.rights import Right
from schemas.states import ReviewState
from workers import drain
from workers.console.asked import Asked, Incomplete
from workers.console.pages.parked import organs_of
from workers.console.screens import Menu, Page, Screen, Shown
from workers.console.telling import telling
from workers.decisions import reviews
from workers.postings import Posting

_AT_MOST = 200


def propose(asked: Asked, kind: FourEyes, about: str, organ: str, payload: Mapping[str, Any], why: str) -> None:
    """Keep what somebody wants done until a second person has confirmed it; the same, sent twice, is one.

    Raises:
        AccessRefused: the right to propose is lacking.
    """
    wanted = Proposed(kind, mask_text(about), organ, json.dumps(payload, ensure_ascii=False).encode(), mask_text(why))
    with asked.writing() as connection:
        proposals.propose(connection, wanted, asked.holder, asked.actor, asked.runtime.keyring, asked.now)


def _show(asked: Asked) -> Page:
    with asked.reading() as connection:
        waiting = proposals.read_page(connection, _AT_MOST, undecided=True)
    organs = organs_of(asked.holder, Right.CONFIRM)
    seen = [
        (row, FourEyes(row.kind).word, why_not_decide(row, asked.holder, asked.now))
        for row in waiting
        if row.expires_at > asked.now
        and (organs is None or row.organ in organs or row.proposed_by == asked.holder.account)
    ]
    return Page("confirm.html", {"rows": seen})


def _decide(asked: Asked) -> Shown:
    """Confirm or refuse; what is confirmed is done before that is kept, so that neither is without the other."""
    chosen = {"yes": ProposalState.CONFIRMED, "no": ProposalState.REFUSED}.get(asked.text("step"))
    if chosen is None:
        raise Incomplete("请选择同意或不同意。")
    answer = Answer(chosen, mask_text(asked.text("why")))
    number = asked.path("proposal")
    with asked.writing() as connection:
        row = proposals.decide(connection, number, answer, asked.holder, asked.actor, asked.now)
        if chosen is ProposalState.CONFIRMED:
            payload = json.loads(proposals.open_payload(row, asked.runtime.keyring))
            _DOING.get(FourEyes(row.kind), _send)(asked, connection, row, payload)
            proposals.note_done(connection, number, asked.now)
    if chosen is ProposalState.REFUSED:
        return asked.go("/confirm", f"没有同意：{row.about}，没有作任何改动。")
    return asked.go("/confirm", f"已同意并办理：{row.about}。")


def _discard(asked: Asked, connection: Connection, row: ProposalRow, payload: Mapping[str, Any]) -> None:
    numbers: list[int] = payload["numbers"]
    found = parked.fetch(connection, numbers)
    if len(found) != len(numbers):
        raise Incomplete("报文已不在挂起之列，或正由他人办理；没有作废。")
    why = f"{row.why}；复核：{row.answer or '同意'}"
    by = Decision(f"{row.proposer}、{asked.holder.person}", why, asked.now, asked.holder.account)
    parked.discard(connection, found, by)


def _review(asked: Asked, _connection: Connection, row: ProposalRow, payload: Mapping[str, Any]) -> None:
    with telling("没有发出复核结论，等级没有变化。"):
        fall = reviews.find_open(asked.runtime, payload["subject"], payload["regime"], payload["scale"])
        if fall.row.to_grade != payload["to_grade"]:
            raise Incomplete("等级在提交之后又有变化，请重新提交。")
        decision = ReviewState(payload["decision"])
        by = f"{row.proposer}、{asked.holder.person}"
        reviews.decide(asked.runtime, fall.row, decision, payload["grade"], by, row.why)


def _send(asked: Asked, _connection: Connection, _row: ProposalRow, payload: Mapping[str, Any]) -> None:
    with telling("没有送出报文。"):
        asked.runtime.broker.declare(asked.runtime.reader.routes.topology)
        drain.send(asked.runtime, [Posting(payload["raw"].encode(), payload["type"])], lambda _: None)


_DOING: Mapping[FourEyes, Callable[[Asked, Connection, ProposalRow, Mapping[str, Any]], None]] = {
    FourEyes.DISCARD: _discard,
    FourEyes.REVIEW: _review,
}
"""How each is done; what is not here is a message that is sent."""


def _list(asked: Asked) -> Shown:
    return asked.go("/confirm")


SCREENS = (
    Screen("/confirm", "待复核的事项", Right.LOOK, _show, menu=Menu.TODAY),
    Screen("/confirm/{proposal}", "复核", Right.CONFIRM, _list, _decide),
)
