"""From a cell to the text that its column holds, with what is to be said where that is another form than was written.

Nothing is guessed that changes a meaning. A text that is not understood goes on as it is, for intake to judge; a
number, day or failed formula that cannot be the text it once was is refused, with the way to mend the sheet.

A converter is made once for each column of a sheet and called for each cell, so the plain text, which nearly every cell
is, comes first everywhere.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from schemas import forms
from schemas.file_reasons import CellReason
from schemas.fillers import SHORTEST, is_filler, says_nothing
from schemas.sheets import Column, Kind
from workers.files.grid import Cell, Fault


class Told(NamedTuple):
    """A text of which something is to be said; None where the cell is refused."""

    text: str | None
    reason: CellReason
    says: str


Converted = str | Told
Convert = Callable[[Cell], Converted]
"""Takes a cell that is not blank."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a column's converter has to know of its sheet."""

    from_1904: bool | None = None
    in_yuan: bool = False


_KEPT = 4096
"""Answers that are remembered for each column: cells repeat."""
_WHOLE = 10**15
"""From here on a double no longer tells one integer from the next."""
_SHOWN = 40
_FAULTS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
_FIXED = frozenset((6, 8, 9, 12, 15, 18))
"""Lengths of codes that have one length; a number that is shorter has lost its zeros."""
_WIDE = {ord("０") + at: ord("0") + at for at in range(10)}
_WIDE |= {ord("Ａ") + at: ord("A") + at for at in range(26)} | {ord("ａ") + at: ord("a") + at for at in range(26)}
_ANY_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_UPPER = re.compile(r"[0-9A-Za-z]{2}[0-9]{6}[0-9A-Za-z]{9}[0-9A-Za-z]|[0-9]{17}x")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,3}")
_FORCED = re.compile(r'="([^"]*)"')
_APOSTROPHES = "'‘’＇"
_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_AMOUNT = re.compile(
    r"(?:人民币|RMB|CNY)?:?[¥￥]?([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)(万元|万|元|圆)?整?"
)
_UNITS = {"万元": Decimal(10_000), "万": Decimal(10_000), "元": Decimal(1), "圆": Decimal(1)}
_SERIAL = re.compile(r"[0-9]{5}")
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 73_415
"""1970-01-01 and 2100-12-31, as days are counted from 1900: earlier and later ones are no days but other numbers."""
_ENDLESS = 2_958_465
"""9999-12-31, as days are counted from 1900."""
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), 1_462
_YES = frozenset(("是", "y", "yes", "true", "t", "1", "√", "✓", "✔", "对"))
_NO = frozenset(("否", "n", "no", "false", "f", "0", "×", "✗", "✘", "x", "错"))


def make_converter(column: Column, setting: Setting) -> Convert:
    """Return the function that reads the cells of a column."""
    make = _MAKERS.get(column.kind, _make_text)
    return make(column, setting)


def _shown(cell: object) -> str:
    text = str(cell).strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _read_as(written: object, text: str) -> Told:
    return Told(text, CellReason.READ_AS, f"「{_shown(written)}」读作「{_shown(text)}」")


def _blank(written: str) -> Told:
    return Told("", CellReason.FILLER, f"「{_shown(written)}」视为空")


def _fault(code: str) -> Told:
    return Told(None, CellReason.ERROR_VALUE, f"单元格是公式错误 {_shown(code)}")


def _wrong(cell: Cell, says: str) -> Told:
    if isinstance(cell, Fault):
        return _fault(cell.code)
    return Told(None, CellReason.KIND_WRONG, says)


def _plain(number: float) -> str:
    """Return a number as a spreadsheet shows it: with fifteen digits at most, and without exponent."""
    if isinstance(number, int) or number.is_integer():
        return str(int(number))
    return f"{Decimal(f'{number:.15g}'):f}"


def _too_long(number: float) -> bool:
    return not math.isfinite(number) or abs(number) >= _WHOLE


_LOST = Told(None, CellReason.NUMBER_AS_FLOAT, "号码以数字格式保存，15 位以后的数字已经丢失")
"""It says no digit: those that are left may be of an identity number."""


# --- texts ---------------------------------------------------------------------------------------------------------


def _make_text(column: Column, _: Setting) -> Convert:
    optional = not column.required

    @lru_cache(_KEPT)
    def short(written: str) -> Converted:
        text = written.strip()
        if text in _FAULTS:
            return _fault(text)
        return _blank(written) if optional and text and says_nothing(text) else text

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell.strip() if len(cell) >= SHORTEST else short(cell)
        return _text_of(cell)

    return convert


