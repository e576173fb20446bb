"""Cells of days and times: texts in every form, days of the spreadsheet, and their bare serial numbers."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from pydantic_core import PydanticCustomError

from schemas import forms
from schemas.file_reasons import CellReason
from schemas.sheets import Column, Kind
from workers.files.cells import told
from workers.files.cells.told import KEPT, Convert, Converted, Setting, Told
from workers.files.grid import Cell
from workers.files.numbers import is_too_long, plain

_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_USUAL = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})")
"""As templates and spreadsheets write a day: nobody has to look at what becomes of it."""
_LONG_TERM = forms.LONG_TERM.isoformat()
_SERIAL = re.compile(r"[0-9]{5}")
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 73_415
"""1970-01-01 and 2100-12-31, as days are counted from 1900: earlier and later ones are no days but other numbers."""
_ENDLESS = 2_958_465
"""9999-12-31, as days are counted from 1900."""
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), 1_462
_EARLIEST = date(1900, 3, 1)
"""Before it a spreadsheet has days that never were; and numbers below a hundred, formatted as days, fall there."""
_EARLIEST_TEXT = _EARLIEST.isoformat()
_DAY_SECONDS = 86_400


def make_day(column: Column, setting: Setting) -> Convert:
    """Return the converter of a column of days, or of last days; what is understood becomes YYYY-MM-DD."""
    return _Days(column, setting).convert


class _Days:
    def __init__(self, column: Column, setting: Setting) -> None:
        self._optional = not column.required
        self._is_end = column.kind is Kind.END
        self._read = forms.read_end if self._is_end else forms.read_day
        self._from_1904 = setting.from_1904
        self._of_text = lru_cache(KEPT)(self._read_text)

    def convert(self, cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if _EARLIEST_TEXT <= cell < _LONG_TERM and _PLAIN.fullmatch(cell) else self._of_text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return self._read_number(cell)
        if isinstance(cell, date):
            return self._read_day(cell)
        return told.wrong(cell, "单元格是 TRUE、FALSE，或只有时间，不是日期")

    def _read_text(self, written: str) -> Converted:
        text = written.strip()
        try:
            day = self._read(text).isoformat()
        except PydanticCustomError:
            return self._read_other(written, text)
        if day < _EARLIEST_TEXT:
            return _not_of_our_time(day)
        return day if day == _in_full(text) else told.read_as(written, day)

    def _read_other(self, written: str, text: str) -> Converted:
        if text in told.FAULTS:
            return told.fault(text)
        if _SERIAL.fullmatch(text):
            return self._read_number(int(text))
        return told.blank(written) if self._optional and told.is_no_value(text) else text

    def _read_number(self, number: float) -> Converted:
        if 19_000_101 <= number <= 99_991_231 and number == int(number):
            written = str(int(number))
            said = self._of_text(written)
            if said != written:
                return said
        return _day_of_serial(number, self._from_1904, is_end=self._is_end)

    def _read_day(self, cell: date) -> Converted:
        day = date(cell.year, cell.month, cell.day)
        if day < _EARLIEST:
            return _not_of_our_time(day.isoformat())
        text = self._read(day).isoformat()
        if isinstance(cell, datetime) and cell.time() != time():
            return told.read_as(cell.isoformat(" ", "minutes"), text)
        return text if text == day.isoformat() else told.read_as(day.isoformat(), text)


def _not_of_our_time(day: str) -> Told:
    return Told(None, CellReason.DATE_UNCLEAR, f"单元格显示为 {day}，可能是数字误设为日期格式")


def _in_full(text: str) -> str:
    """Return a day in its usual writing with all digits and with hyphens; any other text as it is."""
    found = _USUAL.fullmatch(text)
    return f"{found[1]}-{found[3]:0>2}-{found[4]:0>2}" if found else text


def _day_of_serial(number: float, from_1904: bool | None, *, is_end: bool) -> Told:  # noqa: FBT001 - three-valued
    unclear = CellReason.DATE_UNCLEAR
    if is_too_long(number):
        return Told(None, unclear, "数字过大，不是日期")
    written = told.masked(plain(number))
    serial = math.floor(number) + (_EPOCH_1904 if from_1904 else 0)
    if not (_FIRST_SERIAL <= serial <= _LAST_SERIAL or (is_end and serial == _ENDLESS)):
        return Told(None, unclear, f"数字「{written}」不是日期")
    if from_1904 is None:
        return Told(None, unclear, f"「{written}」可能是日期的序号，而文件没有说明从哪一年起算")
    day = _EPOCH + timedelta(days=serial)
    text = min(day, forms.LONG_TERM).isoformat() if is_end else day.isoformat()
    return Told(text, CellReason.WORKED_OUT, f"{written} 按日期读作 {text}")


def make_instant(_: Column, setting: Setting) -> Convert:
    """Return the converter of a column of days with a time; texts stay as they are."""

    def convert(cell: Cell) -> Converted:
        if isinstance(cell, str):
            text = cell.strip()
            return told.fault(text) if text in told.FAULTS else text
        if isinstance(cell, datetime):
            return cell.isoformat(" ", "seconds")
        if isinstance(cell, date):
            return cell.isoformat()
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return _moment_of_serial(cell, setting.from_1904)
        return told.wrong(cell, "单元格是 TRUE、FALSE，或只有时间，没有日期")

    return convert


def _moment_of_serial(number: float, from_1904: bool | None) -> Told:  # noqa: FBT001 - three-valued
    day = _day_of_serial(number, from_1904, is_end=False)
    if day.text is None:
        return day
    seconds = round((number - math.floor(number)) * _DAY_SECONDS)
    text = (datetime.fromisoformat(day.text) + timedelta(seconds=seconds)).isoformat(" ", "seconds")
    return Told(text, CellReason.WORKED_OUT, f"{plain(number)} 按时间读作 {text}")
