"""What cannot be, or is too unlikely to follow from without a person's look."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from credit.law.amounts import find_wrong_unit, read_amount
from credit.law.degrees import plain_kind
from schemas.errors import UnusableError
from schemas.policy import PlausibilityFile, SummaryLimit
from schemas.reasons import Reason
from schemas.statement import Fact

_SHANGHAI = timezone(timedelta(hours=8))


class _Money(NamedTuple):
    """An item that is an amount of money in units of so many yuan, and the text that names it by a word."""

    name: str
    unit: Decimal
    text: str
    word: str


_MONEY = (
    _Money("CF_NR_FK", Decimal(10000), "CF_NR", "罚款"),
    _Money("CF_NR_WFFF", Decimal(10000), "CF_NR", "没收"),
    _Money("amount_yuan", Decimal(1), "content", "骗"),
)


def check_order(limits: PlausibilityFile, revision: int, sent_at: datetime, today: date) -> None:
    """Hold a message that would outrank every later one of its record: bounds, whatever came before it.

    Raises:
        UnusableError: the revision is implausible, or the time lies too many days after today.
    """
    most, days = limits.revision.above, limits.time.days_ahead
    if revision > most:
        raise UnusableError(Reason.REVISION_IMPLAUSIBLE, f"revision is {revision}, above {most}")
    if sent_at >= _midnight_after(today, days):
        raise UnusableError(Reason.TIME_IMPLAUSIBLE, f"time is more than {days} days after today, {today}")


def check(limits: PlausibilityFile, fact: Fact, today: date) -> None:
    """Refuse what cannot be, and hold what is too unlikely to follow from without a person's look.

    Raises:
        UnusableError: the fact lies in the future, its fine is implausible, or it was too heavy for the summary
            procedure that it names.
    """
    if fact.occurred_on > today:
        raise UnusableError(Reason.DATE_FUTURE, f"{fact.occurred_on} is after today, {today}")
    fine, limit = read_amount(fact.items.get("CF_NR_FK")), limits.fine.above_wan
    if fact.items.get("summary_procedure") is True:
        _check_summary(limits.summary_procedure, fact, fine)
    if fine > limit:
        raise UnusableError(Reason.FINE_IMPLAUSIBLE, f"CF_NR_FK is {fine:f} 万元, above {limit:f}")
    for item in _MONEY:
        amount = read_amount(fact.items.get(item.name))
        text = str(fact.items.get(item.text) or "") if amount else ""
        yuan = find_wrong_unit(amount, item.unit, text, item.word) if text else None
        if yuan is not None:
            told = f"{item.name} is {amount * item.unit:f} yuan, but {item.text} names {yuan:f} yuan"
            raise UnusableError(Reason.FINE_IMPLAUSIBLE, f"{told}: is the unit wrong?")


def _check_summary(limit: SummaryLimit, fact: Fact, fine: Decimal) -> None:
    """Hold what the summary procedure cannot have decided, by its kinds, its sums or the licence that it takes."""
    items = fact.items
    most = limit.person_up_to_wan if fact.party.kind == "person" else limit.organisation_up_to_wan
    if fine > most:
        raise UnusableError(
            Reason.SUMMARY_IMPLAUSIBLE, f"CF_NR_FK is {fine:f} 万元, above {most:f}: no summary procedure"
        )
    for kind in items.get("penalty_kinds") or ():
        if plain_kind(kind) not in limit.kinds:
            raise UnusableError(Reason.SUMMARY_IMPLAUSIBLE, f"CF_CFLB is {kind}: no summary procedure")
    for item in ("CF_NR_WFFF", "CF_NR_ZKDX"):
        if str(items.get(item) or "").strip("0. "):
            raise UnusableError(Reason.SUMMARY_IMPLAUSIBLE, f"{item} is filled in: no summary procedure")


@lru_cache(maxsize=8)
def _midnight_after(day: date, days: int) -> datetime:
    """Return when the day so many days after another one has ended in Asia/Shanghai."""
    return datetime.combine(day + timedelta(days=days + 1), time(), _SHANGHAI)
