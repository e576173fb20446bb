"""What every decision rests on besides the archive: the law, the routes, the keys and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

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
    """The law and the routes in force, the keys at hand, and the time of the decision."""

    law: Law
    routes: Routes
    vault: Keyring
    at: Moment
