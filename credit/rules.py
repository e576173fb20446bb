"""What every decision rests on besides the archive: the law, the routes, the keys and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from credit.grading.regime import Regime
from credit.law.law import Law
from credit.routing.routes import Routes
from credit.vault import Keyring


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of a decision: the instant and its day in Asia/Shanghai."""

    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Rules:
    """Law and routes in force, the keys at hand, the time of the decision, and the regimes followed, by code."""

    law: Law
    routes: Routes
    vault: Keyring
    at: Moment
    regimes: Mapping[str, Regime] = field(default_factory=dict)
