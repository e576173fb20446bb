"""What takes two persons, as screens propose it."""

from __future__ import annotations

from credit.access.account import ProposalRow
from credit.store.proposals import Proposed
from workers.console.asked import Asked
from workers.decisions import proposed
from workers.decisions.proposed import Signatory


def by(asked: Asked) -> Signatory:
    """Return who proposes or decides on this screen."""
    return Signatory(asked.holder, asked.actor)


def propose(asked: Asked, wanted: Proposed) -> ProposalRow:
    """Keep what somebody wants done until a second person has confirmed it; the same, sent twice, is one.

    Return the proposal: where the same waits already, that one.

    Raises:
        AccessRefused: the right to propose is lacking.
    """
    return proposed.propose(asked.runtime, wanted, by(asked))
