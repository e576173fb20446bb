"""How somebody gets in: the password, then what is still lacking, then a session with a token of its own.

An attempt is counted before it is looked at. Passwords are hashed outside of transactions: it takes long on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from credit.access import passwords, second
from credit.access.account import AccountRow, Holder, is_name
from credit.access.refusal import AccessRefused
from credit.access.sessions import ATTEMPTS, BY_A_NAME
from credit.store import accounts, looks, sessions
from credit.store.acting import Acting
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.queries.accounts import find_holder, read, read_of_oidc
from credit.store.sessions import Begun, Found, Tries
from credit.vault import Keyring
from schemas.access import Logged
from workers.web.addresses import group

_BY = "/login"
_LONGEST_NAME = 100


class Locked(AccessRefused):
    """Nobody gets in under this name, or from this address, for a while."""

    def __init__(self) -> None:
        """Say so, in the same words whether the account exists or not."""
        super().__init__("too many attempts to log in", "登录失败次数过多，请 10 分钟后再试，或请系统管理员解锁。")


class Wrong(AccessRefused):
    """What was typed is not right; it is not said what of it."""

    def __init__(self, told: str = "账号或密码不正确。") -> None:
        """Say so."""
        super().__init__("name, password or code is wrong", told)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is at the door: from where, with what browser, and when."""

    address: str
    agent: str
    now: datetime

    def actor(self, name: str, person: str = "") -> Actor:
        """Return the visitor as the log names him."""
        return Actor(name, person, _BY, self.address)


