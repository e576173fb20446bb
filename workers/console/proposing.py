"""What takes two persons: one proposes it on its own screen, and only when another has confirmed it, it is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from credit.access.account import ProposalRow
from credit.identity import mask_text
from credit.record.rows import Decision
from credit.store import parked, proposals
from credit.store.proposals import Proposed
from schemas.access import FourEyes
from schemas.states import ReviewState
from workers import drain
from workers.console.asked import Asked, Incomplete
from workers.console.telling import telling
from workers.decisions import reviews
from workers.postings import Posting


def propose(asked: Asked, kind: FourEyes, about: str, organ: str, payload: Mapping[str, Any], why: str) -> None:
    """Keep what somebody wants done until a second person has confirmed it; the same, sent twice, is one.

    Raises:
        AccessRefused: the right to propose is lacking.
    """
    wanted = Proposed(kind, mask_text(about), organ, json.dumps(payload, ensure_ascii=False).encode(), mask_text(why))
    with asked.writing() as connection:
        proposals.propose(connection, wanted, asked.holder, asked.actor, asked.runtime.keyring, asked.now)


def carry_out(asked: Asked, connection: Connection, row: ProposalRow) -> None:
    """Do what was just confirmed, in the transaction in which that is kept, so that neither is without the other.

    Raises:
        Incomplete: it cannot be done any more; nothing is kept.
    """
    payload = json.loads(proposals.open_payload(row, asked.runtime.keyring))
    _DOING.get(FourEyes(row.kind), _send)(asked, connection, row, payload)
    proposals.note_done(connection, row.proposal_id, asked.now)


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
