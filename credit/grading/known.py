"""What is known of a subject on the day of assessment: who it is, and the facts that count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import orjson


class Counted(NamedTuple):
    """A fact that counts: the record that states it, and what its rules ask for."""

    record_id: str
    family: str
    organ_code: str
    document_no: str
    occurred_on: date
    known_at: datetime
    severity: str | None
    items: Mapping[str, Any]


class Who(Protocol):
    """Who a subject is, as far as a regime asks."""

    @property
    def roles(self) -> Collection[str]:
        """What it is: institution, practitioner, public_place …"""

    @property
    def level(self) -> str | None:
        """The level of an institution."""

    @property
    def district(self) -> str | None:
        """The division that it lies in."""

    @property
    def specialties(self) -> Collection[str]:
        """Its licensed departments."""

    @property
    def licensed(self) -> bool:
        """Whether its licence, or a permit, is in force."""

    @property
    def licensed_on(self) -> date | None:
        """Since when it is licensed."""


class Past(Protocol):
    """Who a subject was before now."""

    def on(self, day: date) -> Who:
        """Return who it was at the end of a day, by what is known now."""


class Known(NamedTuple):
    """A subject on a day. `code` names it where ties are broken: the unified code, or the id of a person.

    `facts` are by family, each in the order of day and record; who reads for rules that ask for some families alone
    leaves out those of the others. `first_on` is the day of the first of all facts, those that were left out included.
    `who` is who it is now, `past` who it was; None: it has always been the same.
    Only what counts is here: not what is withdrawn, repaired, expired or taken back on objection; nor what is sealed,
    which counts for no grade and puts nobody on a list (治安管理处罚法 art. 136).
    """

    subject_id: str
    code: str
    who: Who
    facts: Mapping[str, Sequence[Counted]] = MappingProxyType({})
    first_on: date | None = None
    past: Past | None = None

    def at_end_of(self, year: int) -> Known:
        """Return the same with who it was on the last day of a calendar year, as which it is assessed for the year."""
        who = self.who if self.past is None else self.past.on(date(year, 12, 31))
        return self if who is self.who else self._replace(who=who)


def count(
    record_id: str,
    family: str,
    organ_code: str,
    document_no: str,
    occurred_on: date,
    known_at: datetime,
    severity: str | None,
    fact: str,
) -> Counted:
    """Return the fact of a record that counts; `fact` is the record's JSON."""
    items = orjson.loads(fact)["items"]
    return Counted(record_id, family, organ_code, document_no, occurred_on, known_at, severity, items)


def gather(subject_id: str, code: str, who: Who, facts: Iterable[Counted], past: Past | None = None) -> Known:
    """Return what is known of a subject by all of its facts, whatever the order they came in."""
    held = list(facts)
    return Known(subject_id, code, who, by_family(held), min((fact.occurred_on for fact in held), default=None), past)


def by_family(facts: Iterable[Counted]) -> dict[str, list[Counted]]:
    """Return facts by their family, each in the order of day and record, whatever the order they came in."""
    found: dict[str, list[Counted]] = {}
    for fact in facts:
        found.setdefault(fact.family, []).append(fact)
    for alike in found.values():
        if len(alike) > 1:
            alike.sort(key=in_order)
    return found


in_order = attrgetter("occurred_on", "record_id")
"""The key by which facts are in the order of day and record."""
