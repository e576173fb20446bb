"""Where a report stands that a subject asked for about itself, and whether it counts in a year. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from credit.record.rows import OwnReportRow
from schemas.own_reports import OwnReportState

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_COUNTING = frozenset({OwnReportState.WAITING, OwnReportState.GIVEN})


def state_of(row: OwnReportRow, now: datetime) -> OwnReportState:
    """Return where a report stands; once it was given it can neither expire nor be revoked."""
    if row.given_at is not None:
        return OwnReportState.GIVEN
    if row.revoked_at is not None:
        return OwnReportState.REVOKED
    return OwnReportState.WAITING if now < row.expires_at else OwnReportState.EXPIRED


def count(rows: Iterable[OwnReportRow], now: datetime) -> int:
    """Return how many reports of this year in Asia/Shanghai were given or can still be: the others nobody ever had."""
    year = now.astimezone(_SHANGHAI).year
    return sum(row.made_at.astimezone(_SHANGHAI).year == year and state_of(row, now) in _COUNTING for row in rows)
