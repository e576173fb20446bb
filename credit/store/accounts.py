"""Accounts: made without any right, disabled at once, with a password and a second factor. All of it is in the log."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, and_, insert, update

from credit.access import passwords, second
from credit.access.account import AccountRow, check_name
from credit.access.refusal import AccessRefused
from credit.access.roles import ADMINISTRATORS
from credit.store import sessions
from credit.store.acting import Acting, alone, end_sessions, refuse_self, require, tell_changed
from credit.store.grants import refuse_last
from credit.store.queries.accounts import need, read, read_of_oidc, read_of_system_user, roles_of
from credit.store.tables import account as account_table
from credit.vault import Keyring
from schemas.access import Logged
from schemas.rights import Right


class NewAccount(NamedTuple):
    """What is said of an account that is made."""

    name: str
    person: str
    system_user: str | None = None
    oidc_subject: str | None = None


def add(connection: Connection, new: NewAccount, acting: Acting) -> str:
    """Make an account without any right; return its initial password, which is kept nowhere.

    Raises:
        AccessRefused: the right is lacking, the name is taken or none, or the system user acts as another account.
    """
    alone(connection)
    require(connection, acting, Right.ACCOUNTS)
    name, initial = check_name(new.name), passwords.make_initial()
    if read(connection, name) is not None:
        raise AccessRefused(f"there is an account {name} already", f"账号 {name} 已存在")
    if not new.person.strip():
        raise AccessRefused("an account belongs to a person", "须填写人员姓名")
    _refuse_taken(connection, new)
    row = AccountRow(
        name=name,
        person=new.person.strip(),
        password=passwords.digest(initial),
        password_at=acting.now,
        must_change=True,
        second=None,
        second_step=0,
        system_user=new.system_user,
        oidc_subject=new.oidc_subject,
        made_at=acting.now,
        made_by=acting.actor.account,
    )
    connection.execute(insert(account_table).values(row._asdict()))
    acting.note(connection, Logged.ACCOUNT, name, "新建账号")
    return initial


def _refuse_taken(connection: Connection, new: NewAccount) -> None:
    if new.system_user is not None and read_of_system_user(connection, new.system_user) is not None:
        raise AccessRefused(
            f"the system user {new.system_user} acts as another account already",
            f"系统用户 {new.system_user} 已绑定账号",
        )
    if new.oidc_subject is not None and read_of_oidc(connection, new.oidc_subject) is not None:
        raise AccessRefused("that login of the authority is another account's already", "该统一认证身份已绑定账号")


def disable(connection: Connection, name: str, why: str, acting: Acting) -> None:
    """Let an account do nothing more, at once: its sessions end.

    Raises:
        AccessRefused: the right is lacking, it is one's own, or the last that can give rights or make accounts.
    """
    alone(connection)
    require(connection, acting, Right.ACCOUNTS)
    found = need(connection, name)
    if acting.holder is not None and acting.holder.account == name:
        raise AccessRefused("nobody disables the own account", "不得停用本人的账号")
    refuse_last(connection, acting.now, without=name)
    _set(connection, name, disabled_at=acting.now, disabled_by=acting.actor.account)
    end_sessions(connection, name, acting)
    acting.note(connection, Logged.ACCOUNT, found.name, f"停用账号：{why}")
    tell_changed(connection, name, "停用账号", acting)


def enable(connection: Connection, name: str, why: str, acting: Acting) -> None:
    """Let a disabled account be used again, with the rights that it has.

    Raises:
        AccessRefused: the right is lacking.
    """
    alone(connection)
    require(connection, acting, Right.ACCOUNTS)
    found = need(connection, name)
    _set(connection, name, disabled_at=None, disabled_by=None)
    acting.note(connection, Logged.ACCOUNT, found.name, f"启用账号：{why}")
    tell_changed(connection, name, "启用账号", acting)


def reset_password(connection: Connection, name: str, acting: Acting) -> str:
    """Give an account a new initial password and end its sessions; return it, it is kept nowhere.

    The second factor stays: who makes accounts cannot take the place of who has it. An administrator who has none yet
    could be replaced so, and gets no other password.

    Raises:
        AccessRefused: the right is lacking, it is one's own, or an administrator's without a second factor.
    """
    alone(connection)
    require(connection, acting, Right.ACCOUNTS)
    found = need(connection, name)
    if acting.holder is not None and acting.holder.account == name:
        raise AccessRefused(
            "the own password is changed by its owner, with the old one", "本人的密码请在“我的账号”中修改"
        )
    if acting.holder is not None and found.second is None and roles_of(connection, name, acting.now) & ADMINISTRATORS:
        raise AccessRefused(
            f"{name} is an administrator without a second factor: whoever resets the password would set one up",
            "该账号是管理员而未启用动态口令，不能重置密码：请安全管理员先撤销其角色，重置后由本人启用动态口令，再授予。",
        )
    initial = passwords.make_initial()
    _set(connection, name, password=passwords.digest(initial), password_at=acting.now, must_change=True)
    end_sessions(connection, name, acting)
    acting.note(connection, Logged.PASSWORD, found.name, "重置密码")
    tell_changed(connection, name, "重置密码", acting)
    return initial


def change_password(connection: Connection, name: str, digest: str, acting: Acting) -> None:
    """Keep the hash of a password that its owner has chosen; all sessions end."""
    _set(connection, name, password=digest, password_at=acting.now, must_change=False)
    end_sessions(connection, name, acting)
    acting.note(connection, Logged.PASSWORD, name, "本人修改密码")


def rehash(connection: Connection, name: str, before: str, digest: str) -> None:
    """Keep the same password hashed anew, unless it was changed meanwhile."""
    mine = and_(account_table.c.name == name, account_table.c.password == before)
    connection.execute(update(account_table).where(mine).values(password=digest))


def set_second(connection: Connection, name: str, secret: str, step: int, keyring: Keyring, acting: Acting) -> None:
    """Keep the second factor of an account, whose owner has just shown the code of a step.

    Raises:
        AccessRefused: it has one already.
    """
    without = and_(account_table.c.name == name, account_table.c.second.is_(None))
    values = {"second": second.seal(secret, name, keyring), "second_step": step}
    if connection.execute(update(account_table).where(without).values(values)).rowcount == 0:
        raise AccessRefused("the account has a second factor", "动态口令已启用；更换手机请安全管理员先解除。")
    acting.note(connection, Logged.SECOND, name, "启用动态口令")


def remove_second(connection: Connection, name: str, why: str, acting: Acting) -> None:
    """Take the second factor from an account whose telephone is lost: for who gives rights, not who makes accounts.

    Raises:
        AccessRefused: the right is lacking, or it is one's own.
    """
    alone(connection)
    require(connection, acting, Right.GRANT)
    found = need(connection, name)
    refuse_self(acting, name)
    _set(connection, name, second=None)
    end_sessions(connection, name, acting)
    acting.note(connection, Logged.SECOND, found.name, f"解除动态口令：{why}")
    tell_changed(connection, name, "解除动态口令", acting)


def spend_step(connection: Connection, name: str, step: int) -> bool:
    """Take note that the code of a step was used; tell whether it was the first time, whoever else tries at once."""
    unused = and_(account_table.c.name == name, account_table.c.second_step < step)
    return connection.execute(update(account_table).where(unused).values(second_step=step)).rowcount == 1


def _set(connection: Connection, name: str, **values: object) -> None:
    connection.execute(update(account_table).where(account_table.c.name == name).values(**values))


def unlock(connection: Connection, name: str, keyring: Keyring, acting: Acting) -> None:
    """Let an account log in again at once that too many attempts have locked.

    Raises:
        AccessRefused: the right is lacking, or there is no such account.
    """
    require(connection, acting, Right.ACCOUNTS)
    found = need(connection, name)
    sessions.forget_attempts(connection, found.name, keyring)
    acting.note(connection, Logged.ACCOUNT, found.name, "解除登录锁定")