def _text_of(cell: Cell) -> Converted:
    """Return the text of a cell that holds none, in a column of texts."""
    match cell:
        case bool():
            return _read_as(cell, "是" if cell else "否")
        case int() | float():
            return _LOST if _too_long(cell) else _plain(cell)
        case datetime() if cell.time() != time():
            return _read_as(cell, cell.isoformat(" ", "minutes"))
        case date():
            day = cell.isoformat()[:10]
            return _read_as("日期", day)
    return _wrong(cell, "单元格是时间，不是文字")


# --- codes ---------------------------------------------------------------------------------------------------------


def _make_code(column: Column, _: Setting) -> Convert:
    optional = not column.required
    fixed = column.most if column.most in _FIXED else None

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            if len(cell) >= SHORTEST and cell.isascii() and cell.isalnum() and (cell.isdigit() or cell.isupper()):
                return cell
            return of_text(cell)
        return _code_of(cell, fixed)

    @lru_cache(_KEPT)
    def of_text(written: str) -> Converted:
        text = _clean_code(written)
        if text in _FAULTS:
            return _fault(text)
        if _SCIENTIFIC.fullmatch(text):
            return _LOST
        if optional and text and len(text) < SHORTEST and is_filler(text):
            return _blank(written)
        return text if text == written.strip() else _read_as(_masked(written), _masked(text))

    return convert


def _masked(text: str) -> str:
    """Return a code for people to recognise; of one that may be an identity number only the ends."""
    bare = text.strip()
    return bare if sum(map(str.isdigit, bare)) < 15 else f"{bare[:6]}…{bare[-2:]}"


def _clean_code(written: str) -> str:
    text = written.strip()
    if (forced := _FORCED.fullmatch(text)) is not None:
        text = forced[1].strip()
    if text[:1] in _APOSTROPHES and len(text) > 1 and not text.endswith(tuple(_APOSTROPHES)):
        text = text[1:].strip()
    if not text.isascii() and _ANY_WIDE.search(text):
        text = text.translate(_WIDE)
    return text.upper() if _UPPER.fullmatch(text) else text


def _code_of(cell: Cell, fixed: int | None) -> Converted:
    match cell:
        case bool():
            return _wrong(cell, "单元格是 TRUE 或 FALSE，不是号码")
        case int() | float() if _too_long(cell):
            return _LOST
        case int() | float() if cell < 0 or cell != int(cell):
            return _wrong(cell, "号码以带小数或负的数字保存")
        case int() | float():
            text = str(int(cell))
            if fixed is not None and len(text) < fixed:
                says = f"号码以数字格式保存，只有 {len(text)} 位，应为 {fixed} 位"
                return Told(None, CellReason.ZEROS_LOST, says)
            return Told(text, CellReason.READ_AS, "号码以数字格式保存，按所示数字读入")
        case date():
            return _wrong(cell, "号码被表格软件转成了日期")
    return _wrong(cell, "单元格是时间，不是号码")


# --- days ----------------------------------------------------------------------------------------------------------


def _make_day(column: Column, setting: Setting) -> Convert:
    optional = not column.required
    read = forms.read_end if column.kind is Kind.END else forms.read_day

    @lru_cache(_KEPT)
    def of_text(written: str) -> Converted:
        text = written.strip()
        if text in _FAULTS:
            return _fault(text)
        try:
            day = read(text).isoformat()
        except PydanticCustomError:
            if _SERIAL.fullmatch(text):
                return of_number(int(text))
            if optional and text and not any(map(str.isdigit, text)) and says_nothing(text):
                return _blank(written)
            return text
        return day if day == text else _read_as(written, day)

    def of_number(number: float) -> Converted:
        if 19_000_101 <= number <= 99_991_231 and number == int(number):
            written = str(int(number))
            said = of_text(written)
            if said != written:
                return said
        return _day_of_serial(number, setting.from_1904, endless=column.kind is Kind.END)

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if cell < _LONG_TERM and _PLAIN_DAY.fullmatch(cell) else of_text(cell)
        match cell:
            case bool():
                return _wrong(cell, "单元格是 TRUE 或 FALSE，不是日期")
            case int() | float():
                return of_number(cell)
            case date():
                return _day_of(cell, read)
        return _wrong(cell, "单元格只有时间，没有日期")

    return convert


_LONG_TERM = forms.LONG_TERM.isoformat()
_UNCLEAR = CellReason.DATE_UNCLEAR


