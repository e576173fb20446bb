"""What the portals of 信用中国 check of a row before they take it, so that nothing leaves to be refused there.

The rules are data (policies/national/portal.yaml); they are sorted once for each kind of row and of party, as rows of
both go out by the thousand. Items are texts by code, as they are shown; a blank one says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any, NamedTuple, get_args

from credit.identity.organisations import is_placeholder, is_uscc
from credit.law.amounts import named_in
from credit.law.publicity import last_day_of
from credit.law.timeline import Timeline
from schemas.fillers import is_void
from schemas.forms import is_other
from schemas.held import HeldReason
from schemas.party import PartyKind
from schemas.policy import (
    Amounts,
    BlankItems,
    DayOrder,
    Days,
    ItemLengths,
    ItemWords,
    MaskedNumbers,
    NamedAmount,
    PastDays,
    PlainNames,
    PortalFile,
    PortalRule,
    PublicityEnd,
    RequiredItems,
    UnifiedCodes,
)

_PREFIXES = {"penalty": "CF_", "permit": "XK_"}
_SHARED = "BZ"
_PENALTY_KINDS = "CF_CFLB"
_DAY = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})", re.ASCII)

Items = Mapping[str, Any]


class Fault(NamedTuple):
    """What is wrong with an item, and the rule that says so."""

    reason: HeldReason
    item: str
    rule: PortalRule

    @property
    def mark(self) -> str:
        """The fault as it is kept: reason and item."""
        return f"{self.reason.value}:{self.item}"


def read_mark(mark: str) -> tuple[HeldReason, str]:
    """Return reason and item of a fault as it is kept."""
    reason, _, item = mark.partition(":")
    return HeldReason(reason), item


_Check = Callable[[Items, date], Iterator[Fault]]


@dataclass(frozen=True, slots=True)
class Portal:
    """The checks by day, kind of row and kind of party."""

    checks: Timeline[Mapping[tuple[str, PartyKind], Sequence[_Check]]]

    def find_faults(self, kind: str, party: PartyKind, items: Items, today: date) -> list[Fault]:
        """Return everything for which a portal would refuse a row today, in the order of the rules."""
        return [fault for check in self.checks.on(today)[kind, party] for fault in check(items, today)]


def sort(file: PortalFile) -> Portal:
    """Sort the rules of the file by day, kind of row and kind of party."""
    rules = [rule for name in PortalFile.model_fields for rule in getattr(file, name)]
    begins = {rule.effective_from for rule in rules}
    ends = {date.fromordinal(rule.effective_to.toordinal() + 1) for rule in rules if rule.effective_to is not None}
    days = tuple(sorted(begins | ends))
    return Portal(Timeline(days, tuple(_sort(rules, day) for day in days)))


def _sort(rules: Sequence[PortalRule], day: date) -> Mapping[tuple[str, PartyKind], Sequence[_Check]]:
    in_force = [rule for rule in rules if rule.effective_from <= day and (rule.effective_to or day) >= day]
    return {
        (kind, party): tuple(
            partial(_CHECKS[type(rule)], rule, own)
            for rule in in_force
            if party in (getattr(rule, "parties", None) or (party,)) and (own := _own_items(rule, prefix))
        )
        for kind, prefix in _PREFIXES.items()
        for party in get_args(PartyKind)
    }


def _own_items(rule: PortalRule, prefix: str) -> tuple[str, ...]:
    """Return the items of a rule that rows of a kind have."""
    match rule:
        case DayOrder():
            items: Sequence[str] = (rule.last,)
        case PublicityEnd() | NamedAmount():
            items = (rule.item,)
        case _:
            items = tuple(getattr(rule, "items"))  # noqa: B009 - every other kind of rule has them
    return tuple(item for item in items if item.startswith(prefix) or item == _SHARED)


def _missing(rule: RequiredItems, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    if rule.named is not None and not any(word in items.get(_PENALTY_KINDS, "") for word in rule.named):
        return
    for code in own:
        text = items.get(code, "")
        if is_void(text) and not any(map(str.isdigit, text)):  # a zero is an amount, a state, or a wrong code
            yield Fault(HeldReason.MISSING, code, rule)


def _filled(rule: BlankItems, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    return (Fault(HeldReason.BLANK, code, rule) for code in own if items.get(code))


def _too_long(rule: ItemLengths, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    most = rule.items
    return (Fault(HeldReason.TOO_LONG, code, rule) for code in own if len(items.get(code, "")) > most[code])


def _unlisted(rule: ItemWords, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    for code in own:
        text = items.get(code)
        if not text or text in rule.words:
            continue
        parts = re.split("[；;、]", text) if rule.several else [text]
        if not all(part in rule.words or (rule.other and is_other(part)) for part in map(str.strip, parts) if part):
            yield Fault(HeldReason.UNLISTED, code, rule)


def _no_code(rule: UnifiedCodes, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    for code in own:
        if (text := items.get(code)) and not _is_unified(text):
            yield Fault(HeldReason.CODE, code, rule)


def _no_name(rule: PlainNames, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    for code in own:
        text = items.get(code, "")
        # In full width a character is the same: ＃ is #.
        if not text.isprintable() or not _characters(rule.without).isdisjoint(unicodedata.normalize("NFKC", text)):
            yield Fault(HeldReason.NAME, code, rule)


def _no_day(rule: Days, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    for code in own:
        if items.get(code) and _day(items, code) is None:
            yield Fault(HeldReason.DAY, code, rule)


def _future(rule: PastDays, own: Sequence[str], items: Items, today: date) -> Iterator[Fault]:
    for code in own:
        if (day := _day(items, code)) is not None and day > today:
            yield Fault(HeldReason.FUTURE, code, rule)


def _out_of_order(rule: DayOrder, _own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    first, last = _day(items, rule.first), _day(items, rule.last)
    if first is not None and last is not None and last < first:
        yield Fault(HeldReason.ORDER, rule.last, rule)


def _not_public(rule: PublicityEnd, _own: Sequence[str], items: Items, today: date) -> Iterator[Fault]:
    end, decided = _day(items, rule.item), _day(items, rule.decided)
    if end is None:
        return
    if end < today or (decided is not None and end > last_day_of(decided, 12 * rule.years)):
        yield Fault(HeldReason.PUBLICITY, rule.item, rule)


def _no_amount(rule: Amounts, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    for code in own:
        whole, point, decimals = items.get(code, "").partition(".")
        digits = whole + decimals
        if whole and not (digits.isascii() and digits.isdecimal() and len(decimals) == rule.decimals and point):
            yield Fault(HeldReason.AMOUNT, code, rule)


def _no_fine(rule: NamedAmount, _own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    if items.get(rule.item, "").strip("0. "):
        return
    if any(named_in(items.get(rule.text, ""), rule.word)):
        yield Fault(HeldReason.FINE, rule.item, rule)


def _unmasked(rule: MaskedNumbers, own: Sequence[str], items: Items, _today: date) -> Iterator[Fault]:
    return (Fault(HeldReason.NUMBER, code, rule) for code in own if items.get(code) and "*" not in items[code])


_CHECKS: Mapping[type[PortalRule], Callable[..., Iterator[Fault]]] = {
    RequiredItems: _missing,
    BlankItems: _filled,
    ItemLengths: _too_long,
    ItemWords: _unlisted,
    UnifiedCodes: _no_code,
    PlainNames: _no_name,
    Days: _no_day,
    PastDays: _future,
    DayOrder: _out_of_order,
    PublicityEnd: _not_public,
    Amounts: _no_amount,
    NamedAmount: _no_fine,
    MaskedNumbers: _unmasked,
}


@lru_cache(maxsize=4096)
def _is_unified(code: str) -> bool:
    return is_uscc(code) and not is_placeholder(code)


@lru_cache(maxsize=16)
def _characters(text: str) -> frozenset[str]:
    return frozenset(text)


def _day(items: Items, code: str) -> date | None:
    text = items.get(code)
    return _read_day(text) if text else None


@lru_cache(maxsize=16384)
def _read_day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
