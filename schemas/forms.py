"""How senders write days, amounts, whole numbers and 其他-…: every form that means one thing, and what it means.

Functions for `pydantic` validators: they take what came and return the value, or raise `PydanticCustomError`
without a word of what was sent.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from pydantic_core import PydanticCustomError

LONG_TERM = date(2099, 12, 31)
"""The conventional end date that means "long term" (长期) in the national items; later ones mean the same."""
LONG_TERM_WORDS = (
    *("长期", "长期有效", "永久", "永久有效", "永久性", "无固定期限", "无期限", "无限期", "不限期"),
    *("長期", "長期有效", "永久性有效", "無固定期限", "無期限", "無限期"),
)
"""What sources write for an end that is not foreseen."""

_OFFSET = r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})"
_TIME = rf"(?:(?:\s+|\s*[Tt]\s*)[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?)?(?:\s*{_OFFSET})?"
DAY_PATTERN = (
    r"^\s*[0-9]{4}(?:(?:-[0-9]{1,2}-|/[0-9]{1,2}/|\.[0-9]{1,2}\.)[0-9]{1,2}"
    rf"|\s*年\s*[0-9]{{1,2}}\s*月\s*[0-9]{{1,2}}\s*[日号]|[0-9]{{4}}){_TIME}(?:[0-9]{{6}})?\s*$"
)
"""The forms of a day for a JSON Schema; `read_day` takes full width and Chinese numerals besides."""
END_PATTERN = rf"{DAY_PATTERN}|^\s*(?:{'|'.join(LONG_TERM_WORDS)})\s*$"
"""The forms of a last day for a JSON Schema."""
AMOUNT_PATTERN = r"^\s*(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*$"
"""The forms of an amount as text for a JSON Schema; `read_amount` takes full width besides."""

_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE_DAY = re.compile(
    r"([〇○零一二三四五六七八九]{4})\s*年\s*(十[一二]?|[一二三四五六七八九])\s*月"
    r"\s*([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])\s*[日号](.*)"
)
"""The way of decisions and seals: 二〇二六年十月二十日."""
_DAY = re.compile(
    r"([0-9]{4})(?:\s*([-/.])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,2})"
    r"|\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号]"
    r"|([0-9]{2})([0-9]{2}))(.*)"
)
_CLOCK = re.compile(
    rf"(?:(?:\s+|\s*[Tt]\s*)?([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}})(?:\.[0-9]+)?)?"
    rf"|\s*([0-9]{{2}})([0-9]{{2}})([0-9]{{2}}))?\s*({_OFFSET})?"
)
_SHANGHAI = timezone(timedelta(hours=8))  # no summer time in the years that matter for the day of a time with offset
_AMOUNT = re.compile(AMOUNT_PATTERN)
_LARGEST = Decimal(10) ** 12
_NOISE = Decimal("1e-9")
"""What lies below a billionth is what arithmetic of doubles leaves behind: no sum of money is as small."""
_DASHES = "-‐‑‒–—―−－﹣﹘⸺⸻─━ー_~～"
_OTHER = re.compile(rf"其[他它]\s*[{_DASHES}][{_DASHES}\s]*")


@dataclass(frozen=True, slots=True)
class Unrepresentable:
    """A number of JSON that no double keeps: an integer beyond 2^53, or a number beyond the largest double.

    It is no number for a model, which refuses it where it stands in an item that is read.
    """

    text: str
    kind: Literal["integer", "number"]


def read_day(value: Any) -> date:
    """Return the calendar day in Asia/Shanghai that a text means.

    `2026-01-05`, `2026/1/5`, `2026.1.5`, `20260105`, `2026年1月5日` and 二〇二六年一月五日, in any width, are days.
    Exports add a time, which is left out; with an offset the day is that of the instant in Asia/Shanghai.
    """
    if isinstance(value, str):
        day = _parse_day(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        day = value
    else:
        raise _no_day()
    if day.year < 1900:
        raise PydanticCustomError("day_invalid", "is before 1900")
    return day


def read_end(value: Any) -> date:
    """Return the last day that a text means: a day, or `LONG_TERM` for 长期 and every day from then on."""
    if isinstance(value, str) and "".join(_fold(value).split()).rstrip("。.") in LONG_TERM_WORDS:
        return LONG_TERM
    return min(read_day(value), LONG_TERM)


@lru_cache(maxsize=16384)
def _parse_day(text: str) -> date:
    found = _DAY.fullmatch(_read_numerals(_fold(text)))
    clock = found and _CLOCK.fullmatch(found[9])
    if not found or not clock:
        raise _no_day()
    month, day = found[3] or found[5] or found[7], found[4] or found[6] or found[8]
    hour, minute, second = (int(clock[at] or clock[at + 3] or 0) for at in (1, 2, 3))
    try:
        moment = datetime(int(found[1]), int(month), int(day), hour, minute, second, tzinfo=_read_offset(clock[7]))
        return moment.astimezone(_SHANGHAI).date()
    except (ValueError, OverflowError):
        raise PydanticCustomError("day_invalid", "is not a date of the calendar") from None


def _read_numerals(text: str) -> str:
    found = _CHINESE_DAY.fullmatch(text)
    if found is None:
        return text
    year, month, day, rest = found.groups()
    return f"{year.translate(_NUMERALS)}年{_count(month)}月{_count(day)}日{rest}"


def _count(numeral: str) -> int:
    """Return the value of a numeral below a hundred, as days and months have it: 九, 十, 十二, 二十, 三十一."""
    tens, found, ones = numeral.rpartition("十")
    ten = int(tens.translate(_NUMERALS) or 1) if found else 0
    return 10 * ten + int(ones.translate(_NUMERALS) or 0)


def _read_offset(text: str | None) -> timezone:
    if text is None:
        return _SHANGHAI
    if text in {"Z", "z"}:
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _no_day() -> PydanticCustomError:
    return PydanticCustomError("day_invalid", "is not a date such as 2026-01-05, 2026/1/5, 20260105 or 2026年1月5日")


def read_amount(value: Any, places: int) -> Decimal:
    """Return the amount that a number or a text means, with so many decimals: at least zero, below 10 to the 12th.

    Text may be in full width, have an exponent, and commas that part thousands. What the arithmetic of doubles left
    behind the last place is rounded away; any other further decimal is refused, as no sum of money has it.
    """
    written = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(written, str) and _AMOUNT.fullmatch(folded := _fold(written)):
        written = Decimal(folded.replace(",", ""))
    elif value == 0 and isinstance(value, float):  # a double's zero may have a sign
        written = Decimal(0)
    if not isinstance(written, Decimal) or not written.is_finite() or written < 0:
        raise PydanticCustomError("amount_invalid", "is not a plain amount such as 2 or 0.25, not below zero")
    if written >= _LARGEST:
        raise PydanticCustomError("amount_invalid", "is not below 10 to the 12th")
    return _round(written, places)


def _round(written: Decimal, places: int) -> Decimal:
    amount = written.quantize(Decimal(1).scaleb(-places))
    noise = max(_NOISE, Decimal(math.ulp(float(written))) * 4)
    if abs(amount - written) > noise:
        raise PydanticCustomError("amount_invalid", "has more than {places} decimals", {"places": places})
    return amount


def read_integer(value: Any) -> Any:
    """Return a double without a fraction as the integer that it is (4.0 is 4), anything else as it came."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "is not an integer")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_other(text: str) -> str:
    """Return a text in which 其他-… is written with the one hyphen, whatever dash and blanks came."""
    return _OTHER.sub("其他-", text) if "其" in text else text


def is_other(text: str) -> bool:
    """Tell whether a text, as `read_other` returns it, is 其他-… and says which."""
    return (
        text.startswith("其他-") and any(map(str.isalnum, said := text.removeprefix("其他-"))) and said.strip() != "无"
    )


def _fold(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
