"""What the law in force since 2026-04-01 and the shipped routes make of the facts of these tests, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

HARM = {"grave-harm-to-medical-order": ("development-reform", "finance", "human-resources")}
# Nobody here registers public institutions, and the insurance authority is not told of its own decision.
TOLD_FIRST = {"serious-insurance-fraud"}
FRAUD = {"serious-insurance-fraud": ("development-reform", "finance", "health")}
UNLICENSED = {
    "unlicensed-practice": ("administrative-approval", "development-reform", "health-insurance", "market-regulation")
}
REVOKED = {
    "revoked-licence": ("administrative-approval", "development-reform", "health-insurance", "market-regulation")
}
_YEARS = {"general": 1, "serious": 3}


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from a fact as long as it counts. `until` is its last day; `notices` names agencies by ground.

    A repair counts from `repairable` on.
    """

    severity: str | None
    public: bool
    until: date | None
    repairable: date = date.min
    notices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def follow(kind: str, data: Mapping[str, Any]) -> Effect:
    """Say what follows from a fact of a type (its last two words) with these data."""
    match kind:
        case "inspection.penalty":
            return _follow_penalty(data)
        case "security.offence":
            severity = {"fine": "general", "criminal": "serious"}[data["sanction"]]
            effect = _adverse(severity, day(data["occurred_on"]), HARM if severity == "serious" else {})
            return replace(effect, public=severity == "serious")  # a matter of public order is sealed
        case "insurance.fraud":
            severity = data["severity"]
            return _adverse(severity, day(data["occurred_on"]), FRAUD if severity == "serious" else {})
        case "licensing.permit":
            return Effect(None, public=True, until=day(data["XK_YXQZI"]))
        case "office.honour":
            return Effect(None, public=False, until=day(data["until"]))
        case _:
            return Effect(None, public=False, until=None, notices=REVOKED if data.get("event") == "revoked" else {})


def _follow_penalty(data: Mapping[str, Any]) -> Effect:
    severity = {"警告": "minor", "罚款": "general", "吊销许可证件": "serious"}[data["CF_CFLB"]]
    if data["CF_NR_FK"] == "0.150000":  # up to here a fine of a business is small
        severity = "minor"
    notices: dict[str, tuple[str, ...]] = {**UNLICENSED} if data["conduct"] == "unlicensed_practice" else {}
    if severity == "serious":
        notices.update(REVOKED)
    # The end that the messages ask for lies before that of any minimum: it changes nothing.
    return _adverse(severity, day(data["CF_JDRQ"]), notices)


def _adverse(severity: str, decided: date, notices: Mapping[str, tuple[str, ...]]) -> Effect:
    years = _YEARS.get(severity)
    until = decided.replace(year=decided.year + years) if years else None
    repairable = decided if severity == "minor" else _after_months(decided, {"general": 7, "serious": 13}[severity])
    return Effect(severity, years is not None, until, repairable, notices)


def _after_months(decided: date, months: int) -> date:
    """Give the day after a number of months; the decisions here are of days that every month has, but its last."""
    month = decided.month - 1 + months
    return date(decided.year + month // 12, month % 12 + 1, decided.day + 1)


def day(text: str) -> date:
    """Read a day, written with hyphens or strokes."""
    return date.fromisoformat(text.replace("/", "-"))
