"""Codes of the public page: short ones that hang at doors, and long ones that are handed out once."""

from __future__ import annotations

import re
import secrets
import unicodedata

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters that nobody takes for another, read or heard."""
_SHORT, _LONG, _GROUP = 10, 20, 4
_ONCE = re.compile(f"[{LETTERS}]{{{_LONG}}}")
_BETWEEN = re.compile(r"[\s\-–—‐‑_.·]+")


def make() -> str:
    """Return a code for a door, which nobody guesses: one of 8·10¹⁴."""
    return _draw(_SHORT)


def make_once() -> str:
    """Return a code to hand out, of 99 bits: whoever has it needs nothing else."""
    return _draw(_LONG)


def spell(code: str) -> str:
    """Return a code in groups, as it is printed and read aloud."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read_once(text: str) -> str | None:
    """Return the code that somebody typed, in whatever case, width and groups; None where it is none."""
    typed = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    return typed if _ONCE.fullmatch(typed) else None


def _draw(letters: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(letters))
