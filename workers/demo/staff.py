"""The people of the demonstration: accounts that last as long as its folder."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from credit.access import passwords
from credit.access.account import EVERY_ORGAN, day_of
from credit.store import accounts, grants
from credit.store.accounts import NewAccount
from credit.store.acting import Acting
from credit.store.engine import writing
from credit.store.grants import NewGrant
from credit.store.looks import Actor
from schemas.rights import Role
from workers.runtime import Runtime


class Login(NamedTuple):
    """How somebody of the demonstration logs in, and as what."""

    account: str
    password: str
    person: str
    roles: tuple[Role, ...]


class Appointed(NamedTuple):
    """Somebody of the demonstration, and as what."""

    account: str
    person: str
    roles: tuple[Role, ...]


STAFF = (
    Appointed("zhang", "张敏", (Role.CLERK, Role.OPERATOR)),
    Appointed("li", "李卫", (Role.REVIEWER,)),
    Appointed("zhao", "赵琳", (Role.AUDITOR,)),
    Appointed("qian", "钱进", (Role.SYSTEM,)),
    Appointed("sun", "孙立", (Role.SECURITY,)),
)


def appoint(runtime: Runtime, staff: Sequence[Appointed] = STAFF) -> list[Login]:
    """Make an account for each, with its roles and a password that nobody else has; return how they log in.

    Whoever gives rights has to be the last.
    """
    now = runtime.clock()
    acting = Acting(None, Actor("demo", "演示", "xinglin demo"), now)
    logins = [Login(each.account, secrets.token_urlsafe(9), each.person, each.roles) for each in staff]
    with writing(runtime.engine) as connection:
        for login in logins:
            accounts.add(connection, NewAccount(login.account, login.person), acting)
            accounts.change_password(connection, login.account, passwords.digest(login.password), acting)
        for login in logins:
            for role in login.roles:
                new = NewGrant(login.account, role, EVERY_ORGAN, day_of(now), None, "演示")
                grants.grant(connection, new, acting)
    return logins
