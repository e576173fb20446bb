"""Conditions of policy and routing files: whether a fact meets one, and whether one can be met at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from schemas.catalogue import INBOUND
from schemas.documents import Place, suggest
from schemas.policy import Condition
from schemas.statement import Fact

_DERIVED = frozenset({"penalty_kinds"})
"""Items of a fact that its message does not have under that name."""


def holds(condition: Condition, fact: Fact) -> bool:
    """Tell whether a fact meets every part of a condition; an item that it does not have meets none."""
    return (
        fact.key.family == condition.family
        and all(_among(fact.items.get(name), values) for name, values in condition.items.items())
        and mentions(condition.contains, fact.items)
    )


def mentions(contains: Mapping[str, tuple[str, ...]], items: Mapping[str, Any]) -> bool:
    """Tell whether each of the named items holds one of its texts."""
    return all(any(text in str(items.get(name) or "") for text in texts) for name, texts in contains.items())


def _among(found: Any, values: tuple[Any, ...]) -> bool:
    if isinstance(found, list | tuple):
        return any(item in values for item in found)
    return found in values


def mistakes(condition: Condition) -> Iterable[tuple[Place, str]]:
    """Return what keeps a condition from ever holding: items and values that its type does not have.

    Families of other connectors are not known here and taken as they are.
    """
    model = INBOUND.get(f"{condition.family}.v1")
    if model is None:
        return
    known = model.model_fields.keys() | _DERIVED
    for part in ("items", "contains"):
        for name in getattr(condition, part):
            if name not in known:
                yield (part, name), f"{condition.family} has no item '{name}'{suggest(name, known)}"
    for name, values in condition.items.items():
        field = model.model_fields.get(name)
        if field is None or get_origin(field.annotation) is not Literal:
            continue
        allowed = get_args(field.annotation)
        for index, value in enumerate(values):
            if value not in allowed:
                yield ("items", name, index), f"unknown value '{value}'{suggest(value, allowed)}"
