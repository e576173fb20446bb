"""What a screen of the console is: an address, who may open it, and what it shows or does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from starlette.responses import Response

from credit.store.queries.page import MOST
from schemas.rights import Right
from schemas.words import Tone, Worded
from workers.console.asked import Asked

RowT = TypeVar("RowT")

PAGE, EXPORT = 50, 50_000
"""Rows of a list on the screen, and at most in a spreadsheet."""


class Menu(Worded):
    """The groups of the menu, in their order."""

    TODAY = "today", "今日"
    RECORDS = "records", "信用档案"
    GRADES = "grades", "评价"
    PARTNERS = "partners", "联合惩戒与公示"
    ENTRY = "entry", "录入"
    MESSAGES = "messages", "报文"
    SYSTEM = "system", "系统"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a field of a list: a text, perhaps with where it leads, and the tone it is shown in."""

    text: str
    href: str | None = None
    tone: Tone | None = None


def say_number(number: int, unit: str) -> str:
    """Say how many there are, where no more than one beyond `MOST` were counted."""
    return f"{MOST:,} {unit}以上" if number > MOST else f"{number:,} {unit}"


def code(value: Worded, href: str | None = None) -> Cell:
    """Return the cell of a code: its word in its tone."""
    return Cell(value.word, href, value.tone)


@dataclass(frozen=True)
class Column(Generic[RowT]):
    """A column of a list; numbers stand to the right."""

    title: str
    cell: Callable[[RowT], Cell | str]
    number: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A field above a list: `name` is its part of the address. With choices one of them, else what is typed."""

    name: str
    title: str
    choices: Mapping[str, str] | None = None
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Button:
    """Something that can be done about what a screen shows; `why_not` is why this person may not, in Chinese."""

    title: str
    path: str
    why_not: str | None = None
    primary: bool = False


def nobody(_row: object) -> None:
    """Say of the rows of a list that they are about no subject."""


@dataclass(frozen=True)
class Listing(Generic[RowT]):
    """A list, on the screen or, with `?as=xlsx`, as a spreadsheet of the same rows.

    A screen asks for `asked.limit` rows after `asked.query("after")`; `after` is the key of the last one where there
    may be more. `empty` is said where there is none, `note` stands above the rows.
    `about` returns the subject that a row is about, or several, None where it is about none (`nobody`): which persons a
    list shows is written in the log before it is shown.
    """

    title: str
    columns: Sequence[Column[RowT]]
    rows: Sequence[RowT]
    empty: str
    after: str | None = None
    filters: Sequence[Filter] = ()
    buttons: Sequence[Button] = ()
    note: str | None = None
    about: Callable[[RowT], str | tuple[str, ...] | None] = field(kw_only=True)

    def subjects(self) -> list[str | None]:
        """Return whom the rows are about."""
        found = map(self.about, self.rows)
        return [each for about in found for each in (about if isinstance(about, tuple) else (about,))]

    def cells(self) -> Iterable[list[Cell]]:
        """Return the cells, row by row."""
        for row in self.rows:
            made = [column.cell(row) for column in self.columns]
            yield [each if isinstance(each, Cell) else Cell(each) for each in made]


@dataclass(frozen=True, slots=True)
class Page:
    """A template of the console with what it shows; `about` are the subjects that it shows something of.

    Which persons are among them is written in the log before the page is shown, unless `asked.look` has done so.
    `list` is a list that stands on it (`listing.html`), with `?as=xlsx` a spreadsheet like any other. `done` says what
    was decided, where the page that is shown again tells it (`Screen.do`).
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    about: Sequence[str | None] = ()
    list: Listing[Any] | None = None
    done: str = ""


Shown = Page | Listing[Any] | Response


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen of the console, open to whoever has the right; None: to all who are logged in.

    `admits` tells of those whom the screen itself refuses if they are not let in: their menu has no line for it.
    `do` decides what is posted, and ends in `asked.go(…)`, or shows the page again where nothing was done yet or `done`
    says what. What it did is written in the log as 办理, with what it is about and the reason in the field `why`.
    `answer` answers what is posted where nothing is decided, or where the log has it by another word already.
    """

    path: str
    title: str
    right: Right | None
    show: Callable[[Asked], Shown]
    do: Callable[[Asked], Shown] | None = None
    menu: Menu | None = None
    admits: Callable[[Asked], bool] = lambda _: True
    answer: Callable[[Asked], Shown] | None = None

    @property
    def post(self) -> Callable[[Asked], Shown] | None:
        """What answers a form; None where there is none."""
        return self.do or self.answer
