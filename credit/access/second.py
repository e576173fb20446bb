"""The second factor: codes of an app by RFC 6238 (TOTP), each accepted once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from hmac import compare_digest

import pyotp

from credit.access.account import Holder
from credit.access.roles import ADMINISTRATORS, RIGHTS
from credit.vault import Keyring, place
from schemas.rights import Role

ISSUER = "杏林"
_STEP_SECONDS = 30
_DRIFT = 1
"""So many steps may the clock of a telephone be off."""
_CODE = re.compile(r"[0-9]{6}")


_OF_OTHERS = {right for role in Role if role not in ADMINISTRATORS for right in RIGHTS[role]}
_OF_ADMINISTRATORS = {right for role in ADMINISTRATORS for right in RIGHTS[role]} - _OF_OTHERS
"""The rights that only the three administrators have."""


def is_demanded(holder: Holder) -> bool:
    """Tell whether somebody gets in with a second factor alone: the three administrators."""
    return bool(holder.rights & _OF_ADMINISTRATORS)


def make_secret() -> str:
    """Return a new secret, in base 32."""
    return pyotp.random_base32()


def uri_of(secret: str, account: str) -> str:
    """Return what the app is shown, as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def accept(secret: str, code: str, last_step: int, now: datetime) -> int | None:
    """Return the step of a code that is right now; None where it is wrong.

    A code of `last_step` or before was accepted already, or might have been, and is never right again.
    """
    said = "".join(code.split())
    if not _CODE.fullmatch(said):
        return None
    totp, present = pyotp.TOTP(secret), step_of(now)
    return _first(
        step
        for step in range(present - _DRIFT, present + _DRIFT + 1)
        if step > last_step and compare_digest(totp.at(step * _STEP_SECONDS), said)
    )


def _first(steps: Iterable[int]) -> int | None:
    return next(iter(steps), None)


def step_of(now: datetime) -> int:
    """Return the number of the time step."""
    return int(now.timestamp()) // _STEP_SECONDS


def seal(secret: str, account: str, keyring: Keyring) -> bytes:
    """Seal the secret of an account."""
    return keyring.seal(secret.encode(), place_of(account))


def unseal(sealed: bytes, account: str, keyring: Keyring) -> str:
    """Open the secret of an account. Raises SealBroken."""
    return keyring.unseal(sealed, place_of(account)).decode()


def place_of(account: str) -> bytes:
    """Return the place of an account's secret."""
    return place("account", "second", account)
