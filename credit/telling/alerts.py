"""What operators are told of alerts, as messages for the outbox: that one has begun, and that it has ended."""

from __future__ import annotations

import json
from typing import Any

from credit.record.rows import AlertRow, DispatchRow
from credit.rules import Rules
from credit.telling.messages import compose
from schemas.alerts import AlertKind, Urgency
from schemas.outgoing import AlertEnded, AlertRaised

_OWN_KEYS = "alert."


def tell_raised(row: AlertRow, rules: Rules) -> DispatchRow:
    """Compose that a condition holds: `schemas.outgoing.AlertRaised`."""
    message = AlertRaised(
        alert=row.kind,
        subject=row.subject or None,
        detail=row.detail,
        alert_id=row.alert_id,
        severity=Urgency(row.severity),
        count=row.count,
        oldest=row.oldest,
        sample=tuple(json.loads(row.sample)),
        runbook=AlertKind(row.kind).runbook,
    )
    return _compose(row, "raised", message.model_dump(exclude_none=True), rules)


def tell_ended(row: AlertRow, rules: Rules) -> DispatchRow:
    """Compose that a condition holds no longer: `schemas.outgoing.AlertEnded`."""
    assert row.ended_at is not None
    message = AlertEnded(
        alert=row.kind,
        subject=row.subject or None,
        detail=row.detail,
        alert_id=row.alert_id,
        raised_at=row.raised_at,
        ended_at=row.ended_at,
    )
    return _compose(row, "ended", message.model_dump(exclude_none=True), rules)


def can_be_told(row: AlertRow) -> bool:
    """Tell whether the message can arrive: what is wrong with the queue of the alerts is not told through it."""
    return not (row.kind == AlertKind.QUEUE_MISSING and row.subject.startswith(_OWN_KEYS))


def _compose(row: AlertRow, what: str, message: dict[str, Any], rules: Rules) -> DispatchRow:
    return compose(
        message,
        rules,
        message_type=f"credit.alert.{what}.v1",
        message_id=f"alert:{row.alert_id}:{what}",
        routing_key=f"{_OWN_KEYS}{row.kind}",
        stream=f"alert:{row.kind}:{row.subject}",
    )
