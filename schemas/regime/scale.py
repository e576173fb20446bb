"""regime.yaml: who is assessed, and how a subject gets a grade: measure, bands, limits, quota, consequences."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Code, Day, Name, Text
from schemas.policy import Provision
from schemas.regime.when import FactRule, Number, Rule, Scope, Share, When
from schemas.routing import Word


class NewSubjects(Provision):
    """A subject whose licence is of the year assessed needs several sheets, so many months apart."""

    sheets: Annotated[int, Field(ge=1)]
    apart_months: Annotated[int, Field(ge=0)]


class SheetMeasure(Rule):
    """Marks of the applicable lines of check lists ÷ their full marks × `full`, rounded half up.

    `of_each_line`: of several sheets of the year the lowest marks of a line count, or those of the latest sheet. A
    sheet by fewer than `inspectors` is held: it counts for nothing. `years`: the sheets of so many calendar years
    count, the year assessed the last of them, where who does well is not inspected every year. With `latest` limits see
    the lines as they were measured: one that asks for lines is `in_force`, and holds until a line is seen to be met, or
    not to apply. `self_assessed` is the sheet as the subject fills it in itself: it counts for nothing and is shown
    beside the official one.
    """

    kind: Literal["sheet"]
    when: When
    of_each_line: Literal["lowest", "latest"]
    full: Number
    decimals: Annotated[int, Field(ge=0, le=6)]
    inspectors: Annotated[int, Field(ge=1)] = 1
    years: Annotated[int, Field(ge=1)] = 1
    self_assessed: When | None = None
    new_subjects: NewSubjects | None = None


class CountMeasure(Rule):
    """How many facts of the year meet one of the conditions."""

    kind: Literal["count"]
    when: Annotated[tuple[When, ...], Field(min_length=1)]


class SumMeasure(Rule):
    """The sum of an item over the facts that meet one of the conditions.

    `cycle`: the item that says to which year a fact belongs, where that is not the year of its day.
    """

    kind: Literal["sum"]
    when: Annotated[tuple[When, ...], Field(min_length=1)]
    item: Code
    cycle: Code | None = None


class Change(Rule):
    """What a fact adds or takes: a number, or what an item of the fact says."""

    when: Annotated[tuple[When, ...], Field(min_length=1)]
    points: Number | None = None
    item: Code | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.points is None) == (self.item is None):
            raise PydanticCustomError("change", "needs either points or item")
        return self


class StartMeasure(Rule):
    """A value from which facts take and to which they add, kept between `least` and `most`."""

    kind: Literal["start"]
    start: Number
    least: Number
    most: Number
    less: tuple[Change, ...] = ()
    more: tuple[Change, ...] = ()


class NoMeasure(Closed):
    """Nothing is measured: everybody begins in the best grade."""

    kind: Literal["none"]


Measure = Annotated[SheetMeasure | CountMeasure | SumMeasure | StartMeasure | NoMeasure, Field(discriminator="kind")]


class Band(Closed):
    """The numbers of a grade: from `at_least` upwards, or up to `at_most`; the last band of a scale takes the rest."""

    grade: Word
    at_least: Number | None = None
    at_most: Number | None = None


class Limit(FactRule):
    """Holds a subject at most at a grade."""

    at_most: Word


_TIES = Literal["score", "fewest_records", "earliest_licence", "code"]


class Quota(Rule):
    """At most a share of the assessed is in a grade; the rest become `others`.

    `keep` is the order in which subjects stay; it ends in `code`, which leaves no tie. Rounded down.
    """

    grade: Word
    share: Share
    keep: Annotated[tuple[_TIES, ...], Field(min_length=1)]
    others: Word

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.keep[-1] != "code" or len(set(self.keep)) < len(self.keep):
            raise PydanticCustomError("quota", "keep names each key once and ends in code, so that no tie is left")
        return self


class Visits(Closed):
    """How often a subject is inspected in a year: at least and at most, not counting what the plan leaves out."""

    at_least: Annotated[int, Field(ge=0)]
    at_most: Annotated[int, Field(ge=0)] | None = None
    years: Annotated[int, Field(ge=1)] = 1
    """In so many years: one in two years is `at_least: 1, years: 2`."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.at_most is not None and self.at_most < self.at_least:
            raise PydanticCustomError("visits", "at_most is below at_least")
        return self


class Consequence(Provision):
    """What a grade brings: how the subject is supervised, in words and in visits."""

    supervision: Name
    visits: Visits | None = None
    text: Text = ""


