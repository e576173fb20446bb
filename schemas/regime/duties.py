"""duties.yaml: what has to be done by when, by whom, and what shows that it was done."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Closed, Code, Day, Name
from schemas.policy import Provision
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


class AfterFact(Closed):
    """Once for each record that meets one of the conditions: so long after its day, or after that of item `since`."""

    kind: Literal["fact"]
    when: Annotated[tuple[When, ...], Field(min_length=1)]
    since: Code | None = None
    within: Annotated[int, Field(ge=1)]
    counted: Counted


class AfterResult(Closed):
    """Once for each official result, of some grades where they are named: so long after the close or the correction."""

    kind: Literal["result"]
    scale: Word
    grades: tuple[Word, ...] = ()
    within: Annotated[int, Field(ge=1)]
    counted: Counted


class AfterListing(Closed):
    """Once for each entry on a list, or for each exit: so long after it."""

    kind: Literal["listing"]
    list: Word
    exit: bool = False
    within: Annotated[int, Field(ge=1)]
    counted: Counted


class AfterDuty(Closed):
    """Once for each time that another duty was done, or was missed: an escalation goes step by step."""

    kind: Literal["duty"]
    duty: Word
    missed: bool
    within: Annotated[int, Field(ge=1)]
    counted: Counted


Start = Annotated[Yearly | Monthly | AfterFact | AfterResult | AfterListing | AfterDuty, Field(discriminator="kind")]


class Duty(Rule):
    """A duty of units. `done_by`: facts after it began that show it done, about the same subject where it has one.

    Besides, `credit.office.duty` with its id (and, for one of several, what it is about) shows any duty done; where
    `done_by` is empty nothing else does. `times`: so many such facts in the period. `warn_days` before its day it is
    near. `alert`: whether an operator is told that it was missed.
    """

    units: Annotated[tuple[Word, ...], Field(min_length=1)]
    start: Start
    done_by: tuple[When, ...] = ()
    times: Annotated[int, Field(ge=1)] = 1
    warn_days: Annotated[int, Field(ge=0)] = 10
    alert: bool = True


class DutiesEdition(Provision):
    """The duties from a day on, and the units that have them."""

    effective_from: Day
    units: dict[Word, Unit]
    duties: tuple[Duty, ...]


class DutiesFile(Closed):
    """policies/regimes/NAME/duties.yaml."""

    editions: Annotated[tuple[DutiesEdition, ...], Field(min_length=1)]
