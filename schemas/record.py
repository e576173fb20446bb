"""The unified credit record: what a business record amounts to when every message is weighed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """Degree of dishonesty 失信程度, light to heavy; a record that is not adverse has none."""

    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"

    @property
    def weight(self) -> int:
        """Order of the degrees: of several the heaviest counts."""
        return list(Severity).index(self)


class State(StrEnum):
    """Where a record stands."""

    IN_FORCE = "in_force"
    UNDER_OBJECTION = "under_objection"
    WITHDRAWN = "withdrawn"
    REPAIRED = "repaired"
    EXPIRED = "expired"

    @property
    def counts(self) -> bool:
        """Whether the record is shared, published and counted; an objection only filed changes nothing."""
        return self in {State.IN_FORCE, State.UNDER_OBJECTION}


class Cause(StrEnum):
    """Why a record no longer counts; also the cause that a lifted notice names."""

    REPAIRED = "repaired"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    UPHELD_OBJECTION = "upheld_objection"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A degree of dishonesty and the clause that gives it; `severity` is None for what is not adverse."""

    severity: Severity | None
    clause: str


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a record is public and counts.

    `public` says whether it may be published at all; `repairable_from` is the first day on which repair may
    be applied for; `until` the last day of the window (None: no end by itself). `clause` names the rule
    applied, `changes_on` the first day after `as_of` on which the law itself may say otherwise (a new version
    comes into force), None when none is known.
    """

    public: bool
    repairable_from: date | None
    until: date | None
    clause: str
    changes_on: date | None = None
