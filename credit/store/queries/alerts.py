"""Alerts as listed: what holds that somebody has to look at, and what did."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from credit.record.rows import AlertRow
from credit.store.queries.page import LARGEST, WHOLE, Part, comes_before, fits, write_key
from credit.store.tables import alert
from schemas.alerts import AlertKind, Urgency


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alerts to list; None: all. `open_only`: those that have not ended."""

    kind: AlertKind | None = None
    urgency: Urgency | None = None
    open_only: bool = False


EVERYTHING, STILL_OPEN = Filter(), Filter(open_only=True)
_ALERTS = select(*(alert.c[name] for name in AlertRow._fields))
_ORDER = (alert.c.alert_id,)


def find_alerts(connection: Connection, wanted: Filter = EVERYTHING, part: Part = WHOLE) -> list[AlertRow]:
    """Return alerts, those raised last first; pages begin after what `key_of` says."""
    kind, urgency = (each.value if each is not None else None for each in (wanted.kind, wanted.urgency))
    asked = _ALERTS.where(comes_before(_ORDER, part.after), fits(alert.c.kind, kind), fits(alert.c.severity, urgency))
    if wanted.open_only:
        asked = asked.where(alert.c.ended_at.is_(None))
    return [AlertRow(*row) for row in connection.execute(asked.order_by(alert.c.alert_id.desc()).limit(part.limit))]


def key_of(row: AlertRow) -> str:
    """Return the key of an alert in the list of them."""
    return write_key([row.alert_id])


def read_alert(connection: Connection, alert_id: int) -> AlertRow | None:
    """Return an alert, open or ended; None where there is none of that number."""
    found = connection.execute(_ALERTS.where(alert.c.alert_id == min(alert_id, LARGEST))).one_or_none()
    return AlertRow(*found) if found is not None else None
