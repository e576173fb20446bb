"""Giving roles and taking them away: never one's own, never two that nobody holds together, never the last ones.

Who does it is alone, so that what is checked still holds when it is written.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, update

from credit.access import roles
from credit.access.account import EVERY_ORGAN, AccountRow, GrantRow, day_of, is_in_force, is_to_come
from credit.access.refusal import AccessRefused
from credit.access.roles import ADMINISTRATORS
from credit.store.acting import Acting, alone, refuse_self, require, tell_changed
from credit.store.queries.accounts import need, read_all, read_grants
from credit.store.tables import account_role
from schemas.access import Logged
from schemas.rights import Right, Role

_KEEPERS = {Right.ACCOUNTS: Role.SYSTEM, Right.GRANT: Role.SECURITY}
"""The rights without which nobody could be let in again, and the role that brings each."""


class NewGrant(NamedTuple):
    """A role that is to be given: from when to when, both days included, for an organ or for all."""

    account: str
    role: Role
    organ: str
    begins_on: date
    ends_on: date | None
    why: str


def grant(connection: Connection, new: NewGrant, acting: Acting) -> GrantRow:
    """Give an account a role.

    Raises:
        AccessRefused: the right is lacking, it is one's own, its days are none, the roles do not go together, or it
            makes an administrator of an account without a second factor, which others may still set up.
    """
    alone(connection)
    require(connection, acting, Right.GRANT)
    found, today = need(connection, new.account), day_of(acting.now)
    refuse_self(acting, found.name)
    _check_grant(new, today)
    held = [each for each in read_grants(connection, found.name) if is_to_come(each, today)]
    roles.check_together([*(Role(each.role) for each in held), new.role])
    _refuse_same_person(connection, found, new, today)
    if acting.holder is not None and new.role in ADMINISTRATORS and found.second is None:
        raise AccessRefused(
            f"{found.name} has no second factor yet, and an administrator needs one",
            f"授予{new.role.word}之前，须由本人先登录并启用动态口令。",
        )
    if any((each.role, each.organ, each.ends_on) == (new.role, new.organ, new.ends_on) for each in held):
        raise AccessRefused(f"{found.name} has that role already", "该账号已有同样的授权")
    return write(connection, new, acting)


def write(connection: Connection, new: NewGrant, acting: Acting) -> GrantRow:
    """Write a grant that was checked, in the log too, and let somebody else look at it."""
    row = GrantRow(
        grant_id=0,
        account=new.account,
        role=new.role.value,
        organ=new.organ,
        begins_on=new.begins_on,
        ends_on=new.ends_on,
        granted_by=acting.actor.account,
        granted_at=acting.now,
        why=new.why,
    )
    columns = row._asdict()
    del columns["grant_id"]
    number: int = connection.execute(
        insert(account_role).values(columns).returning(account_role.c.grant_id)
    ).scalar_one()
    row = row._replace(grant_id=number)
    acting.note(connection, Logged.GRANT, new.account, f"授予{_say(row)}：{new.why}")
    tell_changed(connection, new.account, f"授予{_say(row)}", acting)
    return row


def _check_grant(new: NewGrant, today: date) -> None:
    if new.ends_on is not None and (new.ends_on < new.begins_on or new.ends_on < today):
        raise AccessRefused("the grant would end before it begins, or is over already", "截止日期早于起始日期或今天")
    if new.role in ADMINISTRATORS and new.organ != EVERY_ORGAN:
        raise AccessRefused("an administrator is one for all organs", f"{new.role.word}不按单位授予，单位应为全部")
    if not new.organ.strip():
        raise AccessRefused("a role is for an organ or for all (*)", "须指明单位代码，全部单位为 *")


def _refuse_same_person(connection: Connection, found: AccountRow, new: NewGrant, today: date) -> None:
    """Let nobody be two of the three administrators by two accounts, as far as the names tell."""
    if new.role not in ADMINISTRATORS:
        return
    others = {row.name for row in read_all(connection) if row.person == found.person and row.name != found.name}
    held = {Role(each.role) for each in read_grants(connection) if each.account in others and is_to_come(each, today)}
    roles.check_together((held & ADMINISTRATORS) | {new.role})


def revoke(connection: Connection, grant_id: int, why: str, acting: Acting) -> GrantRow:
    """Take a role away, at once.

    Raises:
        AccessRefused: the right is lacking, it is one's own, there is none of that number, or it is the last that gives
            rights or makes accounts.
    """
    alone(connection)
    require(connection, acting, Right.GRANT)
    row = next((each for each in read_grants(connection) if each.grant_id == grant_id), None)
    if row is None or row.revoked_at is not None:
        raise AccessRefused(f"there is no grant {grant_id}, or it was revoked", "没有该授权，或已撤销")
    refuse_self(acting, row.account)
    refuse_last(connection, acting.now, without=grant_id)
    after = row._replace(revoked_at=acting.now, revoked_by=acting.actor.account)
    said = {"revoked_at": after.revoked_at, "revoked_by": after.revoked_by}
    connection.execute(update(account_role).where(account_role.c.grant_id == grant_id).values(said))
    acting.note(connection, Logged.GRANT, row.account, f"撤销{_say(row)}：{why}")
    tell_changed(connection, row.account, f"撤销{_say(row)}", acting)
    return after


def refuse_last(connection: Connection, now: datetime, *, without: str | int) -> None:
    """Refuse what would leave nobody who makes accounts, or nobody who gives rights, where there is somebody now.

    `without` is the account, or the number of the grant, that would not count any more.
    """
    usable = {row.name for row in read_all(connection) if row.disabled_at is None}
    today = day_of(now)
    lasting = [
        each
        for each in read_grants(connection)
        if each.account in usable and is_in_force(each, today) and each.ends_on is None
    ]
    for right, role in _KEEPERS.items():
        mine = [each for each in lasting if each.role == role]
        left = [each for each in mine if without not in (each.account, each.grant_id)]
        if mine and not left:
            raise AccessRefused(
                f"nobody would be left with the right '{right.value}'; give the role '{role.value}' to another first",
                f"将没有人具有“{right.word}”权限：请先将{role.word}授予另一账号",
            )


def _say(row: GrantRow) -> str:
    organ = "全部单位" if row.organ == EVERY_ORGAN else row.organ
    until = f"至 {row.ends_on}" if row.ends_on is not None else "起"
    return f"“{Role(row.role).word}”（{organ}，{row.begins_on} {until}）"
