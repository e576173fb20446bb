"""`xinglin doctor`: is this Xinglin set up so that no message is lost?"""

from __future__ import annotations

from datetime import UTC, datetime

import typer
from rich.table import Table
from rich.text import Text

from workers import doctor as examination
from workers import settings
from workers.cli.common import AsJson, Home, print_json, screen
from workers.doctor import Finding, Verdict

_SHOWN = {
    Verdict.OK: Text("✓ ok", "green"),
    Verdict.WARNING: Text("! warning", "yellow"),
    Verdict.REFUSED: Text("✗ refused", "bold red"),
}


def doctor(home: Home = None, as_json: AsJson = False) -> None:
    """Check settings, keys, law, routes, store and broker; changes nothing. Exit status 1 if anything is refused."""
    findings = examination.examine(settings.read(home=home), datetime.now(UTC))
    if as_json:
        print_json(findings)
    else:
        screen().print(_tabulate(findings))
    if any(finding.verdict is Verdict.REFUSED for finding in findings):
        raise typer.Exit(1)


def _tabulate(findings: list[Finding]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), caption="docs/operate.md explains every row.", caption_justify="left")
    table.add_column("#", justify="right", style="dim")
    table.add_column("verdict", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("found", overflow="fold")
    for finding in findings:
        found = Text(finding.found)
        if finding.advice:
            found.append(f"\n→ {finding.advice}", "cyan" if finding.verdict is not Verdict.OK else "dim")
        table.add_row(str(finding.row), _SHOWN[finding.verdict], finding.check, found)
    return table
