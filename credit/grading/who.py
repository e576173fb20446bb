"""Who a subject is: its roles and attributes, as its registrations and permits say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from credit.grading.known import Counted


@dataclass(frozen=True, slots=True)
class Attributes:
    """Who a subject is."""

    roles: frozenset[str] = frozenset()
    level: str | None = None
    district: str | None = None
    specialties: frozenset[str] = frozenset()
    licensed: bool = False
    licensed_on: date | None = None


def describe(facts: Mapping[str, Sequence[Counted]]) -> Attributes:
    """Return who a subject is by its facts that count."""
    registrations = facts.get("credit.licensing.registration", ())
    if not registrations:
        return Attributes()
    last = registrations[-1]
    return Attributes(
        roles=frozenset(str(each.items.get("role")) for each in registrations),
        licensed=last.items.get("event") not in {"closed", "revoked", "cancelled"},
        licensed_on=registrations[0].occurred_on,
    )
