"""The form of a message, as its model says it: titles, codes with their words, parts in parts, lists line by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors.vocabulary import codes_in, models_in, parts_of, words_in
from schemas.forms import Unrepresentable
from schemas.party import Target
from schemas.sheets import REVISION as SHEET_REVISION

NO_FAMILIES: Mapping[str, str] = MappingProxyType({})
"""Where no choice of records is asked for."""
_LONG = 1000
_MOST_LINES = 200
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    AREA = "area"
    DAY = "day"
    MOMENT = "moment"
    WHOLE = "whole"
    NUMBER = "number"
    AMOUNT = "amount"
    FLAG = "flag"
    CODE = "code"
    MARK = "mark"
    """A code that is a whole number, as of stars."""
    CODES = "codes"
    TEXTS = "texts"
    REVISION = "revision"
    PART = "part"
    LINES = "lines"


HELP = {
    Kind.DAY: "如 2026-01-05；截止日期可写“长期”",
    Kind.MOMENT: "如 2026-01-05T08:30:00+08:00",
    Kind.AMOUNT: "只写数字，如 2 或 0.25，单位见标题",
    Kind.TEXTS: "每行一项",
    Kind.REVISION: SHEET_REVISION.help,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; `name` leads to its value, as in `party.uscc`. A part, and each of lines, has `parts`."""

    name: str
    title: str
    kind: Kind
    required: bool
    choices: Mapping[str, str] = field(default_factory=dict)
    longest: int = 500
    parts: Sequence[Field] = ()

    @property
    def own(self) -> str:
        """The last word of its name: what the item is called in the message."""
        return self.name.rpartition(".")[2]

    @property
    def help(self) -> str:
        """What helps to fill it in."""
        return HELP.get(self.kind, "")

    def line(self, number: int) -> list[Field]:
        """Return the fields of one of its lines."""
        return [_within(each, self.name, number) for each in self.parts]


REVISION = Field(SHEET_REVISION.code, SHEET_REVISION.title, Kind.REVISION, required=False, longest=10)
"""The last field of every form: the revision of the message, which is no part of its data."""


def _within(each: Field, above: str, number: int) -> Field:
    """Return a field of a line of lines, named by the number of the line."""
    name = f"{above}.{number}{each.name.removeprefix(above)}"
    parts = tuple(_within(part, above, number) for part in each.parts)
    return Field(name, each.title, each.kind, each.required, each.choices, each.longest, parts)


def read_fields(model: type[BaseModel], families: Mapping[str, str] = NO_FAMILIES, above: str = "") -> list[Field]:
    """Return the fields of a model, in its order.

    `families` are the titles of the families of records: one of them is chosen where a message names a record.
    """
    fields = [
        _read_field(f"{above}{info.serialization_alias or name}", info, families)
        for name, info in model.model_fields.items()
    ]
    if model is Target and families:
        return [replace(each, kind=Kind.CODE, choices=families) if each.own == "family" else each for each in fields]
    return fields


def _read_field(name: str, info: FieldInfo, families: Mapping[str, str]) -> Field:
    parts = list(parts_of(info))
    inner, many = models_in(parts), any(get_origin(part) is tuple for part in parts)
    words, codes = words_in(parts), codes_in(parts)
    kind = _kind_of(parts, has_model=bool(inner), has_codes=bool(codes), many=many)
    lengths = [part.max_length for part in parts if isinstance(part, MaxLen)]
    longest = max(lengths, default=500)
    if kind is Kind.TEXT and longest >= _LONG:
        kind = Kind.AREA
    return Field(
        name,
        info.title or name,
        kind,
        info.is_required(),
        {code: words.get(code, code) for code in codes},
        longest,
        tuple(read_fields(inner[0], families, f"{name}.")) if inner else (),
    )


def _kind_of(parts: Sequence[Any], *, has_model: bool, has_codes: bool, many: bool) -> Kind:
    if has_model:
        return Kind.LINES if many else Kind.PART
    if has_codes:
        whole = any(isinstance(code, int) for part in parts if get_origin(part) is Literal for code in get_args(part))
        return Kind.CODES if many else Kind.MARK if whole else Kind.CODE
    if many:
        return Kind.TEXTS
    plain = {part for part in parts if isinstance(part, type)}
    known = ((bool, Kind.FLAG), (int, Kind.WHOLE), (float, Kind.NUMBER), (Decimal, Kind.AMOUNT))
    found = next((kind for one, kind in known if one in plain), None)
    if found is not None:
        return found
    if any(issubclass(one, datetime) or one.__name__ == "AwareDatetime" for one in plain):
        return Kind.MOMENT
    return Kind.DAY if any(issubclass(one, date) for one in plain) else Kind.TEXT


def count_lines(each: Field, typed: Mapping[str, Sequence[str]]) -> int:
    """Return how many lines of a field are on the page: those that were sent, and at least one."""
    said = typed.get(f"{each.name}.lines", ["1"])[0]
    return min(max(int(said), 1), _MOST_LINES) if said.isdecimal() and len(said) <= 4 else 1


def read_data(fields: Sequence[Field], typed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what was typed as the data of a message; what is blank is left out.

    What is no number where one belongs stays text: the model says what is wrong with it.
    """
    data = {each.own: _read(each, typed) for each in fields}
    return {name: value for name, value in data.items() if value is not None and value not in ("", {}, [])}


def _read(each: Field, typed: Mapping[str, Sequence[str]]) -> Any:
    if each.kind is Kind.PART:
        return read_data(each.parts, typed)
    if each.kind is Kind.LINES:
        lines = [read_data(each.line(number), typed) for number in range(count_lines(each, typed))]
        return [line for line in lines if line]
    said = [text.replace("\r\n", "\n").strip() for text in typed.get(each.name, ())]
    if each.kind is Kind.CODES:
        return [text for text in said if text]
    first = said[0] if said else ""
    return _READING[each.kind](first) if each.kind in _READING else first


def write_typed(fields: Sequence[Field], data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the data of a message as somebody would type it; what is of no field, or fits none, is left out."""
    typed: dict[str, list[str]] = {}
    for each in fields:
        value = data.get(each.own)
        if each.kind is Kind.PART:
            typed |= write_typed(each.parts, value) if isinstance(value, Mapping) else {}
        elif each.kind is Kind.LINES:
            lines = value[:_MOST_LINES] if isinstance(value, list) else []
            typed[f"{each.name}.lines"] = [str(max(len(lines), 1))]
            for number, line in enumerate(lines):
                typed |= write_typed(each.line(number), line) if isinstance(line, Mapping) else {}
        elif value is not None:
            typed[each.name] = _write(each, value)
    return typed


def _write(each: Field, value: Any) -> list[str]:
    texts = [_write_one(one) for one in (value if isinstance(value, list) else [value])]
    return texts if each.kind is Kind.CODES else ["\n".join(texts)]


def _write_one(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.text if isinstance(value, Unrepresentable) else str(value)


def _read_whole(text: str) -> int | str:
    return int(text) if _WHOLE.fullmatch(text) else text


_READING: Mapping[Kind, Callable[[str], Any]] = {
    Kind.TEXTS: lambda text: [line.strip() for line in text.split("\n") if line.strip()],
    Kind.FLAG: {"yes": True, "no": False}.get,
    Kind.WHOLE: _read_whole,
    Kind.MARK: _read_whole,
    Kind.NUMBER: lambda text: float(text) if _DECIMAL.fullmatch(text) else text,
}
