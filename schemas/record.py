"""The unified credit record: what a business record amounts to when every message is weighed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from schemas.words import Tone, Worded


class Severity(Worded):
    """Degree of dishonesty 失信程度, light to heavy; a record that is not adverse has none."""

    MINOR = "minor", "轻微", Tone.WAITING
    GENERAL = "general", "一般", Tone.GRAVE
    SERIOUS = "serious", "严重", Tone.ALARM

    @property
    def weight(self) -> int:
        """Order of the degrees: of several the heaviest counts."""
        return list(Severity).index(self)


class State(Worded):
    """Where a record stands."""

    IN_FORCE = "in_force", "有效", Tone.BUSY
    UNDER_OBJECTION = "under_objection", "异议中", Tone.WAITING
    WITHDRAWN = "withdrawn", "已撤销", Tone.PAST
    REPAIRED = "repaired", "已修复", Tone.GOOD
    EXPIRED = "expired", "已届满", Tone.PAST

    @property
    def counts(self) -> bool:
        """Whether the record is shared, published and counted; an objection only filed changes nothing."""
        return self in {State.IN_FORCE, State.UNDER_OBJECTION}


class Cause(Worded):
    """Why a record no longer counts; also the cause that a lifted notice names."""

    REPAIRED = "repaired", "信用修复"
    WITHDRAWN = "withdrawn", "撤销"
    EXPIRED = "expired", "期满"
    UPHELD_OBJECTION = "upheld_objection", "异议成立"


class Ruling(NamedTuple):
    """A degree of dishonesty and the clause that gives it; `severity` is None for what is not adverse."""

    severity: Severity | None
    clause: str


class Window(NamedTuple):
    """The time in which a record is public and counts.

    `public` says whether it may be published at all; `repairable_from` is the first day on which repair may
    be applied for, and on which one counts; `until` the last day of the window (None: no end by itself). `clause`
    names the rule applied (empty: no rule speaks of this kind), `changes_on` the first day after `as_of` on which
    the law itself may say otherwise (a new version comes into force), None when none is known.
    """

    public: bool
    repairable_from: date | None
    until: date | None
    clause: str
    changes_on: date | None = None
