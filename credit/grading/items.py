"""Whether messages have what the rules of a regime ask for: families, items, lines of check lists, roles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from credit.law.conditions import mistakes
from schemas.documents import Place, suggest
from schemas.envelope import family_of
from schemas.policy import Condition
from schemas.regime.duties import AfterFact, Duty
from schemas.regime.scale import Change, SumMeasure
from schemas.regime.when import FactRule, Scope, When
from schemas.statement import Model

_REGISTRATION = "credit.licensing.registration"
"""The family whose item `role` says what a subject can be."""


def find_missing(value: Any, models: Mapping[str, Model]) -> Iterator[tuple[Place, str]]:
    """Return what a value of a file asks for and no message has, each with its place within the value."""
    match value:
        case When():
            yield from mistakes(value, models)
            yield from _numbers(value, models)
            yield from _line(value, models)
        case SumMeasure():
            yield from _item("item", value.item, value.when, models)
            yield from _item("cycle", value.cycle, value.when, models)
        case Change():
            yield from _item("item", value.item, value.when, models)
        case AfterFact():
            yield from _item("since", value.since, value.when, models)
        case Duty():
            yield from _item("about", value.about, value.done_by, models)
        case FactRule():
            yield from _item("about", value.about, value.unless, models)
        case Scope():
            stated = Condition(family=_REGISTRATION, items={"role": value.roles} if value.roles else {})
            yield from ((("roles", place[-1]), text) for place, text in mistakes(stated, models) if len(place) > 1)


def _numbers(when: When, models: Mapping[str, Model]) -> Iterator[tuple[Place, str]]:
    known = _fields(when.family, models)
    for part in ("below", "at_least"):
        for name in getattr(when, part):
            yield from _known((part, name), name, known, when.family)
    for name in when.below:
        if name in when.at_least and when.at_least[name] >= when.below[name]:
            yield ("below", name), f"is unreachable: no number is below it and at least {when.at_least[name]}"


def _line(when: When, models: Mapping[str, Model]) -> Iterator[tuple[Place, str]]:
    if not when.line:
        return
    known = _lines(when.family, models)
    if not known:
        yield ("line",), f"{when.family} has no check list"
        return
    for name in when.line:
        yield from _known(("line", name), name, known, f"a line of {when.family}")


def _item(
    key: str, name: str | None, conditions: Iterable[When], models: Mapping[str, Model]
) -> Iterator[tuple[Place, str]]:
    for family in dict.fromkeys(when.family for when in conditions) if name is not None else ():
        yield from _known((key,), str(name), _fields(family, models), family)


def _known(place: Place, name: str, known: Collection[str], of: str) -> Iterator[tuple[Place, str]]:
    # A family that no connector reads is said once, by its condition.
    if known and name not in known:
        yield place, f"{of} has no item '{name}'{suggest(name, known)}"


def _versions(family: str, models: Mapping[str, Model]) -> Iterator[Model]:
    return (model for type_name, model in models.items() if family_of(type_name) == family)


def _fields(family: str, models: Mapping[str, Model]) -> set[str]:
    return {field.alias or name for model in _versions(family, models) for name, field in model.model_fields.items()}


def _lines(family: str, models: Mapping[str, Model]) -> set[str]:
    """Return what the lines of `items` of a family hold; nothing where it has no such item."""
    found: set[str] = set()
    for model in _versions(family, models):
        field = model.model_fields.get("items")
        for line in get_args(field.annotation) if field is not None else ():
            if isinstance(line, type) and issubclass(line, BaseModel):
                found.update(line.model_fields)
    return found
