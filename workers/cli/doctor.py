"""`xinglin doctor`: is this Xinglin set up so that no message is lost?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Group, RenderableType

from workers import doctor as examination
from workers import settings
from workers.cli.common import AsJson, Home, print_json, screen, tell_footing
from workers.doctor import Finding, Verdict
from workers.show.style import BUSY, QUIET, coloured, new_table, plain

_MARKS = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.REFUSED: "✗"}


Strict = Annotated[bool, typer.Option("--strict", help="有警告时退出码也为 1。")]


def doctor(home: Home = None, as_json: AsJson = False, strict: Strict = False) -> None:
    """体检：检查可能丢失报文的配置和服务器，不作任何改动。

    检查设置、密钥、法规、路由、数据库和消息中间件；有一项被拒绝时，退出码为 1；加 --strict，有警告时也为 1。
    """
    chosen = settings.read(home=home)
    tell_footing(chosen)
    findings = examination.examine(chosen, datetime.now(UTC))
    if as_json:
        print_json(findings)
    else:
        screen().print(_tabulate(findings))
    failing = {Verdict.REFUSED, Verdict.WARNING} if strict else {Verdict.REFUSED}
    if any(finding.verdict in failing for finding in findings):
        raise typer.Exit(1)


def _tabulate(findings: list[Finding]) -> RenderableType:
    table = new_table("体检", "行", "结论", "检查项", "发现 / 建议", right={"行"}, whole={"行", "结论", "检查项"})
    for finding in findings:
        verdict = finding.verdict
        found = plain(finding.told)
        if finding.advice:
            found.append_text(plain(f"\n→ {finding.advice}", QUIET if verdict is Verdict.OK else BUSY))
        table.add_row(
            plain(finding.row, QUIET),
            coloured(f"{_MARKS[verdict]} {verdict.word}", verdict),
            plain(finding.check),
            found,
        )
    return Group(table, plain("各行的含义和后果见 docs/operate.md。", QUIET))
