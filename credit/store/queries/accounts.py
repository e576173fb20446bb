"""Who there is: accounts, their grants, and what each may do as of now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from credit.access.account import AccountRow, GrantRow, Holder, day_of, hold, is_to_come
from credit.access.refusal import AccessRefused
from credit.access.roles import RIGHTS
from credit.store.queries.page import WHOLE, Part, comes_after, fits, write_key
from credit.store.tables import account as account_table
from credit.store.tables import account_role
from schemas.rights import Right, Role


def exist(connection: Connection) -> bool:
    """Tell whether there is any account."""
    return connection.execute(select(account_table.c.name).limit(1)).first() is not None


def are_bound(connection: Connection) -> bool:
    """Tell whether any account acts as a system user: from then on the command line asks for rights."""
    bound = select(account_table.c.name).where(account_table.c.system_user.is_not(None))
    return connection.execute(bound.limit(1)).first() is not None


def read(connection: Connection, name: str) -> AccountRow | None:
    """Return the account of this name; None where there is none."""
    return _find(connection, account_table.c.name == name)


def read_of_system_user(connection: Connection, user: str) -> AccountRow | None:
    """Return the account that a user of the operating system acts as; None where there is none."""
    return _find(connection, account_table.c.system_user == user)


def read_of_oidc(connection: Connection, subject: str) -> AccountRow | None:
    """Return the account of somebody whom the authority's own login has verified; None where there is none."""
    return _find(connection, account_table.c.oidc_subject == subject)


def _find(connection: Connection, condition: ColumnElement[bool]) -> AccountRow | None:
    found = connection.execute(select(account_table).where(condition)).one_or_none()
    return AccountRow(*found) if found is not None else None


def read_all(connection: Connection) -> list[AccountRow]:
    """Return every account, in the order of their names."""
    return [AccountRow(*row) for row in connection.execute(select(account_table).order_by(account_table.c.name))]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which accounts to list; None: all. `role` is one that an account has as of a day, `disabled` whether it is."""

    name: str | None = None
    person: str | None = None
    role: tuple[Role, date] | None = None
    disabled: bool | None = None


EVERYTHING = Filter()
_ORDER = (account_table.c.name,)


def find_accounts(connection: Connection, wanted: Filter = EVERYTHING, part: Part = WHOLE) -> list[AccountRow]:
    """Return accounts in the order of their names; pages begin after what `key_of` says."""
    disabled = account_table.c.disabled_at.is_not(None)
    chosen = [
        fits(account_table.c.name, wanted.name),
        fits(account_table.c.person, wanted.person),
        fits(disabled, wanted.disabled),
    ]
    if wanted.role is not None:
        chosen.append(_has(*wanted.role))
    asked = select(account_table).where(comes_after(_ORDER, part.after), *chosen)
    return [AccountRow(*row) for row in connection.execute(asked.order_by(*_ORDER).limit(part.limit))]


def key_of(row: AccountRow) -> str:
    """Return the key of an account in the list of them."""
    return write_key([row.name])


def _has(role: Role, on: date) -> ColumnElement[bool]:
    """Return the condition that an account has a role on a day, as `is_in_force` has it of a grant."""
    grant = account_role.c
    held = select(grant.grant_id).where(
        grant.account == account_table.c.name,
        grant.role == role.value,
        grant.revoked_at.is_(None),
        grant.begins_on <= on,
        or_(grant.ends_on.is_(None), grant.ends_on >= on),
    )
    return held.exists()


def read_grants(connection: Connection, name: str | None = None) -> list[GrantRow]:
    """Return the grants of an account, or of all, in the order in which they were made."""
    asked = select(account_role).order_by(account_role.c.grant_id)
    if name is not None:
        asked = asked.where(account_role.c.account == name)
    return [GrantRow(*row) for row in connection.execute(asked)]


def roles_of(connection: Connection, name: str, now: datetime) -> set[Role]:
    """Return the roles that an account has now or will have."""
    return {Role(each.role) for each in read_grants(connection, name) if is_to_come(each, day_of(now))}


def find_holder(connection: Connection, account: AccountRow | None, now: datetime) -> Holder | None:
    """Return an account with its rights as of now; None where there is none, or it is disabled."""
    return hold(account, read_grants(connection, account.name), now) if account is not None else None


def read_holders(connection: Connection, now: datetime) -> list[Holder]:
    """Return everybody who is not disabled with the rights as of now, in the order of their accounts."""
    grants = read_grants(connection)
    return [held for each in read_all(connection) if (held := hold(each, grants, now)) is not None]


def was_ever_granted(connection: Connection, right: Right) -> bool:
    """Tell whether anybody was ever given a right: from then on it is demanded on the command line too."""
    names = [role.value for role in Role if right in RIGHTS[role]]
    asked = select(account_role.c.grant_id).where(account_role.c.role.in_(names)).limit(1)
    return connection.execute(asked).first() is not None


def need(connection: Connection, name: str) -> AccountRow:
    """Return the account of this name.

    Raises:
        AccessRefused: there is none.
    """
    found = read(connection, name)
    if found is None:
        raise AccessRefused(f"there is no account {name!r}", "没有这个账号")
    return found
