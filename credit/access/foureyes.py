"""What takes two persons: who may propose it, who may confirm it, and for how long it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from credit.access.account import EVERY_ORGAN, Holder, ProposalRow
from credit.access.refusal import AccessRefused
from credit.vault import place
from schemas.access import FourEyes, ProposalState
from schemas.envelope import family_of
from schemas.rights import Right

PROPOSING: Mapping[FourEyes, Right] = {
    FourEyes.WITHDRAWAL: Right.ENTER,
    FourEyes.REPAIR: Right.ENTER,
    FourEyes.OBJECTION: Right.ENTER,
    FourEyes.REVIEW: Right.REVIEW,
    FourEyes.LISTING: Right.ENTER,
    FourEyes.DISCARD: Right.DISCARD,
}
"""By which right each is proposed; all are confirmed by `CONFIRM`."""

MESSAGES: Mapping[str, FourEyes] = MappingProxyType(
    {
        "credit.office.withdrawal": FourEyes.WITHDRAWAL,
        "credit.office.repair": FourEyes.REPAIR,
        "credit.office.objection": FourEyes.OBJECTION,
        "credit.office.review": FourEyes.REVIEW,
        "credit.office.listing": FourEyes.LISTING,
    }
)
"""By the family of a message what it does."""

_STATES: Mapping[FourEyes, str] = MappingProxyType({FourEyes.OBJECTION: "upheld"})
"""What a message has to say as its state to do it; a message of another family does it whatever it says."""

OF_TWO = frozenset(MESSAGES.values())
"""What a person whose account is known puts on no queue alone, by whichever way."""

NOTHING: frozenset[FourEyes] = frozenset()
"""Where nobody is known: one person decides as before, and what a system sends is not asked."""

WAITS = timedelta(days=7)
"""So long after it was made a proposal can be confirmed: what speaks for it may have changed since."""


def of_message(message_type: str, data: Mapping[str, Any], of_two: frozenset[FourEyes] = OF_TWO) -> FourEyes | None:
    """Return which of the things that take two persons a message does, by its type and data; None for none."""
    kind = MESSAGES.get(family_of(message_type))
    if kind not in of_two or kind is None:
        return None
    state = _STATES.get(kind)
    return kind if state is None or data.get("state") == state else None


def may_take_two(message_type: str) -> bool:
    """Return whether messages of a type take two persons, be it only where they say so."""
    return MESSAGES.get(family_of(message_type)) in OF_TWO


def say_where(kind: FourEyes) -> str:
    """Return in Chinese that one person alone cannot send a message, and where it is proposed."""
    where = "“等级下降的复核”提交" if kind is FourEyes.REVIEW else "“录入”填写"
    return f"{kind.word}须由一人提交、另一人复核，请在工作台{where}"


def check_proposer(kind: FourEyes, holder: Holder, organ: str | None) -> None:
    """Refuse who may not propose something for an organ, or where None, for no single one.

    Raises:
        AccessRefused: the right is lacking.
    """
    holder.require(PROPOSING[kind], organ)


def state_of(proposal: ProposalRow, now: datetime) -> ProposalState:
    """Return where a proposal stands: one that nobody has decided in time is expired."""
    state = ProposalState(proposal.state)
    return ProposalState.EXPIRED if state is ProposalState.OPEN and now >= proposal.expires_at else state


def why_not_decide(proposal: ProposalRow, holder: Holder, now: datetime) -> str | None:
    """Return in Chinese why somebody may not confirm or refuse a proposal; None where he may.

    The same person by another account is still the same person, as far as the names tell. What is of no single organ
    is confirmed by who confirms for all of them.
    """
    state = state_of(proposal, now)
    if state is not ProposalState.OPEN:
        return f"该事项{state.word}，不能再办理"
    if holder.account == proposal.proposed_by or holder.person == proposal.proposer:
        return "提交人不得复核本人提交的事项，须由另一人办理"
    return holder.why_not(Right.CONFIRM, proposal.organ or EVERY_ORGAN)


def check_decider(proposal: ProposalRow, holder: Holder, now: datetime) -> None:
    """Refuse who may not confirm or refuse a proposal.

    Raises:
        AccessRefused: it is decided or expired, is the holder's own, or the right is lacking.
    """
    told = why_not_decide(proposal, holder, now)
    if told is not None:
        raise AccessRefused(f"account {holder.account} cannot decide proposal {proposal.proposal_id}", told)


def may_see(proposal: ProposalRow, holder: Holder) -> bool:
    """Tell whether somebody may see a proposal: whoever made it, and whoever confirms those of its organ."""
    return proposal.proposed_by == holder.account or holder.may(Right.CONFIRM, proposal.organ or EVERY_ORGAN)


def who_may_decide(proposal: ProposalRow, holders: Iterable[Holder], now: datetime) -> list[str]:
    """Return the persons who may confirm or refuse a proposal, each once; nobody where it is decided or expired."""
    return list(dict.fromkeys(each.person for each in holders if why_not_decide(proposal, each, now) is None))


def place_of(proposal_id: str) -> bytes:
    """Return the place of what a proposal would do."""
    return place("proposal", "payload", proposal_id)


def place_of_message(proposal_id: str) -> bytes:
    """Return the place of the message that a confirmed proposal sends."""
    return place("proposal", "message", proposal_id)
