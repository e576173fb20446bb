"""One's own account: what one may do, where one is logged in, the password, and the second factor."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from markupsafe import Markup

from credit.access import passwords, second
from credit.access.account import AccountRow, day_of, is_to_come
from credit.access.refusal import AccessRefused
from credit.store import accounts, sessions
from credit.store.queries.accounts import need, read_grants
from credit.vault import SealBroken
from schemas.access import Logged
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete
from workers.console.screens import Page, Screen, Shown
from workers.papers import qr
from workers.show.accounts import say_grant
from workers.show.words import say


def _row(asked: Asked) -> AccountRow:
    with asked.reading() as connection:
        return need(connection, asked.holder.account)


def _show(asked: Asked) -> Page:
    name = asked.holder.account
    with asked.reading() as connection:
        row, given = need(connection, name), read_grants(connection, name)
        alive = sessions.read_alive(connection, name, asked.now)
    present = getattr(asked.request.state, "session", None)
    today = day_of(asked.now)
    return Page(
        "me.html",
        {
            "title": f"我的账号：{asked.holder.person}",
            "row": row,
            "grants": [say_grant(each) for each in given if is_to_come(each, today)],
            "rights": [(right, asked.why_not(right)) for right in Right],
            "organs": "全部单位" if asked.holder.organs is None else _name_organs(asked),
            "sessions": alive,
            "present": present.session_id if present is not None else "",
        },
    )


def _name_organs(asked: Asked) -> str:
    return "、".join(say(asked.names.organs, each) for each in sorted(asked.holder.organs or ())) or "无"


def _end(asked: Asked) -> Shown:
    """End one session, or all but the present one."""
    name, wanted = asked.holder.account, asked.text("session")
    present = getattr(asked.request.state, "session", None)
    with asked.writing() as connection:
        alive = [row.session_id for row in sessions.read_alive(connection, name, asked.now)]
        mine = present.session_id if present is not None else ""
        chosen = [each for each in alive if each == wanted or (wanted == "others" and each != mine)]
        for each in chosen:
            sessions.end(connection, name, each, name, asked.now)
        asked.acting.note(connection, Logged.SESSION, name, f"注销 {len(chosen)} 个会话")
    return asked.go("/me", f"已注销 {len(chosen)} 个会话。")


def _show_password(_asked: Asked) -> Page:
    return Page("me_password.html", {"error": ""})


def _change_password(asked: Asked) -> Shown:
    """Change the password by the old one. An attempt counts as one to log in: whoever sits at an open desk guesses."""
    row, keyring = _row(asked), asked.runtime.keyring
    old, new, again = (asked.secret(name) for name in ("old", "new", "again"))
    who = sessions.who(row.name, keyring)
    with asked.writing() as connection:
        if sessions.try_once(connection, who, asked.actor.address, asked.now).refused:
            return Page("me_password.html", {"error": "失败次数过多，请 10 分钟后再试。"}, 429)
    if not passwords.verify(row.password, old):
        return Page("me_password.html", {"error": "原密码不正确。"}, 400)
    try:
        _check_new(row, old, new, again)
    except AccessRefused as refused:
        return Page("me_password.html", {"error": refused.told}, 400)
    with asked.writing() as connection:
        accounts.change_password(connection, row.name, passwords.digest(new), asked.acting)
        sessions.forget_attempts(connection, who)
    return asked.go("/login", "密码已修改，请用新密码登录。")


def _check_new(row: AccountRow, old: str, new: str, again: str) -> None:
    if new != again:
        raise AccessRefused("the two are not the same", "两次输入的新密码不一致。")
    if new == old:
        raise AccessRefused("the new password is the old one", "新密码与原密码相同。")
    passwords.check(new, row.name)


def _show_second(asked: Asked, error: str = "") -> Page:
    row = _row(asked)
    secret = second.make_secret()
    picture = Markup(qr.draw(second.uri_of(secret, row.name)))  # noqa: S704 - drawn by ourselves, of nothing typed
    values = {"set": row.second is not None, "picture": picture, "secret": secret, "sealed": _carry(asked, secret)}
    return Page("me_second.html", values | {"error": error}, 400 if error else 200)


def _carry(asked: Asked, secret: str) -> str:
    """Return a secret that is not kept yet as the form carries it: sealed for this account alone."""
    return urlsafe_b64encode(second.seal(secret, asked.holder.account, asked.runtime.keyring)).decode()


def _set_second(asked: Asked) -> Shown:
    row, keyring = _row(asked), asked.runtime.keyring
    if row.second is not None:
        raise Incomplete("动态口令已启用；更换手机请安全管理员先解除。")
    try:
        secret = second.unseal(urlsafe_b64decode(asked.text("sealed")), row.name, keyring)
    except (SealBroken, ValueError):
        raise Incomplete("页面已过期，请重新打开。") from None
    step = second.accept(secret, asked.text("code"), row.second_step, asked.now)
    if step is None:
        return _show_second(asked, "口令不正确：请用手机应用重新扫描下面的新图形，再填写当前的 6 位数字。")
    with asked.writing() as connection:
        accounts.set_second(connection, row.name, secret, step, keyring, asked.acting)
    return asked.go("/me", "动态口令已启用，下次登录时须填写。")


SCREENS = (
    Screen("/me", "我的账号", None, _show),
    Screen("/me/sessions", "会话", None, lambda asked: asked.go("/me"), _end),
    Screen("/me/password", "修改密码", None, _show_password, _change_password),
    Screen("/me/second", "动态口令", None, _show_second, _set_second),
)
