"""Amounts of money in running Chinese text, and whether an amount of an item disagrees with them by its unit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Any, NamedTuple

_DIGITS = {
    char: value
    for value, chars in enumerate(
        ("零〇○", "一壹", "二贰两貳兩", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for char in chars
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = (("亿", 10**8), ("万", 10**4))
_POINTS = "".join(_DIGITS)
_CHINESE = f"{''.join(_DIGITS)}{''.join(_UNITS)}万亿"
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])|[0-9]+(?:\.[0-9]+)?"
_NUMERAL = rf"(?:{_NUMBER}|[{_CHINESE}])+(?:点[{_POINTS}]+[万亿]?)?"
_CURRENCY = "¥|RMB|CNY|人民币"
_BEFORE = rf"(?:{_CURRENCY}|大写|小写)[):(为]*(?:{_CURRENCY})?[:]?"
_SMALL = rf"(?:([0-9{''.join(_DIGITS)}])角)?(?:([0-9{''.join(_DIGITS)}])分)?"
_AMOUNT = re.compile(rf"({_BEFORE})?({_NUMERAL})(?:(元|圆|块|{_CURRENCY}){_SMALL})?", re.IGNORECASE)
_TOKEN = re.compile(rf"({_NUMBER})|(.)")
_FOLDS = str.maketrans("萬億圓罰塊點", "万亿圆罚块点", " \t\r\n")
_WAN = Decimal(10000)
_NEAR = Decimal("0.01")
"""An amount that a source has rounded is the same amount."""
_SHORTEST_BARE = 3
"""So many digits make a number right after the word an amount of yuan although no unit stands by it."""


class _Found(NamedTuple):
    """An amount in yuan, and where it stands."""

    yuan: Decimal
    begin: int
    end: int


def amounts_in(text: str) -> tuple[Decimal, ...]:
    """Return every amount of money that a text names, in yuan, in the order of the text."""
    return _amounts_in(_fold(text))


def _amounts_in(folded: str) -> tuple[Decimal, ...]:
    return tuple(found.yuan for found in _find(folded, None))


def named_in(text: str, word: str) -> tuple[Decimal, ...]:
    """Return the amounts in yuan that a text calls by a word: 罚款人民币20000元 or 贰万元罚款 for 罚款."""
    return _named_in(_fold(text), word)


def _named_in(folded: str, word: str) -> tuple[Decimal, ...]:
    if word not in folded:
        return ()
    found = _find(folded, word)
    before, after = _beside(word)
    return tuple(
        one.yuan
        for one, last in zip(found, (0, *(each.end for each in found)), strict=False)
        if before.search(folded, last, one.begin) or after.match(folded, one.end)
    )


class _Beside(NamedTuple):
    """How a text calls an amount by a word: what ends right before the amount, and what begins right after it."""

    before: re.Pattern[str]
    after: re.Pattern[str]


@cache
def _beside(word: str) -> _Beside:
    return _Beside(
        re.compile(rf"{word}[^。;0-9]{{0,20}}$"),
        re.compile(rf"(?:{_CURRENCY}|整|正|的|\))*{word}", re.IGNORECASE),
    )


def fines_in(text: str) -> frozenset[Decimal]:
    """Return the fines in yuan that a penalty decision names."""
    return frozenset(named_in(text, "罚款"))


def find_wrong_unit(amount: Decimal, unit: Decimal, text: str, word: str) -> Decimal | None:
    """Return the amount of a text (yuan) that an item states in the wrong unit; None where nothing looks like it.

    `amount` is in so many yuan as `unit`. What the text calls by the word goes before everything else that it names:
    an amount that agrees there, or else with any amount or their sum, is right. It is wrong where yuan were written
    for 万元, or 万元 for yuan, or the one made of the other once too often.
    """
    stated = amount * unit
    folded = _fold(text)
    for find in (partial(_named_in, word=word), _amounts_in):
        group = find(folded)
        candidates = [*group, sum(group, Decimal(0))]
        if any(abs(stated - yuan) <= _NEAR * yuan for yuan in candidates if yuan):
            return None
        for yuan in candidates:
            if yuan and stated in {yuan * _WAN, yuan / _WAN}:
                return yuan
    return None


def _fold(text: str) -> str:
    plain = text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)
    return plain.translate(_FOLDS)


def _find(text: str, word: str | None) -> Sequence[_Found]:
    found = []
    for match in _AMOUNT.finditer(text):
        before, numeral, after = match[1], match[2], match[3]
        bare = word is not None and text[: match.start()].endswith(word) and _stands_alone(numeral)
        if before or after or bare or _is_wan(numeral, text, match.end()):
            yuan = _count(numeral)
            if match[4] or match[5]:
                yuan += Decimal(_digit(match[4])) / 10 + Decimal(_digit(match[5])) / 100
            found.append(_Found(yuan, match.start(), match.end()))
    return found


def _stands_alone(numeral: str) -> bool:
    """Tell whether a number right after 罚款 is one of yuan: digits, or hundreds and thousands in Chinese."""
    if numeral.replace(".", "").isdecimal():
        return len(numeral) >= _SHORTEST_BARE
    return len(numeral) > 1 and numeral[-1] in _UNITS


def _is_wan(numeral: str, text: str, end: int) -> bool:
    """Tell whether a number such as 罚款2万 ends a clause: the 元 is left out."""
    return numeral[-1] == "万" and numeral[0].isdecimal() and text[end : end + 1] in {"", ",", "。", ";", "、", ")"}


def _digit(text: str | None) -> int:
    if not text:
        return 0
    return _DIGITS[text] if text in _DIGITS else int(text)


def _count(numeral: str) -> Decimal:
    """Return the value of a numeral: 20,000, 1.5万, 两万五千, as banks write it (贰万伍仟), or mixed (3千5百)."""
    if numeral.isdecimal():
        return Decimal(numeral)
    for big, value in _LARGE:
        head, found, rest = numeral.partition(big)
        if found:
            return (_count(head) if head else Decimal(1)) * value + _count(rest)
    whole, point, places = numeral.partition("点")
    if point:
        return (_count(whole) if whole else Decimal(0)) + _count_places(places)
    total, digit = Decimal(0), Decimal(0)
    for number, char in _TOKEN.findall(numeral):
        if number and set(number) == {"0"}:
            digit *= 10 ** len(number)  # 五00
        elif number:
            digit = Decimal(number.replace(",", ""))
        elif char in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[char], Decimal(0)
        else:
            digit = digit * 10 + _DIGITS[char]
    return total + digit


def _count_places(digits: str) -> Decimal:
    return sum((Decimal(_DIGITS[char]).scaleb(-place) for place, char in enumerate(digits, start=1)), Decimal(0))


def read_amount(value: Any) -> Decimal:
    """Return an amount as an item gives it, 0 where there is none."""
    return Decimal(str(value)) if value not in {None, ""} else Decimal(0)
