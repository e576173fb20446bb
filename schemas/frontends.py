"""Front-end databases 前置库 as routing.yaml names them: tables that others fill, and tables that we fill for others.

Names of tables and columns are those of the database; they are looked up there, and never become part of a statement
as they are written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import NO_HIDDEN, Closed, Code, Name, Text

UrlVariable = Annotated[str, Field(pattern=r"^XINGLIN_FRONTEND_[A-Z0-9_]+$", max_length=100)]
"""A variable of the environment with the URL of a database. Of no other: its password is sent nowhere else."""

TableName = Annotated[str, Field(min_length=1, max_length=200), NO_HIDDEN]
"""A table; where it is in a schema of another name than the user's own, `SCHEMA.TABLE`."""

ColumnName = Annotated[str, Field(min_length=1, max_length=128), NO_HIDDEN]

StateValue = Annotated[str, Field(min_length=1, max_length=32), NO_HIDDEN]
"""A value of a state column, in quotes; it is a number where the column holds numbers."""


class StateColumn(Closed):
    """The column that says how far a row is: new (nobody has taken it), taken, or refused.

    `parked` is what a row is set to whose message was taken and then parked; without it such a row stays taken.
    """

    column: ColumnName
    new: StateValue = "0"
    taken: StateValue = "1"
    refused: StateValue = "2"
    parked: StateValue | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if len({self.new, self.taken, self.refused}) < 3 or self.parked == self.new:
            raise PydanticCustomError("state", "new, taken and refused must differ, and parked from new")
        return self


class VerdictColumns(Closed):
    """Where the outcome of a row stands in it: a code (`0000` where it was accepted) and a text in Chinese."""

    code: ColumnName | None = None
    text: ColumnName | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.code is None and self.text is None:
            raise PydanticCustomError("verdict", "needs one of code and text")
        return self


class FrontendTable(Closed):
    """A table, row by row of a template.

    Its columns are named by the codes of the template, but for those in `columns` (code to column); `without` are the
    codes that it has no column for. `key` are the columns that name a row for good, such as the number of the document.
    `operated` is the column with the time of operation.
    """

    template: Code
    key: Annotated[tuple[ColumnName, ...], Field(min_length=1)]
    state: StateColumn
    operated: ColumnName | None = None
    verdict: VerdictColumns | None = None
    columns: Mapping[Code, ColumnName] = Field(default_factory=dict)
    without: tuple[Code, ...] = ()


class IncomingTable(FrontendTable):
    """A table that others fill and we read. `stated` says by code of the template what holds for all of its rows."""

    stated: Mapping[Code, Text] = Field(default_factory=dict)


class Mark(Closed):
    """A column that says that a row is withdrawn, by one value, and that it is not, by another."""

    column: ColumnName
    value: StateValue
    otherwise: StateValue


class OutgoingTable(FrontendTable):
    """A table that we fill and others read; its key is of columns of the template.

    A row that is withdrawn gets the mark `withdrawn`; without one it is deleted.
    """

    withdrawn: Mark | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.state.parked is not None:
            raise PydanticCustomError("state", "parked is for tables that we read")
        return self


class FrontendPlan(Closed):
    """A front-end database: where it is, whose rows it holds, and its tables by name.

    `sender` is the organ in whose name its rows are taken; the gate holds it to what it may say.
    """

    name: Name
    url_from: UrlVariable
    sender: Code
    tables: Mapping[TableName, IncomingTable] = Field(default_factory=dict)
    outgoing: Mapping[TableName, OutgoingTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.tables and not self.outgoing:
            raise PydanticCustomError("frontend", "needs tables or outgoing")
        return self
