"""The people of the demonstration: accounts that last as long as its folder."""

from __future__ import annotations

import secrets
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


_STAFF = (
    ("zhang", "张敏", (Role.CLERK, Role.OPERATOR)),
    ("li", "李卫", (Role.REVIEWER,)),
    ("zhao", "赵琳", (Role.AUDITOR,)),
    ("qian", "钱进", (Role.SYSTEM,)),
    ("sun", "孙立", (Role.SECURITY,)),
)


def appoint(runtime: Runtime) -> list[Login]:
    """Make an account for each, with its roles and a password that nobody else has; return how they log in."""
    now = runtime.clock()
    acting = Acting(None, Actor("demo", "演示", "xinglin demo"), now)
    logins = [Login(name, secrets.token_urlsafe(9), person, roles) for name, person, roles in _STAFF]
    with writing(runtime.engine) as connection:
        for login in logins:
            accounts.add(connection, NewAccount(login.account, login.person), acting)
            accounts.change_password(connection, login.account, passwords.digest(login.password), acting)
        # Whoever gives rights comes last: from then on only they may.
        for login in logins:
            for role in login.roles:
                new = NewGrant(login.account, role, EVERY_ORGAN, day_of(now), None, "演示")
                grants.grant(connection, new, acting)
    return logins
