"""What the detail of a parked message says of cells, as far as that can be said in Chinese.

A detail is kept in English, for logs and programs. It names an item by its place (`CF_WSH: Field required`), or several
in a sentence (`data: CF_YXQ is before CF_JDRQ`); the hint of the reason says the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from workers.show.detail import NO_ITEMS, say_detail

_PATH = re.compile(r"[A-Za-z][\w.]*")
_WORD = re.compile(r"[A-Za-z][\w.]*\w")
_SPACED = re.compile(rf"({_WORD.pattern}) ?")
_ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
"""What is left of a sentence that is not known."""
_FAULTS = (
    (re.compile(r"Field required"), "未填"),
    (re.compile(r"is a filler, no name"), "只是占位文字"),
    (re.compile(r"at most (\d+) characters"), r"最多 \1 个字符"),
    (re.compile(r"at least (\d+) characters"), r"至少 \1 个字符"),
    (re.compile(r"Input should be (?:one of )?'|is the family of no type"), "不在可选范围内"),
    (re.compile(r"Input should be [\d, ]+ or \d"), "不在可选范围内"),
    (re.compile(r"Input should be a valid boolean"), "应填“是”或“否”"),
    (re.compile(r"a valid integer|is not an integer|as an integer"), "应为整数"),
    (re.compile(r"a (?:valid|finite) number"), "应为数字"),
    (re.compile(r"is not an RFC 3339 time"), "应写作 2026-01-05 08:30"),
    (re.compile(r"String should match pattern"), "格式不符"),
    (re.compile(r"holds the character (U\+[0-9A-F]{4,6})"), r"含有字符 \1"),
)
"""What models say of an item, in the words that follow the name of its cell: a sheet has no quotes, true or offsets."""


@dataclass(frozen=True, slots=True)
class Named:
    """A cell, or an item that has no column in the sheet: then `column` is None."""

    column: int | None
    name: str


class Fault(NamedTuple):
    """What is wrong, and in which cells."""

    cells: tuple[Named, ...]
    says: str


Find = Callable[[str], Named | None]
"""Takes the code or path of an item; None for what is no item of the sheet."""


def read_faults(detail: str, find: Find) -> Iterator[Fault]:
    """Yield the faults of a detail that are about cells; of a cell that has several, the first."""
    seen: set[str] = set()
    for fault in re.split(r"; (?=[A-Za-z_][\w.]*: |[A-Z]{2}_)", detail):
        path, _, what = fault.partition(": ")
        if _PATH.fullmatch(path) and (cell := find(path)) is not None:
            if cell.name not in seen:
                seen.add(cell.name)
                yield Fault((cell,), cell.name + _say_of_cell(what))
        else:
            at, sentence = (path, what) if _PATH.fullmatch(path) else ("", fault)
            if cells := _name_cells(sentence, at, find):
                yield Fault(tuple(cells.values()), _say_of_cells(sentence, cells))


def _name_cells(sentence: str, place: str, find: Find) -> dict[str, Named]:
    """Return the cells of the items that a sentence names, by the names that it has for them.

    Items at its place have names that English has too; without a place only national codes are looked for.
    """
    words = _WORD.findall(sentence)
    items = {word: f"{place}.{word}" for word in words} if place else {word: word for word in words if word.isupper()}
    return {word: cell for word, item in items.items() if (cell := find(item)) is not None}


def _say_of_cell(what: str) -> str:
    for pattern, words in _FAULTS:
        if found := pattern.search(what):
            return found.expand(words)
    said = _in_chinese(what)
    return f"：{said}" if said else ""


def _say_of_cells(sentence: str, cells: dict[str, Named]) -> str:
    said, names = _in_chinese(sentence), "；".join(cell.name for cell in cells.values())
    if not any(word in said for word in cells):
        return f"{names}：{said}" if said else names
    return _SPACED.sub(lambda word: cells[word[1]].name if word[1] in cells else word[0], said)


@lru_cache(maxsize=4096)
def _in_chinese(sentence: str) -> str:
    """Return a sentence in Chinese; empty where it is none that is known."""
    said = say_detail(sentence, NO_ITEMS)
    return "" if said == sentence or _ENGLISH.search(said) else said
