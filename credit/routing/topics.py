"""Topic bindings of the broker: * stands for one word of a routing key, # for any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=4096)
def takes(bindings: tuple[str, ...], key: str) -> bool:
    """Tell whether any of the bindings takes a routing key, as a topic exchange decides it."""
    words = key.split(".")
    return any(_matches(binding.split("."), words) for binding in bindings)


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_matches(pattern[1:], words[skip:]) for skip in range(len(words) + 1))
    return bool(words) and pattern[0] in {"*", words[0]} and _matches(pattern[1:], words[1:])
