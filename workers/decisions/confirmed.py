"""What a second person confirmed and goes by the queue: sent, and only then said to be done.

A confirmation is committed together with the message. Whoever confirms sends it at once; what is left, because the
broker was away or a process died, each round of the scheduler sends. The message is the same however often it is sent,
so that intake takes it in once.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import Engine

from credit.access.account import ProposalRow
from credit.routing.routes import Routes
from credit.store import proposals
from credit.store.engine import reading, writing
from credit.vault import Keyring, SealBroken
from schemas.errors import PermanentError, TransientError
from workers.broker import Broker, Fate, Outgoing
from workers.postings import read_type

_log = structlog.get_logger(__name__)

_AT_ONCE = 100
_DEADLINE_SECONDS = 5.0
_CONTENT_TYPE = "application/cloudevents+json"


class Post(NamedTuple):
    """Where confirmed proposals lie, and where their messages go."""

    engine: Engine
    broker: Broker
    routes: Routes
    keyring: Keyring


def send(post: Post, row: ProposalRow, now: datetime) -> None:
    """Send the message of a confirmed proposal, and when the broker has it, say that it is done.

    No transaction is open meanwhile: nobody waits in the archive for the broker.

    Raises:
        TransientError: broker or database failed; the same again, by whomever, sends the same message.
        PermanentError: no inbound queue takes it, or it does not open.
    """
    _publish(post, row)
    with writing(post.engine) as connection:
        proposals.note_done(connection, row.proposal_id, now)


def send_left(post: Post, now: datetime) -> int:
    """Send what was confirmed and is not sent yet; return how much was. A lost broker is waited for by the next round.

    Raises:
        TransientError: the database failed.
    """
    with reading(post.engine) as connection:
        rows = proposals.read_confirmed(connection, _AT_ONCE)
    sent = 0
    for row in rows:
        try:
            _publish(post, row)
        except TransientError as error:
            _log.warning("confirmed_not_sent", proposals=len(rows) - sent, trouble=str(error))
            break
        except (PermanentError, SealBroken) as error:
            _log.error("confirmed_not_taken", proposal=row.proposal_id, trouble=str(error))
            continue
        with writing(post.engine) as connection:
            proposals.note_done(connection, row.proposal_id, now)
        sent += 1
    return sent


def _publish(post: Post, row: ProposalRow) -> None:
    body = proposals.open_message(row, post.keyring)
    kind = read_type(body) if body is not None else None
    if body is None or kind is None:
        raise PermanentError(f"proposal {row.proposal_id} has no message")
    post.broker.declare(post.routes.topology)
    publisher = post.broker.publisher()
    try:
        message = Outgoing(row.proposal_id, post.routes.exchange_in, kind, body, _CONTENT_TYPE, {})
        fates = publisher.publish([message], _DEADLINE_SECONDS)
    finally:
        publisher.close()
    if fates.get(row.proposal_id) is Fate.RETURNED:
        raise PermanentError("no inbound queue took a message; run `xinglin doctor`")
    if fates.get(row.proposal_id) is not Fate.CONFIRMED:
        raise TransientError("the broker refused a message; try again when its queues have room")
