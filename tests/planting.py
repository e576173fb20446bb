"""Numbers of persons that are planted, each in one place alone, so that a number that is found names its place.

The check characters and the search are made here on their own, not by `credit.identity`: whoever looks for what was
missed must not read as those do who missed it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, pairwise
from typing import Any

from workers.demo.town.people import person_id

_NUMERALS = "〇一二三四五六七八九"
_FULL_WIDTH = {ord(str(digit)): 0xFF10 + digit for digit in range(10)}
_PLAIN = str.maketrans(f"{_NUMERALS}零○×✕ХΧ", "0123456789" + "00XXXX")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrt])")
_LONG, _OLD = re.compile(r"(?=(\d{17}[\dX]))"), re.compile(r"(?=(\d{15}))")
_BEFORE = "身份证号"


def _parts(number: str) -> tuple[str, ...]:
    cuts = (0, 6, 14, 18) if len(number) == 18 else (0, 6, 12, 15)
    return tuple(number[first:last] for first, last in pairwise(cuts))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "small": str.lower,
    "spaced": " ".join,
    "hyphens": lambda number: "-".join(_parts(number)),
    "thin spaces": lambda number: "\u2009".join(_parts(number)),
    "lines": lambda number: "\n".join(_parts(number)),
    "dots": ".".join,
    "full width": lambda number: number.translate(_FULL_WIDTH).replace("X", "Ｘ"),
    "numerals": lambda number: number.translate({ord(str(digit)): char for digit, char in enumerate(_NUMERALS)}),
    "times": lambda number: number.replace("X", "×"),
    "old": lambda number: number[:6] + number[8:17],
}
"""The ways of writing a number; `old` is the one of 15 digits, without century and check character."""
_OF_X = {"small", "times"}
IN_CODES = tuple(name for name in SPELLINGS if name not in {"old", "lines", "thin spaces"})
"""How a code can be written: 15 digits in one are a region, a day and a count as often; it has no gaps but spaces."""


@dataclass(slots=True)
class Garden:
    """What was planted where."""

    places: dict[str, str] = field(default_factory=dict)
    _turn: count[int] = field(default_factory=count)

    def plant(self, place: str, spelling: str) -> str:
        """Return a number that is nobody else's, spelled so, to stand at the place named."""
        # Every person has a birthday of their own, so that the old numbers differ as well.
        born = date(1930, 1, 1) + timedelta(days=next(self._turn))
        numbers = (person_id(born, str(serial), "110105") for serial in range(100, 1000))
        number = next(one for one in numbers if one.endswith("X") or spelling not in _OF_X)
        self.places[number] = self.places[SPELLINGS["old"](number)] = f"{place}, {spelling}"
        return SPELLINGS[spelling](number)

    def name(self, number: str, place: str) -> None:
        """Let a number be looked for that is in the messages already."""
        self.places[solid(number)] = place

    def seek(self, text: str) -> list[str]:
        """Return the places whose numbers can be read in a text, however they are written there."""
        plain = solid(text)
        found = (one[1] for pattern in (_LONG, _OLD) for one in pattern.finditer(plain))
        return sorted({self.places[number] for number in found if number in self.places})


def solid(text: str) -> str:
    """Return the letters and digits of a text in their plain form, JSON's and Python's escapes undone."""
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
    plain = unicodedata.normalize("NFKC", text).upper().translate(_PLAIN)
    return re.sub(r"[\W_]", "", plain)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value that has none in it."""
    inner: Iterable[tuple[str | int, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    if not inner:
        yield path
    for name, item in inner:
        yield from leaves(item, (*path, name))


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Return a JSON value with another one at the end of a way."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, list):
        return [put(item, tuple(rest), new) if place == first else item for place, item in enumerate(value)]
    return {**value, first: put(value.get(first, {}), tuple(rest), new)}


def sentence(number: str) -> str:
    """Return a number as running text says it."""
    return f"{_BEFORE}{number}"
