"""Whether facts meet the conditions of a regime, and whether a subject is one that a rule is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from credit.grading.known import Counted, Known, Who, in_order
from credit.law.conditions import among, mentions
from schemas.party import squeeze_document_no
from schemas.regime.when import FactRule, Scope, When

R = TypeVar("R", bound=FactRule)


def covers(scope: Scope, who: Who) -> bool:
    """Tell whether a subject is of a scope; an attribute that is asked for and not known is not met."""
    return (
        (not scope.roles or _share(scope.roles, who.roles))
        and (not scope.levels or who.level in scope.levels)
        and (not scope.districts or who.district in scope.districts)
        and (not scope.specialties or _share(scope.specialties, who.specialties))
        and (scope.licensed is None or who.licensed == scope.licensed)
    )


def _share(asked: tuple[str, ...], has: Iterable[str]) -> bool:
    # Asked of every subject for every scale and list: no generator for each.
    for each in has:  # noqa: SIM110
        if each in asked:
            return True
    return False


def was_there(known: Known, year: int) -> bool:
    """Tell whether a subject was there in a calendar year: not one that was licensed later, with no fact of until then.

    Who asks for a renewed permit alone may be older than it: that facts speak of it shows that it was there.
    """
    licensed_on = known.who.licensed_on
    if licensed_on is None or licensed_on.year <= year:
        return True
    return known.first_on is not None and known.first_on.year <= year


def meets(when: When, fact: Counted) -> bool:
    """Tell whether a fact of the right family meets all of a condition; an item that it does not have meets nothing."""
    items = fact.items
    return (
        (not when.items or _has(items, when.items))
        and (not when.contains or mentions(when.contains, items))
        and (not when.severity or fact.severity in when.severity)
        and (not when.below or all(_is_below(items.get(name), top) for name, top in when.below.items()))
        and (not when.at_least or all(_reaches(items.get(name), least) for name, least in when.at_least.items()))
        and (not when.line or any(_has(line, when.line) for line in items.get("items") or ()))
    )


def _has(items: Mapping[str, Any], asked: Mapping[str, tuple[Any, ...]]) -> bool:
    # Asked of every fact, and of every line of every check list: no generator for each.
    for name, values in asked.items():  # noqa: SIM110
        if not among(items.get(name), values):
            return False
    return True


def _is_below(value: Any, top: Decimal) -> bool:
    number = to_number(value)
    return number is not None and number < top


def _reaches(value: Any, least: Decimal) -> bool:
    number = to_number(value)
    return number is not None and number >= least


def to_number(value: Any) -> Decimal | None:
    """Return the number that an item says; None where it says none."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def find(conditions: Iterable[When], known: Known, year: int | None) -> list[Counted]:
    """Return the facts that meet one of some conditions, each once, in the order of day and record.

    `year` is the calendar year of the facts' own day in Asia/Shanghai; None: of any year.
    """
    found: dict[str, Counted] = {}
    for when in conditions:
        for fact in known.facts.get(when.family, ()):
            if (year is None or fact.occurred_on.year == year) and meets(when, fact):
                found[fact.record_id] = fact
    return sorted(found.values(), key=in_order) if len(found) > 1 else [*found.values()]


def find_facts(rule: FactRule, known: Known, year: int | None) -> list[Counted]:
    """Return the facts that bring a rule: those of `when`, without what a fact of `unless` answers by `about`."""
    if rule.families.isdisjoint(known.facts):
        return []
    facts = find(rule.when, known, year)
    if not facts or rule.about is None:
        return facts
    named = (fact.items.get(rule.about) for fact in find(rule.unless, known, None))
    answered = {squeeze_document_no(str(number)) for number in named if number}
    return [fact for fact in facts if fact.document_no not in answered]


def is_ended(rule: FactRule, known: Known, year: int | None) -> bool:
    """Tell whether a fact of `unless` keeps a rule from holding, whatever facts bring it."""
    return rule.about is None and bool(rule.unless) and bool(find(rule.unless, known, year))


def holding(rules: Iterable[R], known: Known, year: int) -> Iterator[tuple[R, list[Counted]]]:
    """Return the rules that hold for a subject in a year, each with the facts that bring it."""
    for rule in rules:
        span = None if rule.in_force else year
        facts = find_facts(rule, known, span)
        if (rule.when and len(facts) < rule.times) or is_ended(rule, known, span):
            continue
        yield rule, facts
