"""Topic bindings of the broker: * stands for one word of a routing key, # for any number of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby


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


def as_expression(bindings: Iterable[str]) -> str:
    """Return the regular expression for the routing keys that any of the bindings takes: for topic permissions."""
    return f"^({'|'.join(sorted(map(_express, bindings)))})$"


def _express(binding: str) -> str:
    # Several # in a row say the same as one.
    words = [word for word, group in groupby(binding.split(".")) for word in (["#"] if word == "#" else group)]
    *first, last = words
    if not first:
        return ".*" if last == "#" else _word(last)
    said = "".join(r"(.*\.)?" if word == "#" else _word(word) + r"\." for word in first)
    return said.removesuffix(r"\.") + r"(\..*)?" if last == "#" else said + _word(last)


def _word(word: str) -> str:
    return "[^.]*" if word == "*" else re.escape(word)
