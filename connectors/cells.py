"""What a cell of a table means in the data of a message, and how an item is written into a cell.

What a cell holds and nobody understands goes into the data as it is: intake says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.sheets import Choice, Kind

SEPARATOR = "；"
"""Between the values of a cell that has several."""

YES, NO = "是", "否"
_FLAGS = {YES: True, NO: False, "true": True, "false": False}
_SEPARATORS = re.compile("[；;\n]")
_LOCAL = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_SHANGHAI = "+08:00"

Reader = Callable[[str], Any]


def reader(kind: Kind, values: Mapping[str, Any]) -> Reader | None:
    """Return how a cell of this kind is read, None where its text is the value.

    `values` are those of a choice by what a cell says for each.
    """
    if kind is Kind.FLAG:
        return _read_flag
    if kind is Kind.NUMBER:
        return _read_number
    if kind is Kind.INSTANT:
        return _read_instant
    if kind is Kind.CHOICE:
        return lambda text: values.get(text, text)
    if kind is Kind.CHOICES:
        return lambda text: [values.get(each, each) for each in split(text)]
    return split if kind is Kind.TEXTS else None


def meanings(choices: Iterable[Choice]) -> dict[str, str]:
    """Return the code of each choice by its code and by its word."""
    return {text: choice.code for choice in choices for text in (choice.code, choice.word)}


def split(text: str) -> list[str]:
    """Return the values that a cell joins."""
    return [each.strip() for each in _SEPARATORS.split(text) if each.strip()]


def write(value: Any, words: Mapping[str, str]) -> str:
    """Return the text of an item for a cell; `words` are those of its codes."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list | tuple):
        return SEPARATOR.join(write(each, words) for each in value)
    text = str(value)
    return words.get(text, text)


def write_instant(text: str) -> str:
    """Return a point in time as people write it, where its offset is that of Asia/Shanghai."""
    return text.removesuffix(_SHANGHAI).replace("T", " ") if text.endswith(_SHANGHAI) else text


def _read_flag(text: str) -> Any:
    return _FLAGS.get(text.lower(), text)


def _read_number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _read_instant(text: str) -> str:
    found = _LOCAL.fullmatch(text)
    if found is None:
        return text
    year, month, day, hour, minute, second = (part or "0" for part in found.groups())
    return f"{year}-{int(month):02}-{int(day):02}T{int(hour):02}:{minute}:{int(second):02}{_SHANGHAI}"
