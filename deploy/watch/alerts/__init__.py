"""The alerts that Prometheus raises: when, how bad it is, and what the one on call reads."""

from __future__ import annotations

from deploy.watch.alerts.alert import Alert
from deploy.watch.alerts.archive import ARCHIVE
from deploy.watch.alerts.around import AROUND
from deploy.watch.alerts.flow import FLOW
from deploy.watch.alerts.passed_on import pass_on
from schemas.alerts import AlertKind

__all__ = ["GROUPS", "Alert"]

_JUDGED = {alert.kind for alert in (*FLOW, *ARCHIVE, *AROUND)}
_PASSED_ON = pass_on({kind.value for kind in AlertKind} - _JUDGED)

GROUPS = {"xinglin-flow": FLOW, "xinglin-archive": (*ARCHIVE, _PASSED_ON), "xinglin-around": AROUND}
"""All alerts, by the group in which Prometheus looks at them."""
