"""Amounts of money in running Chinese text."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_DIGITS = {
    char: value
    for value, chars in enumerate(("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMERAL = f"[{''.join(_DIGITS)}{''.join(_UNITS)}万亿]+"
_AMOUNT = rf"(?:([0-9][0-9,]*(?:\.[0-9]+)?)\s*(万?)|({_NUMERAL}))\s*元"
# Within one clause of the sentence: the amount after the word 罚款, or right before it.
_FINE = re.compile(rf"罚款[^。;0-9]{{0,20}}?{_AMOUNT}|{_AMOUNT}(?:人民币|整|的)*罚款")


def fines_in(text: str) -> frozenset[Decimal]:
    """Return the fines in yuan that a penalty decision names, such as 罚款人民币20000元 or 贰万元罚款."""
    return frozenset(
        _yuan(*(match.groups()[:3] if match[1] or match[3] else match.groups()[3:]))
        for match in _FINE.finditer(unicodedata.normalize("NFKC", text))
    )


def _yuan(number: str | None, wan: str | None, numeral: str | None) -> Decimal:
    if number is not None:
        return Decimal(number.replace(",", "")) * (10000 if wan else 1)
    return Decimal(_count(numeral or ""))


def _count(numeral: str) -> int:
    """Return the value of a Chinese numeral, plain (两万五千) or as banks write it (贰万伍仟)."""
    for big, value in (("亿", 10**8), ("万", 10**4)):
        head, found, rest = numeral.partition(big)
        if found:
            return _count(head) * value + _count(rest)
    total, digit = 0, 0
    for char in numeral:
        if char in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[char], 0
        else:
            digit = _DIGITS[char]
    return total + digit
