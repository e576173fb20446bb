"""Accounts and rights: who there is, what each may do, and what administrators change of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from credit.access.account import EVERY_ORGAN, AccountRow, GrantRow, day_of, is_in_force
from credit.access.refusal import AccessRefused
from credit.identity import mask_text
from credit.store import accounts, grants, sessions
from credit.store.accounts import NewAccount
from credit.store.grants import NewGrant
from credit.store.queries.accounts import Filter, find_accounts, key_of, read, read_grants
from credit.store.queries.page import Part
from schemas.access import Logged
from schemas.rights import Right, Role
from schemas.words import Tone
from workers.console import screens
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.screens import Button, Cell, Column, Listing, Menu, Page, Screen, Shown, nobody
from workers.show.accounts import say_grant
from workers.show.style import day, moment

_ROLES = {role.value: role.word for role in Role}


def _demand_any(asked: Asked) -> None:
    """Let in whoever makes accounts or gives rights; the auditor sees them too."""
    if not any(asked.may(right) for right in (Right.ACCOUNTS, Right.GRANT, Right.LOG)):
        raise AccessRefused("accounts are not for this account to see", asked.why_not(Right.ACCOUNTS) or "")


def _show_all(asked: Asked) -> Listing[AccountRow]:
    today, role = day_of(asked.now), asked.one_of("role", Role)
    wanted = Filter(
        asked.query("account").lower() or None,
        asked.query("person") or None,
        (role, today) if role is not None else None,
        asked.whether("disabled"),
    )
    with asked.reading() as connection:
        rows = find_accounts(connection, wanted, Part(asked.query("after"), asked.limit))
        given = read_grants(connection)
    held = [each for each in given if is_in_force(each, today)]
    return Listing(
        "账号",
        (
            Column("账号", lambda row: Cell(row.name, f"/accounts/{row.name}")),
            Column("姓名", lambda row: row.person),
            Column(
                "授权", lambda row: "；".join(_say(asked, each) for each in held if each.account == row.name) or "—"
            ),
            Column("系统用户", lambda row: row.system_user or "—"),
            Column("动态口令", lambda row: "已启用" if row.second is not None else "未启用"),
            Column("状态", _judge),
        ),
        rows,
        "没有符合条件的账号。",
        after=key_of(rows[-1]) if len(rows) == asked.limit else None,
        about=nobody,
        filters=(
            screens.Filter("account", "账号"),
            screens.Filter("person", "姓名"),
            screens.Filter("role", "角色", _ROLES),
            screens.Filter("disabled", "状态", {"no": "有效", "yes": "已停用"}),
        ),
        buttons=(Button("新建账号", "/accounts/-new", asked.why_not(Right.ACCOUNTS), primary=True),),
    )


def _say(asked: Asked, row: GrantRow) -> str:
    return say_grant(row, asked.names.organs)


def _say_all(asked: Asked, rows: Sequence[GrantRow]) -> str:
    return "；".join(_say(asked, each) for each in rows) or "—"


def _judge(row: AccountRow) -> Cell:
    return Cell("有效", tone=Tone.GOOD) if row.disabled_at is None else Cell("已停用", tone=Tone.PAST)


def _show_new(asked: Asked, error: str = "") -> Page:
    said = {name: asked.text(name) for name in ("name", "person", "system_user", "oidc")}
    return Page("account_new.html", {"said": said, "error": error}, 400 if error else 200)


def _make(asked: Asked) -> Shown:
    name, person = asked.required("name", "账号名").lower(), mask_text(asked.required("person", "姓名"))
    new = NewAccount(name, person, asked.text("system_user") or None, asked.text("oidc") or None)
    with asked.writing() as connection:
        initial = accounts.add(connection, new, asked.acting)
    return _hand_over(name, initial)


def _hand_over(name: str, initial: str) -> Page:
    """Show an initial password, this once: it stands in no address and in no log."""
    return Page("account_password.html", {"title": "初始密码", "name": name, "initial": initial})


def _need(asked: Asked) -> AccountRow:
    with asked.reading() as connection:
        found = read(connection, asked.path("name"))
    if found is None:
        raise Missing("没有这个账号。")
    return found


def _show_one(asked: Asked) -> Page:
    _demand_any(asked)
    row = _need(asked)
    with asked.reading() as connection:
        given = read_grants(connection, row.name)
        alive = sessions.read_alive(connection, row.name, asked.now)
        locked = sessions.is_locked(connection, row.name, asked.runtime.keyring, asked.now)
    today = day_of(asked.now)
    facts = [
        ("姓名", row.person),
        ("状态", _judge(row)),
        ("系统用户", row.system_user or "—"),
        ("统一认证", "已绑定" if row.oidc_subject else "未绑定"),
        ("动态口令", "已启用" if row.second is not None else "未启用"),
        ("密码", f"{moment(row.password_at)} 设置{'，首次登录须修改' if row.must_change else ''}"),
        ("登录", Cell("多次失败，已锁定", tone=Tone.ALARM) if locked else "正常"),
        ("在用会话", f"{len(alive)} 个"),
        ("新建", f"{moment(row.made_at)}，{row.made_by}"),
    ]
    return Page(
        "account_one.html",
        {
            "title": f"账号 {row.name}",
            "row": row,
            "facts_of": facts,
            "grants": [(each, _say(asked, each), _stand(each, today)) for each in given],
            "roles": _ROLES,
            "today": day(today),
            "alive": alive,
            "why_accounts": asked.why_not(Right.ACCOUNTS),
            "why_grant": _why_not_grant(asked, row.name),
        },
    )


def _why_not_grant(asked: Asked, name: str) -> str | None:
    return asked.why_not(Right.GRANT) or ("不得变更本人的授权" if asked.holder.account == name else None)


def _stand(row: GrantRow, today: date) -> Cell:
    if row.revoked_at is not None:
        return Cell(f"{moment(row.revoked_at)} 由 {row.revoked_by} 撤销", tone=Tone.PAST)
    if is_in_force(row, today):
        return Cell("有效", tone=Tone.GOOD)
    return Cell("未开始", tone=Tone.WAITING) if row.begins_on > today else Cell("已到期", tone=Tone.PAST)


def _change(asked: Asked) -> Shown:
    """Do what a button of the account's page says; nobody else hears which accounts there are."""
    _demand_any(asked)
    row, step = _need(asked), asked.text("step")
    if step == "password":
        asked.demand(Right.ACCOUNTS)
        with asked.writing() as connection:
            return _hand_over(row.name, accounts.reset_password(connection, row.name, asked.acting))
    work = _STEPS.get(step)
    if work is None:
        raise Incomplete("请选择要办理的事项。")
    return asked.go(f"/accounts/{row.name}", work(asked, row.name))