class DuringYear(Provision):
    """What a fall below the official grade starts: it is reported by a day, decided by a person, and told."""

    report_within_days: Annotated[int, Field(ge=1)]
    counted: Literal["working", "calendar"]
    paper: Word | None = None


NationalGrade = Literal["A级", "B级", "C级", "D级", "E级"]


class Rated(Provision):
    """Which grade of the national table of ratings 行业评定 a grade of the scale is; one that is not named is none."""

    grades: Annotated[dict[Word, NationalGrade], Field(min_length=1)]


class Scale(Closed):
    """How a subject gets a grade. `grades` are the best first, each with the word that officials read.

    `rated` says what other sites are told of them; a grade that it does not name is held back from them.

    `hidden_when`: facts by which a grade is no longer shown. `basis` is what the bands rest on, where it is not what
    the edition rests on; `hidden_by` is the same for `hidden_when`. Who is assessed for a year is who is one of
    `subjects` on its last day.
    """

    id: Word
    name: Name
    subjects: Scope
    grades: Annotated[dict[Word, Name], Field(min_length=2)]
    measure: Measure
    bands: tuple[Band, ...] = ()
    basis: Provision | None = None
    limits: tuple[Limit, ...] = ()
    quota: Quota | None = None
    follows: dict[Word, Consequence] = Field(default_factory=dict)
    during_year: DuringYear | None = None
    hidden_when: tuple[When, ...] = ()
    hidden_by: Provision | None = None
    rated: Rated | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        named = [band.grade for band in self.bands] + [limit.at_most for limit in self.limits] + [*self.follows]
        if self.rated is not None:
            named += self.rated.grades
        if self.quota is not None:
            named += (self.quota.grade, self.quota.others)
            if self.rank(self.quota.others) <= self.rank(self.quota.grade):
                raise PydanticCustomError("quota", "the quota's others must be a worse grade")
        for grade in named:
            self.rank(grade)
        self._check_bands()
        best = next(iter(self.grades))
        worthless = [limit.id for limit in self.limits if limit.at_most == best]
        if worthless:
            raise PydanticCustomError("limits", "limit {id} holds at most at the best grade", {"id": worthless[0]})
        ids = [limit.id for limit in self.limits]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("limits", "two limits have the same id")
        return self

    def rank(self, grade: str) -> int:
        """Return the place of a grade, the best 0; raises a validation error for what is no grade of the scale."""
        for place, each in enumerate(self.grades):
            if each == grade:
                return place
        known = ", ".join(self.grades)
        raise PydanticCustomError(
            "grade", "'{grade}' is no grade of the scale: {known}", {"grade": grade, "known": known}
        )

    def _check_bands(self) -> None:
        if isinstance(self.measure, NoMeasure):
            if self.bands:
                raise PydanticCustomError("bands", "without a measure there are no bands")
            return
        if not self.bands or self.bands[-1].at_least is not None or self.bands[-1].at_most is not None:
            raise PydanticCustomError("bands", "a gap: the last band takes the rest and has no bound")
        places = [self.rank(band.grade) for band in self.bands]
        if places != sorted(set(places)):
            raise PydanticCustomError("bands", "bands go from the best grade to the worst, each once")
        bounded = self.bands[:-1]
        upward = [band.at_most for band in bounded if band.at_most is not None]
        downward = [band.at_least for band in bounded if band.at_least is not None]
        if (upward and downward) or len(upward) + len(downward) != len(bounded):
            raise PydanticCustomError("bands", "all bands but the last have at_least, or all have at_most")
        if any(left >= right for left, right in pairwise(upward)) or any(a <= b for a, b in pairwise(downward)):
            raise PydanticCustomError("bands", "an overlap: the band before takes the numbers of a band")


class Edition(Provision):
    """The scales from a day on, until the next edition. It governs the years that end on that day or later."""

    effective_from: Day
    scales: Annotated[tuple[Scale, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        ids = [scale.id for scale in self.scales]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("scales", "two scales have the same id")
        return self


class Repealed(Rule):
    """What the document lays down and the law has repealed since: kept with its reason, and followed by nobody."""

    why: Text


class RegimeFile(Closed):
    """policies/regimes/NAME/regime.yaml; `code` is the name of its folder. `region` names the province's layer."""

    code: Word
    name: Name
    authority: Code
    region: Word | None = None
    document: Text
    editions: Annotated[tuple[Edition, ...], Field(min_length=1)]
    repealed: tuple[Repealed, ...] = ()
