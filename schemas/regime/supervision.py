"""supervision.yaml: how often who is inspected, and who is drawn at random (双随机)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Day
from schemas.policy import Provision
from schemas.regime.scale import Visits
from schemas.regime.when import FactRule, Rule, Scope, Share, When
from schemas.routing import Word


class Frequency(Rule):
    """How often subjects are inspected in a year: those of a scope, a grade of a scale, a list or a tier of one.

    Of several that hold for a subject the one with the most visits is followed.
    """

    subjects: Scope = Scope()
    scale: Word | None = None
    grades: tuple[Word, ...] = ()
    lists: tuple[Word, ...] = ()
    tiers: tuple[Word, ...] = ()
    visits: Visits

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.grades and self.scale is None:
            raise PydanticCustomError("frequency", "grades need the scale that they are of")
        if self.tiers and not self.lists:
            raise PydanticCustomError("frequency", "tiers need the lists that they are of")
        return self


class Draw(Rule):
    """A draw of subjects to inspect and of the inspectors.

    `shares` are by grade of `scale`, the share of each rounded up within it; `other` is the share of those without a
    grade. Without `scale` it is `other` for all. Who meets a rule of `always`, or is on a list of `lists`, is inspected
    whatever the draw says. `inspectors` go on a visit together, none with an interest in the subject.
    """

    subjects: Scope
    scale: Word | None = None
    shares: dict[Word, Share] = Field(default_factory=dict)
    other: Share | None = None
    always: tuple[FactRule, ...] = ()
    lists: tuple[Word, ...] = ()
    inspectors: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.shares and self.scale is None:
            raise PydanticCustomError("draw", "shares are by grade, and need the scale that gives it")
        if not (self.shares or self.other or self.always or self.lists):
            raise PydanticCustomError("draw", "draws nobody: give shares, other, always or lists")
        return self


class SupervisionEdition(Provision):
    """Frequencies and draws from a day on. `visits` are the facts that count as a visit; those of `left_out` do not."""

    effective_from: Day
    visits: Annotated[tuple[When, ...], Field(min_length=1)]
    left_out: tuple[When, ...] = ()
    frequencies: tuple[Frequency, ...] = ()
    draws: tuple[Draw, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        ids = [rule.id for rule in (*self.frequencies, *self.draws)]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("supervision", "two rules have the same id")
        return self


class SupervisionFile(Closed):
    """policies/regimes/NAME/supervision.yaml."""

    editions: Annotated[tuple[SupervisionEdition, ...], Field(min_length=1)]
