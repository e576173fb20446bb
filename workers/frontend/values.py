"""Values of database columns as the texts of a template's cells, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Column
from sqlalchemy.types import Date, DateTime, Numeric, String, TypeEngine

from schemas.errors import PermanentError

SHANGHAI = ZoneInfo("Asia/Shanghai")
EXACT = 10**15
"""From here on a floating-point number may have lost its last digits."""
_PRECISE = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
_DAY = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


class ValueUnreadable(PermanentError):
    """A value of a column is no text; `says` tells the clerk in Chinese, without quoting it."""

    def __init__(self, says: str) -> None:
        """Keep what is said."""
        super().__init__(says)
        self.says = says


def to_text(value: object) -> str:
    """Return a value as a cell of a spreadsheet would show it; blank for NULL.

    The padding of CHAR columns goes; a day with the time 00:00:00 is a day; a time with offset is told in
    Asia/Shanghai; decimals are written without trailing zeros, numbers never with an exponent.

    Raises:
        ValueUnreadable: binary data, a floating-point number whose digits are not exact, or a kind of value that no
            cell has.
    """
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise ValueUnreadable("列的类型不能读作文字")


def _write_decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueUnreadable("不是一个数")
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _write_float(value: float) -> str:
    if not abs(value) < EXACT:
        raise ValueUnreadable("数值以浮点数存放，末位已不准确；该列应改为文本或 DECIMAL 类型")
    return _write_decimal(Decimal(repr(value)))


def _write_instant(value: datetime) -> str:
    local = value.astimezone(SHANGHAI) if value.tzinfo else value
    if local.time() == time(0):
        return local.date().isoformat()
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _decode(value: bytes | bytearray | memoryview) -> str:
    for charset in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return bytes(value).decode(charset).strip()
    raise ValueUnreadable("二进制内容不能读作文字")


_WRITERS: tuple[tuple[type | UnionType, Callable[[Any], str]], ...] = (
    (str, str.strip),
    (NoneType, lambda _: ""),
    (bool, lambda value: "是" if value else "否"),  # before int, which it is too
    (int | UUID, str),
    (Decimal, _write_decimal),
    (float, _write_float),
    (datetime, _write_instant),  # before date, which it is too
    (date, date.isoformat),
    (bytes | bytearray | memoryview, _decode),
)


def to_key(parts: Sequence[object]) -> str:
    """Return the values of a key as a JSON list of texts, from which `from_key` makes them again."""
    return json.dumps([_key_text(part) for part in parts], ensure_ascii=False)


def _key_text(value: object) -> str:
    if isinstance(value, str):
        return value  # padding and all
    return value.isoformat() if isinstance(value, date) else to_text(value)


def from_key(text: str, columns: Sequence[Column[Any]]) -> tuple[object, ...]:
    """Return the values of a key as its columns hold them."""
    return tuple(_key_value(part, column) for part, column in zip(json.loads(text), columns, strict=True))


def _key_value(text: str, column: Column[Any]) -> object:
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return text
    if issubclass(kind, date):
        return kind.fromisoformat(text)
    return kind(text) if issubclass(kind, int | Decimal | UUID) else text


def to_instant(value: object) -> datetime | None:
    """Return the time of an operation, in Asia/Shanghai where it has no offset; None where it is none."""
    if isinstance(value, str):
        with suppress(ValueError):
            return to_instant(datetime.fromisoformat(value.strip().replace("/", "-")))
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(0))
    if not isinstance(value, datetime) or value.year < 1900:  # messages are of the years from then on
        return None
    return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)


def from_instant(value: datetime, column: Column[Any]) -> object:
    """Return a moment as the column of the time of operation holds it, to the second."""
    local = value.astimezone(SHANGHAI).replace(microsecond=0)
    kind = column.type
    if isinstance(kind, DateTime):
        return local if kind.timezone else local.replace(tzinfo=None)
    if isinstance(kind, Date):
        return local.date()
    return local.strftime("%Y-%m-%d %H:%M:%S")


def from_text(text: str, column: Column[Any]) -> object:
    """Return the text of a cell as a column holds it: NULL for a blank one, cut off where the column is shorter.

    A text that is no number or day is left as it is, for the database to judge.
    """
    if not text:
        return None if column.nullable else ""
    kind = column.type
    if isinstance(kind, Date | DateTime):
        return _read_moment(text, kind)
    if isinstance(kind, String):
        return cut(text, column)
    return _read_number(text, kind)


def _read_moment(text: str, kind: TypeEngine[Any]) -> object:
    found = _DAY.fullmatch(text)
    if found:
        with suppress(ValueError):
            day = date(*(int(part) for part in found.groups()))
            return datetime.combine(day, time(0)) if isinstance(kind, DateTime) else day
    return text


def _read_number(text: str, kind: TypeEngine[Any]) -> object:
    if isinstance(kind, Numeric) and _PRECISE.fullmatch(text):
        return Decimal(text)
    return int(text) if _is_whole(kind) and re.fullmatch(r"-?[0-9]{1,18}", text) else text


def read_state(value: str, column: Column[Any]) -> object:
    """Return a value of the state column as routing.yaml writes it, as the column holds it."""
    return int(value) if _is_whole(column.type) and value.lstrip("-").isdecimal() else value


def _is_whole(kind: TypeEngine[Any]) -> bool:
    try:
        return kind.python_type in {int, bool}
    except NotImplementedError:
        return False


def holds(text: str, column: Column[Any]) -> bool:
    """Tell whether a column has room for the whole text of a cell, with all digits of a number."""
    room = room_of(column)
    if room is not None:
        return len(text) <= room
    kind = column.type
    if isinstance(kind, Numeric) and kind.scale is not None and _PRECISE.fullmatch(text):
        whole, _, decimals = text.lstrip("-").partition(".")
        most = kind.precision - kind.scale if kind.precision is not None else len(whole)
        return len(decimals.rstrip("0")) <= kind.scale and len(whole.lstrip("0")) <= most
    return not text or not _is_whole(kind) or re.fullmatch(r"-?[0-9]{1,18}", text) is not None


def cut(text: str, column: Column[Any]) -> str:
    """Return as much of a text as the column has room for, without characters that databases refuse."""
    return text.replace("\0", "")[: room_of(column)]


def room_of(column: Column[Any]) -> int | None:
    """Return how many characters a column of texts holds; None: it has no bound, or holds no texts."""
    return column.type.length if isinstance(column.type, String) else None
