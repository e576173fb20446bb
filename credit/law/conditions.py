"""Conditions of policy and routing files: whether a fact meets one, and whether one can be met at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from schemas.documents import Place, suggest
from schemas.envelope import family_of
from schemas.policy import Condition
from schemas.statement import Fact, Model

_LISTS = (list, tuple)
_DERIVED = frozenset({"penalty_kinds"})
"""Items of a fact that its message does not have under that name."""


def holds(condition: Condition, fact: Fact) -> bool:
    """Tell whether a fact meets every part of a condition; an item that it does not have meets none."""
    if fact.key.family != condition.family:
        return False
    for name, values in condition.items.items():
        if not among(fact.items.get(name), values):
            return False
    return not condition.contains or mentions(condition.contains, fact.items)


def mentions(contains: Mapping[str, tuple[str, ...]], items: Mapping[str, Any]) -> bool:
    """Tell whether each of the named items holds one of its texts."""
    return all(any(text in str(items.get(name) or "") for text in texts) for name, texts in contains.items())


def among(found: Any, values: tuple[Any, ...]) -> bool:
    """Tell whether an item, or one of an item that is a list, is among some values."""
    if isinstance(found, _LISTS):
        return any(item in values for item in found)
    return found in values


def mistakes(condition: Condition, models: Mapping[str, Model]) -> Iterable[tuple[Place, str]]:
    """Return what keeps a condition from ever holding: a family, items or values that no connector reads.

    `models` has the model of each type that can be read. What one version of a family has, a condition may name.
    """
    versions = [model for name, model in models.items() if family_of(name) == condition.family]
    if not versions:
        families = {family_of(name) for name in models}
        yield ("family",), f"no connector reads '{condition.family}'{suggest(condition.family, families)}"
        return
    known = _DERIVED.union(*map(_fields, versions))
    for part in ("items", "contains"):
        for name in getattr(condition, part):
            if name not in known:
                yield (part, name), f"{condition.family} has no item '{name}'{suggest(name, known)}"
    for name, values in condition.items.items():
        allowed = _allowed(name, versions)
        for index, value in enumerate(values):
            if allowed and value not in allowed:
                yield ("items", name, index), f"unknown value '{value}'{suggest(value, allowed)}"


def _fields(model: Model) -> dict[str, Any]:
    """Return the types of a model's fields by the names that they have among the items."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _allowed(name: str, versions: Iterable[Model]) -> set[Any]:
    """Return the values that an item can have in any version; none where one of them takes what it gets."""
    annotations = [fields[name] for fields in map(_fields, versions) if name in fields]
    if any(get_origin(annotation) is not Literal for annotation in annotations):
        return set()
    return {value for annotation in annotations for value in get_args(annotation)}
