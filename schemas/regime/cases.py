"""Cases beside a regime: what must come out for a subject, written by hand in policies/regimes/NAME/cases/*.yaml."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Code, Day, Name
from schemas.cases import Case
from schemas.record import Severity, State
from schemas.regime.scale import Visits
from schemas.regime.when import Number
from schemas.routing import Word
from schemas.states import EntryState

Year = Annotated[int, Field(ge=1900, le=9999)]


class StatedSubject(Closed):
    """Who is assessed, as a regime asks; what is not given is not known. `code` breaks the last tie of a quota.

    `licensed_until` is the last day of its licence, of one that is not licensed any more.
    """

    roles: Annotated[tuple[Code, ...], Field(min_length=1)] = ("institution",)
    level: Code | None = None
    district: Code | None = None
    specialties: tuple[Code, ...] = ()
    licensed: bool = True
    licensed_on: Day | None = None
    licensed_until: Day | None = None
    code: Code = "12410481X00000000X"

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.licensed and self.licensed_until is not None:
            raise PydanticCustomError("licensed", "licensed_until is the last day of a licence: licensed must be false")
        return self


class StatedFact(Closed):
    """A record of the subject. One in this state that does not count, or that is sealed, is no fact of an assessment.

    `items` are those of its message; of a check list `items` holds the lines. `known_on` is the day on which it came on
    file, that of the fact where it is not given.
    """

    family: Code
    occurred_on: Day
    known_on: Day | None = None
    severity: Severity | None = None
    items: dict[str, Any] = Field(default_factory=dict)
    organ_code: Code = "11410481983690064T"
    document_no: Code | None = None
    state: State = State.IN_FORCE
    sealed: bool = False


class Other(Closed):
    """Another subject that is assessed in the same year, and the grade that it must get."""

    name: Name
    subject: StatedSubject = StatedSubject()
    facts: tuple[StatedFact, ...] = ()
    grade: Word | None


class StatedResult(Closed):
    """An official result of a year that is closed."""

    scale: Word
    year: Year
    grade: Word
    closed_on: Day


class SubjectCase(Case):
    """A case of one subject, looked at on the day; `year` is that assessed, by default the year of the day."""

    year: Year | None = None
    subject: StatedSubject = StatedSubject()
    facts: tuple[StatedFact, ...] = ()


class ExpectedGrade(Closed):
    """What a scale says; `grade` null: not covered, or it could not be assessed.

    `because` are rules that must be among the reasons, `not_because` rules that must not. `number` is compared where
    it is written. `hidden`: whether the grade is no longer shown. `own` is what the subject's own sheet comes to, and
    `differing` the items that the official one scores differently.
    """

    scale: Word
    grade: Word | None
    number: Number | None = None
    because: tuple[Word, ...] = ()
    not_because: tuple[Word, ...] = ()
    hidden: bool = False
    own: Number | None = None
    differing: tuple[Code, ...] = ()


class GradeCase(SubjectCase):
    """A grade. With a quota the `others` are assessed too; `assessed` is how many there are, where not all are written.

    Without `others` and `assessed` the grade is that before the quota, which only the close of a year applies.
    """

    others: tuple[Other, ...] = ()
    assessed: Annotated[int, Field(ge=1)] | None = None
    expect: ExpectedGrade


class ExpectedEntry(Closed):
    """Whether a subject is on a list on the day; what is not written beside `on` is not compared.

    `since` is the day of the fact or of the close that brought it there, `until` the last day, `state` whether it is
    listed or waits until its party was heard. `because` are the entry rules that must hold, `not_because` those that
    must not.
    """

    list: Word
    on: bool
    tier: Word | None = None
    since: Day | None = None
    until: Day | None = None
    state: EntryState | None = None
    because: tuple[Word, ...] = ()
    not_because: tuple[Word, ...] = ()


class ListCase(SubjectCase):
    """An entry on a list: by the facts of the subject, or by the official results of closed years.

    `told_on` is the day from which the party counts as heard about its records.
    """

    results: tuple[StatedResult, ...] = ()
    told_on: Day | None = None
    expect: ExpectedEntry


class ExpectedDraw(Closed):
    """How many of each grade are drawn; and the rules of `always` and the lists by which the subject must be inspected.

    The share of those without a grade is under `ungraded`.
    """

    draw: Word
    drawn: dict[Word, Annotated[int, Field(ge=0)]] | None = None
    always: tuple[Word, ...] | None = None
    lists: tuple[Word, ...] | None = None


class DrawCase(SubjectCase):
    """A draw from a population: how many subjects there are of each grade, those without one under `ungraded`.

    Without a population the case is about the subject alone: whether it is inspected whatever the draw says.
    """

    population: dict[Word, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    listed: tuple[Word, ...] = ()
    expect: ExpectedDraw


class ExpectedDuty(Closed):
    """The last day of a duty (null: it has not begun), and the day on which it was done (null: not yet)."""

    duty: Word
    due: Day | None
    done: Day | None = None


class DutyCase(SubjectCase):
    """A duty: begun by a fact of the subject, by the calendar of `year`, or on the day `begun`.

    `begun` is the day of what a duty of another start waits for: the result, the entry or exit, the other duty. Where
    it waits for a result, `grade` is that of the result. `month` is that of a monthly duty.
    """

    begun: Day | None = None
    grade: Word | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    expect: ExpectedDuty


class ExpectedVisits(Closed):
    """How often a subject is inspected (null: no rule says so), by which rule, and how many visits count so far."""

    visits: Visits | None
    by: Word | None = None
    done: Annotated[int, Field(ge=0)] | None = None


class VisitsCase(SubjectCase):
    """How often a subject is inspected in the year, by its grades of scales, and the lists and tiers that it is on."""

    grades: dict[Word, Word] = Field(default_factory=dict)
    listed: dict[Word, Word | None] = Field(default_factory=dict)
    expect: ExpectedVisits


class ExpectedConsumers(Closed):
    """Who is sent it, by the ids of consumers."""

    consumers: tuple[Word, ...]


class ConsumersCase(Case):
    """Who is sent a result: a grade of a scale, or an entry on a list."""

    scale: Word | None = None
    grade: Word | None = None
    list: Word | None = None
    expect: ExpectedConsumers


_KINDS = ("scale", "list", "draw", "duty", "visits", "consumers")


def _kind(value: Any) -> str | None:
    expect = value.get("expect") if isinstance(value, dict) else None
    return next((kind for kind in _KINDS if isinstance(expect, dict) and kind in expect), None)


AnyCase = Annotated[
    Annotated[GradeCase, Tag("scale")]
    | Annotated[ListCase, Tag("list")]
    | Annotated[DrawCase, Tag("draw")]
    | Annotated[DutyCase, Tag("duty")]
    | Annotated[VisitsCase, Tag("visits")]
    | Annotated[ConsumersCase, Tag("consumers")],
    Discriminator(
        _kind,
        custom_error_type="case",
        custom_error_message=f"expect must name one of {', '.join(_KINDS)}",
    ),
]
"""A case of a regime; what it is about is what its `expect` names."""


class RegimeCasesFile(Closed):
    """policies/regimes/NAME/cases/*.yaml."""

    cases: Annotated[tuple[AnyCase, ...], Field(min_length=1)]
