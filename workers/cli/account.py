"""`xinglin account`: who may work with Xinglin, and what each may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from sqlalchemy import Connection

from credit.access.account import EVERY_ORGAN, GrantRow, day_of, is_to_come
from credit.store import accounts, grants
from credit.store.accounts import NewAccount
from credit.store.acting import Acting
from credit.store.engine import reading, writing
from credit.store.grants import NewGrant
from credit.store.queries.accounts import read_all, read_grants
from credit.vault import Keyring
from schemas.rights import Role
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, Why, looking, print_json, runtime, say_something, screen, tell
from workers.decisions import persons
from workers.runtime import SHANGHAI, wall_clock
from workers.show.accounts import Standing, show_accounts
from workers.show.style import GOOD, WAITING

app = typer.Typer(help="账号和授权：新建、停用、授予和撤销角色、重置密码。", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="账号名。", show_default=False)]
Person = Annotated[str, typer.Option("--person", help="人员姓名。", show_default=False, callback=say_something)]
SystemUser = Annotated[
    str | None,
    typer.Option("--system-user", help="绑定的系统用户，命令行按此认人。", show_default=False),
]
Oidc = Annotated[
    str | None,
    typer.Option("--oidc", metavar="SUB", help="统一认证的 sub，或 @用户名。", show_default=False),
]
RoleName = Annotated[
    str,
    typer.Argument(
        metavar="ROLE", help="、".join(f"{role.value} {role.word}" for role in Role) + "。", show_default=False
    ),
]
Organ = Annotated[str, typer.Option("--organ", help="单位代码，* 为全部。")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="起始日。", show_default="今天")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="截止日，含当天。", show_default="长期")]
Number = Annotated[int, typer.Argument(metavar="ID", help="授权编号，见 account list。", show_default=False)]


class _Desk(NamedTuple):
    """A transaction in which accounts are changed, and by whom."""

    connection: Connection
    acting: Acting
    keyring: Keyring
    today: date


@contextmanager
def _changing(home: Path | None, command: str) -> Iterator[_Desk]:
    with runtime(home) as opened:
        person, now = persons.identify(opened), opened.clock()
        acting = Acting(person.holder, person.actor(f"account {command}"), now)
        with writing(opened.engine) as connection:
            yield _Desk(connection, acting, opened.keyring, day_of(now))


@app.command("add")
def add(
    name: Name,
    person: Person,
    system_user: SystemUser = None,
    oidc: Oidc = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """新建账号，显示一次初始密码；新账号没有任何权限。"""
    with _changing(home, "add") as desk:
        initial = accounts.add(desk.connection, NewAccount(name, person, system_user, oidc), desk.acting)
    _hand_over(name, initial, f"✓ 已新建账号 {name}（{person}）。", as_json=as_json)


@app.command("password")
def password(name: Name, home: Home = None, as_json: AsJson = False) -> None:
    """重置密码，显示一次新的初始密码；该账号的会话随即注销。"""
    with _changing(home, "password") as desk:
        initial = accounts.reset_password(desk.connection, name, desk.acting)
    _hand_over(name, initial, f"✓ 已重置账号 {name} 的密码。", as_json=as_json)


def _hand_over(name: str, initial: str, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"account": name, "initial_password": initial})
        return
    tell(done, GOOD)
    tell(f"初始密码 {initial} 只显示这一次，首次登录时须修改。", WAITING)


@app.command("list")
def list_accounts(home: Home = None, as_json: AsJson = False) -> None:
    """列出账号及其角色、单位和起止日期。"""
    with looking(home) as opened, reading(opened.engine) as connection:
        found, organs = _read(connection), opened.names().organs
    if as_json:
        print_json([_plain(each) for each in found])
    else:
        screen().print(show_accounts(found, organs))


def _read(connection: Connection) -> list[Standing]:
    today = wall_clock().astimezone(SHANGHAI).date()
    held = [each for each in read_grants(connection) if is_to_come(each, today)]
    return [Standing(row, [each for each in held if each.account == row.name]) for row in read_all(connection)]


def _plain(standing: Standing) -> dict[str, object]:
    secrets = {"password", "second", "second_step"}
    shown = {name: value for name, value in standing.row._asdict().items() if name not in secrets}
    return shown | {"second": standing.row.second is not None, "grants": standing.grants}


@app.command("grant")
def grant(
    name: Name,
    role: RoleName,
    why: Why,
    organ: Organ = EVERY_ORGAN,
    from_: From = None,
    until: Until = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """授予角色；不能授予本人，三员不得兼任。"""
    chosen = Role(choose("ROLE", role, Role) or role)
    with _changing(home, "grant") as desk:
        begins, ends = _read_day(from_, "--from") or desk.today, _read_day(until, "--until")
        row = grants.grant(desk.connection, NewGrant(name, chosen, organ, begins, ends, why), desk.acting)
    _tell_grant(row, f"✓ 已授予 {name}：{chosen.word}，编号 {row.grant_id}。", as_json=as_json)


@app.command("revoke")
def revoke(number: Number, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """撤销一项授权，立即生效。"""
    with _changing(home, "revoke") as desk:
        row = grants.revoke(desk.connection, number, why, desk.acting)
    _tell_grant(row, f"✓ 已撤销 {row.account} 的{Role(row.role).word}。", as_json=as_json)


def _tell_grant(row: GrantRow, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        tell(done, GOOD)


def _read_day(said: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise typer.BadParameter("日期写作 YYYY-MM-DD。", param_hint=f"'{option}'") from None


@app.command("disable")
def disable(name: Name, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """停用账号，会话随即注销。"""
    with _changing(home, "disable") as desk:
        accounts.disable(desk.connection, name, why, desk.acting)
    _tell_account(name, "disabled", f"✓ 账号 {name} 已停用。", as_json=as_json)


@app.command("enable")
def enable(name: Name, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """启用已停用的账号。"""
    with _changing(home, "enable") as desk:
        accounts.enable(desk.connection, name, why, desk.acting)
    _tell_account(name, "enabled", f"✓ 账号 {name} 已启用。", as_json=as_json)


@app.command("unlock")
def unlock(name: Name, home: Home = None, as_json: AsJson = False) -> None:
    """解除因多次登录失败的锁定。"""
    with _changing(home, "unlock") as desk:
        accounts.unlock(desk.connection, name, desk.keyring, desk.acting)
    _tell_account(name, "unlocked", f"✓ 账号 {name} 可以重新登录。", as_json=as_json)


def _tell_account(name: str, what: str, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"account": name, what: True})
    else:
        tell(done, GOOD)
