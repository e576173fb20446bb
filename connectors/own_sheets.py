"""A template of our own for each message type, made from its model: no column is declared a second time.

An item of an item is a column named by its path: party.name is 当事人·名称. Each of a list of them has its own group of
columns, numbered from 1: items.2.marks is 检查项目2·得分. The same list can stand in a sheet of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin

from annotated_types import MaxLen
from pydantic import AwareDatetime, BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from connectors import cells
from connectors.vocabulary import models_in, parts_of, words_in
from schemas import forms
from schemas.base import Holds
from schemas.party import Party, Target
from schemas.sheets import REVISION, Choice, Column, Context, Detail, Kind, Read, Stated, Template, Write, Written
from schemas.statement import MessageType

GROUPS = 20
"""How many of a list of items a row holds: a table of 200 columns still opens. More than that comes as a message."""

_DOT = "·"
_NUMBERS = frozenset({"document_no", "notice_no"})
"""What names a message among those of its sender."""
_OF_PARTIES = {
    "uscc": "法人、其他组织和个体工商户填写",
    "id_type": "自然人填写，如 身份证",
    "id_no": "自然人填写",
    "licence_no": "医疗机构填写",
    "certificate_no": "医务人员填写",
}
"""For whom an item of a party is."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column, where in the data its value is, and the value that each word of it stands for."""

    column: Column
    path: tuple[str | int, ...]
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> dict[str, str]:
        """The word of each code."""
        return {choice.code: choice.word for choice in self.column.choices}


def make_template(message_type: MessageType, families: Mapping[str, str]) -> Template:
    """Return the template of a message type; it has the name of the type.

    `families` are the titles of the families of records that an act can be about.
    """
    model = message_type.model
    leaves = _with_short_titles(_flatten(model, families, _Place()))
    write = _writer(leaves)
    example = write(_sample(message_type)).values
    columns = (replace(leaf.column, example=example.get(leaf.column.code, "")) for leaf in leaves)
    title = model.model_config.get("title") or message_type.type
    return Template(
        name=message_type.type,
        title=title,
        type=message_type.type,
        columns=(*columns, REVISION),
        read=_reader(message_type.type, leaves),
        write=write,
        details=tuple(_find_details(message_type, families, leaves)),
    )


def _find_details(message_type: MessageType, families: Mapping[str, str], leaves: list[Leaf]) -> Iterator[Detail]:
    """Yield the lists of a message whose number names it, each as a sheet."""
    number = next((leaf.column for leaf in leaves if leaf.column.code in _NUMBERS), None)
    if number is None:
        return
    sample = _sample(message_type)
    for name, info in message_type.model.model_fields.items():
        parts = list(parts_of(info))
        inner, item = models_in(parts), info.alias or name
        if inner and _is_many(parts):
            own = _flatten(inner[0], families, _Place())
            listed = sample.get(item) or [{}]
            example = _writer(own)(listed[0]).values
            first = replace(number, required=True, help="主表中同一行的编号", example=str(sample.get(number.code, "")))
            columns = (replace(leaf.column, example=example.get(leaf.column.code, "")) for leaf in own)
            template = Template(
                name=f"{message_type.type}/{item}",
                title=f"{info.title or item}明细",
                type=message_type.type,
                columns=(first, *columns),
                read=_reader(message_type.type, own),
            )
            yield Detail(item, number.code, template)


def _sample(message_type: MessageType) -> Mapping[str, Any]:
    """Return the data of the connector's sample of this type; empty where it has none."""
    return _samples(message_type.model.__module__.rpartition(".")[0]).get(message_type.type, {})


