"""The Chinese words for codes that officials would otherwise have to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.vocabulary import Item
from schemas.words import Worded

PARKED_ACTIONS = {"mend": "修正", "replay": "重放", "discard": "作废", "look": "查看原文", "note": "备注"}

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A value of a record with the name of its item and what the connector says of it."""

    name: str
    item: Item
    value: Any


def say(words: Mapping[str, str], code: str | None) -> str:
    """Return the word for a code; the code itself where there is none, and a dash for nothing."""
    return "—" if code is None else words.get(code, code)


def word(codes: type[Worded], code: str | None) -> str:
    """Return the word of a code that a row holds as text, and a dash for nothing."""
    return "—" if code is None else codes(code).word


def say_person(name: str, account: str | None) -> str:
    """Return who decided: the name that was given, and by which account or system user, where that is known."""
    return f"{name}（{account}）" if account else name


def arrange(items: Mapping[str, Any], known: Mapping[str, Item]) -> list[NamedValue]:
    """Return items in the order in which their connector has them, and those that it does not know after them."""
    names = [name for name in known if name in items] + sorted(items.keys() - known.keys())
    return [NamedValue(name, known.get(name, Item(name)), items[name]) for name in names]


def say_value(item: Item, value: Any) -> str:
    """Return the value of an item as text; a long list is cut short and says how long it is."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        told = arrange(value, item.parts)
        return "，".join(f"{part.item.title} {say_value(part.item, part.value)}" for part in told)
    if isinstance(value, list):
        lines = [say_value(item, inner) for inner in value[:_SHOWN]]
        rest = [f"……共 {len(value)} 项"] if len(value) > _SHOWN else []
        return "；".join(lines + rest)
    return say(item.words, str(value))
