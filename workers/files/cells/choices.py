"""Cells of words from a list: flags, one choice, several choices."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from schemas.file_reasons import CellReason
from schemas.fillers import SHORTEST, says_nothing
from schemas.sheets import Column
from workers.files.cells import told
from workers.files.cells.told import KEPT, Convert, Converted, Setting, Told
from workers.files.grid import Cell
from workers.files.numbers import is_too_long, plain

_YES = frozenset(("是", "y", "yes", "true", "t", "1", "√", "✓", "✔", "对"))
_NO = frozenset(("否", "n", "no", "false", "f", "0", "×", "✗", "✘", "x", "错"))
_PARTS = re.compile(r"[;；、,，\n]+")
_JOINT = "；"


def make_flag(column: Column, _: Setting) -> Convert:
    """Return the converter of a column of 是 and 否."""
    optional = not column.required

    @lru_cache(KEPT)
    def of_text(written: str) -> Converted:
        text = written.strip()
        if text in told.FAULTS:
            return told.fault(text)
        key = _key(text)
        word = "是" if key in _YES else "否" if key in _NO else None
        if word is not None:
            return word if word == text else told.read_as(written, word)
        return told.blank(written) if optional and text and says_nothing(text) else text

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if cell in {"是", "否"} else of_text(cell)
        if isinstance(cell, int | float) and cell in {0, 1}:
            word = "是" if cell else "否"
            return word if isinstance(cell, bool) else told.read_as(plain(cell), word)
        if isinstance(cell, int | float):
            return Told(None, CellReason.FLAG_UNCLEAR, "单元格是数字，应填“是”或“否”")
        return told.wrong(cell, "单元格是日期或时间，应填“是”或“否”")

    return convert


class _Choices:
    """The choices of a column, by everything that may be written for one."""

    def __init__(self, column: Column) -> None:
        self.known = {word for choice in column.choices for word in (choice.code, choice.word)}
        self.words = {_key(choice.code): choice.word for choice in column.choices}
        self.words |= {_key(choice.word): choice.word for choice in column.choices}

    def find(self, text: str) -> str | None:
        return self.words.get(_key(text))


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def make_choice(column: Column, _: Setting) -> Convert:
    """Return the converter of a column of choices: words and codes stay, other spellings of one become its word."""
    optional, choices = not column.required, _Choices(column)

    @lru_cache(KEPT)
    def of_text(written: str) -> Converted:
        text = written.strip()
        if text in told.FAULTS:
            return told.fault(text)
        if text in choices.known:
            return text
        if (word := choices.find(text)) is not None:
            return told.read_as(written, word)
        return told.blank(written) if optional and len(text) < SHORTEST and text and says_nothing(text) else text

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if cell in choices.known else of_text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool) and not is_too_long(cell):
            return _choice_of_number(plain(cell), choices)
        return told.wrong(cell, "单元格是日期、时间或 TRUE、FALSE，不在可选范围内")

    return convert


def _choice_of_number(number: str, choices: _Choices) -> Converted:
    """Return the choice whose code is a number; one with a zero before it is the same, where no other is."""
    if number in choices.known:
        return number
    padded = [code for code in choices.known if code.isdecimal() and code.lstrip("0") == number]
    if len(padded) == 1:
        return told.read_as(number, choices.words[_key(padded[0])])
    return Told(None, CellReason.CHOICE_UNKNOWN, f"数字「{told.masked(number)}」不在可选范围内")


def make_choices(column: Column, setting: Setting) -> Convert:
    """Return the converter of a column of several choices, whatever parts them."""
    choices, one = _Choices(column), make_choice(column, setting)

    @lru_cache(KEPT)
    def of_text(written: str) -> Converted:
        found = [choices.find(part) for part in _PARTS.split(written) if part.strip()]
        words = [word for word in found if word is not None]
        if len(words) < len(found) or len(words) < 2:
            return one(written)
        joined = _JOINT.join(words)
        return joined if joined == written.strip() else told.read_as(written, joined)

    return lambda cell: of_text(cell) if type(cell) is str else one(cell)
