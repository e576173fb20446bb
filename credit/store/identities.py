"""Links and claims: who is who, as rows that can be undone."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from credit.record.rows import AliasRow, Decision, undoing_of
from credit.store import touched
from credit.store.known import read_families
from credit.store.links import read_links
from credit.store.tables import alias, link, subject
from schemas.errors import PermanentError


def add_link(connection: Connection, before: str, after: str, decision: Decision) -> int:
    """Write that `before` carries on as `after`. Returns the link's number.

    Raises:
        PermanentError: the link would close a circle, `before` has a successor already, or no message has named
            one of them yet.
    """
    _refuse_unmet(connection, before)
    _refuse_unmet(connection, after)
    onwards = read_links(connection, [before, after])
    if before in {after, *onwards.values()}:
        raise PermanentError("that link would close a circle; see `xinglin identity links`")
    if before in onwards:
        raise PermanentError("that subject has a successor already; undo that link first: `xinglin identity links`")
    by, why, at, account = decision
    touched.touch(connection, {before, after}, at)
    made = {"linked_by": by, "account": account, "linked_at": at, "note": why}
    row = insert(link).values(subject_id=before, continued_as=after, **made)
    return int(connection.execute(row.returning(link.c.link_id)).scalar_one())


def undo_link(connection: Connection, number: int, decision: Decision) -> tuple[str, str]:
    """Undo a link; the row stays. Returns between which subjects it was.

    Raises:
        PermanentError: there is no such link in force.
    """
    mine = (link.c.link_id == number, link.c.undone_at.is_(None))
    undoing = update(link).where(*mine).values(undoing_of(decision))
    parted = connection.execute(undoing.returning(link.c.subject_id, link.c.continued_as)).first()
    if parted is None:
        raise PermanentError(f"no link {number} is in force; `xinglin identity links` lists them")
    before, after = parted
    touched.touch(connection, {before, after}, decision.at)
    return before, after


def add_claim(connection: Connection, row: AliasRow, decision: Decision) -> None:
    """Write a person's claim with its reason and account; it takes the place of the same claim that was undone before.

    Raises:
        PermanentError: no message has named the subject yet.
    """
    _refuse_unmet(connection, row.subject_id)
    mine = _claim(row.value_hash, row.subject_id)
    connection.execute(delete(alias).where(*mine, alias.c.undone_at.is_not(None)))
    if connection.execute(select(alias.c.kind).where(*mine)).first() is None:
        connection.execute(insert(alias).values(**row._asdict(), note=decision.why, account=decision.account))


def find_rivals(connection: Connection, value_hash: str, subject_id: str) -> list[str]:
    """Return who else has a claim to an identifier: subjects of other archives than this one's, by their ids."""
    asked = select(alias.c.subject_id).where(alias.c.value_hash == value_hash, alias.c.undone_at.is_(None))
    [own] = read_families(connection).of([subject_id]).values()
    return sorted(set(connection.execute(asked).scalars()) - own)


def undo_claim(connection: Connection, value_hash: str, subject_id: str, decision: Decision) -> None:
    """Undo a claim; the row stays, so that the message which made it does not make it again.

    Raises:
        PermanentError: there is no such claim in force.
    """
    mine = (*_claim(value_hash, subject_id), alias.c.undone_at.is_(None))
    if connection.execute(update(alias).where(*mine).values(undoing_of(decision))).rowcount == 0:
        raise PermanentError("no such claim is in force")


def _refuse_unmet(connection: Connection, subject_id: str) -> None:
    # Records and notices need what only a message can say of a subject: its name, its document.
    if connection.execute(select(subject.c.kind).where(subject.c.subject_id == subject_id)).first() is None:
        raise PermanentError("no message has named that subject yet; put its number into one: `xinglin parked mend`")


def _claim(value_hash: str, subject_id: str) -> tuple[ColumnElement[bool], ...]:
    return (alias.c.value_hash == value_hash, alias.c.subject_id == subject_id)
