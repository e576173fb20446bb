"""The doctor: finds configurations that lose messages, and work that nobody does, and changes nothing.

Every check is a rule over what was observed, in a table of the module that observes it; docs/operate.md has a row
for each. What no setting can make wrong is not checked.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from credit.rules import Moment
from credit.store import engine as store_engine
from schemas.errors import ConfigurationError
from workers import editions
from workers.doctor import archive, frontends, home, postgres, program, rabbitmq
from workers.doctor.finding import Finding, Verdict
from workers.editions import Editions
from workers.runtime import Runtime
from workers.settings import Settings

__all__ = ["REACHABLE", "Finding", "Verdict", "examine", "refusals"]

REACHABLE = frozenset({"postgres.reachable", "rabbitmq.reachable"})
"""Checks that a server may fail for a while: a worker waits for it."""

_SHANGHAI = ZoneInfo("Asia/Shanghai")


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Return every finding about the Xinglin that the settings describe, made or not, running or not.

    Looks for as long as the servers take to answer. Raises nothing for what it finds wrong.
    """
    at = Moment(now, now.astimezone(_SHANGHAI).date())
    found = program.examine(settings, at.today)
    findings = [*found.findings, *_examine_store(settings, found, at)]
    if settings.servers and found.routes is not None:
        findings += rabbitmq.examine(settings.broker_url, found.routes.topology, found.routes.inbound)
    if found.routes is not None and found.routes.frontends:
        findings += frontends.examine(found.routes, settings.environ)
    return sorted(findings, key=lambda finding: finding.row)


def _examine_store(settings: Settings, found: program.Program, at: Moment) -> list[Finding]:
    if not settings.servers:
        findings = home.examine(settings.home)
        made = (settings.home / "archive.sqlite").exists()
        if not made or any(finding.verdict is Verdict.REFUSED for finding in findings):
            return findings  # opening an archive would make it, or change how its file is kept
    engine = store_engine.connect(settings.database_url)
    try:
        if settings.servers:
            findings = postgres.examine(engine)
        return findings + archive.examine(engine, found, at, _read_editions(settings))
    finally:
        engine.dispose()


def _read_editions(settings: Settings) -> Editions | None:
    try:
        return editions.read(settings)
    except ConfigurationError:
        return None  # said by those who look at the program


def refusals(runtime: Runtime) -> list[Finding]:
    """Return why a worker should not start on an opened Xinglin; none is the rule.

    Only what opening it did not check already. To be asked after the topology is declared: until then a missing
    queue is nothing to refuse for. Takes a few hundredths of a second beside the servers' answers.
    """
    if runtime.settings.servers:
        routes = runtime.reader.routes
        findings = postgres.examine(runtime.engine)
        findings += rabbitmq.examine(runtime.settings.broker_url, routes.topology, routes.inbound)
    else:
        findings = home.examine(runtime.settings.home)
    return [finding for finding in findings if finding.verdict is Verdict.REFUSED]
