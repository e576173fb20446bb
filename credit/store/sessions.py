"""Logins: sessions, of whose token only the hash is kept, and the attempts that count against who guesses."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from credit.access import sessions as rules
from credit.access.account import AccountRow, SessionRow
from credit.record.rows import CaseRow
from credit.store import alerts, locks
from credit.store.tables import account, attempt, session
from credit.vault import Keyring
from schemas.alerts import AlertKind

_LONGEST_AGENT = 200


class Begun(NamedTuple):
    """A session that has just begun, and its token, which is kept nowhere but with who logged in."""

    row: SessionRow
    token: str


class Found(NamedTuple):
    """A session that holds, and its account."""

    session: SessionRow
    account: AccountRow


def begin(connection: Connection, name: str, address: str, agent: str, now: datetime, *, complete: bool) -> Begun:
    """Begin a session with a token of its own; one that is not `complete` waits for the second factor."""
    token = rules.make_token()
    row = SessionRow(
        session_id=secrets.token_hex(8),
        account=name,
        token_hash=rules.hash_token(token),
        complete=complete,
        begun_at=now,
        seen_at=now,
        address=address,
        agent=agent[:_LONGEST_AGENT],
    )
    connection.execute(insert(session).values(row._asdict()))
    return Begun(row, token)


def find(connection: Connection, token: str, now: datetime) -> Found | None:
    """Return the session of a token with its account; None where it has ended, or the account is disabled."""
    asked = select(session, account).join(account, account.c.name == session.c.account)
    row = connection.execute(asked.where(session.c.token_hash == rules.hash_token(token))).one_or_none()
    if row is None:
        return None
    width = len(SessionRow._fields)
    found = Found(SessionRow(*row[:width]), AccountRow(*row[width:]))
    if found.account.disabled_at is not None or not rules.is_alive(found.session, now):
        return None
    return found


def is_to_be_noted(row: SessionRow, now: datetime) -> bool:
    """Tell whether it has to be noted that a session was seen: most requests write nothing."""
    return now - row.seen_at >= rules.NOTED


def note_seen(connection: Connection, row: SessionRow, now: datetime) -> None:
    """Take note that a session was seen; one that was ended meanwhile stays so."""
    mine = (session.c.session_id == row.session_id, session.c.ended_at.is_(None), session.c.seen_at < now)
    connection.execute(update(session).where(*mine).values(seen_at=now))


def read_alive(connection: Connection, name: str, now: datetime) -> list[SessionRow]:
    """Return the sessions of an account that hold, the newest first."""
    asked = select(session).where(session.c.account == name, session.c.ended_at.is_(None))
    rows = connection.execute(asked.order_by(session.c.begun_at.desc(), session.c.session_id))
    return [row for row in (SessionRow(*each) for each in rows) if rules.is_alive(row, now)]


def end(connection: Connection, name: str, session_id: str, by: str, now: datetime) -> bool:
    """End one session of an account; tell whether there was one."""
    mine = (session.c.session_id == session_id, session.c.account == name, session.c.ended_at.is_(None))
    return connection.execute(update(session).where(*mine).values(ended_at=now, ended_by=by)).rowcount == 1


def who(name: str, keyring: Keyring) -> str:
    """Return what attempts count by: a hash of what was typed, which may be a password in the wrong field."""
    return keyring.lookup(f"login:{name.strip().lower()}")


def who_of_codes(name: str, keyring: Keyring) -> str:
    """Return what wrong codes of an account count by: whoever tries one knows the password already."""
    return keyring.lookup(f"code:{name}")


class Tries(NamedTuple):
    """How many attempts count now: by the name from the address, by the name from all, and from the address.

    `most` is how many by the name there may be from all addresses.
    """

    here: int
    by_name: int
    from_address: int
    most: int

    @property
    def refused(self) -> bool:
        """Whether there were too many for another."""
        return self._are(self.here, self.by_name) or self.from_address >= rules.FROM_AN_ADDRESS

    @property
    def last(self) -> bool:
        """Whether the attempt that was just counted is the last one by this name."""
        return self._are(self.here + 1, self.by_name + 1)

    def _are(self, here: int, by_name: int) -> bool:
        return here >= rules.ATTEMPTS or by_name >= self.most


def try_once(connection: Connection, who_typed: str, address: str, now: datetime, most: int = rules.BY_A_NAME) -> Tries:
    """Count an attempt before it is looked at, so that many at once are no more than one after the other.

    Returns what counted before it; where that refuses the attempt, it is not counted, and the lock ends in its time.
    """
    locks.hold(connection, [f"login:{who_typed}"])
    mine, from_here = attempt.c.who == who_typed, attempt.c.address == address
    tries = Tries(
        _count(connection, now, mine, from_here),
        _count(connection, now, mine),
        _count(connection, now, from_here),
        most,
    )
    if not tries.refused:
        connection.execute(insert(attempt).values(who=who_typed, address=address, at=now))
    return tries


def _count(connection: Connection, now: datetime, *which: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(attempt).where(attempt.c.at > now - rules.WINDOW, *which)
    return connection.execute(counted).scalar_one()


def forget_attempts(connection: Connection, name: str, keyring: Keyring) -> None:
    """Let attempts by a name count no longer, nor wrong codes: somebody got in, or unlocked it."""
    mine = (who(name, keyring), who_of_codes(name, keyring))
    connection.execute(delete(attempt).where(attempt.c.who.in_(mine)))


def is_locked(connection: Connection, name: str, keyring: Keyring, now: datetime) -> bool:
    """Tell whether an account is locked by now, from any address or from all."""
    lately = attempt.c.at > now - rules.WINDOW
    counted = select(func.count()).where(attempt.c.who == who(name, keyring), lately).group_by(attempt.c.address)
    by_address = list(connection.execute(counted).scalars())
    codes = _count(connection, now, attempt.c.who == who_of_codes(name, keyring))
    return max((codes, *by_address)) >= rules.ATTEMPTS or sum(by_address) >= rules.BY_A_NAME


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove attempts and sessions that nobody asks for any more."""
    connection.execute(delete(attempt).where(attempt.c.at < now - rules.KEPT_ATTEMPTS))
    connection.execute(delete(session).where(session.c.begun_at < now - rules.KEPT))


def tell_locked(connection: Connection, name: str | None, address: str, now: datetime) -> None:
    """Open the case of an alert: somebody guesses. A name that is no account's is not kept, it may be a password."""
    told = f"账号 {name}" if name is not None else "不存在的账号"
    detail = f"{told} 10 分钟内登录失败次数过多，已暂停登录，最后来自 {address or '本机'}"
    about = name if name is not None else f"? {address}"
    alerts.open_cases(connection, [CaseRow(AlertKind.LOGIN_FAILURES.value, about, "", about, detail, now)])
