"""What a second person has confirmed, carried out: a parked message discarded, or a message sent."""

from __future__ import annotations

import json

from credit.access.account import ProposalRow
from credit.record.rows import Decision
from credit.store import proposals
from credit.store.engine import writing
from schemas.access import FourEyes
from workers import drain
from workers.decisions.parking import Desk
from workers.postings import Posting, read_type
from workers.runtime import Runtime


def carry_out(runtime: Runtime, row: ProposalRow, decision: Decision) -> None:
    """Do what a confirmed proposal says, and take note of it; done again after a failure it is done once.

    A message goes under the id that it was proposed with, so that the inbox knows it when it comes twice.

    Raises:
        SealBroken: what it proposes cannot be opened.
        TransientError: database or broker did not take it; it stays confirmed, and can be carried out again.
    """
    payload = proposals.open_payload(row, runtime.keyring)
    if FourEyes(row.kind) is FourEyes.DISCARD:
        Desk(runtime.engine, runtime.reader, runtime.rules, decision).discard(json.loads(payload)["numbers"])
    else:
        runtime.broker.declare(runtime.reader.routes.topology)
        drain.send(runtime, [Posting(payload, read_type(payload))], lambda _: None)
    with writing(runtime.engine) as connection:
        proposals.note_done(connection, row.proposal_id, runtime.clock())
