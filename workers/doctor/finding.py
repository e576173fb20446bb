"""What the doctor says: one finding a check, with the row of docs/operate.md that explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from schemas.words import Tone, Worded

ObservedT = TypeVar("ObservedT")

CHECKS = (
    "program.packages",
    "program.connectors",
    "program.law",
    "program.routing",
    "program.users",
    "program.layers",
    "program.calendar",
    "program.keys",
    "archive.tables",
    "archive.keys",
    "archive.workers",
    "archive.at-work",
    "archive.versions",
    "archive.clocks",
    "archive.ledger",
    "archive.outbox",
    "archive.forgotten",
    "archive.unroutable",
    "archive.unopened",
    "archive.confirmed",
    "archive.parked",
    "archive.prepared",
    "archive.files",
    "archive.repair-notices",
    "archive.accounts",
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
    "rabbitmq.readers",
    "rabbitmq.alarm",
    "frontend.reachable",
    "frontend.tables",
    "frontend.indexes",
)
"""Every check there is; its place, counted from 1, is its row in docs/operate.md."""


class Verdict(Worded):
    """How grave a finding is. What is refused loses messages, or stops the work for good."""

    OK = "ok", "正常", Tone.GOOD
    WARNING = "warning", "警告", Tone.WAITING
    REFUSED = "refused", "拒绝", Tone.ALARM


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found and what to do about it; never a password or a number.

    `found` is in English, for logs and programs; `told` says the same in Chinese, for the screen; so is the advice.
    `runbook` is the row that explains it.
    """

    check: str
    verdict: Verdict
    found: str
    told: str
    advice: str
    row: int
    runbook: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding that does not know yet which check it answers."""

    verdict: Verdict
    found: str
    told: str
    advice: str = ""


def conclude(check: str, judgement: Judgement) -> Finding:
    """Say which check a judgement answers."""
    row = CHECKS.index(check) + 1
    runbook = f"docs/operate.md#doctor-{check.replace('.', '-')}"
    return Finding(check, judgement.verdict, judgement.found, judgement.told, judgement.advice, row, runbook)


def judge(rules: Mapping[str, Callable[[ObservedT], Judgement]], observed: ObservedT) -> list[Finding]:
    """Return what every rule of a table, by the name of its check, says of what was observed."""
    return [conclude(check, rule(observed)) for check, rule in rules.items()]


def fine(found: str, told: str, advice: str = "") -> Judgement:
    """Return that all is well."""
    return Judgement(Verdict.OK, found, told, advice)


def warn(found: str, told: str, advice: str) -> Judgement:
    """Return that somebody should look."""
    return Judgement(Verdict.WARNING, found, told, advice)


def refuse(found: str, told: str, advice: str) -> Judgement:
    """Return that Xinglin should not work like this."""
    return Judgement(Verdict.REFUSED, found, told, advice)


def say_age(age: timedelta) -> str:
    """Say in Chinese how long something has lasted, to two units: `3 天 4 小时`."""
    seconds = round(age.total_seconds())
    counts = (seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60, seconds % 60)
    said = [f"{count} {unit}" for count, unit in zip(counts, ("天", "小时", "分钟", "秒"), strict=True) if count]
    return " ".join(said[:2]) or "0 秒"
