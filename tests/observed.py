"""Observations of archives that were never there, for tests of those who judge by them."""

from __future__ import annotations

from typing import Any

from credit.rules import Moment
from credit.telling.observation import NOTHING, Books, Observation

SOUND = Books(0, 0, 0, 0, NOTHING)


def observation(at: Moment, **more: Any) -> Observation:
    """An archive where all is well and everybody at work, but for what is said."""
    values: dict[str, Any] = {
        "parked": {},
        "unsent": NOTHING,
        "leased": 0,
        "unconfirmed": NOTHING,
        "troubled": (),
        "confirmed": NOTHING,
        "touched": NOTHING,
        "notices_overdue": {},
        "lifts_overdue": {},
        "feed_rows_late": {},
        "feed_rows_near": {},
        "feed_rows_refused": {},
        "records_due": NOTHING,
        "transfers_overdue": NOTHING,
        "duties_missed": {},
        "answers_near": {},
        "answers_overdue": {},
        "reviews_overdue": {},
        "prepared": NOTHING,
        "files_half": NOTHING,
        "cases": (),
        "alerts": (),
        "workers": (),
        "rolled_at": at.now,
        "at_work": {"intake": 1, "relay": 1, "scheduler": 1},
        "taken_at": at.now,
        "oldest_transaction": None,
        "sources": (),
        "books": SOUND,
    }
    return Observation(at=at, **(values | more))
