"""The law as files: what policies/national/*.yaml may say, each provision with its source."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Code, Day, Name, Text
from schemas.party import PartyKind
from schemas.record import Severity
from schemas.statement import Category
from schemas.words import Tone, Worded


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | bool | int):
        raise PydanticCustomError("scalar", "must be text, a whole number or true/false")
    return value


Scalar = Annotated[Any, BeforeValidator(_scalar)]
"""A value of an item: text, a whole number or true/false."""


class Source(Closed):
    """Where a provision is written: the document with its number, and the clause as far as known."""

    document: Text
    clause: Text

    def __str__(self) -> str:
        """Write the source as a Chinese official cites it."""
        return f"{self.document} {self.clause}"


class Confidence(Worded):
    """How sure a provision is.

    High: read or well established; medium: remembered, not re-read; low: a default of this project where no text
    was available, to be confirmed by the authority. In order, the surest first.
    """

    HIGH = "high", "条文已核对"
    MEDIUM = "medium", "条文未重新核对", Tone.WAITING
    LOW = "low", "本系统默认值，待主管部门确认", Tone.ALARM


class Provision(Closed):
    """Anything that rests on a source, and how sure it is."""

    source: Source
    confidence: Confidence


class Condition(Closed):
    """What a fact must be: of this family, and every named item among the values or holding one of the texts.

    An item that is a list qualifies when any of its values does.
    """

    family: Code
    items: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)
    contains: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Degree(Provision):
    """A degree of dishonesty that a provision gives; null: not adverse."""

    severity: Severity | None


class Escalation(Closed):
    """A kind that covers two sanctions: heavier where the text of the decision says so."""

    contains: dict[str, tuple[str, ...]]
    severity: Severity


class PenaltyKind(Degree):
    """The degree of one kind of penalty (处罚类别)."""

    heavier: Escalation | None = None


_Wan = Annotated[Decimal, Field(gt=0)]
"""An amount in 万元, above zero."""


class SmallFine(Degree):
    """The degree of a small fine 较小数额罚款: up to an amount (万元), for natural persons and for all others."""

    person_up_to_wan: _Wan
    organisation_up_to_wan: _Wan

    def up_to_wan(self, kind: PartyKind) -> Decimal:
        """Return the largest small fine for a kind of party."""
        return self.person_up_to_wan if kind == "person" else self.organisation_up_to_wan


class HugeFine(Degree):
    """The degree of a huge fine 巨额罚款: above an amount (万元), for natural persons and for all others."""

    person_above_wan: _Wan
    organisation_above_wan: _Wan

    def above_wan(self, kind: PartyKind) -> Decimal:
        """Return the amount above which a fine is huge for a kind of party."""
        return self.person_above_wan if kind == "person" else self.organisation_above_wan


class Fines(Closed):
    """Degrees of fines by their amount: small, huge, and `larger` 较大数额 between them or where none is given."""

    small: SmallFine
    larger: Degree
    huge: HugeFine

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for kind in ("person", "organisation"):
            if self.small.up_to_wan(kind) > self.huge.above_wan(kind):
                raise PydanticCustomError("fines", "a fine would be small and huge at once")
        return self


class PenaltyTable(Closed):
    """Degrees of penalties; of several kinds in one decision the heaviest counts. A fine is weighed by its amount."""

    summary_procedure: Degree
    fines: Fines
    kinds: dict[str, PenaltyKind]
    other_kinds: Degree

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if "罚款" in self.kinds:
            raise PydanticCustomError("kinds", "罚款 has its degrees under fines")
        return self


class SeverityRule(Degree):
    """The degree of facts that are not penalties; of several rules that hold the heaviest counts.

    `party_kinds` limits it to some kinds of party.
    """

    name: Name
    party_kinds: Annotated[frozenset[PartyKind], Field(min_length=1)] | None = None
    when: Condition


class SeverityEdition(Closed):
    """The degrees from a day on, until the next edition."""

    effective_from: Day
    penalties: PenaltyTable
    rules: tuple[SeverityRule, ...]
    otherwise: Degree


class SeverityFile(Closed):
    """policies/national/severity.yaml."""

    editions: Annotated[tuple[SeverityEdition, ...], Field(min_length=1)]


class SealingRule(Provision):
    """Facts whose records are sealed 封存 from a day on, those of before that day too."""

    name: Name
    effective_from: Day
    when: Condition


class SealingFile(Closed):
    """policies/national/sealing.yaml."""

    rules: tuple[SealingRule, ...]


class Period(Provision):
    """Whether and how long a degree of dishonesty is public, counted from the day after the decision."""

    public: bool
    min_months: Annotated[int, Field(ge=0, le=1200)]
    max_months: Annotated[int, Field(ge=1, le=1200)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.public != (self.max_months is not None):
            raise PydanticCustomError("period", "max_months is for what is public, and what is public needs it")
        if self.max_months is not None and self.min_months > self.max_months:
            raise PydanticCustomError("period", "min_months is longer than max_months")
        return self


class Periods(Closed):
    """The publicity periods of the three degrees."""

    minor: Period
    general: Period
    serious: Period

    def of(self, severity: Severity) -> Period:
        """Return the period of a degree."""
        period: Period = getattr(self, severity.value)
        return period


class PublicityVersion(Provision):
    """The publicity rules from a day on, until the next version."""

    code: Code
    effective_from: Day
    periods: Periods


class Governs(Provision):
    """Which day decides the version that applies to a record, and why.

    `mildest`: of the versions in force from the day of the decision to that of looking the mildest, its minimum and
    its maximum taken apart.
    """

    date: Literal["mildest", "evaluation_date", "decision_date"]
    reason: Text


class OpenCategories(Provision):
    """Kinds of record that are public without being adverse, by one clause."""

    categories: Annotated[tuple[Category, ...], Field(min_length=1)]


class PublicityFile(Closed):
    """policies/national/publicity.yaml. What is not adverse and not named under `not_adverse` is not public."""

    governs: Governs
    not_adverse: tuple[OpenCategories, ...]
    versions: Annotated[tuple[PublicityVersion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        named = [category for each in self.not_adverse for category in each.categories]
        if len(set(named)) < len(named):
            raise PydanticCustomError("open", "a category is named twice under not_adverse")
        return self


class DeadlineRule(Provision):
    """A number of days after the day that starts the clock, which is not counted itself."""

    days: Annotated[int, Field(ge=1, le=3650)]
    counted: Literal["working", "calendar"]


DeadlineName = Literal[
    "feed_publish",
    "feed_withdraw",
    "notice_reply",
    "lift_reply",
    "receipt_ahead",
    "told_answer",
    "crime_transfer",
    "repair_acceptance",
    "repair_decision",
    "repair_decision_complex",
    "repair_notice",
    "objection_answer",
    "objection_answer_checked",
    "complaint_answer",
    "own_report",
    "contact_kept",
]


class Deadlines(Closed):
    """The deadlines that Xinglin keeps."""

    feed_publish: DeadlineRule
    feed_withdraw: DeadlineRule
    notice_reply: DeadlineRule
    lift_reply: DeadlineRule
    receipt_ahead: DeadlineRule
    told_answer: DeadlineRule
    crime_transfer: DeadlineRule
    repair_acceptance: DeadlineRule
    repair_decision: DeadlineRule
    repair_decision_complex: DeadlineRule
    repair_notice: DeadlineRule
    objection_answer: DeadlineRule
    objection_answer_checked: DeadlineRule
    complaint_answer: DeadlineRule
    own_report: DeadlineRule
    contact_kept: DeadlineRule


class DeadlinesFile(Closed):
    """policies/national/deadlines.yaml."""

    deadlines: Deadlines


class FreeReports(Provision):
    """How many credit reports about itself a subject gets free of charge in a calendar year."""

    per_year: Annotated[int, Field(ge=1, le=366)]


class FreeReportsEdition(FreeReports):
    """What holds of them from a day on."""

    effective_from: Day


class ReportsFile(Closed):
    """policies/national/reports.yaml."""

    editions: Annotated[tuple[FreeReportsEdition, ...], Field(min_length=1)]


class Measure(Provision):
    """A measure 惩戒措施 of the national list as one edition words it; in force on both of its days.

    `measure_class` 1 takes a right away or adds a duty and needs a law behind each use, 2 is a matter of
    management, 3 belongs to bodies that are not public. `bodies` are those that may carry it out, as the list
    names them; empty: not known.
    """

    code: Annotated[str, Field(pattern=r"^M\d\d$")]
    edition: Code
    measure_class: Annotated[int, Field(ge=1, le=3)]
    name: Name
    legal_basis: Text | None = None
    target_kinds: Annotated[frozenset[PartyKind], Field(min_length=1)]
    bodies: tuple[Name, ...] = ()
    effective_from: Day
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.measure_class == 1 and not self.legal_basis:
            raise PydanticCustomError("measure", "a measure of class 1 needs its legal_basis")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise PydanticCustomError("measure", "effective_to is before effective_from")
        return self


class MeasuresEdition(Provision):
    """An edition of the national list: when it was issued, and how sure it is that its measures are as given."""

    code: Code
    issued: Text


class MeasuresFile(Closed):
    """policies/national/measures.yaml; where editions are given, each measure is of one of them."""

    editions: tuple[MeasuresEdition, ...] = ()
    measures: tuple[Measure, ...]


class FineLimit(Provision):
    """The fine (万元) above which a row is held for a person: yuan are easily written for 万元."""

    above_wan: Annotated[Decimal, Field(gt=0)]


class SummaryLimit(Provision):
    """What can be decided by summary procedure 简易程序: these kinds of penalty, and fines (万元) up to these."""

    kinds: tuple[Name, ...]
    person_up_to_wan: Annotated[Decimal, Field(gt=0)]
    organisation_up_to_wan: Annotated[Decimal, Field(gt=0)]


class RevisionLimit(Provision):
    """The revision above which a message is held for a person: taken, it would outrank every later one."""

    above: Annotated[int, Field(ge=1)]


class TimeLimit(Provision):
    """How many days the `time` of a message may lie after today, in Asia/Shanghai, before it is held for a person."""

    days_ahead: Annotated[int, Field(ge=0, le=3660)]


class PlausibilityFile(Closed):
    """policies/national/plausibility.yaml."""

    fine: FineLimit
    summary_procedure: SummaryLimit
    revision: RevisionLimit
    time: TimeLimit


class PortalRule(Provision):
    """What a portal asks of some items of a row, from a day on; codes of items begin with the kind that has them."""

    effective_from: Day
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise PydanticCustomError("portal", "effective_to is before effective_from")
        return self


PortalItems = Annotated[tuple[Code, ...], Field(min_length=1)]
"""Codes of national items."""


class RequiredItems(PortalRule):
    """Items that may not be blank: of these kinds of party, and where 处罚类别 names one of the words."""

    items: PortalItems
    parties: frozenset[PartyKind] | None = None
    named: tuple[Name, ...] | None = None


class BlankItems(PortalRule):
    """Items that have to be blank for these kinds of party."""

    items: PortalItems
    parties: Annotated[frozenset[PartyKind], Field(min_length=1)]


class ItemLengths(PortalRule):
    """How many characters items may have."""

    items: Annotated[dict[Code, Annotated[int, Field(ge=1)]], Field(min_length=1)]


class ItemWords(PortalRule):
    """The words that items may be. `several` may be joined by ；, and where `other`, 其他-… is one of them."""

    items: PortalItems
    words: Annotated[tuple[Name, ...], Field(min_length=1)]
    other: bool = False
    several: bool = False


class UnifiedCodes(PortalRule):
    """Items that have to be a unified social credit code where they are filled in."""

    items: PortalItems


class PlainNames(PortalRule):
    """Items in which none of the characters may stand, nor one that does not print."""

    items: PortalItems
    without: Annotated[str, Field(min_length=1)]


class Days(PortalRule):
    """Items that are days, written YYYY/MM/DD."""

    items: PortalItems


class PastDays(PortalRule):
    """Days that may not be after today."""

    items: PortalItems


class DayOrder(PortalRule):
    """A day that may not be before another; one of them blank says nothing."""

    first: Code
    last: Code


class PublicityEnd(PortalRule):
    """The item with the end of publicity: not before today, and not so many years after the day of the decision."""

    item: Code
    decided: Code
    years: Annotated[int, Field(ge=1, le=100)]


class Amounts(PortalRule):
    """Items that are amounts, in ten thousand yuan (万元) with this many decimals."""

    items: PortalItems
    decimals: Annotated[int, Field(ge=0, le=6)]


class NamedAmount(PortalRule):
    """An amount that may not be zero where the text names one by the word."""

    item: Code
    text: Code
    word: Name


class MaskedNumbers(PortalRule):
    """Numbers of persons, of which only masked ones leave."""

    items: PortalItems


class PortalFile(Closed):
    """policies/national/portal.yaml."""

    required: tuple[RequiredItems, ...]
    blank: tuple[BlankItems, ...]
    lengths: tuple[ItemLengths, ...]
    words: tuple[ItemWords, ...]
    codes: tuple[UnifiedCodes, ...]
    names: tuple[PlainNames, ...]
    days: tuple[Days, ...]
    past: tuple[PastDays, ...]
    order: tuple[DayOrder, ...]
    publicity: tuple[PublicityEnd, ...]
    amounts: tuple[Amounts, ...]
    named_amounts: tuple[NamedAmount, ...]
    masked: tuple[MaskedNumbers, ...]
