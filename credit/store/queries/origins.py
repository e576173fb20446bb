"""Where the values of a record come from: message, moment and clause."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credit.record.rows import ActRow, RecordRow
from schemas.record import State


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
    origins |= dict.fromkeys(("public_until", "repairable_from"), window)
    origins["state"] = _trace_state(row, acts) or (window if row.state == State.EXPIRED else stated)
    if row.transfer_by is not None:
        origins["transfer_by"] = stated
    # What no longer counts is not public whatever its window says: for the reason that it does not count.
    origins["public"] = window if State(row.state).counts else origins["state"]
    return origins


def _trace_state(row: RecordRow, acts: Sequence[ActRow]) -> Origin | None:
    decisive = frozenset(json.loads(row.acts))
    by = [act for act in acts if act.stated_by in decisive]
    if not by:
        return None
    return Origin(tuple(act.stated_by for act in by), max(act.event_time for act in by))