@dataclass(frozen=True, slots=True)
class Door:
    """Lets people in to the archive behind an engine."""

    engine: Engine
    keyring: Keyring

    def enter(self, name: str, password: str, visit: Visit) -> Begun:
        """Begin a session for who knows the password; it is not complete where something is lacking (`lacks`).

        Raises:
            Locked: too many attempts were made.
            Wrong: there is no such account, or it is disabled, or the password is wrong.
        """
        typed = name.strip().lower()[:_LONGEST_NAME]
        tried = self._try(sessions.who(typed, self.keyring), visit)
        account = self._find(typed)
        usable = account is not None and account.disabled_at is None
        kept = account.password if account is not None and usable else None
        if not passwords.verify(kept, password) or account is None:
            self._fail(account, tried, visit)
            raise Wrong
        return self._begin(account, password, visit)

    def _find(self, typed: str) -> AccountRow | None:
        if not is_name(typed):  # databases refuse some letters
            return None
        with reading(self.engine) as connection:
            return read(connection, typed)

    def _begin(self, account: AccountRow, password: str, visit: Visit) -> Begun:
        assert account.password is not None
        anew = passwords.digest(password) if passwords.is_outdated(account.password) else None
        actor = visit.actor(account.name, account.person)
        with writing(self.engine) as connection:
            complete = not lacks(account, find_holder(connection, account, visit.now))
            if anew is not None:
                accounts.rehash(connection, account.name, account.password, anew)
            begun = sessions.begin(connection, account.name, visit.address, visit.agent, visit.now, complete=complete)
            if complete:
                sessions.forget_attempts(connection, account.name, self.keyring)
                looks.note(connection, actor, Logged.LOGIN, account.name, "", visit.now)
        return begun

    def admit(self, identities: Sequence[str], visit: Visit) -> Begun:
        """Begin a session for the account that is bound to an identity which the authority's own login has verified.

        Raises:
            Wrong: there is no such account, or it is disabled.
        """
        with writing(self.engine) as connection:
            bound = [row for each in identities if (row := read_of_oidc(connection, each)) is not None]
            if len(bound) != 1 or bound[0].disabled_at is not None:
                raise Wrong("没有与该统一认证身份对应的账号，请联系系统管理员。")
            name, person = bound[0].name, bound[0].person
            complete = not lacks(bound[0], find_holder(connection, bound[0], visit.now))
            begun = sessions.begin(connection, name, visit.address, visit.agent, visit.now, complete=complete)
            if complete:
                looks.note(connection, visit.actor(name, person), Logged.LOGIN, name, "统一认证", visit.now)
        return begun

    def complete(self, found: Found, code: str, new: str | None, visit: Visit) -> Begun:
        """End a session that was not complete, and begin another with another token, complete unless more is lacking.

        `new` is the password that was chosen where the one of the account has to be changed.

        Raises:
            Locked: too many attempts were made.
            Wrong: the code is not right, or was used before.
            AccessRefused: the password is easily guessed.
        """
        account = found.account
        digest = self._check_new(account, new)
        if account.second is not None:
            tried = self._try(sessions.who_of_codes(account.name, self.keyring), visit, ATTEMPTS)
            if not self._spend(account, code, visit):
                self._fail(account, tried, visit)
                raise Wrong("动态口令不正确或已使用过，请等待下一个口令。")
        actor = visit.actor(account.name, account.person)
        with writing(self.engine) as connection:
            self._end(connection, found, visit)
            if digest is not None:
                accounts.change_password(connection, account.name, digest, Acting(None, actor, visit.now))
            complete = not lacks_second(account, find_holder(connection, account, visit.now))
            return self._go_on(connection, found, visit, complete=complete)

    def enrol(self, found: Found, secret: str, step: int, visit: Visit) -> Begun:
        """Keep a second factor that was just proven, and begin a session that is complete.

        Raises:
            Wrong: the login was ended meanwhile.
            AccessRefused: the account has got a second factor meanwhile.
        """
        name, actor = found.account.name, visit.actor(found.account.name, found.account.person)
        with writing(self.engine) as connection:
            self._end(connection, found, visit)
            accounts.set_second(connection, name, secret, step, self.keyring, Acting(None, actor, visit.now))
            return self._go_on(connection, found, visit, complete=not found.account.must_change)

    def _end(self, connection: Connection, found: Found, visit: Visit) -> None:
        name = found.account.name
        if not sessions.end(connection, name, found.session.session_id, name, visit.now):
            raise Wrong("登录已超时，请重新登录。")

    def _go_on(self, connection: Connection, found: Found, visit: Visit, *, complete: bool) -> Begun:
        name = found.account.name
        if complete:
            sessions.forget_attempts(connection, name, self.keyring)
            looks.note(connection, visit.actor(name, found.account.person), Logged.LOGIN, name, "", visit.now)
        return sessions.begin(connection, name, visit.address, visit.agent, visit.now, complete=complete)

    def check_password(self, account: AccountRow, password: str, visit: Visit) -> None:
        """Ask somebody who is in for the password again; an attempt counts as one to log in.

        Raises:
            Locked: too many attempts were made.
            Wrong: it is wrong.
        """
        tried = self._try(sessions.who(account.name, self.keyring), visit)
        if not passwords.verify(account.password, password):
            self._fail(account, tried, visit)
            raise Wrong("登录密码不正确。")

    def _check_new(self, account: AccountRow, new: str | None) -> str | None:
        if not account.must_change:
            return None
        if not new or passwords.verify(account.password, new):
            raise AccessRefused("the initial password has to be changed", "请设置与初始密码不同的新密码。")
        passwords.check(new, account.name)
        return passwords.digest(new)

    def _spend(self, account: AccountRow, code: str, visit: Visit) -> bool:
        assert account.second is not None
        secret = second.unseal(account.second, account.name, self.keyring)
        step = second.accept(secret, code, account.second_step, visit.now)
        if step is None:
            return False
        with writing(self.engine) as connection:
            return accounts.spend_step(connection, account.name, step)

    def _try(self, who: str, visit: Visit, most: int = BY_A_NAME) -> Tries:
        """Count an attempt; of newer addresses a subscriber's count together, who has any number of them."""
        with writing(self.engine) as connection:
            tries = sessions.try_once(connection, who, group(visit.address), visit.now, most)
            if tries.refused:
                raise Locked
        return tries

    def _fail(self, account: AccountRow | None, tried: Tries, visit: Visit) -> None:
        name = account.name if account is not None else None
        with writing(self.engine) as connection:
            # What is no account's name may be a password, typed into the wrong field.
            looks.note(connection, visit.actor(name or ""), Logged.LOGIN_FAILED, name or "", "", visit.now)
            if tried.last:
                sessions.tell_locked(connection, name, visit.address, visit.now)


def lacks(account: AccountRow, holder: Holder | None) -> bool:
    """Tell whether a session needs more than the password: a code, another password, or a second factor at last."""
    return account.second is not None or account.must_change or lacks_second(account, holder)


def lacks_second(account: AccountRow, holder: Holder | None) -> bool:
    """Tell whether an account has to set a second factor up before it gets in."""
    return account.second is None and holder is not None and second.is_demanded(holder)
