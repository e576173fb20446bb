"""What an expression of PromQL asks for, as far as names go. Whether it is one at all, promtool says."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool"}
_LISTS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def metrics(expr: str) -> set[str]:
    """Return the names of the metrics: what is neither a function, nor a label, nor a word of the language."""
    text = re.sub(r"\[[^\]]*\]|\boffset\s+\w+|\b\d[\w.]*", " ", _LISTS.sub(" ", re.sub(r"\{[^}]*\}", " ", _bare(expr))))
    found = {match[0] for match in _NAME.finditer(text) if not text[match.end() :].lstrip().startswith("(")}
    return found - _WORDS


def labels(expr: str) -> set[str]:
    """Return the labels by which it chooses, groups or joins."""
    text = _bare(expr)
    listed = ",".join(match[1] for match in _LISTS.finditer(text))
    chosen = ",".join(re.findall(r"\{([^}]*)\}", text))
    return set(_NAME.findall(f"{listed},{chosen}"))


def bounds(expr: str) -> Iterator[tuple[str, float]]:
    """Return each histogram of which a bucket is asked for by its bound, with the bound."""
    for name, chosen in re.findall(r"(\w+)_bucket\{([^}]*)\}", expr):
        for bound in re.findall(r'le="([^"]*)"', chosen):
            yield name, float(bound)


def _bare(expr: str) -> str:
    """Return it without what stands in quotes."""
    return _STRING.sub("", expr)
