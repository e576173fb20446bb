"""Cells of amounts and other numbers: with separators, with their unit, and as a spreadsheet has them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from schemas.file_reasons import CellReason
from schemas.sheets import Column
from workers.files.cells import told
from workers.files.cells.told import KEPT, LOST, Convert, Converted, Setting, Told
from workers.files.grid import Cell
from workers.files.numbers import is_too_long, plain

_PLAIN = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?"
"""Whatever `schemas.forms.read_amount` reads: what passed here unread would be taken in the unit of the column."""
_AMOUNT = re.compile(rf"((?:人民币|RMB|CNY)?:?[¥￥]?)({_DIGITS})(亿元|万元|万|元|圆)?整?")
_UNITS = {"亿元": 10**8, "万元": 10**4, "万": 10**4, "元": 1, "圆": 1}
_PLACES = 6
_SEPARATED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_WHOLE = re.compile(r"([0-9]{1,15})\.0+")


def make_amount(column: Column, setting: Setting) -> Convert:
    """Return the converter of a column of amounts; what is in another unit than the column's is worked out and said."""
    return _Amounts(column, setting).convert


class _Amounts:
    def __init__(self, column: Column, setting: Setting) -> None:
        self._optional = not column.required
        self._unit = "万元" if "万元" in column.title else "元" if "元" in column.title else ""
        self._written_in = "元" if setting.in_yuan else self._unit
        self._of_text = lru_cache(KEPT)(self._read_text)

    def convert(self, cell: Cell) -> Converted:
        if type(cell) is str:
            bare = self._written_in == self._unit and _PLAIN.fullmatch(cell)
            return cell if bare else self._of_text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            if is_too_long(cell):
                return Told(None, CellReason.AMOUNT_UNCLEAR, "数字过大，不是金额")
            text = plain(cell)
            return text if self._written_in == self._unit else self._work_out(text, Decimal(text), self._written_in)
        return told.wrong(cell, "单元格是日期、时间或 TRUE、FALSE，不是金额")

    def _read_text(self, written: str) -> Converted:
        text = "".join(unicodedata.normalize("NFKC", written).split())
        if text in told.FAULTS:
            return told.fault(text)
        found = _AMOUNT.fullmatch(text)
        if found is None or (found[3] and not self._unit):
            return told.blank(written) if self._optional and told.is_no_value(text) else written.strip()
        bare, unit = f"{Decimal(found[2].replace(',', '')):f}", found[3] or self._written_in
        if found[1] and not found[3] and unit != "元":
            says = f"「{told.shown(written)}」有货币符号而没有单位，不知是元还是{unit or '其他'}"
            return Told(None, CellReason.AMOUNT_UNCLEAR, says)
        if unit != self._unit:
            return self._work_out(written, Decimal(bare), unit)
        return bare if bare == written.strip() else told.read_as(written, bare)

    def _work_out(self, written: str, amount: Decimal, unit: str) -> Told:
        amount = amount * _UNITS[unit] / _UNITS[self._unit]
        text = f"{amount.normalize():f}"
        shown = told.shown(written) if unit in written else f"{told.shown(written)}（{unit}）"
        if len(text.partition(".")[2]) > _PLACES:
            says = f"「{shown}」换算为{self._unit}后超过六位小数"
            return Told(None, CellReason.AMOUNT_UNCLEAR, says)
        return Told(text, CellReason.WORKED_OUT, f"「{shown}」换算为 {text} {self._unit}")


def make_number(column: Column, _: Setting) -> Convert:
    """Return the converter of a column of other numbers."""
    optional = not column.required

    @lru_cache(KEPT)
    def of_text(written: str) -> Converted:
        text = unicodedata.normalize("NFKC", written).strip()
        if text in told.FAULTS:
            return told.fault(text)
        if optional and told.is_no_value(text):
            return told.blank(written)
        if _SEPARATED.fullmatch(text):
            text = text.replace(",", "")
        text = _WHOLE.sub(r"\1", text) if _WHOLE.fullmatch(text) else text
        return text if text == written.strip() else told.read_as(written, text)

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if cell.isascii() and cell.isdigit() else of_text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return LOST if is_too_long(cell) else plain(cell)
        return told.wrong(cell, "单元格是日期、时间或 TRUE、FALSE，不是数字")

    return convert
