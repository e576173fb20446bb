"""What an alert of Prometheus is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Who hears of it: `page` somebody, at any hour; `ticket` somebody on the next working day; `none` a machine."""

    PAGE = "page"
    TICKET = "ticket"
    NONE = "none"
    AS_RAISED = "{{ $labels.severity }}"
    """As the archive's own alert has it."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition, and what is said of it.

    `kind` is that of the archive's own alert about the same thing, and the anchor of its runbook. `expr` has to hold
    for `hold`, a duration of Prometheus, before anybody hears. `summary` and `description` are Chinese templates of
    Prometheus. `name` is needed where two conditions are of one kind.
    """

    kind: str
    severity: Severity
    expr: str
    hold: str
    summary: str
    description: str
    name: str = ""

    @property
    def title(self) -> str:
        """The name of the alert as Prometheus writes names: `OutboxOld`."""
        return self.name or "".join(part.capitalize() for part in self.kind.split("-"))
