"""A parked message typed over by somebody who sees it masked: what was not touched stays as it is, hidden or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit.identity import MASKED
from credit.store.queries.content import mask_leaves
from credit.vault import Keyring
from schemas import leaves
from schemas.errors import PermanentError
from workers.decisions import lots
from workers.decisions.lots import Setting


class Changed(PermanentError):
    """这份报文在您打开之后已被他人修正，您的修正没有写入。"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a message: the names that lead to it, and it as text, masked."""

    path: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Retyped:
    """What was typed: the whole text anew, or by their places the values that are set."""

    whole: str | None = None
    settings: Sequence[Setting] = ()


def mark(raw: bytes, keyring: Keyring) -> str:
    """Return by what one version of a message is told from another; nothing of the message can be told from it."""
    return keyring.lookup(f"version {raw.hex()}")


def read_leaves(raw: bytes) -> list[Leaf] | None:
    """Return the values of a message in their order, masked; None where it is no JSON object."""
    content = leaves.read(raw)
    return list(_leaves(mask_leaves(content, MASKED), ())) if isinstance(content, dict) else None


def _leaves(content: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, value in inner:
        yield from _leaves(value, (*path, str(name)))
    if not isinstance(content, dict | list) or not content:
        yield Leaf(path, content if isinstance(content, str) else "" if content is None else json.dumps(content))


def find_settings(raw: bytes, typed: Mapping[int, str], added: Mapping[tuple[str, ...], str]) -> list[Setting]:
    """Return the values that were typed over, by their places among the leaves, and those that were added."""
    shown = read_leaves(raw) or []
    changed = [
        Setting(shown[number].path, text)
        for number, text in sorted(typed.items())
        if 0 <= number < len(shown) and text.replace("\r\n", "\n") != shown[number].text.replace("\r\n", "\n")
    ]
    return changed + [Setting(path, text) for path, text in added.items() if text]


def retype(before: bytes, typed: Retyped, version: str, keyring: Keyring) -> bytes:
    """Return a message as it was typed over.

    Raises:
        Changed: it is another version than the one that was shown.
        PermanentError: what was typed cannot stand in its place, or is no message.
    """
    if mark(before, keyring) != version:
        raise Changed
    if typed.whole is None:
        return lots.apply(typed.settings, before)
    real, whole = leaves.read(before), leaves.read(typed.whole.encode("utf-8", "replace"))
    if not isinstance(whole, dict):
        raise PermanentError("全文不是 JSON 对象，请检查括号、引号和逗号")
    return leaves.write(whole if real is None else _unmask(whole, mask_leaves(real, MASKED), real))


def _unmask(typed: Any, shown: Any, real: Any) -> Any:
    """Put what is hidden back where it was left as it was shown."""
    if typed == shown and type(typed) is type(shown):
        return real
    if isinstance(typed, dict) and isinstance(shown, dict):
        return {
            name: _unmask(value, shown[name], real[name]) if name in shown else value for name, value in typed.items()
        }
    if isinstance(typed, list) and isinstance(shown, list) and len(typed) == len(shown):
        return [_unmask(*each) for each in zip(typed, shown, real, strict=True)]
    return typed
