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
from credit.store.tables import UNFINISHED, proposal
from credit.vault import Keyring
from schemas.access import FourEyes, Logged, ProposalState
from schemas.rights import Right


class Proposed(NamedTuple):
    """What somebody wants to be done: `about` says it in Chinese without any number of a person, `payload` exactly.

    `organ` is the organ that it concerns, empty where it is no single one. `same` is what it shares with proposals that
    may not wait beside it, empty where that is all of `payload`.
    """

    kind: FourEyes
    about: str
    organ: str
    payload: bytes
    why: str
    same: bytes = b""


def propose(
    connection: Connection, wanted: Proposed, holder: Holder, actor: Actor, keyring: Keyring, now: datetime
) -> ProposalRow:
    """Keep a proposal until a second person decides; the same one, sent twice, is one: the first is returned.

    Raises:
        AccessRefused: the right to propose is lacking.
    """
    foureyes.check_proposer(wanted.kind, holder, wanted.organ or None)
    fingerprint = keyring.lookup(f"proposal:{wanted.kind.value}:{(wanted.same or wanted.payload).hex()}")
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


def keep_message(connection: Connection, proposal_id: str, message: bytes, keyring: Keyring) -> None:
    """Keep what a proposal sends, in the transaction in which it is confirmed: from then on it is sent, once."""
    sealed = keyring.seal(message, foureyes.place_of_message(proposal_id))
    mine = proposal.c.proposal_id == proposal_id
    connection.execute(update(proposal).where(mine).values(message=sealed))


def open_message(row: ProposalRow, keyring: Keyring) -> bytes | None:
    """Return what a confirmed proposal sends; None where it sends nothing. Raises SealBroken."""
    if row.message is None:
        return None
    return keyring.unseal(row.message, foureyes.place_of_message(row.proposal_id))


def note_done(connection: Connection, proposal_id: str, now: datetime) -> None:
    """Say that a confirmed proposal was carried out; said again, it changes nothing."""
    mine = (proposal.c.proposal_id == proposal_id, proposal.c.state == ProposalState.CONFIRMED.value)
    connection.execute(update(proposal).where(*mine).values(state=ProposalState.DONE.value, done_at=now))


def read_confirmed(connection: Connection, size: int) -> list[ProposalRow]:
    """Return proposals that were confirmed and are not carried out, the oldest first."""
    asked = (
        select(proposal)
        .where(UNFINISHED, proposal.c.state == ProposalState.CONFIRMED.value)
        .order_by(proposal.c.proposed_at, proposal.c.proposal_id)
        .limit(size)
    )
    return [ProposalRow(*row) for row in connection.execute(asked)]


class After(NamedTuple):
    """The last proposal of a page, after which the next one begins."""

    proposed_at: datetime
    proposal_id: str


class Listed(NamedTuple):
    """Which proposals are listed: for whom, None for everybody; and with `waiting_at` only those that wait then.

    What waits is open and not expired, or confirmed and not carried out.
    """

    holder: Holder | None = None
    waiting_at: datetime | None = None


def read_page(connection: Connection, listed: Listed, size: int, after: After | None = None) -> list[ProposalRow]:
    """Return proposals that are meant and that whoever looks may see, the newest first."""
    asked = select(proposal).order_by(proposal.c.proposed_at.desc(), proposal.c.proposal_id.desc()).limit(size)
    if listed.holder is not None:
        asked = asked.where(_is_seen(listed.holder))
    if listed.waiting_at is not None:
        still = or_(proposal.c.state == ProposalState.CONFIRMED.value, proposal.c.expires_at > listed.waiting_at)
        asked = asked.where(UNFINISHED, still)
    if after is not None:
        asked = asked.where(tuple_(proposal.c.proposed_at, proposal.c.proposal_id) < tuple_(*after))
    return [ProposalRow(*row) for row in connection.execute(asked)]


def _is_seen(holder: Holder) -> ColumnElement[bool]:
    """Return the condition of `foureyes.may_see`."""
    mine = proposal.c.proposed_by == holder.account
    if not holder.may(Right.CONFIRM):
        return mine
    if Right.CONFIRM not in holder.only:
        return true()
    return or_(mine, proposal.c.organ.in_(sorted(holder.only[Right.CONFIRM])))
