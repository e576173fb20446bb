"""Setting up a second factor: what a telephone scans, and the first code that it shows, with the password again."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from markupsafe import Markup

from credit.access import second
from credit.access.account import AccountRow
from credit.access.refusal import AccessRefused
from credit.vault import Keyring, SealBroken
from workers.console.entering import Door, Visit, Wrong
from workers.papers import qr


class Offer(NamedTuple):
    """A new secret: as a picture and as text for the telephone, and sealed for this account alone for the form."""

    picture: Markup
    secret: str
    sealed: str


class Form(NamedTuple):
    """What is sent back: the sealed secret, the code, and the password."""

    sealed: str
    code: str
    password: str


class Shown(NamedTuple):
    """A secret that somebody's telephone has, and the step of the code that shows it."""

    secret: str
    step: int


def offer(account: str, keyring: Keyring) -> Offer:
    """Return a secret that is not kept yet."""
    secret = second.make_secret()
    picture = Markup(qr.draw(second.uri_of(secret, account)))  # noqa: S704 - drawn by ourselves, of nothing typed
    return Offer(picture, secret, urlsafe_b64encode(second.seal(secret, account, keyring)).decode())


def prove(door: Door, account: AccountRow, form: Form, visit: Visit) -> Shown:
    """Return the secret of a form whose code is right; whoever sits at an open desk does not know the password.

    Raises:
        Locked: too many passwords were tried.
        Wrong: the password is wrong, or the code.
        AccessRefused: the form is not one of this account.
    """
    door.check_password(account, form.password, visit)
    try:
        secret = second.unseal(urlsafe_b64decode(form.sealed), account.name, door.keyring)
    except (SealBroken, ValueError):
        raise AccessRefused("the form is of another account", "页面已过期，请重新打开。") from None
    step = second.accept(secret, form.code, account.second_step, visit.now)
    if step is None:
        raise Wrong("口令不正确：请用手机应用重新扫描下面的新图形，再填写当前的 6 位数字。")
    return Shown(secret, step)
