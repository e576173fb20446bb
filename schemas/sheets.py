"""What a table of rows is that people fill in: its columns, and how a row becomes the data of a message and back.

A template is declared by the connector that reads its messages. Pure vocabulary: no file is opened here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from schemas.errors import UnusableError
from schemas.reasons import Reason

REQUIRED_MARK = "*"
"""Ends the heading of a column that has to be filled in; a reader of headings leaves it out."""

EXAMPLE_MARK = "示例："
"""Begins the first cell of an example row, and those of its numbers.

A row in which any cell begins with it is no row: whoever types over an example and forgets a cell does not state it.
"""


class Kind(StrEnum):
    """What the cells of a column hold, and how a text in one means it."""

    TEXT = "text"
    CODE = "code"
    """An identifier, which has to come as text: a number of a spreadsheet loses its zeros and last digits."""
    DAY = "day"
    """A day in any form that `schemas.forms.read_day` reads."""
    END = "end"
    """A last day: as `DAY`, or 长期."""
    INSTANT = "instant"
    """A day with the time of day in Asia/Shanghai, as 2026-04-25 08:10, or with its offset."""
    AMOUNT = "amount"
    """An amount in the unit that the title names, as a plain number."""
    NUMBER = "number"
    FLAG = "flag"
    """是 or 否."""
    CHOICE = "choice"
    """The word of one of the column's choices, or its code."""
    CHOICES = "choices"
    """Several of them, joined by ；"""
    TEXTS = "texts"
    """Several texts, joined by ；"""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a column, as messages spell it and as people read it."""

    code: str
    word: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `code` is the national one (CF_WSH), or the path of the item in the data (party.uscc)."""

    code: str
    title: str
    """The Chinese heading as we write it."""
    kind: Kind = Kind.TEXT
    also: tuple[str, ...] = ()
    """Further headings that are met for it."""
    required: bool = False
    """A row without it is no message. Where only some rows need it, `help` says which."""
    most: int | None = None
    """How many characters it may have."""
    choices: tuple[Choice, ...] = ()
    help: str = ""
    """In Chinese, for who fills it in."""
    example: str = ""
    ours: bool = False
    """Not of the table as others have it: no template is known by it, and nothing that leaves has it."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row says: usually a message of its template's type, but a row can also take one back."""

    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A row for a template: texts by column code, and the items of the message that the template cannot hold."""

    values: Mapping[str, str]
    """Those of columns of our own too, where the data have them: they are not for others."""
    lost: tuple[str, ...] = ()
    """Codes of items that are left out or lose something, such as decimals."""


DECISIVE = frozenset({"XK_ZT", "CF_XDR_ZJHM", "XK_XDR_ZJHM"})
"""Items without which a row would say something else: one that loses such an item is not written.

Without its state a void permit would be a good one; without the number of a person, anybody of the name would be meant.
A state says what it says in its own generation alone: `0` of V2016 is `1` of V2019.
"""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the row: who hands it in, and what holds for all rows of the source.

    Nothing else may decide what a row means: neither the clock nor the archive.
    """

    sender: str
    """The unified social credit code of who hands the rows in."""
    organs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The codes of organs by the names that rows call them; of several names of one the full one comes first."""
    stated: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By column code what is said once for every row that leaves the cell blank, as for a source without the column."""

    def fill(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """Return the values of a row with what is stated once for every row that leaves the cell blank."""
        return {**self.stated, **values} if self.stated else values

    def name_of(self, code: str) -> str | None:
        """Return the full name of the organ with this code."""
        return next((name for name, known in self.organs.items() if known == code), None)


class RowUnusable(UnusableError):
    """A row cannot become a message; `column` is the code of the column to mend, `says` is Chinese, for the clerk."""

    def __init__(self, reason: Reason, column: str, says: str) -> None:
        """Keep the column apart, so that the verdict can mark its cell. `says` never holds a personal number."""
        super().__init__(reason, f"{column}: {says}")
        self.column = column
        self.says = says


Generation = Literal["V2016", "V2018", "V2019"]
Parties = Literal["organisation", "person"]

Read = Callable[[Mapping[str, str], Context], Stated]
Write = Callable[[Mapping[str, Any]], Written]


@dataclass(frozen=True, slots=True)
class Template:
    """A table that people fill in or systems fill: one row states one message."""

    name: str
    """As in `penalty-v2018-person`; a template of our own has the name of its message type."""
    title: str
    type: str
    """The type of the messages of its rows."""
    columns: tuple[Column, ...]
    read: Read
    """From texts by column code, blank ones left out, to what they state.

    A cell that it does not understand goes into the data as it is, for intake to judge; words become codes, 是 and 否
    flags. Raises `RowUnusable` for what can be no message at all.
    """
    write: Write | None = None
    """From the data of a message of `type` (of permits and penalties the items of generation V2019)."""
    generation: Generation | None = None
    """None for a template of our own."""
    parties: Parties | None = None
    """About whom its rows are, where it does not hold all."""
    table: str = ""
    """The name of its table in front-end databases, as frxzcf."""
    details: tuple[Detail, ...] = ()
    """The lists of its messages that can stand in sheets of their own."""
    held: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """The columns that hold an item of the message, where no column has its code or path; the first one first."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A list in the messages of a template as a sheet of its own, of which a row is one of the list."""

    item: str
    """The item of the message that is the list."""
    number: str
    """The code of the column, there and here, by whose text a row says which row of the other sheet it is of."""
    template: Template
    """Of this sheet, with a name as TYPE/ITEM; what it reads is one of the list."""


def find_sheet(templates: Mapping[str, Template], name: str) -> Template | None:
    """Return the template of a sheet by its name, which may be that of a list; None where there is none."""
    head, _, item = name.partition("/")
    template = templates.get(head)
    if template is None or not item:
        return template
    return next((one.template for one in template.details if one.item == item), None)


def find_template(
    templates: Iterable[Template], message_type: str, generation: Generation | None, about: Parties
) -> Template | None:
    """Return the template of a generation, None for ours, that messages of a type about such parties are written in."""
    return next(
        (
            each
            for each in templates
            if (each.type, each.generation) == (message_type, generation)
            and each.parties in {None, about}
            and each.write is not None
        ),
        None,
    )


REVISION = Column(
    code="revision",
    title="修订版次",
    kind=Kind.NUMBER,
    help="同一文书更正后再次报送的，依次填 2、3……；首次报送不填。",
    ours=True,
)
"""The last column of every template: the revision of the message, which is no part of its data."""


def heading(column: Column) -> str:
    """Return the heading of a column as we write it: a required one is marked."""
    return column.title + REQUIRED_MARK if column.required else column.title
