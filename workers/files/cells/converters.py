"""The converter of a column, by its kind."""

from __future__ import annotations

from collections.abc import Callable

from schemas.sheets import Column, Kind
from workers.files.cells.amounts import make_amount, make_number
from workers.files.cells.choices import make_choice, make_choices, make_flag
from workers.files.cells.days import make_day, make_instant
from workers.files.cells.texts import make_code, make_text
from workers.files.cells.told import Convert, Setting

_MAKERS: dict[Kind, Callable[[Column, Setting], Convert]] = {
    Kind.TEXT: make_text,
    Kind.TEXTS: make_text,
    Kind.CODE: make_code,
    Kind.DAY: make_day,
    Kind.END: make_day,
    Kind.INSTANT: make_instant,
    Kind.AMOUNT: make_amount,
    Kind.NUMBER: make_number,
    Kind.FLAG: make_flag,
    Kind.CHOICE: make_choice,
    Kind.CHOICES: make_choices,
}


def make_converter(column: Column, setting: Setting) -> Convert:
    """Return the function that reads the cells of a column."""
    return _MAKERS[column.kind](column, setting)
