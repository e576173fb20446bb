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
    (re.compile(r"Input should be (?:one of )?'"), "不在可选范围内"),
    (re.compile(r"holds the character (U\+[0-9A-F]{4,6})"), r"含有字符 \1"),
)
"""What models say of an item, in the words that follow the name of its cell."""


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
        elif cells := _name_cells(fault, find):
            yield Fault(tuple(cells.values()), _say_of_cells(fault, cells))


def _name_cells(fault: str, find: Find) -> dict[str, Named]:
    """Return the cells of the items that a sentence names, by the names that it has for them."""
    whole = fault.startswith("data: ")
    named = (word for word in _WORD.findall(fault) if whole or word.isupper())
    return {word: cell for word in named if (cell := find(word)) is not None}


def _say_of_cell(what: str) -> str:
    for pattern, words in _FAULTS:
        if found := pattern.search(what):
            return found.expand(words)
    said = _in_chinese(what)
    return f"：{said}" if said else ""


def _say_of_cells(fault: str, cells: dict[str, Named]) -> str:
    said = _in_chinese(fault)
    if not said:
        return "；".join(cell.name for cell in cells.values())
    return _SPACED.sub(lambda word: cells[word[1]].name if word[1] in cells else word[0], said)


@lru_cache(maxsize=4096)
def _in_chinese(sentence: str) -> str:
    """Return a sentence in Chinese; empty where it is none that is known."""
    said = say_detail(sentence, NO_ITEMS)
    return "" if said == sentence or _ENGLISH.search(said) else said
