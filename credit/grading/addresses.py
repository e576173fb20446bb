"""Where the rules of a regime stand, and what they are called: by file, edition, scale or list, and their own id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from schemas.documents import Document, Place
from schemas.regime.scale import Band, Repealed, Scale
from schemas.regime.when import Rule


class Address(NamedTuple):
    """A rule: its file, the day of its edition, the scale, list or draw that it is of, and its own id."""

    file: str
    edition: date
    of: str
    rule: str


def addresses(document: Document[Any]) -> Iterator[tuple[Place, Address]]:
    """Return every rule of a file with its place; what is repealed is followed by nobody, and is none.

    A rule that is of nothing is of itself. A band is called by its grade, as in the reasons of a result.
    """
    stem = Path(document.path).stem
    for number, edition in enumerate(document.value.editions):
        for place, chain in _rules(edition, ("editions", number), ()):
            yield place, Address(stem, edition.effective_from, chain[0], chain[-1])


def _rules(value: Any, place: Place, chain: tuple[str, ...]) -> Iterator[tuple[Place, tuple[str, ...]]]:
    if isinstance(value, Repealed):
        return
    if isinstance(value, Rule | Scale):
        chain = (*chain, value.id)
    elif isinstance(value, Band):
        chain = (*chain, f"band-{value.grade}")
    if isinstance(value, Rule | Band):
        yield place, chain
    for step, each in inside(value):
        yield from _rules(each, (*place, step), chain)


def inside(value: Any) -> Iterable[tuple[str | int, Any]]:
    """Return what a value of a file holds, each with the step that leads to it."""
    match value:
        case BaseModel():
            return ((name, getattr(value, name)) for name in type(value).model_fields)
        case Mapping():
            return ((str(name), each) for name, each in value.items())
        case tuple():
            return enumerate(value)
        case _:
            return ()
