"""The values of a message one by one: which differ between two versions of it, and another one put in their place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from schemas import wire
from schemas.errors import PermanentError, UnusableError
from schemas.forms import Unrepresentable


class Absent(Enum):
    """What stands where no value is: null is one."""

    ABSENT = "absent"


class NoSuchPlace(PermanentError):
    """A path leads to no place in this message where a value could stand."""


class NotWritable(PermanentError):
    """The message holds a number that cannot be written again as it was; mend it in a file."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in which two versions differ: the names that lead to it, those of list items are their numbers."""

    path: tuple[str, ...]
    before: Any
    after: Any


def read(raw: bytes) -> Any:
    """Return the JSON value of bytes; None where they are none by the rules of the wire."""
    try:
        return wire.read_json(raw)
    except UnusableError:
        return None


def write(content: Any) -> bytes:
    """Return a JSON value as bytes.

    Raises:
        NotWritable: it holds a number that no double keeps.
    """
    return json.dumps(content, ensure_ascii=False, default=_refuse).encode()


def _refuse(value: Unrepresentable) -> Any:
    raise NotWritable(f"a number of {len(value.text)} characters cannot be written again as it was; mend it in a file")


def find_differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Yield the places in which two JSON values differ; lists of different length differ as a whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            inner = before.get(name, Absent.ABSENT), after.get(name, Absent.ABSENT)
            yield from find_differences(*inner, (*path, name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from find_differences(one, other, (*path, str(place)))
    elif type(before) is not type(after) or before != after:
        yield Difference(path, before, after)


def find(content: Any, path: Sequence[str]) -> Any:
    """Return what stands at a place, `ABSENT` where a member could stand and none does.

    Raises:
        NoSuchPlace: there is no such place.
    """
    *way, last = path
    within = _go(content, way)
    return within.get(last, Absent.ABSENT) if isinstance(within, dict) else within[_number(within, last, path)]


def put(content: Any, path: Sequence[str], value: Any) -> Any:
    """Return a JSON value with another one at a place, or with none there; the given one stays as it is.

    Raises:
        NoSuchPlace: there is no such place.
    """
    if not path:
        return value
    name, *further = path
    if isinstance(content, dict):
        rest = {each: item for each, item in content.items() if each != name or further or value is not Absent.ABSENT}
        if further:
            if name not in content:
                raise NoSuchPlace(f"{name}: no such item")
            return {**rest, name: put(content[name], further, value)}
        return rest if value is Absent.ABSENT else {**rest, name: value}
    place = _number(content, name, path)
    return [put(item, further, value) if at == place else item for at, item in enumerate(content)]


def _go(content: Any, way: Sequence[str]) -> Any:
    for name in way:
        content = content[name] if isinstance(content, dict) and name in content else _item(content, name)
    if not isinstance(content, dict | list):
        raise NoSuchPlace(f"{'.'.join(way)}: no items below it")
    return content


def _item(content: Any, name: str) -> Any:
    return content[_number(content, name, (name,))]


def _number(content: Any, name: str, path: Sequence[str]) -> int:
    """Return which item of a list is meant."""
    if not isinstance(content, list) or not name.isdecimal() or not name.isascii() or int(name) >= len(content):
        raise NoSuchPlace(f"{'.'.join(path)}: no such item")
    return int(name)