def _why(asked: Asked) -> str:
    return mask_text(asked.required("why", "理由"))


def _disable(asked: Asked, name: str) -> str:
    asked.demand(Right.ACCOUNTS)
    with asked.writing() as connection:
        accounts.disable(connection, name, _why(asked), asked.acting)
    return f"账号 {name} 已停用，其会话已注销。"


def _enable(asked: Asked, name: str) -> str:
    asked.demand(Right.ACCOUNTS)
    with asked.writing() as connection:
        accounts.enable(connection, name, _why(asked), asked.acting)
    return f"账号 {name} 已启用。"


def _unlock(asked: Asked, name: str) -> str:
    asked.demand(Right.ACCOUNTS)
    with asked.writing() as connection:
        accounts.unlock(connection, name, asked.runtime.keyring, asked.acting)
    return f"账号 {name} 可以重新登录。"


def _grant(asked: Asked, name: str) -> str:
    asked.demand(Right.GRANT)
    role = asked.required("role", "角色")
    if role not in _ROLES:
        raise Incomplete("没有这个角色。")
    begins, ends = _day(asked, "begins_on") or day_of(asked.now), _day(asked, "ends_on")
    new = NewGrant(name, Role(role), asked.text("organ") or EVERY_ORGAN, begins, ends, _why(asked))
    with asked.writing() as connection:
        row = grants.grant(connection, new, asked.acting)
    return f"已授予 {name}：{_say(asked, row)}。"


def _day(asked: Asked, name: str) -> date | None:
    said = asked.text(name)
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise Incomplete("日期应写作 2026-06-01。") from None


def _revoke(asked: Asked, name: str) -> str:
    asked.demand(Right.GRANT)
    said = asked.text("grant")
    with asked.writing() as connection:
        mine = {str(each.grant_id): each for each in read_grants(connection, name)}
        if said not in mine:
            raise Incomplete("没有这项授权。")
        row = grants.revoke(connection, mine[said].grant_id, _why(asked), asked.acting)
    return f"已撤销 {name} 的{_say(asked, row)}。"


def _remove_second(asked: Asked, name: str) -> str:
    asked.demand(Right.GRANT)
    with asked.writing() as connection:
        accounts.remove_second(connection, name, _why(asked), asked.acting)
    return f"账号 {name} 的动态口令已解除。"


def _end_sessions(asked: Asked, name: str) -> str:
    asked.demand(Right.ACCOUNTS)
    why = _why(asked)
    with asked.writing() as connection:
        alive = sessions.read_alive(connection, name, asked.now)
        for each in alive:
            sessions.end(connection, name, each.session_id, asked.holder.account, asked.now)
        asked.acting.note(connection, Logged.SESSION, name, f"注销 {len(alive)} 个会话：{why}")
    return f"账号 {name} 的 {len(alive)} 个会话已注销。"


_STEPS: dict[str, Callable[[Asked, str], str]] = {
    "disable": _disable,
    "enable": _enable,
    "unlock": _unlock,
    "sessions": _end_sessions,
    "grant": _grant,
    "revoke": _revoke,
    "second": _remove_second,
}

SCREENS = (
    Screen("/accounts", "账号", Right.ACCOUNTS, _show_all, menu=Menu.SYSTEM),
    Screen("/rights", "授权", Right.GRANT, _show_all, menu=Menu.SYSTEM),
    Screen("/log/accounts", "账号和授权", Right.LOG, _show_all, menu=Menu.SYSTEM),
    # No account has a name that begins so.
    Screen("/accounts/-new", "新建账号", Right.ACCOUNTS, _show_new, answer=_make),
    Screen("/accounts/{name}", "账号", None, _show_one, answer=_change),
)
