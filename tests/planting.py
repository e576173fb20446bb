"""Numbers of persons that are planted, each in one place alone, so that a number that is found names its place.

The check characters and the search are made here on their own, not by `credit.identity`: whoever looks for what was
missed must not read as those do who missed it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, pairwise
from typing import Any

from credit.identity.hiding import items_of
from schemas.base import Frozen
from tests.builders import ROOT, TODAY, connectors, message
from workers.demo.town.day import sample_day
from workers.demo.town.people import person_id
from workers.postings import Posting

JOINT = "舞卫医罚〔2026〕9083号"
"""The document number of two parties."""
Way = tuple[str | int, ...]
_SEED = 20260301
_TRIES = 4

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
        if len(text) < 15:
            return []
        plain = solid(text)
        found = (one[1] for pattern in (_LONG, _OLD) for one in pattern.finditer(plain))
        return sorted({self.places[number] for number in found if number in self.places})


def solid(text: str) -> str:
    """Return the letters and digits of a text in their plain form, JSON's and Python's escapes undone."""
    text = " ".join(text.split())  # most of a wide screen is empty
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
    plain = text.upper() if text.isascii() else unicodedata.normalize("NFKC", text).upper().translate(_PLAIN)
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


@dataclass(slots=True)
class Sower:
    """Plants numbers in messages."""

    garden: Garden = field(default_factory=Garden)
    _turn: int = 0
    _said: dict[str, str] = field(default_factory=dict)

    def samples(self) -> Iterator[Posting]:
        """Each sample with one value after the other replaced: texts in some spellings, all else in one."""
        for file in sorted((ROOT / "connectors").glob("*/samples/*.json")):
            event = json.loads(file.read_text("utf-8"))
            texts = [("data", *way) for way in _texts(_model_of(event))]
            for way in texts:
                for _ in range(_TRIES):
                    yield self._alter(event, way, sentence, self._spelling())
            # No sender of ours can be another one's: what it would do to the outcome is shown by other tests.
            others = [way for way in leaves(event) if way not in texts and way[-1] != "specversion"]
            for way in (*others, ("data", "备注"), ("note",), ("data", "extra", "list")):
                yield self._alter(event, way, str, self._spelling(IN_CODES))

    def day(self) -> Iterator[Posting]:
        """The sample day with a number more in every text of it; what was said twice is said twice."""
        for sent in sample_day(_SEED, TODAY):
            try:
                event = json.loads(sent.body)
                texts = list(_texts(_model_of(event)))
            except (ValueError, KeyError, TypeError, RecursionError):
                yield Posting(sent.body, sent.routing_type)
                continue
            for way in texts:
                event = self._sow(event, way)
            yield Posting(_write(event), sent.routing_type)

    def bad(self) -> Iterator[Posting]:
        """Messages that are parked, to be mended and discarded."""
        for turn in range(2):
            for name in ("mend", "spare"):
                number = self._plant(f"document number of {name}-{turn}", IN_CODES)
                yield message("penalty", f"{name}-{turn}", CF_WSH=number, BZ=sentence(self._plant("parked remark")))

    def one_number(self) -> Iterator[Posting]:
        """Penalties of a clinic and of a person under one document number, to be taken apart."""
        yield message("penalty", "joint-1", CF_WSH=JOINT, BZ=sentence(self._plant("remark on the clinic")))
        person: dict[str, Any] = {"CF_XDR_MC": "样本人员", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": ""}
        number: dict[str, Any] = {
            "CF_XDR_ZJLX": "身份证",
            "CF_XDR_ZJHM": self._plant("number of the party", ("plain",)),
        }
        remark = sentence(self._plant("remark on the person"))
        yield message("penalty", "joint-2", CF_WSH=JOINT, BZ=remark, **person, **number)

    def answer(self, posting: Posting) -> Posting:
        """An answer of a partner with numbers in all its texts, said or not."""
        event = json.loads(posting.body)
        for way in _texts(_model_of(event)):
            event = put(event, ("data", *way), sentence(self._plant(f"{event['type']} {way}")))
        return Posting(_write(event), posting.type)

    def mended(self, bad: bytes) -> bytes:
        """A parked message put right, with numbers in its texts and in an item that nobody knows."""
        event = put(json.loads(bad), ("data", "备注"), sentence(self._plant("unknown item, mended")))
        for way in _texts(_model_of(event)):
            event = self._sow(event, way)
        return _write(event)

    def said(self, where: str) -> str:
        """What somebody says on the command line."""
        return sentence(self._plant(where))

    def _sow(self, event: dict[str, Any], way: Way) -> dict[str, Any]:
        """Return a message with a number more in one of its texts, if something is said there that can be longer."""
        before, place = _look(event["data"], way), f"{event['type']} {way}"
        if before is None:
            return event
        said = f"{place} {before}"
        if said not in self._said:
            self._said[said] = f"{before}。{sentence(self._plant(place))}"
        after = put(event, ("data", *way), self._said[said])
        return after if _is_valid(after) else event

    def _alter(self, event: dict[str, Any], way: Way, say: Callable[[str], str], spelling: str) -> Posting:
        turn = self._next()
        place = f"{event['type']} {'.'.join(map(str, way))}"
        altered = put(event, ("id",), f"planted-{turn}")
        if "document_no" in event["data"]:
            altered = put(altered, ("data", "document_no"), f"舞卫〔2026〕{turn}号")
        return Posting(_write(put(altered, way, say(self.garden.plant(place, spelling)))), event["type"])

    def _plant(self, place: str, spellings: Sequence[str] = tuple(SPELLINGS)) -> str:
        return self.garden.plant(place, self._spelling(spellings))

    def _spelling(self, spellings: Sequence[str] = tuple(SPELLINGS)) -> str:
        return spellings[self._next() % len(spellings)]

    def _next(self) -> int:
        self._turn += 1
        return self._turn


def _write(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def _model_of(event: dict[str, Any]) -> Frozen:
    return connectors().models()[event["type"]].model_validate(event["data"])


def _is_valid(event: dict[str, Any]) -> bool:
    try:
        return _model_of(event) is not None
    except ValueError:
        return False


def _texts(model: Frozen, way: Way = ()) -> Iterator[Way]:
    """Yield the ways to all running text of a message, whether something is said there or not."""
    items = items_of(type(model))
    yield from ((*way, name) for name in items.texts)
    for name in items.inner:
        value = getattr(model, name)
        for place, inner in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
            if isinstance(inner, Frozen):
                yield from _texts(inner, (*way, name) if place is None else (*way, name, place))


def _look(value: Any, way: Way) -> str | None:
    for step in way:
        value = value.get(step) if isinstance(value, dict) else value[int(step)]
        if value is None:
            return None
    return value if isinstance(value, str) and value else None
