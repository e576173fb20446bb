"""What an alert of Prometheus is."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.alerts import AlertKind

MACHINE = "none"
"""The severity of what is for a machine."""
AS_RAISED = "{{ $labels.severity }}"
"""The severity of what the archive has raised: the one that it has there."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition, and what is said of it.

    `kind` is the anchor of its runbook. `severity` is an `Urgency`, or one of the two above. `expr` has to hold for
    `hold`, a duration of Prometheus, before anybody hears. `summary` and `description` are Chinese templates of
    Prometheus. `name` is needed where two conditions are of one kind.
    """

    kind: str
    severity: str
    expr: str
    hold: str
    summary: str
    description: str
    name: str = ""

    @property
    def title(self) -> str:
        """The name of the alert as Prometheus writes names: `OutboxOld`."""
        return self.name or "".join(part.capitalize() for part in self.kind.split("-"))


def shared(kind: AlertKind, expr: str, hold: str, description: str, *, about: str = "", name: str = "") -> Alert:
    """Return an alert that the archive raises too: of its kind, urgency and words. `about` tells several apart."""
    summary = f"{kind.word}：{about}" if about else kind.word
    return Alert(kind.value, kind.severity.value, expr, hold, summary, description, name)
