"""The limits of the rules, each in one place; what the program itself judges by is taken from it. Times in seconds."""

from __future__ import annotations

from credit.store.queries import slo
from credit.telling.conditions import THRESHOLDS
from schemas.objectives import Objective

OLDEST_UNSENT = THRESHOLDS.unsent.total_seconds()
OLDEST_TOUCHED = THRESHOLDS.unassessed.total_seconds()
OLDEST_TRANSACTION = THRESHOLDS.transaction.total_seconds()
UNTAKEN_MINUTES = THRESHOLDS.untaken.total_seconds() / 60
UNREAD_MINUTES = THRESHOLDS.unread.total_seconds() / 60
MISSING_MINUTES = THRESHOLDS.missing.total_seconds() / 60
PARKED_IN_AN_HOUR = THRESHOLDS.fresh
CONFIRMED_WITHIN = 10.0
"""What the slowest hundredth may take from publishing to the broker's confirm."""
COMMITTED_WITHIN = 900.0
"""What the slowest hundredth of a source may take from the sender's time to the commit."""
PARKED_PART = 0.05
"""Which part of all that intake takes in an hour may be parked."""
RETRIES_A_SECOND = 1
OBSERVED_WITHIN = 120.0
"""How long nobody may look at the archive, and a process not be heard."""
ROUND_MINUTES = 15
"""In how many minutes a scheduler, which makes a round each minute, has to have ended one."""
FREE_DISK = 0.15

SLO_COMMITTED_SECONDS, SLO_COMMITTED = slo.COMMITTED_WITHIN.total_seconds(), Objective.COMMITTED.target
SLO_NOTICED_SECONDS, SLO_NOTICED = slo.CONFIRMED_WITHIN.total_seconds(), Objective.CONFIRMED.target
