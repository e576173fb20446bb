"""The look that all views share: colours by meaning, calm tables, days and times as officials write them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from rich import box
from rich.table import Table
from rich.text import Text

from schemas.words import Tone, Worded
from workers.letters import spell
from workers.show.sheet import LONGEST_WORD, Sheet

_SHANGHAI = ZoneInfo("Asia/Shanghai")

GOOD, BUSY, WAITING, ALARM, PAST, QUIET = "green", "cyan", "yellow", "bold red", "bright_black", "dim"

_COLOURS = {
    Tone.PLAIN: "",
    Tone.GOOD: GOOD,
    Tone.BUSY: BUSY,
    Tone.WAITING: WAITING,
    Tone.GRAVE: "dark_orange",
    Tone.ALARM: ALARM,
    Tone.LEAVING: "magenta",
    Tone.PAST: PAST,
}
"""Colour by tone; every code is also said in words, for screens and printers without colour."""


def plain(value: object, style: str = "") -> Text:
    """Return a value as text that neither rich nor the terminal can take for anything else.

    No part of it is markup; what does not print is shown by its number.
    """
    return Text(spell(str(value)), style=style, overflow="fold")


def coloured(text: str, code: Worded) -> Text:
    """Return a text in the colour of a code."""
    return plain(text, _COLOURS[code.tone])


def show_code(code: Worded) -> Text:
    """Return the word of a code in its colour."""
    return coloured(code.word, code)


def day(value: date | None) -> str:
    """Return a day, or a dash."""
    return value.isoformat() if value else "—"


def moment(value: datetime | None) -> str:
    """Return a moment in Asia/Shanghai to the minute, or a dash."""
    return value.astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else "—"


def new_table(title: str, *columns: str, right: Collection[str] = (), whole: Collection[str] = ()) -> Table:
    """Return an empty table; `right` names the columns of numbers, `whole` those never broken over lines.

    What is longer than the screen is cut off in a whole column: they are for words and days, not for names.
    """
    table = Sheet(
        title=plain(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for column in columns:
        side: Literal["right", "left"] = "right" if column in right else "left"
        table.add_column(column, justify=side, overflow="fold", header_style="bold", no_wrap=column in whole)
    return table


def shorten(word: str) -> str:
    """Return a word with its middle left out where a narrow screen would break it; another view must show it whole."""
    half = LONGEST_WORD // 2
    return word if len(word) <= LONGEST_WORD else f"{word[: half - 1]}…{word[-half:]}"


def stack(*lines: object) -> Text:
    """Return a cell of several lines: the first to be read, the others to be looked up."""
    first, *rest = lines
    return Text("\n").join([plain(first), *(plain(line, QUIET) for line in rest)])


def show_force(undone_by: str | None, undone_why: str | None, account: str | None = None) -> Text:
    """Show whether a decision is in force, or who undid it, and why where that is known."""
    if undone_by is None:
        return plain("有效", GOOD)
    who = f"{undone_by}（{account}）" if account else undone_by
    return stack("已取消", *filter(None, (who, undone_why)))
