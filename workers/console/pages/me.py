"""One's own account: what one may do, where one is logged in, the password, and the second factor."""

from __future__ import annotations

from credit.access import passwords
from credit.access.account import AccountRow, day_of, is_to_come
from credit.access.refusal import AccessRefused
from credit.store import accounts, sessions
from credit.store.queries.accounts import need, read_grants
from schemas.access import Logged
from schemas.rights import Right
from workers.console import enrolling
from workers.console.asked import Asked
from workers.console.entering import Door, Locked, Visit
from workers.console.screens import Page, Screen, Shown
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
            "grants": [say_grant(each, asked.names.organs) for each in given if is_to_come(each, today)],
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
    """Change the password by the old one: whoever sits at an open desk guesses."""
    row = _row(asked)
    old, new, again = (asked.secret(name) for name in ("old", "new", "again"))
    try:
        _door(asked).check_password(row, old, _visit(asked))
        _check_new(row, old, new, again)
    except AccessRefused as refused:
        return Page("me_password.html", {"error": refused.told}, _status(refused))
    with asked.writing() as connection:
        accounts.change_password(connection, row.name, passwords.digest(new), asked.acting)
        sessions.forget_attempts(connection, row.name, asked.runtime.keyring)
    return asked.go("/login", "密码已修改，请用新密码登录。")


def _door(asked: Asked) -> Door:
    return Door(asked.runtime.engine, asked.runtime.keyring)


def _visit(asked: Asked) -> Visit:
    return Visit(asked.actor.address, asked.request.headers.get("user-agent", ""), asked.now)


def _status(refused: AccessRefused) -> int:
    return 429 if isinstance(refused, Locked) else 400


def _check_new(row: AccountRow, old: str, new: str, again: str) -> None:
    if new != again:
        raise AccessRefused("the two are not the same", "两次输入的新密码不一致。")
    if new == old:
        raise AccessRefused("the new password is the old one", "新密码与原密码相同。")
    passwords.check(new, row.name)


def _show_second(asked: Asked) -> Page:
    return _offer(asked, _row(asked), "", 200)


def _offer(asked: Asked, row: AccountRow, error: str, status: int) -> Page:
    made = enrolling.offer(row.name, asked.runtime.keyring) if row.second is None else None
    return Page("me_second.html", {"set": row.second is not None, "offer": made, "error": error}, status)


def _set_second(asked: Asked) -> Shown:
    row = _row(asked)
    form = enrolling.Form(*(asked.secret(name) for name in enrolling.Form._fields))
    try:
        secret, step = enrolling.prove(_door(asked), row, form, _visit(asked))
        with asked.writing() as connection:
            accounts.set_second(connection, row.name, secret, step, asked.runtime.keyring, asked.acting)
            sessions.forget_attempts(connection, row.name, asked.runtime.keyring)
    except AccessRefused as refused:
        return _offer(asked, row, refused.told, _status(refused))
    return asked.go("/me", "动态口令已启用，下次登录时须填写。")


SCREENS = (
    Screen("/me", "我的账号", None, _show),
    Screen("/me/sessions", "会话", None, lambda asked: asked.go("/me"), answer=_end),
    Screen("/me/password", "修改密码", None, _show_password, answer=_change_password),
    Screen("/me/second", "动态口令", None, _show_second, answer=_set_second),
)
