"""What the doctor says: one finding a check, with the row of docs/operate.md that explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

ObservedT = TypeVar("ObservedT")

CHECKS = (
    "program.packages",
    "program.connectors",
    "program.law",
    "program.routing",
    "program.calendar",
    "program.keys",
    "archive.tables",
    "archive.keys",
    "archive.outbox",
    "archive.unroutable",
    "archive.parked",
    "home.writable",
    "home.filesystem",
    "home.space",
    "home.journal",
    "postgres.reachable",
    "postgres.version",
    "postgres.primary",
    "postgres.disk",
    "postgres.commit",
    "postgres.locks",
    "postgres.timeouts",
    "postgres.transactions",
    "postgres.slots",
    "postgres.clock",
    "rabbitmq.reachable",
    "rabbitmq.version",
    "rabbitmq.topology",
    "rabbitmq.arguments",
    "rabbitmq.dead",
    "rabbitmq.consumers",
    "rabbitmq.alarm",
)
"""Every check there is; its place, counted from 1, is its row in docs/operate.md."""


class Verdict(StrEnum):
    """How grave a finding is. What is refused loses messages, or stops the work for good."""

    OK = "ok"
    WARNING = "warning"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in English, and what to do about it, in Chinese; never a password or a number."""

    check: str
    verdict: Verdict
    found: str
    advice: str
    row: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding that does not know yet which check it answers."""

    verdict: Verdict
    found: str
    advice: str = ""


def conclude(check: str, judgement: Judgement) -> Finding:
    """Say which check a judgement answers."""
    return Finding(check, judgement.verdict, judgement.found, judgement.advice, CHECKS.index(check) + 1)


def judge(rules: Mapping[str, Callable[[ObservedT], Judgement]], observed: ObservedT) -> list[Finding]:
    """Return what every rule of a table, by the name of its check, says of what was observed."""
    return [conclude(check, rule(observed)) for check, rule in rules.items()]


def fine(found: str, advice: str = "") -> Judgement:
    """Return that all is well."""
    return Judgement(Verdict.OK, found, advice)


def warn(found: str, advice: str) -> Judgement:
    """Return that somebody should look."""
    return Judgement(Verdict.WARNING, found, advice)


def refuse(found: str, advice: str) -> Judgement:
    """Return that Xinglin should not work like this."""
    return Judgement(Verdict.REFUSED, found, advice)
