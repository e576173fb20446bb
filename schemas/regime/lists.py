"""lists.yaml: who is on which list of a regime, why, since when, and how one leaves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Day, Name
from schemas.policy import Provision
from schemas.regime.when import FactRule, Rule, Scope
from schemas.routing import Word
from schemas.words import Tone, Worded


class ListKind(Worded):
    """What a list is for."""

    ABNORMAL = "abnormal", "异常名单", Tone.GRAVE
    ILLEGAL_PRACTICE = "illegal_practice", "非法行医名单", Tone.ALARM
    BLACK = "black", "黑名单", Tone.ALARM
    RED = "red", "红名单", Tone.GOOD
    COMMENDATION = "commendation", "表彰名单", Tone.GOOD
    KEY_SUPERVISION = "key_supervision", "重点监管名单", Tone.WAITING
    LACKING = "lacking", "缺件名单", Tone.WAITING


class FactEntry(FactRule):
    """On the list by facts: since the day of the fact that made them enough, for as long as the rule holds.

    `stays_months`: also no longer than so many months from that day. Facts are those of the year of the list, or of any
    year that count where `in_force`.
    """

    by: Literal["facts"]
    stays_months: Annotated[int, Field(ge=1)] | None = None


class GradeEntry(Rule):
    """On the list by an official grade, since the day of the close; by `years` of them running, where several."""

    by: Literal["grade"]
    scale: Word
    grades: Annotated[tuple[Word, ...], Field(min_length=1)]
    years: Annotated[int, Field(ge=1)] = 1


Entry = Annotated[FactEntry | GradeEntry, Field(discriminator="by")]


class Tier(Rule):
    """A part of the list: those with so many facts at least. What it brings is named here."""

    at_least: Annotated[int, Field(ge=1)]
    supervision: Name


class ToldFirst(Provision):
    """Whether a listing waits until the party was told and had its say; until then it is prepared."""

    on: bool


class HonourLevel(Provision):
    """Of which level 荣誉等级 the honour is that the list confers, as the national table of red lists asks."""

    word: Literal["国家级", "省级", "市级", "县级"]


class SubjectList(Rule):
    """A list of a regime. `yearly`: there is one for each calendar year, and its facts are those of that year.

    `tiers` are the strictest first. `published`: whether the list and who left it are announced. Without `level` no
    row of a list of honour leaves for another site.
    """

    kind: ListKind
    subjects: Scope
    enter: Annotated[tuple[Entry, ...], Field(min_length=1)]
    yearly: bool
    tiers: tuple[Tier, ...] = ()
    told_first: ToldFirst
    published: bool
    level: HonourLevel | None = None

    @model_validator(mode="after")
    def _agree(self) -> SubjectList:
        floors = [tier.at_least for tier in self.tiers]
        if floors != sorted(set(floors), reverse=True):
            raise PydanticCustomError("tiers", "tiers are the strictest first, each from another number of facts on")
        return self


class ListsEdition(Provision):
    """The lists from a day on, until the next edition."""

    effective_from: Day
    lists: tuple[SubjectList, ...]


class ListsFile(Closed):
    """policies/regimes/NAME/lists.yaml."""

    editions: Annotated[tuple[ListsEdition, ...], Field(min_length=1)]
