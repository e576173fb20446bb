"""What became of the sample day, for the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from credit.identity import MASKED
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.census import Count, count_records, find_busiest
from credit.store.queries.feeds import Summary, find_entries, summarise
from credit.store.queries.ledger import Ledger, read_ledger
from credit.store.queries.notices import Notice, find_notices, find_unclosed
from credit.store.queries.parked import Parked, find_parked
from workers import top
from workers.demo.tables import show_kept, show_reasons, show_told
from workers.demo.town.day import Sent
from workers.runtime import Runtime
from workers.show.feeds import show_summary
from workers.show.ledger import show_ledger
from workers.show.names import read_names
from workers.show.notices import show_closure
from workers.show.style import plain
from workers.show.top import show_top


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demonstration ended in."""

    ledger: Ledger
    kept: list[Count]
    notices: list[Notice]
    unclosed: list[Notice]
    feed: list[Summary]
    parked: list[Parked]
    digest: str
    busiest: str | None


def look(runtime: Runtime) -> Outcome:
    """Read what the archive holds now."""
    view = runtime.view(MASKED)
    with reading(runtime.engine) as connection:
        return Outcome(
            ledger=read_ledger(connection),
            kept=count_records(connection),
            notices=find_notices(connection, view),
            unclosed=find_unclosed(connection, view),
            feed=summarise(find_entries(connection, view)),
            parked=find_parked(connection, view.viewer),
            digest=digest(connection, runtime.keyring),
            busiest=find_busiest(connection),
        )


def welcome(day: Sequence[Sent]) -> RenderableType:
    """Say what is about to happen."""
    text = Text.from_markup(
        f"[bold]杏林 Xinglin[/]  一个样例工作日：许可、监督检查、医保、公安等来源共 {len(day)} 份报文\n"
        "[dim]其中有重复、迟到、乱序和有错误的报文，\n"
        "全部经过真实的接收（intake）、入档、发送（relay）和消息中间件（broker）。[/]"
    )
    return Panel(text, border_style="cyan", padding=(0, 2))


def show(outcome: Outcome, runtime: Runtime) -> Iterator[RenderableType]:
    """Show what became of the day, chapter by chapter."""
    reader = runtime.reader
    names = read_names(reader.registry, reader.routes, reader.law)
    yield _chapter("1", "收到什么")
    yield show_ledger(outcome.ledger)
    yield _chapter("2", "入档什么")
    yield show_kept(outcome.kept)
    yield _chapter("3", "挂起什么、为什么")
    yield show_reasons(outcome.parked)
    yield _chapter("4", "通知了谁")
    yield show_told(outcome.notices, names)
    yield show_closure(outcome.unclosed, names)
    yield _chapter("5", "报送信用中国")
    yield show_summary(outcome.feed, names)
    yield _chapter("6", "接下来：文件在哪里，可以再看什么")
    yield _next_steps(outcome, runtime)
    yield _chapter("7", "此刻的流量和未终止的提醒（xinglin top）")
    yield show_top(top.look(runtime), names)


def _chapter(number: str, title: str) -> RenderableType:
    return Rule(f"[bold]{number}  {title}[/]", align="left", style="cyan")


def _next_steps(outcome: Outcome, runtime: Runtime) -> RenderableType:
    home = runtime.settings.home
    commands = (
        f"xinglin subject {outcome.busiest} --home {home}",
        f"xinglin parked list --home {home}",
        f"xinglin notices --home {home}",
        f"xinglin feed --home {home}",
        f"xinglin alerts --open --home {home}",
    )
    text = plain(
        f"档案 archive   {home / 'archive.sqlite'}\n"
        f"队列 broker    {home / 'broker.sqlite'}\n"
        f"密钥 keys      {home / 'keys.json'} (0600)\n"
        f"摘要 digest    {outcome.digest}\n"
    )
    for line in commands:
        text.append_text(Text.assemble("\n", ("$", "bold cyan"), plain(f" .venv/bin/{line}")))
    return Panel(text, border_style="dim", padding=(0, 2))