def _day_of(cell: date, read: Callable[[date], date]) -> Converted:
    """Return the day of a cell that is formatted as one."""
    day = date(cell.year, cell.month, cell.day)
    if day < date(1900, 3, 1):
        return Told(None, _UNCLEAR, f"单元格显示为 {day.isoformat()}，可能是数字误设为日期格式")
    text = read(day).isoformat()
    if isinstance(cell, datetime) and cell.time() != time():
        return _read_as(cell.isoformat(" ", "minutes"), text)
    return text if text == day.isoformat() else _read_as(day.isoformat(), text)


def _day_of_serial(number: float, from_1904: bool | None, *, endless: bool) -> Converted:
    if from_1904 is None:
        return Told(None, _UNCLEAR, f"「{_plain(number)}」可能是日期的序号，而文件没有说明从哪一年起算")
    serial = int(number) + (_EPOCH_1904 if from_1904 else 0) if math.isfinite(number) else 0
    if not (_FIRST_SERIAL <= serial <= _LAST_SERIAL or (endless and serial == _ENDLESS)):
        return Told(
            None, _UNCLEAR, "数字过大，不是日期" if _too_long(number) else f"数字「{_masked(_plain(number))}」不是日期"
        )
    day = _EPOCH + timedelta(days=serial)
    return Told(
        min(day, forms.LONG_TERM).isoformat() if endless else day.isoformat(),
        CellReason.READ_AS,
        f"{_plain(number)} 按日期读作 {day.isoformat()}",
    )


def _make_instant(_: Column, setting: Setting) -> Convert:
    def convert(cell: Cell) -> Converted:
        match cell:
            case str():
                text = cell.strip()
                return _fault(text) if text in _FAULTS else text
            case datetime():
                return cell.isoformat(" ", "seconds")
            case date():
                return cell.isoformat()
            case bool():
                return _wrong(cell, "单元格是 TRUE 或 FALSE，不是时间")
            case int() | float():
                return _moment_of(cell, setting.from_1904)
        return _wrong(cell, "单元格只有时间，没有日期")

    return convert


def _moment_of(number: float, from_1904: bool | None) -> Converted:
    day = _day_of_serial(number, from_1904, endless=False)
    if isinstance(day, str) or day.text is None:
        return day
    seconds = round((number - int(number)) * 86_400)
    moment = datetime.fromisoformat(day.text) + timedelta(seconds=seconds)
    text = moment.isoformat(" ", "seconds")
    return Told(text, CellReason.READ_AS, f"{_plain(number)} 按时间读作 {text}")


# --- amounts and numbers -------------------------------------------------------------------------------------------


def _make_amount(column: Column, setting: Setting) -> Convert:
    optional = not column.required
    unit = "万元" if "万元" in column.title else "元" if "元" in column.title else ""
    written_in = "元" if setting.in_yuan else unit

    @lru_cache(_KEPT)
    def of_text(written: str) -> Converted:
        text = "".join(unicodedata.normalize("NFKC", written).split())
        if text in _FAULTS:
            return _fault(text)
        found = _AMOUNT.fullmatch(text)
        if found is None:
            if optional and text and not any(map(str.isdigit, text)) and says_nothing(text):
                return _blank(written)
            return written.strip()
        if found[2] and not unit:
            return written.strip()  # the title names no unit, so intake has to judge
        return in_unit(written.strip(), Decimal(found[1].replace(",", "")), found[2] or written_in)

    def in_unit(written: str, amount: Decimal, said: str) -> Converted:
        if said and said != unit:
            amount = amount * _UNITS[said] / _UNITS[unit]
        text = f"{amount.normalize():f}" if amount else "0"
        if said != written_in or setting.in_yuan:
            if -int(amount.normalize().as_tuple().exponent) > 6:
                return Told(None, CellReason.AMOUNT_UNCLEAR, f"「{_shown(written)}」换算为{unit}后超过六位小数")
            return Told(text, CellReason.READ_AS, f"「{_shown(written)}」{_in(said, written)}换算为 {text} {unit}")
        return written if _PLAIN_AMOUNT.fullmatch(written) else _read_as(written, text)

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if not setting.in_yuan and _PLAIN_AMOUNT.fullmatch(cell) else of_text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            if _too_long(cell):
                return Told(None, CellReason.AMOUNT_UNCLEAR, "数字过大")
            return in_unit(_plain(cell), Decimal(_plain(cell)), "元") if setting.in_yuan else _plain(cell)
        return _wrong(cell, "单元格是日期、时间或 TRUE、FALSE，不是金额")

    return convert


def _in(said: str, written: str) -> str:
    return "" if said in written else f"（{said}）"


