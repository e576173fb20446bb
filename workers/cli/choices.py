"""Values of options that must be one of a known set: a wrong one is refused with what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import typer


def choose(option: str, value: str | None, known: Iterable[str]) -> str | None:
    """Return the value of an option, or None when it was not given.

    Raises:
        BadParameter: the value is not among the known ones.
    """
    choices = sorted(known)
    if value is None or value in choices:
        return value
    near = difflib.get_close_matches(value, choices, n=1)
    hint = f"是否指 '{near[0]}'？" if near else f"可选：{'、'.join(choices)}"
    raise typer.BadParameter(f"没有 '{value}'。{hint}", param_hint=f"'{option}'")
