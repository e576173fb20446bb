"""Cases beside the law: what must come out of a policy file, written by hand in policies/**/cases/*.yaml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BeforeValidator, Field

from schemas.base import Closed, Code, Day, Name, Text
from schemas.party import PartyKind
from schemas.policy import DeadlineName, Scalar
from schemas.reasons import Reason
from schemas.record import Severity
from schemas.statement import Category

Values = tuple[Scalar, ...]


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Item = Annotated[Values, BeforeValidator(_list)]
"""An item of a message: one value, or a list of them."""


class Case(Closed):
    """One case: a day in Asia/Shanghai, a question, and under `expect` what must come out, item by item."""

    name: Name
    day: Day
    expect: Closed | None


class StatedFact(Closed):
    """What of a message the degree of dishonesty depends on."""

    family: Code
    category: Category
    party: PartyKind = "organisation"
    items: dict[str, Item] = Field(default_factory=dict)


class ExpectedDegree(Closed):
    """The degree of dishonesty (null: not adverse) and the document that its clause names."""

    severity: Severity | None
    document: Text


class SeverityCase(Case):
    """The degree of a fact by the edition of the day."""

    fact: StatedFact
    expect: ExpectedDegree


class StatedRecord(Closed):
    """What of a record publicity depends on; `severity` null: not adverse."""

    severity: Severity | None
    category: Category
    occurred_on: Day
    valid_until: Day | None = None
    publicity_until: Day | None = None


class ExpectedWindow(Closed):
    """Whether a record is public, from when repair may be applied for, its last day, and the clause's document.

    Null: no clause speaks of its kind.
    """

    public: bool
    repairable_from: Day | None
    until: Day | None
    document: Text | None


class PublicityCase(Case):
    """The publicity of a record, looked at on the day."""

    record: StatedRecord
    expect: ExpectedWindow


class ExpectedSealing(Closed):
    """Whether the record of a fact is sealed, and the document of the rule (null: it is open)."""

    sealed: bool
    document: Text | None


class SealingCase(Case):
    """Whether the record of a fact is sealed on the day."""

    fact: StatedFact
    expect: ExpectedSealing


class ExpectedDue(Closed):
    """The last day of a deadline, and the document that gives it."""

    due: Day
    document: Text


class DeadlineCase(Case):
    """A deadline that the day starts."""

    deadline: DeadlineName
    expect: ExpectedDue


class ExpectedCounting(Closed):
    """The first day on which a fact is a ground, and the document that says so (null: from its decision on)."""

    counts_from: Day | None
    document: Text | None


class CountingCase(Case):
    """From when on a fact of the day is a ground by the rules of a province."""

    fact: StatedFact
    expect: ExpectedCounting


class ExpectedReports(Closed):
    """How many reports about itself a subject gets free of charge in a year, and the document that says so."""

    per_year: int
    document: Text


class ReportsCase(Case):
    """What a subject may ask for about itself in the year of the day."""

    expect: ExpectedReports


class ExpectedMeasure(Closed):
    """A measure as the list words it."""

    edition: Code
    measure_class: int
    name: Name
    target_kinds: frozenset[PartyKind]
    document: Text


class MeasureCase(Case):
    """A measure by the list of the day; null: it is not on it."""

    code: Code
    expect: ExpectedMeasure | None


class ExpectedRefusal(Closed):
    """The reason of refusal; null: the message is taken."""

    refused: Reason | None


class PlausibilityCase(Case):
    """A message that is read on the day: of a penalty its fine (万元), its party, its kinds and the procedure.

    And of any message its revision and its time.
    """

    fine: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    party: PartyKind = "organisation"
    penalty_kinds: tuple[Name, ...] = ("罚款",)
    summary_procedure: bool = False
    revision: Annotated[int, Field(ge=1)] = 1
    time: AwareDatetime | None = None
    expect: ExpectedRefusal


class ExpectedHeld(Closed):
    """What keeps a row back, as REASON:ITEM in the order of the rules; none: it goes out."""

    held: tuple[str, ...]


class PortalCase(Case):
    """A row of a feed as it is shown on the day. Only what the checks find in the items that it names is compared."""

    row: Literal["permit", "penalty"]
    party: PartyKind = "organisation"
    items: Annotated[dict[Code, Text], Field(min_length=1)]
    expect: ExpectedHeld


C = TypeVar("C", bound=Case)


class CasesFile(Closed, Generic[C]):
    """policies/**/cases/*.yaml: the cases of the policy file of the same name."""

    cases: Annotated[tuple[C, ...], Field(min_length=1)]
