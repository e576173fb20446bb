"""papers.yaml of a regime: which papers an authority uses from a day on, and the templates they are made by."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Day, Text
from schemas.papers.common import Office, PaperKind
from schemas.policy import Provision
from schemas.words import Worded


class Format(Worded):
    """What files a paper can be written as: to print, to edit, to sort and filter."""

    PDF = "pdf", "打印和公布"
    DOCX = "docx", "修改后发出"
    XLSX = "xlsx", "排序和筛选"


Template = Annotated[str, Field(pattern=r"^(papers|regimes/[a-z0-9_-]+/papers)/[a-z0-9_-]+\.typ$")]
"""A template below the folder of policies: one that all regimes share, or a regime's own."""


class PaperRule(Provision):
    """A kind of paper as an authority uses it: its title, its template, and the files it is written as.

    `note` stands in small print at the foot of it, where the template has room for one.
    """

    title: Text
    template: Template
    formats: Annotated[tuple[Format, ...], Field(min_length=1)]
    note: Text | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if len(set(self.formats)) < len(self.formats):
            raise PydanticCustomError("formats", "names a format twice")
        return self


class PapersEdition(Closed):
    """The papers from a day on, until the next edition, and the office that they come from."""

    effective_from: Day
    office: Office
    papers: dict[PaperKind, PaperRule]


class PapersFile(Closed):
    """policies/regimes/REGIME/papers.yaml."""

    editions: Annotated[tuple[PapersEdition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [edition.effective_from for edition in self.editions]
        if days != sorted(set(days)):
            raise PydanticCustomError("editions", "editions must stand in the order of their days, each its own")
        return self
