"""Grounds: which agency is asked for which measures because of a fact, and for how long each of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from credit.law.conditions import holds
from credit.law.publicity import last_day_of
from schemas.policy import Condition
from schemas.routing import ORGANISER, REGISTRAR, Agency, Ground, MeasureOrder, Term
from schemas.statement import Fact


@dataclass(frozen=True, slots=True)
class Ask:
    """A measure that an agency is asked for; `name` is that of the national list."""

    order: MeasureOrder
    name: str

    def last_day(self, fact: Fact, public_until: date | None) -> date | None:
        """Return the last day of the measure, None: no end by itself; `public_until` is that of the record."""
        return public_until if self.order.term is None else _last_day(self.order.term, fact)


class GroundMatch(NamedTuple):
    """One notice that a fact calls for: on which ground, to which agency, with which measures.

    `told_first` says that the party has to be told before the agency is, `own` that the agency decided the fact: it is
    not told of its own decision. On a `shared` ground records of several families may state one deed.
    """

    ground: str
    agency: str
    measures: tuple[Ask, ...]
    told_first: bool
    own: bool
    shared: bool


@dataclass(frozen=True, slots=True)
class Call:
    """What a ground may call for about one kind of party where any of its conditions holds; agencies in order.

    `families` are all of the ground: of several, two records may state one deed. `licences` are those of the ground.
    """

    ground: str
    families: frozenset[str]
    licences: Mapping[str, tuple[Condition, ...]]
    when: tuple[Condition, ...]
    asks: Mapping[str, tuple[Ask, ...]]
    told_first: bool
    tells_sealed: bool

    @property
    def shared(self) -> bool:
        """Whether records of several families may state one deed on this ground."""
        return len(self.families) > 1


def make_calls(grounds: Mapping[str, Ground], names: Mapping[str, str]) -> Mapping[tuple[str, str], tuple[Call, ...]]:
    """Return what to look through for each family of messages and kind of party, in order of ground.

    Most families have nothing to look through, and most messages are of those. `names` are those of the measures.
    """
    calls: dict[tuple[str, str], tuple[Call, ...]] = {}
    for code, ground in sorted(grounds.items()):
        for family in sorted({condition.family for condition in ground.when}):
            when = tuple(condition for condition in ground.when if condition.family == family)
            for kind in sorted(ground.party_kinds):
                call = Call(
                    ground=code,
                    families=frozenset(condition.family for condition in ground.when),
                    licences=ground.licences,
                    when=when,
                    asks=_asks(ground, kind, names),
                    told_first=ground.told_first is not None,
                    tells_sealed=ground.sealed_by_rule is not None,
                )
                calls[family, kind] = (*calls.get((family, kind), ()), call)
    return calls


def _asks(ground: Ground, kind: str, names: Mapping[str, str]) -> Mapping[str, tuple[Ask, ...]]:
    return {
        agency: tuple(
            # The sort is stable: of several orders of one measure the first in the file comes first.
            Ask(order, names[order.code])
            for order in sorted(orders, key=lambda order: order.code)
            if order.kinds is None or kind in order.kinds
        )
        for agency, orders in sorted(ground.agencies.items())
    }


def find_shared(calls: Sequence[Call], fact: Fact) -> Mapping[str, frozenset[str]]:
    """Return the grounds of a fact on which records of other families may state the same deed, with its licences."""
    return {
        call.ground: frozenset(name for name, when in call.licences.items() if any(holds(each, fact) for each in when))
        for call in calls
        if call.shared and any(holds(condition, fact) for condition in call.when)
    }


def find_matches(
    calls: Sequence[Call], fact: Fact, subject_id: str, partners: Mapping[str, Agency]
) -> tuple[GroundMatch, ...]:
    """Return the notices that a fact about a subject calls for, in order of ground and agency."""
    found: list[GroundMatch] = []
    for call in calls:
        if any(holds(condition, fact) for condition in call.when):
            asked, shared = _by_agency(call, fact, subject_id, partners), call.shared
            for agency in sorted(asked):
                if asks := asked[agency]:
                    own = partners[agency].organ_code == fact.organ.code
                    found.append(GroundMatch(call.ground, agency, asks, call.told_first, own, shared))
    return tuple(found)


def _by_agency(call: Call, fact: Fact, subject_id: str, partners: Mapping[str, Agency]) -> dict[str, tuple[Ask, ...]]:
    asked = {agency: tuple(_fitting(asks, fact)) for agency, asks in call.asks.items() if agency not in STAND_INS}
    for word, find in STAND_INS.items():
        agency = find(subject_id, partners) if word in call.asks else None
        if agency is not None:
            # What the ground asks of the agency by name comes first.
            both = (*asked.get(agency, ()), *_fitting(call.asks[word], fact))
            first = {ask.order.code: ask for ask in reversed(both)}
            asked[agency] = tuple(first[code] for code in sorted(first))
    return asked


def _fitting(asks: Sequence[Ask], fact: Fact) -> Iterator[Ask]:
    """Return of each measure the first order that fits the fact."""
    seen: set[str] = set()
    for ask in asks:
        when = ask.order.when
        if ask.order.code not in seen and (when is None or any(holds(condition, fact) for condition in when)):
            seen.add(ask.order.code)
            yield ask


def find_registrar(subject_id: str, partners: Mapping[str, Agency]) -> str | None:
    """Return the agency that registers a subject, told by the first two characters of its code; None: no partner.

    A person has no registrar: the id of one begins with a P, which no registry has.
    """
    return next((name for name, agency in partners.items() if subject_id[:2] in agency.registers), None)


def find_organiser(subject_id: str, partners: Mapping[str, Agency]) -> str | None:
    """Return the agency that runs a subject itself; None: no partner does."""
    return next((name for name, agency in partners.items() if subject_id in agency.runs), None)


STAND_INS: Mapping[str, Callable[[str, Mapping[str, Agency]], str | None]] = {
    REGISTRAR: find_registrar,
    ORGANISER: find_organiser,
}
"""The words of grounds that stand for whichever agency has to do with the party, and how it is found."""


def _last_day(term: Term, fact: Fact) -> date:
    if term.months is not None:
        return last_day_of(fact.occurred_on, term.months)
    assert term.item is not None
    assert term.min_months is not None
    assert term.max_months is not None
    shortest = last_day_of(fact.occurred_on, term.min_months)
    longest = last_day_of(fact.occurred_on, term.max_months)
    fixed = _read_day(fact.items.get(term.item))
    return shortest if fixed is None else min(max(fixed, shortest), longest)


def _read_day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value).replace("/", "-"))
    except ValueError:
        return None
