"""Passwords: what one has to be like, its hash by argon2id, and how it is checked in the same time for everybody."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from credit.access.refusal import AccessRefused

SHORTEST = 10
LONGEST = 200
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of initial passwords, which are read from a screen and typed: without those that look alike."""
_INITIAL = 14
_FEWEST = 5
_BAD = frozenset(
    {
        "1234567890",
        "0123456789",
        "9876543210",
        "1qaz2wsx3edc",
        "qwertyuiop",
        "asdfghjkl;",
        "password",
        "passw0rd",
        "p@ssw0rd",
        "letmein",
        "iloveyou",
        "woaini",
        "5201314",
        "admin",
        "administrator",
        "welcome",
        "changeme",
        "abcd",
        "abc123",
        "qwerty",
        "xinglin",
        "weijian",
        "wsjkw",
    }
)
_FILLING = "0123456789!@#$%^&*._-~?"
_HASHER = PasswordHasher()


def check(password: str, name: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        AccessRefused: it is shorter than `SHORTEST` letters or longer than `LONGEST`, holds the name of the account, is
            of few letters, or is a common one with digits and signs about it.
    """
    said = _normal(password)
    plain = said.casefold()
    if not SHORTEST <= len(said) <= LONGEST:
        raise AccessRefused(
            f"a password has {SHORTEST} to {LONGEST} letters", f"密码长度应为 {SHORTEST} 至 {LONGEST} 位"
        )
    if name.casefold() in plain:
        raise AccessRefused("a password does not hold the name of its account", "密码不得包含账号名")
    if len(set(plain)) < _FEWEST:
        raise AccessRefused(f"a password has {_FEWEST} different letters", f"密码至少应有 {_FEWEST} 个不同的字符")
    if plain in _BAD or plain.strip(_FILLING) in _BAD or _is_run(plain):
        raise AccessRefused("this password is among the first that are guessed", "该密码过于常见，容易被猜中")


def _is_run(plain: str) -> bool:
    """Tell whether each letter is the next one of the one before, up or down, as in abcdefghij."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return steps in ({1}, {-1})


def digest(password: str) -> str:
    """Return the hash that is kept."""
    return _HASHER.hash(_normal(password))


def verify(kept: str | None, password: str) -> bool:
    """Tell whether a password is the one of a hash; without a hash it takes as long, and is none."""
    said = _normal(password)[:LONGEST]
    try:
        _HASHER.verify(kept if kept is not None else _nobody(), said)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with other parameters than those of today, and has to be made again."""
    return _HASHER.check_needs_rehash(kept)


def make_initial() -> str:
    """Return a random password to hand to somebody, who has to change it at the first login."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_INITIAL))


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex())


def _normal(password: str) -> str:
    # One keyboard writes a letter as one sign, another as two.
    return unicodedata.normalize("NFKC", password)
