"""Where the values of a record come from: message, moment and clause."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credit.rows import ActRow, RecordRow


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: the messages that stated it, and when, or the clause that gives it, or both."""

    messages: tuple[str, ...]
    stated_at: datetime | None
    clause: str | None = None


def trace(row: RecordRow, fact: Mapping[str, Any], acts: Sequence[ActRow]) -> dict[str, Origin]:
    """Return the origin of each value: what is stated comes whole from the message that the record shows."""
    stated = Origin((row.stated_by,), row.event_time)
    origins = {f"items.{name}": stated for name in fact["items"]}
    origins |= dict.fromkeys(("organ", "name", "occurred_on"), stated)
    origins |= {name: stated for name in ("valid_from", "valid_until", "publicity_until") if fact[name]}
    origins["severity"] = Origin((row.stated_by,), row.event_time, row.severity_clause)
    window = Origin((row.stated_by,), row.event_time, row.window_clause)
    origins |= dict.fromkeys(("public", "public_until", "repairable_from"), window)
    by = [each for each in acts if each.stated_by in json.loads(row.acts)]
    if by:
        latest = max(each.event_time for each in by)
        origins["state"] = Origin(tuple(each.stated_by for each in by), latest)
    else:
        origins["state"] = window if row.state == "expired" else stated
    return origins
