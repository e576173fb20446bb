"""Cells of texts, and of codes, which have to come as text."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from functools import lru_cache

from schemas.file_reasons import CellReason
from schemas.fillers import LONGEST_VOID, SHORTEST, is_filler, is_void
from schemas.sheets import Column
from workers.files.cells import told
from workers.files.cells.told import KEPT, LOST, Convert, Converted, Setting, Told
from workers.files.grid import Cell
from workers.files.numbers import is_too_long, plain

_FIXED = frozenset((6, 8, 9, 12, 15, 18))
"""Lengths of codes that have one length; a number that is shorter has lost its zeros."""
_WIDE = {ord("０") + at: ord("0") + at for at in range(10)}
_WIDE |= {ord("Ａ") + at: ord("A") + at for at in range(26)} | {ord("ａ") + at: ord("a") + at for at in range(26)}
_ANY_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_UPPER = re.compile(r"[0-9A-Za-z]{2}[0-9]{6}[0-9A-Za-z]{10}|[0-9]{17}x")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,3}")
_FORCED = re.compile(r'="([^"]*)"')
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
"""What web pages and mails leave around a number that is copied from them; it is part of none."""
_APOSTROPHES = tuple("'‘’＇")


def make_text(column: Column, _: Setting) -> Convert:
    """Return the converter of a column of texts: only blanks around them are left out.

    A filler is nothing where nothing may stand, and refused where something has to.
    """
    of_filler = told.void if column.required else told.blank

    @lru_cache(KEPT)
    def of_short(written: str) -> Converted:
        text = written.strip()
        if text in told.FAULTS:
            return told.fault(text)
        return of_filler(written) if text and is_void(text) else text

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell.strip() if len(cell) > LONGEST_VOID else of_short(cell)
        return _text_of(cell)

    return convert


def _text_of(cell: Cell) -> Converted:
    match cell:
        case bool():
            return told.read_as("TRUE" if cell else "FALSE", "是" if cell else "否")
        case int() | float():
            return LOST if is_too_long(cell) else plain(cell)
        case datetime() if cell.time() != time():
            return told.read_as("日期", cell.isoformat(" ", "minutes"))
        case date():
            return told.read_as("日期", cell.isoformat()[:10])
    return told.wrong(cell, "单元格是时间，不是文字")


def make_code(column: Column, _: Setting) -> Convert:
    """Return the converter of a column of codes.

    Digits and letters of full width become narrow, what made a spreadsheet take the code for text goes, and the letters
    of codes that have large ones become large. A number is the code that it shows only where none of it can be lost.
    """
    optional = not column.required
    fixed = column.most if column.most in _FIXED else None

    @lru_cache(KEPT)
    def of_text(written: str) -> Converted:
        text = _clean(written)
        if text in told.FAULTS:
            return told.fault(text)
        if _SCIENTIFIC.fullmatch(text):
            return LOST
        if optional and text and len(text) < SHORTEST and is_filler(text):
            return told.blank(written)
        if not optional and told.is_no_value(text):
            return told.void(written)
        return text if text == written.strip() else _say_cleaned(written, text)

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            if len(cell) >= SHORTEST and cell.isascii() and cell.isalnum() and (cell.isdigit() or cell.isupper()):
                return cell
            return of_text(cell)
        return _code_of(cell, fixed)

    return convert


def _say_cleaned(written: str, text: str) -> Told:
    before = "去掉看不见的字符，" if _UNSEEN.search(written) else f"「{told.masked(written)}」"
    return Told(text, CellReason.READ_AS, f"{before}读作「{told.masked(text)}」")


def _clean(written: str) -> str:
    text = written.strip() if written.isprintable() else _UNSEEN.sub("", written).strip()
    if (forced := _FORCED.fullmatch(text)) is not None:
        text = forced[1].strip()
    if text.startswith(_APOSTROPHES) and not text.endswith(_APOSTROPHES):
        text = text[1:].strip()
    if not text.isascii() and _ANY_WIDE.search(text):
        text = text.translate(_WIDE)
    return text.upper() if _UPPER.fullmatch(text) else text


def _code_of(cell: Cell, fixed: int | None) -> Converted:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _code_of_number(cell, fixed)
    if isinstance(cell, date):
        return told.wrong(cell, "号码被表格软件转成了日期")
    return told.wrong(cell, "单元格是时间或 TRUE、FALSE，不是号码")


def _code_of_number(number: float, fixed: int | None) -> Converted:
    if is_too_long(number):
        return LOST
    if number < 0 or number != int(number):
        return Told(None, CellReason.KIND_WRONG, "号码以带小数或负的数字保存")
    text = str(int(number))
    if fixed is not None and len(text) < fixed:
        says = f"号码以数字格式保存，只有 {len(text)} 位，应为 {fixed} 位"
        return Told(None, CellReason.ZEROS_LOST, says)
    says = f"号码以数字格式保存，读作「{told.masked(text)}」；原有前导零的，请改为文本格式重新填写"
    return Told(text, CellReason.READ_AS, says)
