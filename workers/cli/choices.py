"""Values of options that must be one of a known set: a wrong one is refused with what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from schemas.documents import suggest


def choose(option: str, value: str | None, known: Iterable[str]) -> str | None:
    """Return the value of an option, or None when it was not given.

    Raises:
        BadParameter: the value is not among the known ones.
    """
    choices = frozenset(known)
    if value is None or value in choices:
        return value
    raise typer.BadParameter(f"'{value}' is not known{suggest(value, choices)}", param_hint=f"'{option}'")
