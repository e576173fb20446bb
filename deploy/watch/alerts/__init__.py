"""The alerts that Prometheus raises: when, how bad it is, and what the one on call reads."""

from __future__ import annotations

from deploy.watch.alerts.alert import Alert, Severity
from deploy.watch.alerts.archive import ARCHIVE, FORWARDED, PASSED_ON
from deploy.watch.alerts.around import AROUND
from deploy.watch.alerts.flow import FLOW

__all__ = ["ALERTS", "AROUND", "FORWARDED", "GROUPS", "Alert", "Severity"]

GROUPS = {"xinglin-flow": FLOW, "xinglin-archive": (*ARCHIVE, *PASSED_ON), "xinglin-around": AROUND}
"""All alerts, by the group in which Prometheus looks at them."""
ALERTS = tuple(alert for group in GROUPS.values() for alert in group)
