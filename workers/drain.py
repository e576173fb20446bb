"""Feeding messages in and working until nothing is left: what `ingest` and the demo do instead of waiting."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence

from credit.store import outbox
from credit.store.engine import reading
from schemas.errors import PermanentError, TransientError
from workers.broker import TAKE_BYTES, Fate, Outgoing
from workers.intake import BATCH_LIMITS, BatchLimits
from workers.postings import Posting
from workers.relay import Relay
from workers.runtime import Runtime

_CONTENT_TYPE = "application/cloudevents+json"
_WINDOW = 500
_DEADLINE_SECONDS = 60.0


def send(runtime: Runtime, postings: Sequence[Posting], tell: Callable[[int], None]) -> None:
    """Publish messages to the inbound queues with confirms; `tell` hears how many were confirmed.

    Raises:
        TransientError: the broker was lost or did not take a message; what was sent before may arrive twice if
            the same file is fed in again, and is then a repeat.
        PermanentError: no inbound queue is bound for a message.
    """
    publisher = runtime.broker.publisher()
    try:
        for window in _windows(postings):
            outgoing = [_address(runtime, posting) for posting in window]
            fates = publisher.publish(outgoing, _DEADLINE_SECONDS)
            if Fate.RETURNED in fates.values():
                raise PermanentError("no inbound queue took a message; run `xinglin doctor`")
            if Fate.REFUSED in fates.values():
                raise TransientError("the broker refused a message; try again when its queues have room")
            tell(len(window))
    finally:
        publisher.close()


def _windows(postings: Sequence[Posting]) -> Iterator[Sequence[Posting]]:
    window: list[Posting] = []
    size = 0
    for posting in postings:
        if window and (len(window) == _WINDOW or size + len(posting.body) > TAKE_BYTES):
            yield window
            window, size = [], 0
        window.append(posting)
        size += len(posting.body)
    if window:
        yield window


def _address(runtime: Runtime, posting: Posting) -> Outgoing:
    """Address a message by its type; one without a known type goes to the queue for what nobody else takes."""
    routes = runtime.reader.routes
    bound = posting.type is not None and routes.gate.queue_for(posting.type) is not None
    return Outgoing(
        message_id=uuid.uuid4().hex,
        exchange=routes.exchange_in if bound else "",
        routing_key=posting.type if bound and posting.type else routes.unsorted,
        body=posting.body,
        content_type=_CONTENT_TYPE,
        headers={},
    )


def work_until_empty(runtime: Runtime, tell: Callable[[int], None], limits: BatchLimits = BATCH_LIMITS) -> None:
    """Take in, assess and send out until nothing is left of all three; `tell` hears of messages taken in.

    Raises:
        TransientError: broker or database failed; nothing is lost, and the same call goes on where this one ended.
        PermanentError: something in the outbox has nowhere to go.
    """
    intake = runtime.intake(limits)
    try:
        while not intake.is_done():
            tell(intake.step())
    finally:
        intake.close()
    runtime.assessor().finish()
    empty_outbox(runtime)


def empty_outbox(runtime: Runtime) -> None:
    """Send until the outbox is empty; what a relay that died had in hand is waited for until its lease ends.

    Raises:
        PermanentError: what is left cannot be sent now; it stays in the outbox for the relay.
    """
    relay = runtime.relay()
    try:
        while _goes_on(runtime, relay):
            pass
    finally:
        relay.close()
    with reading(runtime.engine) as connection:
        left = outbox.count_unsent(connection)
    if left:
        raise PermanentError(f"{left} messages could not be sent yet; they stay in the outbox: run `xinglin doctor`")


def _goes_on(runtime: Runtime, relay: Relay) -> bool:
    """Send a share; return whether more may have to be sent.

    What another relay has in hand is looked for before and after: its lease may end while this one takes its share,
    and what nobody holds any more was not part of that.
    """
    leased = _is_leased(runtime)
    if relay.step():
        return True
    if not leased and not _is_leased(runtime):
        return False
    relay.idle()
    return True


def _is_leased(runtime: Runtime) -> bool:
    with reading(runtime.engine) as connection:
        return outbox.count_leased(connection, runtime.clock()) > 0
