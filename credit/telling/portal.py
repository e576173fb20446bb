"""What is made of a row before it leaves: repaired where no meaning changes, and checked as its portal would.

Repaired are case and width of codes, forms of days, decimals of amounts, separators of kinds; and who is known by an
older code is shown by the unified code of its subject. Everything else is held: nothing is guessed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson
from pydantic_core import PydanticCustomError

from credit.identity.organisations import is_placeholder, is_uscc
from credit.law.portal import read_mark
from credit.rules import Rules
from schemas.forms import LONG_TERM, read_amount, read_end
from schemas.party import PartyKind, squeeze_code
from schemas.statement import Category

_DECIMALS = 6
_LONG_TERM = f"{LONG_TERM:%Y/%m/%d}"


class _Forms(NamedTuple):
    """The items of a kind of row that have a form of their own."""

    party_code: str
    unified: tuple[str, ...]
    numbers: tuple[str, ...]
    days: tuple[str, ...]
    amounts: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()


_FORMS = {
    Category.PENALTY: _Forms(
        party_code="CF_XDR_SHXYM",
        unified=("CF_XDR_SHXYM", "CF_XDR_ZZJG", "CF_CFJGDM", "CF_SJLYDM"),
        numbers=("CF_XDR_GSZC", "CF_XDR_SWDJ", "CF_XDR_SYDW", "CF_XDR_SHZZ"),
        days=("CF_JDRQ", "CF_YXQ", "CF_GSJZQ"),
        amounts=("CF_NR_FK", "CF_NR_WFFF"),
        joined=("CF_CFLB",),
    ),
    Category.PERMIT: _Forms(
        party_code="XK_XDR_SHXYM",
        unified=("XK_XDR_SHXYM", "XK_XDR_ZZJG", "XK_XKJGDM", "XK_LYDWDM"),
        numbers=("XK_XDR_GSZC", "XK_XDR_SWDJ", "XK_XDR_SYDW", "XK_XDR_SHZZ"),
        days=("XK_JDRQ", "XK_YXQZ", "XK_YXQZI"),
    ),
}


def repair(items: dict[str, Any], category: Category, subject_code: str | None) -> None:
    """Write items as portals take them, in place; what cannot be read stays for the checks to find.

    `subject_code` is the unified code of the subject, None for a natural person: the item has another value only where
    the source knew the party by another code, and its own unified code stays.
    """
    forms = _FORMS[category]
    for code in forms.unified:
        if text := items.get(code):
            items[code] = squeeze_code(text)
    for codes, write in ((forms.numbers, _number), (forms.days, _day), (forms.amounts, _amount), (forms.joined, _join)):
        for code in codes:
            if text := items.get(code):
                items[code] = write(text)
    if shown := choose_code(items.get(forms.party_code), subject_code):
        items[forms.party_code] = shown


def choose_code(stated: str | None, subject_code: str | None) -> str | None:
    """Return the code by which a party is shown: its own unified one, whoever carries on its archive, or its subject's.

    None of them is made of what is no unified code.
    """
    if _is_unified(stated) or subject_code is None or not is_uscc(subject_code):
        return stated
    return subject_code


def _is_unified(code: str | None) -> bool:
    return bool(code) and not is_placeholder(code or "") and is_uscc(code or "")


def _number(text: str) -> str:
    return text if text.isascii() and text.isupper() else unicodedata.normalize("NFKC", text).upper()


def _join(text: str) -> str:
    return text.replace(";", "；").replace("、", "；")


def _day(text: str) -> str:
    if len(text) == len(_LONG_TERM) and text[4] == text[7] == "/" and text <= _LONG_TERM:
        return text
    try:
        return f"{read_end(text):%Y/%m/%d}"
    except PydanticCustomError:
        return text


def _amount(text: str) -> str:
    if text[-1 - _DECIMALS : -_DECIMALS] == ".":
        return text
    try:
        return f"{read_amount(text, _DECIMALS):.6f}"
    except PydanticCustomError:
        return text


def check(items: dict[str, Any], kind: str, party: PartyKind, rules: Rules) -> str | None:
    """Return what keeps a row back as it is kept, a list of marks in JSON; None: it may leave."""
    return hold(fault.mark for fault in rules.law.portal.find_faults(kind, party, items, rules.at.today))


def hold(marks: Iterable[str]) -> str | None:
    """Return the marks of faults, as `REASON:ITEM`, as a row keeps them: a list in JSON, None where there are none."""
    each = list(dict.fromkeys(marks))
    return orjson.dumps(each).decode() if each else None


class Held(NamedTuple):
    """Why a row is held: the code of the reason, its word and its hint for the clerk, and the item that it is about."""

    reason: str
    item: str
    word: str
    hint: str


def read_held(text: str | None) -> tuple[Held, ...]:
    """Return why a row is held, as `check` wrote it; nothing where it is not."""
    if text is None:
        return ()
    found = (read_mark(mark) for mark in orjson.loads(text))
    return tuple(Held(reason.value, item, reason.word, reason.hint) for reason, item in found)
