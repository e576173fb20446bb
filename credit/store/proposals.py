"""What waits for a second person. Two who decide at once: one does, the other is told that it is decided."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, or_, select, true, tuple_, update

from credit.access import foureyes
from credit.access.account import Holder, ProposalRow
from credit.access.refusal import AccessRefused
from credit.store import locks, looks
from credit.store.looks import Actor
from credit.store.tables import proposal
from credit.vault import Keyring
from schemas.access import FourEyes, Logged, ProposalState
from schemas.rights import Right


class Proposed(NamedTuple):
    """What somebody wants to be done: `about` says it in Chinese without any number of a person, `payload` exactly.

    `organ` is the organ that it concerns, empty where it is no single one.
    """

    kind: FourEyes
    about: str
    organ: str
    payload: bytes
    why: str


def propose(
    connection: Connection, wanted: Proposed, holder: Holder, actor: Actor, keyring: Keyring, now: datetime
) -> ProposalRow:
    """Keep a proposal until a second person decides; the same one, sent twice, is one.

    Raises:
        AccessRefused: the right to propose is lacking.
    """
    foureyes.check_proposer(wanted.kind, holder, wanted.organ or None)
    fingerprint = keyring.lookup(f"proposal:{wanted.kind.value}:{wanted.payload.hex()}")
    locks.hold(connection, [f"proposal:{fingerprint}"])
    waiting = select(proposal).where(
        proposal.c.fingerprint == fingerprint, proposal.c.decided_at.is_(None), proposal.c.expires_at > now
    )
    same = connection.execute(waiting.limit(1)).one_or_none()
    if same is not None:
        return ProposalRow(*same)
    number = secrets.token_hex(6)
    row = ProposalRow(
        proposal_id=number,
        kind=wanted.kind.value,
        about=wanted.about,
        organ=wanted.organ,
        payload=keyring.seal(wanted.payload, foureyes.place_of(number)),
        fingerprint=fingerprint,
        proposed_by=holder.account,
        proposer=holder.person,
        why=wanted.why,
        proposed_at=now,
        expires_at=now + foureyes.WAITS,
        state=ProposalState.OPEN.value,
    )
    connection.execute(insert(proposal).values(row._asdict()))
    looks.note(connection, actor, Logged.PROPOSE, number, f"{wanted.kind.word}：{wanted.about}", now)
    return row


def read(connection: Connection, proposal_id: str) -> ProposalRow | None:
    """Return a proposal; None where there is none of that number."""
    found = connection.execute(select(proposal).where(proposal.c.proposal_id == proposal_id)).one_or_none()
    return ProposalRow(*found) if found is not None else None


def open_payload(row: ProposalRow, keyring: Keyring) -> bytes:
    """Return what a proposal would do. Raises SealBroken."""
    return keyring.unseal(row.payload, foureyes.place_of(row.proposal_id))


class Answer(NamedTuple):
    """What the second person says, and why."""

    state: ProposalState
    why: str


def decide(
    connection: Connection, proposal_id: str, answer: Answer, holder: Holder, actor: Actor, now: datetime
) -> ProposalRow:
    """Confirm or refuse a proposal; what it proposes is carried out by whoever called, who then says so (`note_done`).

    Raises:
        AccessRefused: there is none, it is decided or expired, is the holder's own, or the right is lacking.
    """
    locks.hold(connection, [f"proposal {proposal_id}"])
    row = read(connection, proposal_id)
    if row is None:
        raise AccessRefused(f"there is no proposal {proposal_id!r}", "没有该事项")
    foureyes.check_decider(row, holder, now)
    after = row._replace(
        state=answer.state.value,
        decided_by=holder.account,
        decider=holder.person,
        decided_at=now,
        answer=answer.why,
    )
    said = {name: getattr(after, name) for name in ("state", "decided_by", "decider", "decided_at", "answer")}
    connection.execute(update(proposal).where(proposal.c.proposal_id == proposal_id).values(said))
    what = Logged.CONFIRM if answer.state is ProposalState.CONFIRMED else Logged.REFUSE
    looks.note(connection, actor, what, proposal_id, f"{FourEyes(row.kind).word}：{row.about}", now)
    return after


def note_done(connection: Connection, proposal_id: str, now: datetime) -> None:
    """Say that a confirmed proposal was carried out."""
    mine = (proposal.c.proposal_id == proposal_id, proposal.c.state == ProposalState.CONFIRMED.value)
    connection.execute(update(proposal).where(*mine).values(state=ProposalState.DONE.value, done_at=now))


class After(NamedTuple):
    """The last proposal of a page, after which the next one begins."""

    proposed_at: datetime
    proposal_id: str


def read_page(
    connection: Connection,
    size: int,
    after: After | None = None,
    *,
    undecided: bool = False,
    holder: Holder | None = None,
) -> list[ProposalRow]:
    """Return proposals, the newest first; `undecided` are those that nobody has decided.

    Of a holder it returns those that it made, and those of organs for which it confirms; None: all.
    """
    asked = select(proposal).order_by(proposal.c.proposed_at.desc(), proposal.c.proposal_id.desc()).limit(size)
    if undecided:
        asked = asked.where(proposal.c.decided_at.is_(None))
    if after is not None:
        asked = asked.where(tuple_(proposal.c.proposed_at, proposal.c.proposal_id) < tuple_(*after))
    if holder is not None:
        asked = asked.where(_is_for(holder))
    return [ProposalRow(*row) for row in connection.execute(asked)]


def _is_for(holder: Holder) -> ColumnElement[bool]:
    own = proposal.c.proposed_by == holder.account
    if not holder.may(Right.CONFIRM):
        return own
    # What is of no single organ is confirmed by who has the right for all.
    only = holder.only.get(Right.CONFIRM)
    return true() if only is None else or_(own, proposal.c.organ.in_(sorted(only)))