@lru_cache(maxsize=64)
def _samples(package: str) -> Mapping[str, Mapping[str, Any]]:
    folder = files(package) / "samples"
    if not folder.is_dir():
        return {}
    events = [json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    return {event["type"]: event["data"] for event in events}


def _reader(message_type: str, leaves: list[Leaf]) -> Read:
    plan = {leaf.column.code: (leaf.path, cells.reader(leaf.column.kind, leaf.values)) for leaf in leaves}

    def read(values: Mapping[str, str], context: Context) -> Stated:
        data: dict[str | int, Any] = {}
        for code, text in context.fill(values).items():
            step = plan.get(code)
            if step is not None:
                path, understand = step
                inner = data
                for part in path[:-1]:
                    inner = inner.setdefault(part, {})
                inner[path[-1]] = text if understand is None else understand(text)
        return Stated(message_type, _listed(data))

    return read


def _listed(data: dict[str | int, Any]) -> Any:
    """Return the data with lists for what is numbered; a group that is left blank between others is no item."""
    found = {key: _listed(value) if isinstance(value, dict) else value for key, value in data.items()}
    if found and all(isinstance(key, int) for key in found):
        return [value for _, value in sorted(found.items())]
    return found


def _writer(leaves: list[Leaf]) -> Write:
    def write(data: Mapping[str, Any]) -> Written:
        values = {}
        for leaf in leaves:
            value = _at(data, leaf.path)
            if value is None or value in ("", []):
                continue
            text = cells.write(value, leaf.words)
            values[leaf.column.code] = cells.write_instant(text) if leaf.column.kind is Kind.INSTANT else text
        known = {leaf.path for leaf in leaves}
        return Written(values, tuple(_code(path) for path in _paths(data) if path not in known))

    return write


def _code(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(str(part))
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part] if part < len(data) else None
        else:
            return None
    return data


def _paths(data: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from _paths(value, (*above, name))
    elif isinstance(data, list) and any(isinstance(each, Mapping) for each in data):
        for place, value in enumerate(data):
            yield from _paths(value, (*above, place))
    elif data is not None and data not in ("", []):
        yield above


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the data a model stands, what its items are called there, and whether they have to be there."""

    path: tuple[str | int, ...] = ()
    title: str = ""
    required: bool = True
    help: str = ""


def _flatten(model: type[BaseModel], families: Mapping[str, str], place: _Place) -> list[Leaf]:
    """Return the columns of a model: what it says itself and in its items, then the groups of its lists."""
    leaves: list[Leaf] = []
    groups: list[Leaf] = []
    for name, info in model.model_fields.items():
        here = _step(place, info.alias or name, info)
        parts = list(parts_of(info))
        inner = models_in(parts)
        if inner and _is_many(parts):
            first = _flatten(inner[0], families, _Place((*here.path, 0), f"{here.title}1", required=False))
            groups += [_numbered(leaf, here, number) for number in range(GROUPS) for leaf in first]
        elif inner:
            leaves += _flatten(inner[0], families, here)
        elif model is Target and name == "family":
            leaves.append(_leaf(here, Kind.CHOICE, parts, families))
        else:
            if model is Party and name in _OF_PARTIES:
                here = replace(here, help="；".join(filter(None, (_OF_PARTIES[name], here.help))))
            leaves.append(_leaf(here, _kind(parts, here.title), parts, words_in(parts)))
    return [*leaves, *groups]


def _numbered(leaf: Leaf, place: _Place, number: int) -> Leaf:
    """Return a column of the first of a list as that of another."""
    path = (*place.path, number, *leaf.path[len(place.path) + 1 :])
    title = f"{place.title}{number + 1}{leaf.column.title.removeprefix(f'{place.title}1')}"
    return replace(leaf, path=path, column=replace(leaf.column, code=_code(path), title=title))


def _step(place: _Place, name: str, info: FieldInfo) -> _Place:
    title = info.title or name
    help_ = place.help
    if place.title and place.required and not info.is_required():
        help_ = ""
    if not place.title and not info.is_required() and models_in(parts_of(info)):
        help_ = f"没有{title}的，各列都不填"
    return _Place((*place.path, name), _join(place.title, title), place.required and info.is_required(), help_)


def _join(outer: str, inner: str) -> str:
    """Return the title of an item within another; what both say, as 决定机关 and 机关名称 do, is said once."""
    if not outer:
        return inner
    common = next((size for size in range(len(inner), 0, -1) if outer.endswith(inner[:size])), 0)
    return f"{outer}{_DOT}{inner[common:]}" if inner[common:] else outer


def _leaf(place: _Place, kind: Kind, parts: list[Any], words: Mapping[str, str]) -> Leaf:
    codes = dict.fromkeys(words if kind is Kind.CHOICE and not _literals(parts) else map(str, _literals(parts)))
    choices = tuple(Choice(code, words.get(code, code)) for code in codes)
    meant = {str(value): value for value in _literals(parts)}
    lengths = [part.max_length for part in parts if isinstance(part, MaxLen)]
    column = Column(
        code=_code(place.path),
        title=place.title,
        kind=kind,
        required=place.required,
        most=min(lengths) if lengths and kind in {Kind.TEXT, Kind.CODE} else None,
        choices=choices,
        help=place.help,
    )
    values = {text: meant.get(code, code) for text, code in cells.meanings(choices).items()}
    return Leaf(column, place.path, values)


def _literals(parts: list[Any]) -> list[Any]:
    """Return the values that an item can have, as its data spell them."""
    found: list[Any] = []
    for part in parts:
        if get_origin(part) is Literal:
            found += [value for value in get_args(part) if value is not None]
        elif isinstance(part, type) and issubclass(part, Enum):
            found += [member.value for member in part]
    return found


def _is_many(parts: list[Any]) -> bool:
    return any(get_origin(part) is tuple for part in parts)


def _kind(parts: list[Any], title: str) -> Kind:
    many = _is_many(parts)
    if _literals(parts):
        return Kind.CHOICES if many else Kind.CHOICE
    if many:
        return Kind.TEXTS
    for kind, known in ((Kind.FLAG, bool), (Kind.INSTANT, AwareDatetime), (Kind.AMOUNT, Decimal)):
        if known in parts:
            return kind
    if date in parts:
        ends = any(isinstance(part, BeforeValidator) and part.func is forms.read_end for part in parts)
        return Kind.END if ends else Kind.DAY
    if int in parts or float in parts:
        return Kind.NUMBER
    return Kind.CODE if _is_code(parts, title) else Kind.TEXT


def _is_code(parts: list[Any], title: str) -> bool:
    """Tell whether a text is an identifier, in which a filler such as 无 is none.

    A grade or a kind of document is known by its text too, and is a word: 优秀 is no filler.
    """
    if any(part in (Holds.REGISTRATION, Holds.PERSONAL_NUMBER) or hasattr(part, "pattern") for part in parts):
        return True
    return Holds.CODE in parts and title.endswith(("码", "号"))


def _with_short_titles(leaves: list[Leaf]) -> list[Leaf]:
    """Return the columns with further headings: without the dot, and for the party's items without 当事人.

    A short heading that two columns could mean is nobody's.
    """
    taken = {leaf.column.title for leaf in leaves}
    told: list[Leaf] = []
    for leaf in leaves:
        title = leaf.column.title
        short = title.rpartition(_DOT)[2]
        joined = (title.replace(_DOT, ""),) if _DOT in title else ()
        bare = (short,) if title.startswith(f"当事人{_DOT}") and short not in taken else ()
        told.append(replace(leaf, column=replace(leaf.column, also=(*joined, *bare))))
    return told
