"""Parked messages discarded by two persons: one proposes, another confirms, and only then is it done."""

from __future__ import annotations

import json

from credit.access.account import ProposalRow
from credit.access.foureyes import why_not_decide
from credit.identity import mask_text
from credit.record.rows import Decision
from credit.store import parked, proposals
from credit.store.looks import Actor
from credit.store.proposals import Answer, Proposed
from schemas.access import FourEyes, ProposalState
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete
from workers.console.pages.parked import number_of, take_up
from workers.console.screens import Menu, Page, Screen, Shown

_AT_MOST = 200


def _actor(asked: Asked) -> Actor:
    client = asked.request.client
    address = client.host if client is not None else ""
    return Actor(asked.holder.account, asked.holder.person, asked.request.url.path, address)


def _propose(asked: Asked) -> Shown:
    number, why = number_of(asked), asked.required("why", "作废理由")
    story = take_up(asked, number, Right.DISCARD)
    if story.row.closed_as is not None:
        raise Incomplete("这份报文已经处理，没有办理。")
    payload = json.dumps({"numbers": [number]}).encode()
    wanted = Proposed(FourEyes.DISCARD, f"挂起 {number} 号", story.row.sender or "", payload, mask_text(why))
    with asked.writing() as connection:
        proposals.propose(connection, wanted, asked.holder, _actor(asked), asked.runtime.keyring, asked.now)
    return asked.go(f"/parked/{number}", "已提交作废，须由另一人复核后生效。")


def _back(asked: Asked) -> Shown:
    return asked.go(f"/parked/{number_of(asked)}")


def _show(asked: Asked) -> Page:
    with asked.reading() as connection:
        waiting = proposals.read_page(connection, _AT_MOST, undecided=True)
    mine = [row for row in waiting if row.kind == FourEyes.DISCARD.value and row.expires_at > asked.now]
    organs = asked.holder.scopes.get(Right.CONFIRM, frozenset())
    seen = [row for row in mine if organs is None or row.organ in organs or row.proposed_by == asked.holder.account]
    return Page("parked_discards.html", {"rows": [(row, why_not_decide(row, asked.holder, asked.now)) for row in seen]})


def _decide(asked: Asked) -> Shown:
    """Confirm or refuse; what is confirmed is done in the same transaction."""
    chosen = {"yes": ProposalState.CONFIRMED, "no": ProposalState.REFUSED}.get(asked.text("step"))
    if chosen is None:
        raise Incomplete("请选择同意或不同意。")
    answer = Answer(chosen, mask_text(asked.text("why")))
    number = asked.path("proposal")
    with asked.writing() as connection:
        row = proposals.decide(connection, number, answer, asked.holder, _actor(asked), asked.now)
        if chosen is ProposalState.REFUSED:
            return asked.go("/parked/discards", f"没有同意：{row.about}，报文保持原状。")
        numbers = _read(row, asked)
        found = parked.fetch(connection, numbers)
        if len(found) != len(numbers):
            raise Incomplete("报文已不在挂起之列，或正由他人办理；没有作废。")
        parked.discard(connection, found, _both(row, asked))
        proposals.note_done(connection, number, asked.now)
    return asked.go("/parked/discards", f"已作废：{row.about}，内容和经过留存。")


def _read(row: ProposalRow, asked: Asked) -> list[int]:
    numbers: list[int] = json.loads(proposals.open_payload(row, asked.runtime.keyring))["numbers"]
    return numbers


def _both(row: ProposalRow, asked: Asked) -> Decision:
    why = f"{row.why}；复核：{row.answer or '同意'}"
    return Decision(f"{row.proposer}、{asked.holder.person}", why, asked.now, asked.holder.account)


def _list(asked: Asked) -> Shown:
    return asked.go("/parked/discards")


SCREENS = (
    Screen("/parked/discards", "待复核的作废", Right.LOOK, _show, menu=Menu.MESSAGES),
    Screen("/parked/discards/{proposal}", "复核作废", Right.CONFIRM, _list, _decide),
    Screen("/parked/{number:int}/discard", "作废报文", Right.DISCARD, _back, _propose),
)
