"""A message without the numbers of persons: masked in its running text, refused where a code would be masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from credit.identity.masking import (
    as_sought,
    holds_number,
    holds_one_of,
    is_persons,
    is_qualification,
    mask_text,
    may_hold_number,
    may_hold_one_of,
    with_old_forms,
)
from schemas.base import Frozen, Holds
from schemas.errors import UnusableError
from schemas.reasons import Reason

_JOINT = "甲"
"""Stands between texts that are looked through together: a letter, so that no number goes on in the next."""


class Items(NamedTuple):
    """The items of a model by what they hold; `inner` are those with models in them."""

    texts: tuple[str, ...]
    codes: tuple[str, ...]
    registrations: tuple[str, ...]
    numbers: tuple[str, ...]
    inner: tuple[str, ...]


class Hidden(NamedTuple):
    """A message as connectors may read it, and the numbers of persons that it has in their columns."""

    message: Frozen
    numbers: tuple[str, ...]


def hide(message: Frozen) -> Hidden:
    """Mask the numbers of persons in the running text of a message, at every depth.

    What is a code, a day, an amount or a word of the contract is never changed; nor are the columns that hold the
    numbers of persons, which no fact has among its items. A number in such a column that is an organisation's code,
    or repeats one of the message, is none.

    Raises:
        UnusableError: a code holds the number of a person: masked it would be another code.
    """
    written = _Written([], [], [], [])
    _gather(message, written)
    numbers = _find_numbers(written)
    return Hidden(message if _is_free(written, numbers) else _hide(message, numbers), numbers)


def hide_items(items: Mapping[str, Any], numbers: Sequence[str]) -> Mapping[str, Any]:
    """Mask in what a connector made of a message the numbers that stand in its columns, should it have taken them."""
    telling = tuple(number for number in numbers if not number.isdecimal() or len(number) >= 15)
    if not telling or not may_hold_one_of(_JOINT.join(_strings(items)), telling):
        return items
    return {name: _mask(item, telling) for name, item in items.items()}


def _strings(value: Any) -> list[str]:
    """Return every text in what `_mask` goes through."""
    written = _Written([], [], [], [])
    _gather_inner(value, written)
    return [*written.texts, *written.codes]


class _Written(NamedTuple):
    """What stands in a message at every depth, by what becomes of a number there: see `Items`."""

    texts: list[str]
    codes: list[str]
    registrations: list[str]
    numbers: list[str]


def _gather(message: BaseModel, written: _Written) -> None:
    values, items = vars(message), items_of(type(message))
    for name in items.texts:
        if (value := values[name]) is not None:
            written.texts.append(value if isinstance(value, str) else str(value))
    coded = (items.codes, written.codes), (items.registrations, written.registrations), (items.numbers, written.numbers)
    for names, found in coded:
        for name in names:
            if isinstance(value := values[name], str):
                found.append(value)
            elif value is not None:
                found.extend(map(str, value))
    for name in items.inner:
        if (value := values[name]) is not None:
            _gather_inner(value, written)


def _gather_inner(value: Any, written: _Written) -> None:
    if isinstance(value, BaseModel):
        _gather(value, written)
    elif isinstance(value, str):
        written.texts.append(value)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _gather_inner(name, written)
            _gather_inner(item, written)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            _gather_inner(item, written)


def _find_numbers(written: _Written) -> tuple[str, ...]:
    found = dict.fromkeys(filter(None, map(as_sought, written.numbers)))
    if all(map(is_persons, found)):
        return tuple(found)
    codes = {as_sought(code) for code in written.registrations}
    return tuple(number for number in found if number not in codes or is_persons(number))


def _is_free(written: _Written, numbers: Sequence[str]) -> bool:
    """Tell cheaply whether a message has nothing to mask and nothing to refuse, as nearly every one has."""
    if not all(map(_is_clean, written.codes)) or not all(map(_is_clean, written.registrations)):
        return False
    if numbers and may_hold_one_of(_JOINT.join(written.codes), with_old_forms(numbers)):
        return False
    return not may_hold_number(_JOINT.join(written.texts), numbers)


def _texts(value: Any) -> Iterable[str]:
    return () if value is None else (value,) if isinstance(value, str) else map(str, value)


def _hide(message: Frozen, numbers: Sequence[str]) -> Frozen:
    values, items = vars(message), items_of(type(message))
    changed: dict[str, Any] = {}
    texts = [str(value) for name in items.texts if (value := values[name]) is not None]
    if texts and may_hold_number(_JOINT.join(texts), numbers):
        changed = {name: _mask(values[name], numbers) for name in items.texts}
    for name in items.codes:
        if values[name] is not None:
            changed |= _check(name, values[name], numbers)
    for name in items.registrations:
        if values[name] is not None and not _is_clean(values[name]) and not is_qualification(values[name]):
            raise _misplaced(name)
    for name in items.inner:
        if values[name] is not None:
            after = _mask(values[name], numbers)
            changed |= {name: after} if after is not values[name] else {}
    changed = {name: value for name, value in changed.items() if value is not values[name]}
    return message.model_copy(update=changed) if changed else message


def _check(name: str, value: Any, numbers: Sequence[str]) -> dict[str, Any]:
    for code in _texts(value):
        if not _is_clean(code) or (numbers and holds_one_of(code, numbers)):
            if isinstance(value, str) and is_qualification(value):
                return {name: mask_text(value)}
            raise _misplaced(name)
    return {}


@lru_cache(maxsize=8192)
def _is_clean(code: str) -> bool:
    return not holds_number(code)


def _misplaced(name: str) -> UnusableError:
    return UnusableError(Reason.ID_WRONG_COLUMN, f"{name} holds the identity number of a person")


def _mask(value: Any, numbers: Sequence[str]) -> Any:
    if isinstance(value, str):
        after = mask_text(value, numbers)
        return value if after == value else after
    if isinstance(value, Frozen):
        return _hide(value, numbers)
    if isinstance(value, Mapping):
        return {_mask(name, numbers): _mask(item, numbers) for name, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_mask(item, numbers) for item in value]
        same = all(after is before for after, before in zip(items, value, strict=True))
        return value if same else type(value)(items)
    return value


@cache
def items_of(model: type[BaseModel]) -> Items:
    """Return the items of a model by what they hold."""
    kinds: dict[str, list[str]] = {kind: [] for kind in Items._fields}
    for name, info in model.model_fields.items():
        kind = _kind(list(_parts(info)))
        if kind is not None:
            kinds[kind].append(name)
    return Items(**{kind: tuple(names) for kind, names in kinds.items()})


def _kind(parts: Sequence[Any]) -> str | None:
    if Holds.PERSONAL_NUMBER in parts:
        return "numbers"
    if Holds.REGISTRATION in parts:
        return "registrations"
    if any(isinstance(part, type) and issubclass(part, BaseModel) for part in parts):
        return "inner"
    if Holds.CODE in parts:
        return "codes"
    return "texts" if any(part in {str, Any, object} for part in parts if _is_hashable(part)) else None


def _is_hashable(part: Any) -> bool:
    return isinstance(part, type) or part is Any


def _parts(info: FieldInfo) -> Iterator[Any]:
    """Yield whatever the annotation of a field is made of."""
    yield from info.metadata
    pending: list[Any] = [info.annotation]
    while pending:
        part = pending.pop()
        yield part
        pending += () if get_origin(part) is Literal else get_args(part)
