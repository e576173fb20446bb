"""Values of options that must be one of a known set: a wrong one is refused with what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import typer

from schemas.words import Worded

_MOST = 3


def choose(option: str, value: str | None, known: Iterable[str]) -> str | None:
    """Return the value of an option, or None when it was not given.

    Raises:
        BadParameter: the value is not among the known ones.
    """
    known = list(known)
    choices = sorted(map(str, known))
    if value is None or value in choices:
        return value
    words = {each.value: each.word for each in known if isinstance(each, Worded)}
    near = [choice for choice in choices if words.get(choice) == value.strip()] or _nearest(value, choices)
    told = [f"'{choice}'{f'（{words[choice]}）' if choice in words else ''}" for choice in near or choices]
    hint = f"是否指 {' 或 '.join(told)}？" if near else f"可选：{'、'.join(told)}"
    raise typer.BadParameter(f"没有 '{value}'。{hint}", param_hint=f"'{option}'")


def _nearest(value: str, choices: Sequence[str]) -> list[str]:
    """Return what was probably meant: those of which the value is a part, else the one that is spelt most alike."""
    wanted = value.strip().lower().replace("-", "_")
    holding = [choice for choice in choices if wanted and wanted in choice.lower().replace("-", "_")]
    if holding:
        return holding if len(holding) <= _MOST else []
    return difflib.get_close_matches(wanted, choices, n=1, cutoff=0.7)