def _make_number(column: Column, _: Setting) -> Convert:
    optional = not column.required

    @lru_cache(_KEPT)
    def of_text(written: str) -> Converted:
        text = unicodedata.normalize("NFKC", written).strip()
        if text in _FAULTS:
            return _fault(text)
        if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", text):
            text = text.replace(",", "")
        if re.fullmatch(r"[0-9]{1,15}\.0+", text):
            text = text.partition(".")[0]
        if optional and text and not any(map(str.isdigit, text)) and says_nothing(text):
            return _blank(written)
        return text if text == written.strip() else _read_as(written, text)

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if cell.isascii() and cell.isdigit() else of_text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return _LOST if _too_long(cell) else _plain(cell)
        return _wrong(cell, "单元格是日期、时间或 TRUE、FALSE，不是数字")

    return convert


# --- words ---------------------------------------------------------------------------------------------------------


def _make_flag(column: Column, _: Setting) -> Convert:
    optional = not column.required

    def convert(cell: Cell) -> Converted:
        match cell:
            case "是" | "否":
                return cell
            case str():
                return of_text(cell)
            case bool():
                return "是" if cell else "否"
            case int() | float() if cell in {0, 1}:
                return _read_as(_plain(cell), "是" if cell else "否")
            case int() | float():
                return Told(None, CellReason.FLAG_UNCLEAR, "单元格是数字，应填“是”或“否”")
        return _wrong(cell, "单元格是日期或时间，应填“是”或“否”")

    @lru_cache(_KEPT)
    def of_text(written: str) -> Converted:
        text = unicodedata.normalize("NFKC", written).strip()
        if text in _FAULTS:
            return _fault(text)
        word = "是" if text.casefold() in _YES else "否" if text.casefold() in _NO else None
        if word is not None:
            return word if word == written.strip() else _read_as(written, word)
        return _blank(written) if optional and text and says_nothing(text) else written.strip()

    return convert


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _make_choice(column: Column, _: Setting) -> Convert:
    optional = not column.required
    known = {word for choice in column.choices for word in (choice.code, choice.word)}
    by_key = {_key(choice.code): choice.word for choice in column.choices}
    by_key |= {_key(choice.word): choice.word for choice in column.choices}

    @lru_cache(_KEPT)
    def of_text(written: str) -> Converted:
        text = written.strip()
        if text in _FAULTS:
            return _fault(text)
        if text in known:
            return text
        if (word := by_key.get(_key(text))) is not None:
            return _read_as(written, word)
        if optional and text and len(text) < SHORTEST and says_nothing(text):
            return _blank(written)
        return text

    def convert(cell: Cell) -> Converted:
        if type(cell) is str:
            return cell if cell in known else of_text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool) and not _too_long(cell):
            return _choice_of(_plain(cell), known, by_key)
        return _wrong(cell, "单元格是日期、时间或 TRUE、FALSE，不在可选范围内")

    return convert


def _choice_of(number: str, known: set[str], by_key: dict[str, str]) -> Converted:
    """Return the choice whose code is a number; one with a zero before it is the same, where no other is."""
    if number in known:
        return number
    padded = [code for code in known if code.isdigit() and code.lstrip("0") == number]
    if len(padded) == 1:
        return _read_as(number, by_key[_key(padded[0])])
    return Told(None, CellReason.CHOICE_UNKNOWN, f"数字「{_masked(number)}」不在可选范围内")


_PARTS = re.compile(r"[;；、,，\n]+")


def _make_choices(column: Column, setting: Setting) -> Convert:
    one = _make_choice(column, setting)
    by_key = {_key(choice.code): choice.word for choice in column.choices}
    by_key |= {_key(choice.word): choice.word for choice in column.choices}

    @lru_cache(_KEPT)
    def of_text(written: str) -> Converted:
        parts = [by_key.get(_key(part)) for part in _PARTS.split(written) if part.strip()]
        words = [part for part in parts if part is not None]
        if len(words) < 2 or len(words) < len(parts):
            return one(written)
        joined = "；".join(words)
        return joined if joined == written.strip() else _read_as(written, joined)

    return lambda cell: of_text(cell) if type(cell) is str else one(cell)


_MAKERS: dict[Kind, Callable[[Column, Setting], Convert]] = {
    Kind.CODE: _make_code,
    Kind.DAY: _make_day,
    Kind.END: _make_day,
    Kind.INSTANT: _make_instant,
    Kind.AMOUNT: _make_amount,
    Kind.NUMBER: _make_number,
    Kind.FLAG: _make_flag,
    Kind.CHOICE: _make_choice,
    Kind.CHOICES: _make_choices,
}
