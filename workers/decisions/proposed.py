"""What takes two persons: one proposes it, and when another has confirmed it, it is done.

Console and command line share this. What is done in the archive alone is done in the transaction of its confirmation.
What goes by the queue is kept as a message in that transaction, and sent after it (`confirmed.py`): neither is without
the other, whatever dies.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection

from credit.access import foureyes
from credit.access.account import Holder, ProposalRow
from credit.access.refusal import AccessRefused
from credit.identity import mask_text
from credit.record.ids import record_id
from credit.record.rows import Decision
from credit.store import parked, proposals
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.parked import Choice
from credit.store.proposals import Answer, Proposed
from credit.store.queries.accounts import read_holders
from credit.store.queries.official import Fall
from credit.store.queries.subjects import is_person
from schemas.access import FourEyes, ProposalState
from schemas.errors import PermanentError, TransientError
from schemas.statement import Act, Fact
from workers.decisions import confirmed, reviews
from workers.decisions.confirmed import Post
from workers.decisions.reviews import Resolution
from workers.reading import state
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)


class NotDone(PermanentError):
    """What was confirmed cannot be done any more: nothing is kept of the confirmation.

    The text is English, for logs; the note says the same in Chinese, for the person.
    """

    def __init__(self, text: str, told: str) -> None:
        """Keep what the person is told."""
        super().__init__(text)
        self.add_note(told)


class Signatory(NamedTuple):
    """Who proposes or decides, and as what the log names it."""

    holder: Holder
    actor: Actor


def discard(numbers: Collection[int], senders: Collection[str], why: str) -> Proposed:
    """Return the proposal to discard parked messages, which are of these senders; "" stands for none that is known.

    It is of the one organ that sent them all, or else of no single one.
    """
    ordered = sorted(numbers)
    about = f"挂起 {ordered[0]} 号"
    if len(ordered) > 1:
        about = f"挂起报文 {len(ordered):,} 份（{ordered[0]} 至 {ordered[-1]} 号）"
    organ = next(iter(senders)) if len(set(senders)) == 1 else ""
    return Proposed(FourEyes.DISCARD, about, organ, _write({"numbers": ordered}), why)


def review(runtime: Runtime, fall: Fall, resolution: Resolution) -> Proposed:
    """Return the proposal to decide about a fall.

    Raises:
        PermanentError: as `reviews.compose`: what could not be sent is not proposed.
    """
    row = fall.row
    composed = reviews.compose(runtime, row, resolution, "review-to-be-confirmed")
    scale = runtime.reader.regimes[row.regime].scale(row.scale, row.year)
    named = scale.grades if scale is not None else {}
    change = " → ".join(named.get(each, each) for each in (row.from_grade, composed.sent.grade))
    payload = {
        "subject": row.subject_id,
        "regime": row.regime,
        "scale": row.scale,
        "to_grade": row.to_grade,
        "decision": resolution.decision.value,
        "grade": resolution.grade,
    }
    # What a proposal is called stands in lists: of a person it says no name.
    whom = "个人" if is_person(row.subject_id) else fall.name
    about = f"{whom}：{resolution.decision.word}，{change}"
    return Proposed(FourEyes.REVIEW, about, "", _write(payload), resolution.content)


def send(runtime: Runtime, kind: FourEyes, about: str, sender: str, raw: bytes, why: str = "") -> Proposed:
    """Return the proposal to send a message that was entered, of an organ.

    Only one waits of those that do the same to a record, or that state the same record.
    """
    return Proposed(kind, about, sender, _write({"raw": raw.decode()}), why or "录入", _name_same(runtime, raw))


def _name_same(runtime: Runtime, raw: bytes) -> bytes:
    statement = state(runtime.reader.registry, raw, {})
    if isinstance(statement, Act):
        return f"{statement.kind.value} {record_id(statement.target)}".encode()
    return record_id(statement.key).encode() if isinstance(statement, Fact) else raw


def propose(runtime: Runtime, wanted: Proposed, by: Signatory) -> ProposalRow:
    """Keep what somebody wants done until a second person has confirmed it; the same, proposed twice, is one.

    Raises:
        AccessRefused: the right to propose is lacking.
    """
    said = wanted._replace(about=mask_text(wanted.about), why=mask_text(wanted.why))
    with writing(runtime.engine) as connection:
        return proposals.propose(connection, said, by.holder, by.actor, runtime.keyring, runtime.clock())


def find(runtime: Runtime, proposal_id: str, holder: Holder | None) -> ProposalRow:
    """Return a proposal that somebody may see, where None everybody.

    Raises:
        AccessRefused: there is none, or it is not for this holder to see.
    """
    with reading(runtime.engine) as connection:
        row = proposals.read(connection, proposal_id)
    if row is None or (holder is not None and not foureyes.may_see(row, holder)):
        raise AccessRefused(f"there is no proposal {proposal_id!r}", "没有该事项")
    return row


def find_deciders(runtime: Runtime, row: ProposalRow) -> list[str]:
    """Return the persons who may confirm or refuse a proposal as of now."""
    now = runtime.clock()
    with reading(runtime.engine) as connection:
        return foureyes.who_may_decide(row, read_holders(connection, now), now)


def refuse(runtime: Runtime, proposal_id: str, why: str, by: Signatory) -> ProposalRow:
    """Refuse a proposal: nothing is done.

    Raises:
        AccessRefused: as `proposals.decide`, or it is not for this holder to see.
    """
    find(runtime, proposal_id, by.holder)
    answer = Answer(ProposalState.REFUSED, mask_text(why))
    with writing(runtime.engine) as connection:
        return proposals.decide(connection, proposal_id, answer, by.holder, by.actor, runtime.clock())


def confirm(runtime: Runtime, proposal_id: str, why: str, by: Signatory) -> ProposalRow:
    """Confirm a proposal and do it; return it as it is then.

    It is done, or where the broker did not take its message, confirmed: the scheduler sends it later.

    Raises:
        AccessRefused: as `proposals.decide`, or it is not for this holder to see.
        NotDone: it cannot be done any more; nothing is kept.
        PermanentError: its message could not be taken in; nothing is kept.
        TransientError: the database failed; whether it is confirmed, the proposal says.
    """
    row, now = find(runtime, proposal_id, by.holder), runtime.clock()
    foureyes.check_decider(row, by.holder, now)
    message = _compose(runtime, row, by.holder)
    with writing(runtime.engine) as connection:
        answer = Answer(ProposalState.CONFIRMED, mask_text(why))
        row = proposals.decide(connection, proposal_id, answer, by.holder, by.actor, now)
        if message is None:
            _discard(connection, row, read_payload(runtime, row), by.holder)
            proposals.note_done(connection, proposal_id, now)
        else:
            proposals.keep_message(connection, proposal_id, message, runtime.keyring)
    row = find(runtime, proposal_id, None)
    return row if message is None else _send(runtime, row)


def _send(runtime: Runtime, row: ProposalRow) -> ProposalRow:
    """Send what was just confirmed; return the proposal as it is after that."""
    post = Post(runtime.engine, runtime.broker, runtime.reader.routes, runtime.keyring)
    try:
        confirmed.send(post, row, runtime.clock())
    except (TransientError, PermanentError) as error:
        _log.warning("confirmed_not_sent", proposal=row.proposal_id, trouble=str(error))
    return find(runtime, row.proposal_id, None)


def _compose(runtime: Runtime, row: ProposalRow, holder: Holder) -> bytes | None:
    """Return the message that a proposal becomes when this holder confirms it; None where it sends none.

    The id follows from the proposal, so that it is one message whoever sends it.
    """
    payload = read_payload(runtime, row)
    match FourEyes(row.kind):
        case FourEyes.DISCARD:
            return None
        case FourEyes.REVIEW:
            fall = reviews.find_open(runtime, payload["subject"], payload["regime"], payload["scale"])
            if fall.row.to_grade != payload["to_grade"]:
                raise NotDone(
                    f"proposal {row.proposal_id} is about a fall to {payload['to_grade']}, now to {fall.row.to_grade}",
                    "没有办理：等级在提交之后又有变化，请退回，重新提交。",
                )
            decision = reviews.DECISIONS[payload["decision"]]
            by = Resolution(decision, payload["grade"], f"{row.proposer}、{holder.person}", row.why)
            return reviews.compose(runtime, fall.row, by, f"review-{row.proposal_id}").raw
        case _:
            return str(payload["raw"]).encode()


def _discard(connection: Connection, row: ProposalRow, payload: Mapping[str, Any], holder: Holder) -> None:
    """Discard those of the messages that are still parked.

    Raises:
        NotDone: none is, or somebody is about one.
    """
    numbers: list[int] = payload["numbers"]
    found = parked.fetch(connection, numbers)
    if not found or len(found) < parked.count(connection, Choice(numbers=frozenset(numbers))):
        raise NotDone(
            f"proposal {row.proposal_id}: none of its messages is parked, or another process holds one",
            "报文已不在挂起之列，或正由他人办理；没有作废。",
        )
    why = f"{row.why}；复核：{row.answer or '同意'}"
    by = Decision(f"{row.proposer}、{holder.person}", why, row.decided_at or row.proposed_at, holder.account)
    parked.discard(connection, found, by)


def read_payload(runtime: Runtime, row: ProposalRow) -> Mapping[str, Any]:
    """Return what a proposal would do, as it was written. Raises SealBroken."""
    found: dict[str, Any] = json.loads(proposals.open_payload(row, runtime.keyring))
    return found


def _write(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()
