"""Accounts for tests: made with the rights that a test needs, with passwords and second factors that it knows."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

import pyotp
from sqlalchemy import Connection, insert

from credit.access import passwords
from credit.access.account import EVERY_ORGAN, AccountRow, Holder, hold
from credit.store import accounts, grants, tables
from credit.store.acting import Acting
from credit.store.grants import NewGrant
from credit.store.looks import Actor
from credit.store.queries.accounts import need, read_grants
from credit.vault import Keyring
from schemas.rights import Role

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of the second factor, in base 32."""
PASSWORD = "杏林春暖-2026-wugang"
FROM = date(2020, 1, 1)


@cache
def _digest() -> str:
    """Made when it is first asked for: it takes a third of a second, and every process of the tests imports this."""
    return passwords.digest(PASSWORD)


def nobody(now: datetime) -> Acting:
    """Who makes the first accounts."""
    return Acting(None, Actor("root", "", "test"), now)


def acting(holder: Holder, now: datetime) -> Acting:
    return Acting(holder, Actor(holder.account, holder.person, "test", "203.0.113.9"), now)


def make_account(
    connection: Connection, name: str, person: str, now: datetime, *roles: Role, organ: str = EVERY_ORGAN
) -> Holder:
    """Make an account whose password is `PASSWORD`, with roles for an organ or all, whoever may give them."""
    row = AccountRow(
        name=name,
        person=person,
        password=_digest(),
        password_at=now,
        must_change=False,
        second=None,
        second_step=0,
        system_user=f"os-{name}",
        oidc_subject=None,
        made_at=now,
        made_by="root",
    )
    connection.execute(insert(tables.account).values(row._asdict()))
    for role in roles:
        grants.write(connection, NewGrant(name, role, organ, FROM, None, "测试"), nobody(now))
    held = hold(need(connection, name), read_grants(connection, name), now)
    assert held is not None
    return held


def give_second(connection: Connection, name: str, keyring: Keyring, now: datetime) -> None:
    accounts.set_second(connection, name, SECRET, 0, keyring, nobody(now))


def code(now: datetime, steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(now, counter_offset=steps)
