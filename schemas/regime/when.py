"""What the facts of a subject must be for a rule of a regime, and which subjects a rule is about."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Code, Name
from schemas.policy import Condition, Provision, Scalar
from schemas.record import Severity
from schemas.routing import Word


def _quoted(value: Any) -> Any:
    # YAML reads 89.995 as a binary float, which is another number.
    if not isinstance(value, str):
        raise PydanticCustomError("quoted", "must be a decimal in quotes")
    return value


Number = Annotated[
    Decimal,
    BeforeValidator(_quoted),
    Field(allow_inf_nan=False),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
]
"""A decimal, written in quotes."""

Share = Annotated[Number, Field(gt=0, le=1)]
"""A part of a whole: "0.10" is ten per cent."""


class When(Condition):
    """What one fact must be: the condition of a ground, and what only assessment asks for.

    `severity`: one of these degrees. `below` and `at_least`: the named item is a number on that side. `line`: one line
    of a check list has all of these values.
    """

    severity: tuple[Severity, ...] = ()
    below: dict[str, Number] = Field(default_factory=dict)
    at_least: dict[str, Number] = Field(default_factory=dict)
    line: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)


class Scope(Closed):
    """Which subjects: what is not given is not asked. `licensed`: whether a licence or permit is in force."""

    roles: tuple[Code, ...] = ()
    levels: tuple[Code, ...] = ()
    districts: tuple[Code, ...] = ()
    specialties: tuple[Code, ...] = ()
    licensed: bool | None = None


class Rule(Provision):
    """A rule with a name of its own: by `id` results, cases and screens speak of it; `name` is what officials read."""

    id: Word
    name: Name


class FactRule(Rule):
    """A rule about facts: it holds where enough of them meet one of `when`, and none meets one of `unless`.

    Without `when` it holds for everybody who has no fact of `unless`. `in_force` looks at facts of any year that count
    on the day, else those of the year assessed. With `about` a fact of `unless`, of whatever year, takes away
    that fact of `when` alone whose document number its item `about` names; one that names none takes nothing away.
    """

    when: tuple[When, ...] = ()
    times: Annotated[int, Field(ge=1)] = 1
    unless: tuple[When, ...] = ()
    about: Code | None = None
    in_force: bool = False

    @cached_property
    def families(self) -> frozenset[str]:
        """The families of the facts that can bring it."""
        return frozenset(when.family for when in self.when)

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.when and not self.unless:
            raise PydanticCustomError("rule", "needs when, unless or both")
        if self.about is not None and not (self.when and self.unless):
            raise PydanticCustomError("rule", "about says which fact of when a fact of unless answers: it needs both")
        return self
