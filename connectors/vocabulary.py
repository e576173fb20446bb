"""What officials read for the items of a message and for their values, as the models of the messages say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.envelope import family_of
from schemas.statement import MessageType
from schemas.words import Worded, Words

_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a fact: its title, the words of its codes and the items of the values in it."""

    title: str
    words: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Item] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The items of each family in the order of its model, and what a message of it is called."""

    families: Mapping[str, Mapping[str, Item]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def items(self, family: str) -> Mapping[str, Item]:
        """Return the items of a family by name; none for one whose connector is not installed."""
        return self.families.get(family, {})

    def state(self, family: str, code: str) -> str:
        """Return the word for the state of an act; the code itself where its message has none for it."""
        return next((item.words[code] for item in self.items(family).values() if code in item.words), code)


def collect(types: Iterable[MessageType]) -> Vocabulary:
    """Return the vocabulary of these types; of several versions of a family the latest names an item."""
    families: dict[str, dict[str, Item]] = {}
    titles: dict[str, str] = {}
    for message_type in sorted(types, key=_version, reverse=True):
        family = family_of(message_type.type)
        items = families.setdefault(family, {})
        titles.setdefault(family, message_type.model.model_config.get("title") or family)
        derived = {name: Item(title) for name, title in message_type.derived.items()}
        for name, item in {**_describe(message_type.model), **derived}.items():
            items.setdefault(name, item)
    return Vocabulary(MappingProxyType(families), MappingProxyType(titles))


def find_gaps(model: type[BaseModel]) -> Iterator[str]:
    """Yield what a model and those in it leave unsaid, each with its place and what to write there."""
    for each in _models_within(model, {}):
        for name, info in each.model_fields.items():
            place = f"{each.__module__}.{each.__qualname__}.{name}"
            if not (info.title or "").strip():
                yield f'{place} has no title: write {name}: … = Field(title="…")'
            parts = list(parts_of(info))
            words, codes = words_in(parts), codes_in(parts)
            for code in codes:
                if code not in words and not _CHINESE.search(code):
                    yield f'{place}: the value {code!r} has no word: write Annotated[…, Words({{"{code}": "…"}})]'
            for code in words.keys() - codes:
                yield f"{place}: there is a word for {code!r}, and no such value"


def _version(message_type: MessageType) -> int:
    return int(message_type.type.rpartition(".v")[2])


@cache  # for each screen the items of every type are asked for, and a model never changes
def _describe(model: type[BaseModel], above: tuple[type[BaseModel], ...] = ()) -> Mapping[str, Item]:
    if model in above:  # a model may hold others of its kind
        return {}
    items: dict[str, Item] = {}
    for name, info in model.model_fields.items():
        parts = list(parts_of(info))
        inner = [_describe(each, (*above, model)) for each in models_in(parts)]
        told = {name: item for items in inner for name, item in items.items()}
        items[info.serialization_alias or name] = Item(info.title or name, words_in(parts), told)
    return items


def _models_within(model: type[BaseModel], seen: dict[type[BaseModel], None]) -> Iterable[type[BaseModel]]:
    if model not in seen:
        seen[model] = None
        for info in model.model_fields.values():
            for inner in models_in(parts_of(info)):
                _models_within(inner, seen)
    return seen


def parts_of(info: FieldInfo) -> Iterator[Any]:
    """Yield whatever the annotation of a field is made of; pydantic keeps the outermost notes of `Annotated` apart."""
    yield from info.metadata
    pending: list[Any] = [info.annotation]
    while pending:
        part = pending.pop(0)
        yield part
        if isinstance(part, FieldInfo):
            yield from part.metadata
        pending += () if get_origin(part) is Literal else get_args(part)


def models_in(parts: Iterable[Any]) -> list[type[BaseModel]]:
    """Return the models among the parts of an annotation."""
    return [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]


def words_in(parts: Iterable[Any]) -> dict[str, str]:
    """Return the words that the parts of an annotation give to codes."""
    words: dict[str, str] = {}
    for part in parts:
        if isinstance(part, Words):
            words |= part.by_code
        elif isinstance(part, type) and issubclass(part, Worded):
            words |= {code.value: code.word for code in part}
    return words


def codes_in(parts: Iterable[Any]) -> dict[str, None]:
    """Return the codes that a field can have, as text, in their order."""
    codes: dict[str, None] = {}
    for part in parts:
        if get_origin(part) is Literal:
            codes |= {str(code): None for code in get_args(part) if code is not None}
        elif isinstance(part, type) and issubclass(part, Enum):
            codes |= {str(code.value): None for code in part}
    return codes
