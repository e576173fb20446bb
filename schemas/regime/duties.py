"""duties.yaml: what has to be done by when, by whom, and what shows that it was done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Code, Day, Name
from schemas.documents import suggest
from schemas.policy import DeadlineName, Provision
from schemas.regime.when import Rule, When
from schemas.routing import Word

Counted = Literal["working", "calendar", "months"]


class Unit(Closed):
    """Who has duties: a section of the authority, a county, a partner. `organ_code` where it has one of its own."""

    name: Name
    organ_code: Code | None = None


class Yearly(Closed):
    """Once for each year, by a day of that year or, with `next_year`, of the year after."""

    kind: Literal["yearly"]
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    next_year: bool


class Monthly(Closed):
    """Once for each month, by a day of it (the last where it is shorter) or, with `next_month`, of the one after."""

    kind: Literal["monthly"]
    day: Annotated[int, Field(ge=1, le=31)]
    next_month: bool


class After(Closed):
    """So long after something: days or months, or a deadline of the law, which a province may give otherwise."""

    within: Annotated[int, Field(ge=1, le=3650)] | None = None
    counted: Counted | None = None
    deadline: DeadlineName | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.within is None) != (self.counted is None) or (self.within is None) == (self.deadline is None):
            raise PydanticCustomError("after", "needs either within and counted, or the name of a deadline of the law")
        return self


class AfterFact(After):
    """Once for each record that meets one of the conditions: so long after its day, or after that of item `since`.

    A record without that item starts nothing.
    """

    kind: Literal["fact"]
    when: Annotated[tuple[When, ...], Field(min_length=1)]
    since: Code | None = None


class Entered(After):
    """Once for each record that meets one of the conditions: it has to be on file so long after its day.

    That it came shows it done; one that comes later is taken as well, and is late.
    """

    kind: Literal["entry"]
    when: Annotated[tuple[When, ...], Field(min_length=1)]


class AfterResult(After):
    """Once for each official result, of some grades where they are named: so long after the close or the correction."""

    kind: Literal["result"]
    scale: Word
    grades: tuple[Word, ...] = ()


class AfterListing(After):
    """Once for each entry on a list, or for each exit: so long after it."""

    kind: Literal["listing"]
    list: Word
    exit: bool = False


class AfterDuty(After):
    """Once for each time that another duty was done, or was missed: an escalation goes step by step.

    What begins as another duty was missed is no longer asked for when that one is done before this one is due.
    """

    kind: Literal["duty"]
    duty: Word
    missed: bool


Start = Annotated[
    Yearly | Monthly | AfterFact | Entered | AfterResult | AfterListing | AfterDuty, Field(discriminator="kind")
]


class Duty(Rule):
    """A duty of units. `done_by`: facts after it began that show it done, about the same subject where it has one.

    With `about` only a fact whose item of that name holds the document number of the record that the duty is about
    shows it done, of whatever day: one case handed over is not all of them.

    A unit with a code does it by facts of its own, or about itself. Besides, `credit.office.duty` with its id (and, for
    one of several, what it is about) shows any duty done; where `done_by` is empty nothing else does. `times`: so many
    such facts in the period. `warn_days` before its day it is near. `alert`: whether an operator is told that it was
    missed.
    """

    units: Annotated[tuple[Word, ...], Field(min_length=1)]
    start: Start
    done_by: tuple[When, ...] = ()
    about: Code | None = None
    times: Annotated[int, Field(ge=1)] = 1
    warn_days: Annotated[int, Field(ge=0, le=3650)] = 10
    alert: bool = True

    @model_validator(mode="after")
    def _names(self) -> Self:
        if self.about is not None and not (self.done_by and isinstance(self.start, AfterFact)):
            text = "about says which record a fact of done_by is about: it needs done_by, and a start of kind fact"
            raise PydanticCustomError("duty", text)
        return self


class DutiesEdition(Provision):
    """The duties from a day on, and the units that have them."""

    effective_from: Day
    units: dict[Word, Unit]
    duties: tuple[Duty, ...]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        starts = {duty.id: duty.start for duty in self.duties}
        if len(starts) < len(self.duties):
            raise PydanticCustomError("duties", "two duties have the same id")
        for duty in self.duties:
            _require("unit", duty.id, duty.units, self.units)
            first = _find_first(duty, starts)
            if isinstance(first, Yearly | Monthly) and isinstance(duty.start, AfterDuty) and duty.done_by:
                text = "duty {id} follows one of a period: reports alone show it done, so it has no done_by"
                raise PydanticCustomError("duties", text, {"id": duty.id})
        return self


def _find_first(duty: Duty, starts: Mapping[str, Start]) -> Start:
    """Return how the first of the duties begins that lead to one."""
    start: Start = duty.start
    seen = {duty.id}
    while isinstance(start, AfterDuty):
        _require("duty", duty.id, (start.duty,), starts)
        if start.duty in seen:
            raise PydanticCustomError("duties", "duty {id} begins after itself", {"id": duty.id})
        seen.add(start.duty)
        start = starts[start.duty]
    return start


def _require(what: str, duty: str, named: Iterable[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            raise PydanticCustomError(
                "duties",
                "duty {id} names the {what} '{name}', which there is not{hint}",
                {"id": duty, "what": what, "name": name, "hint": suggest(name, known)},
            )


class DutiesFile(Closed):
    """policies/regimes/NAME/duties.yaml."""

    editions: Annotated[tuple[DutiesEdition, ...], Field(min_length=1)]
